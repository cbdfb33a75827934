"""The small readers one by one: addresses, words, parameters, charsets, file names, kinds, auth,
limits.
"""

import pytest

from channels.email.addresses import bare_address, parse_addresses
from channels.email.calendar import parse_calendar
from channels.email.charset import decode
from channels.email.cms import signed_content
from channels.email.files import safe_file_name
from channels.email.limits import Limits
from channels.email.mail import Address
from channels.email.params import parse_params
from channels.email.parse import Known, parse_mail, parse_with_files
from channels.email.subject import base_subject
from channels.email.threading import candidates
from channels.email.words import decode_words, readable


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a@x.example", [("", "a@x.example")]),
        ("Anna <a@X.Example>", [("Anna", "a@x.example")]),
        (
            '"Nowak, Anna" <a@x.example>; b@y.example',
            [("Nowak, Anna", "a@x.example"), ("", "b@y.example")],
        ),
        ("a@x.example (Anna (home))", [("Anna home", "a@x.example")]),
        ("friends: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        ("=?utf-8?q?=C5=81ukasz=2C_J?= <l@x.example>", [("Łukasz, J", "l@x.example")]),
        ("<@relay.example:a@x.example>", [("", "a@x.example")]),
        ("'a@x.example' <a@x.example>", [("", "a@x.example")]),
        ("mailto:a@x.example", [("", "a@x.example")]),
        ("undisclosed-recipients:;", []),
        ('"unclosed <a@x.example>', [("unclosed <a@x.example>", "")]),
        ("a@x.example,, b", [("", "a@x.example"), ("b", "")]),
    ],
)
def test_address_lists(value: str, wanted: list[tuple[str, str]]) -> None:
    assert [(a.name, a.address) for a in parse_addresses(value, 500)] == wanted


def test_no_more_addresses_than_the_limit() -> None:
    raw = b"To: " + b",\r\n ".join(b"u%d@x.example" % n for n in range(900)) + b"\r\n\r\nx"
    assert len(parse_mail(raw).to) == 500


@pytest.mark.parametrize(
    "bad", ["a@@x", "a b@x.example", "a@x\r\nBcc: b@y", "@x.example", "a@", ""]
)
def test_what_is_no_address(bad: str) -> None:
    assert bare_address(bad) == ""


def test_encoded_words_join_before_they_are_decoded() -> None:
    assert decode_words("=?utf-8?B?WmHF?= =?utf-8?B?vMOzxYLEhw==?=") == "Zażółć"
    assert decode_words("a =?utf-8?q?b?= c") == "a b c"
    assert readable("=?utf-8?Q?Hi=0D=0ABcc=3A_x?=") == "Hi Bcc: x"
    assert readable("=?x-nonsense?q?abc?= =?utf-8?b?!!!?=") == "abc"


@pytest.mark.parametrize(
    "label", ["punycode", "idna", "rot13", "unicode_escape", "zip", "\x00", "x" * 999]
)
def test_strange_charsets_are_not_obeyed(label: str) -> None:
    assert decode("Zażółć".encode(), label) == "Zażółć"


def test_parameters() -> None:
    value = 'Text/HTML; charset="utf-8"; name*0*=utf-8\'\'a%C5%82; name*1="b.pdf"; x=1; x=2'
    kind, params = parse_params(value)
    assert kind == "text/html"
    assert params == {"charset": "utf-8", "name": "ałb.pdf", "x": "1"}


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\a.doc", "a.doc"),
        ("", "attachment-3.pdf"),
        ("..", "attachment-3.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("CON.txt", "_CON.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("a<b>.txt", "a_b_.txt"),
    ],
)
def test_file_names_are_safe(raw: str, wanted: str) -> None:
    assert safe_file_name(raw, "application/pdf", 3) == wanted


@pytest.mark.parametrize(
    "subject",
    [
        "Re: X",
        "RE: Fwd: X",
        "Odp: RE: X",
        "PD: X",
        "AW: WG: X",
        "YNT: X",
        "İLT: X",
        "SV: VS: X",
        "Re[2]: X",
        "RE : X",
        "回复：X",
        "re:re:re:X",
        "X",
    ],
)
def test_reply_marks_are_removed(subject: str) -> None:
    assert base_subject(subject) == "X"


@pytest.mark.parametrize("subject", ["Really: X", "Reklamacja: X", "Press: X"])
def test_words_that_look_like_reply_marks_stay(subject: str) -> None:
    assert base_subject(subject) == subject


def test_only_the_topmost_results_of_our_own_server_count() -> None:
    known = Known(authserv_ids=("mx.acme.example",))
    ours = (
        b"Authentication-Results: mx.acme.example 1; spf=pass; dkim=fail; dkim=pass; dmarc=pass\r\n"
    )
    other = b"Authentication-Results: evil.example; dmarc=pass\r\n"
    assert parse_mail(ours + other + b"\r\n", known=known).auth.dmarc == "pass"
    assert parse_mail(ours + b"\r\n", known=known).auth.dkim == "pass"
    assert parse_mail(other + ours + b"\r\n", known=known).auth.dmarc == "none"
    assert parse_mail(ours + b"\r\n").auth.dmarc == "none"
    hidden = b"Authentication-Results: mx.acme.example; dmarc=fail (dmarc=pass; dmarc=pass)\r\n\r\n"
    assert parse_mail(hidden, known=known).auth.dmarc == "fail"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "Precedence: junk",
        "X-Autoreply: yes",
        "X-Autorespond: x",
        "X-Auto-Response-Suppress: OOF",
        "List-Id: <x>",
        "List-Unsubscribe: <https://x>",
        "Return-Path: <>",
        "X-Santral-Mark: abc",
        "From: no-reply@x.example",
        "From: MAILER-DAEMON@x.example",
        "From: noreply+1@x.example",
        "From: postmaster@x.example",
        "From: us@acme.example",
        "Subject: Out of office: x",
        "Subject: Otomatik yanıt: x",
    ],
)
def test_machines_are_never_answered(header: str) -> None:
    sender = "" if header.startswith("From") else "From: anna@x.example\r\n"
    raw = f"{sender}{header}\r\nMessage-ID: <a@x>\r\n\r\nhello".encode()
    assert parse_mail(raw, known=Known(own_addresses=("us@acme.example",))).auto


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "X-Priority: 1", "Precedence: normal"])
def test_people_may_be_answered(header: str) -> None:
    raw = f"From: anna@x.example\r\n{header}\r\n\r\n550 5.1.1 user unknown, what is this?".encode()
    mail = parse_mail(raw)
    assert (mail.kind, mail.auto) == ("message", False)


