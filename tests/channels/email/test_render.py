"""Outgoing mail: what is written comes back the same through our own parser and through the
standard library's, and nothing can add a header or a recipient.
"""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.charset import clean
from channels.email.mail import Address
from channels.email.outgoing import InvalidAddress, OutgoingFile, OutgoingMail, QuotedMail
from channels.email.parse import parse_with_files
from channels.email.render import check_address, render_mail
from channels.email.words import one_line

ANNA = Address("Anna Nowak", "anna@customer.example")
US = Address("Acme Support", "support@acme.example")


def mail(**changes: object) -> OutgoingMail:
    fields: dict[str, object] = {
        "from_": US,
        "to": [ANNA],
        "message_id": "<a.1.x@acme.example>",
        "subject": "Hello",
        "date_ms": 1_795_338_930_000,
        "text": "Hi",
    } | changes
    return OutgoingMail(**fields)  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


def test_lines_are_short_ascii_and_end_in_crlf() -> None:
    raw = render_mail(
        mail(
            subject="Zażółć gęślą jaźń " * 12,
            text="ł" * 5000 + "\n.\n..x\nFrom y",
            html="<p>ą</p>" * 400,
            to=[Address("Łukasz Żółć " * 8, f"u{n}@x.example") for n in range(9)],
            references=[f"<{'r' * 90}{n}@x.example>" for n in range(30)],
            files=[OutgoingFile("żółta " * 30 + ".pdf", "application/pdf", b"\xff" * 999)],
        )
    )
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 200
    parsed = parse_with_files(raw).mail
    assert len(parsed.references) == 21
    assert len(parsed.to) == 9


def test_headers_of_an_answer() -> None:
    raw = render_mail(
        mail(
            in_reply_to="<c@x.example>",
            references=["<a@x.example>", "<c@x.example>"],
            mark="v1.abc=",
            reply_to=[Address("", "support+tok@acme.example")],
            auto_submitted=True,
            one_click=True,
            list_unsubscribe=["https://acme.example/u?t=1", "mailto:u@acme.example"],
        )
    )
    message = read(raw)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Date"] == "Sun, 22 Nov 2026 09:15:30 +0000"
    parsed = parse_with_files(raw).mail
    assert (parsed.own_marker, parsed.auto, parsed.kind) == ("v1.abc=", True, "auto_reply")
    assert parsed.list_unsubscribe == ["https://acme.example/u?t=1", "mailto:u@acme.example"]
    assert parsed.in_reply_to == ["<c@x.example>"]


def test_parts_of_a_mail_with_everything() -> None:
    raw = render_mail(
        mail(
            html='<p>Hi <img src="cid:logo@acme"></p>',
            files=[
                OutgoingFile("logo.png", "image/png", b"PNG", content_id="logo@acme"),
                OutgoingFile("faktura żółta.pdf", "application/pdf", b"%PDF"),
                OutgoingFile("x.eml", "message/rfc822", b"Subject: no"),
            ],
            quoted=QuotedMail("On Monday Anna <anna@customer.example> wrote:", "old\nwords"),
        )
    )
    parsed = parse_with_files(raw)
    found = [(f.file_name, f.is_inline, f.media_type) for f in parsed.mail.attachments]
    assert found == [
        ("logo.png", True, "image/png"),
        ("faktura żółta.pdf", False, "application/pdf"),
        ("x.eml", False, "application/octet-stream"),
    ]
    assert parsed.files == [b"PNG", b"%PDF", b"Subject: no"]
    assert parsed.mail.text_new == "Hi"
    assert "> old\n> words" in parsed.mail.text
    assert "data-quoted" in parsed.mail.html_safe


BREAKS = [
    "\r\nBcc: v@x.example",
    "\nBcc: v@x.example",
    "\rBcc: v@x.example",
    "\x00",
    "\u2028Bcc: v@x",
    "\x85Bcc: v@x.example",
    "\x0bBcc: v@x.example",
    "=?utf-8?q?=0D=0ABcc=3A_v=40x.example?=",
]