def test_a_customer_who_quotes_a_bounce_is_no_bounce() -> None:
    raw = (
        b"From: anna@x.example\r\nSubject: Re: Undelivered mail\r\nIn-Reply-To: <a@b>\r\n\r\n"
        b"I got this:\n> 550 5.1.1 user unknown\n> could not be delivered"
    )
    assert parse_mail(raw).kind == "message"


@pytest.mark.parametrize("word", ["STOP", "stop.", "Unsubscribe", "wypisz mnie", "RET", "abmelden"])
def test_opt_out_words(word: str) -> None:
    assert parse_mail(f"From: a@x.example\r\nSubject: Re: {word}\r\n\r\nx".encode()).opt_out
    assert parse_mail(f"From: a@x.example\r\nSubject: hi\r\n\r\n{word}".encode()).opt_out


def test_a_sentence_with_stop_in_it_is_no_opt_out() -> None:
    raw = b"From: a@x.example\r\nSubject: bus stop\r\n\r\nPlease stop the delivery of my parcel."
    assert not parse_mail(raw).opt_out


def test_reply_tokens_are_found_wherever_servers_leave_them() -> None:
    token = "abcdefghijklmnopqrstuvwxyz" + "234567abcdefghij"
    for name in ("To", "Cc", "Delivered-To", "X-Original-To"):
        raw = f"{name}: Support <help+{token.upper()}@acme.example>\r\n\r\nx"
        if name in ("Delivered-To", "X-Original-To"):
            raw = f"{name}: help+{token.upper()}@acme.example\r\n\r\nx"
        (found,) = candidates(parse_mail(raw.encode())).tokens
        assert found.conversation + found.mac == token
    near = f"To: help+{token}a@acme.example, help+{token[1:]}@acme.example\r\n\r\nx"
    assert candidates(parse_mail(near.encode())).tokens == []


def test_message_ids_come_newest_first() -> None:
    raw = b"In-Reply-To: <c@x>\r\nReferences: <a@x> <b@x>\r\n <c@x>\r\n\r\nx"
    assert candidates(parse_mail(raw)).message_ids == ["<c@x>", "<b@x>", "<a@x>"]


def test_replies_of_outlook_share_the_thread_index() -> None:
    first = b"Thread-Index: AdHxYv8m0kQ2y1a5T6WbQk1h2w3x4Q==\r\n\r\nx"
    reply = b"Thread-Index: AdHxYv8m0kQ2y1a5T6WbQk1h2w3x4QAA1rjQ\r\n\r\nx"
    assert parse_mail(first).thread_index == parse_mail(reply).thread_index != ""


def test_calendar() -> None:
    event = parse_calendar(
        "BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nSUMMARY:A\\, b\n  c\nDTSTART;VALUE=DATE:20261125\nDTEND:20261125T100000\n"
        "ORGANIZER;CN=X:MAILTO:o@x.example\nBEGIN:VALARM\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR"
    )
    assert event is not None
    assert (event.method, event.summary, event.start) == ("CANCEL", "A, b c", "2026-11-25")
    assert (event.end, event.organizer) == ("2026-11-25T10:00:00", "o@x.example")
    assert parse_calendar("END:VCALENDAR") is None


@pytest.mark.parametrize(
    "blob", [b"", b"\x30", b"\x30\x80" * 5000, b"\x30\x84\xff\xff\xff\xff", bytes(99)]
)
def test_broken_signatures_hold_nothing(blob: bytes) -> None:
    assert signed_content(blob) is None


def test_too_large_a_mail_keeps_its_envelope() -> None:
    raw = b"From: Anna <a@x.example>\r\nSubject: big\r\nMessage-ID: <1@x>\r\n\r\n" + b"x" * 5000
    mail = parse_mail(raw, Limits(mail_bytes=4000))
    assert (mail.unreadable, mail.subject, mail.message_id) == ("too_large", "big", "<1@x>")
    assert mail.from_ == Address("Anna", "a@x.example")
    assert mail.auto


def test_long_headers_are_shortened_not_refused() -> None:
    raw = b"Subject: " + b"a" * 20_000 + b"\r\nFrom: a@x.example\r\n\r\nbody"
    mail = parse_mail(raw)
    assert (mail.notices, mail.text, len(mail.subject)) == (["header_truncated"], "body", 1000)
    assert mail.from_ is not None
    raw = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(400)) + b"\r\nbody"
    assert parse_mail(raw).text == "body"


def test_too_many_parts_are_left_out_with_a_notice() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    part = b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n"
    parsed = parse_with_files(head + part * 800 + b"--b--")
    assert parsed.mail.notices == ["too_many_parts"]
    assert len(parsed.files) == 500


def test_what_a_signature_hides_and_what_not() -> None:
    mail = parse_mail(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"
        b"--b\r\nContent-Type: application/pgp-signature\r\n\r\ny\r\n--b--"
    )
    assert len(mail.attachments) == 1