@pytest.mark.parametrize("evil", BREAKS)
def test_no_text_can_add_a_header_or_recipient(evil: str) -> None:
    plain = render_mail(mail(files=[OutgoingFile("a.txt", "text/plain", b"x")]))
    raw = render_mail(
        mail(
            subject=f"Hi{evil}",
            from_=Address(f"A{evil}", "a@x.example"),
            to=[Address(f"B{evil}", "b@x.example")],
            text=f"x{evil}",
            files=[OutgoingFile(f"a{evil}.txt", "text/plain", b"x")],
        )
    )
    message = read(raw)
    assert "Bcc" not in message
    assert set(message.keys()) == set(read(plain).keys())
    assert [a.addr_spec for a in message["To"].addresses] == ["b@x.example"]
    assert parse_with_files(raw).mail.from_ is not None


@pytest.mark.parametrize("evil", BREAKS)
@pytest.mark.parametrize(
    "field",
    [
        "message_id",
        "mark",
        "list_unsubscribe",
        "from_",
        "to",
        "cc",
        "reply_to",
        "media_type",
        "content_id",
    ],
)
def test_what_cannot_be_cleaned_is_refused(field: str, evil: str) -> None:
    bad: dict[str, object] = {
        "message_id": f"<a@x{evil}>",
        "mark": f"a{evil}",
        "list_unsubscribe": [f"https://x{evil}"],
        "from_": Address("", f"a@x{evil}"),
        "to": [Address("", f"a@x{evil}")],
        "cc": [Address("", f"a{evil}@x.example")],
        "reply_to": [Address("", f"a@x.example{evil}")],
        "media_type": [OutgoingFile("a", f"text/plain{evil}", b"")],
        "content_id": [OutgoingFile("a", "image/png", b"", content_id=f"a{evil}")],
    }
    name = "files" if field in ("media_type", "content_id") else field
    with pytest.raises(InvalidAddress):
        render_mail(mail(**{name: bad[field], "html": "<p>x</p>"}))


@pytest.mark.parametrize("evil", BREAKS)
def test_a_customers_odd_message_id_does_not_stop_the_answer(evil: str) -> None:
    odd = f"<a@x{evil}>"
    message = read(render_mail(mail(in_reply_to=odd, references=["<a@x>", odd])))
    assert "In-Reply-To" not in message
    assert message["References"] == "<a@x>"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@x",
        "a@",
        "a b@x.example",
        "a@x..example",
        "a@-x.example",
        "a@x.example.",
        "a@@x",
        "ł@x.example",
        "a@x.example, b@y.example",
        "<a@x.example>",
        "a..b@x.example",
        '"a b"@x.example',
        "a" * 65 + "@x.example",
    ],
)
def test_bad_addresses_are_refused_by_name(address: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        check_address(address, "to")
    assert caught.value.field == "to"
    assert isinstance(caught.value, ValueError)


def test_domains_go_out_in_ascii() -> None:
    assert check_address("a@Żółw.example", "to") == "a@xn--w-uga1v8h.example"


def test_a_mail_needs_a_recipient() -> None:
    with pytest.raises(InvalidAddress):
        render_mail(mail(to=[]))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def flat(text: str) -> str:
    """What survives of one line: no controls, single blanks, nothing invisible."""
    return one_line(text)


@settings(max_examples=150, deadline=None)
@given(subject=NAME, text=TEXT, name=NAME, file_name=NAME, data=st.binary(max_size=200))
def test_what_goes_out_comes_back(
    subject: str, text: str, name: str, file_name: str, data: bytes
) -> None:
    sent = mail(
        subject=subject,
        text=text,
        to=[Address(name, "anna@customer.example")],
        files=[OutgoingFile(file_name, "application/pdf", data)],
    )
    raw = render_mail(sent)
    assert raw.isascii()
    parsed = parse_with_files(raw)
    assert parsed.mail.subject == flat(" ".join(clean(subject).split()))
    assert parsed.mail.to[0].address == "anna@customer.example"
    wanted = clean(text)
    assert parsed.mail.text.strip("\n") == (wanted.strip("\n") if wanted.strip() else "")
    assert parsed.files == [data]
    assert parsed.mail.notices == []
