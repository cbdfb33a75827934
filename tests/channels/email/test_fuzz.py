"""Whatever the bytes: an answer, never an exception, and one that goes through JSON."""

import re

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.limits import DEFAULT
from channels.email.mail import ParsedMail
from channels.email.parse import NOTHING_KNOWN, _parse
from channels.email.quotes import split_reply

HEADERS = st.sampled_from(
    [
        b"Subject",
        b"From",
        b"To",
        b"Cc",
        b"Date",
        b"Message-ID",
        b"References",
        b"In-Reply-To",
        b"Received",
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"Content-Disposition",
        b"Return-Path",
        b"Auto-Submitted",
        b"Thread-Index",
        b"Authentication-Results",
        b"List-Unsubscribe",
        b"MIME-Version",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            b"multipart/mixed; boundary=b",
            b"multipart/alternative; boundary=b",
            b"text/html",
            b"base64",
            b"multipart/report; boundary=b",
            b"message/delivery-status",
            b"application/ms-tnef",
            b"x-uuencode",
            b"quoted-printable",
            b"text/plain; charset=utf-7",
            b"text/plain; charset=utf-16; format=flowed",
            b"application/pkcs7-mime",
            b"text/calendar",
            b"=?utf-8?b?gICA?=",
            b"=?utf-7?q?+2AA-?=",
            b"attachment; filename*0*=utf-16''%d8%00",
            b"<>",
            b"Sun, 99 Xxx 99999 99:99 +999999",
        ]
    ),
)
BODIES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [
                b"\r\n--b\r\n",
                b"\r\n--b--\r\n",
                b"\n\n",
                b"<p>",
                b"<img src=x>",
                b"> q\n",
                b"-- \n",
                b"=\n",
                b"begin 644 a\n",
                b"end\n",
                b"On 1 Jan a@b wrote:\n",
                b"\x78\x9f\x3e\x22\x01\x00",
                b"\x30\x80",
                b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
                b"BEGIN:VCALENDAR\n",
                b"\xd8\x00\x00\xd8",
            ]
        ),
    ),
    max_size=20,
).map(b"".join)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def check(raw: bytes) -> None:
    mail = _parse(raw, DEFAULT, NOTHING_KNOWN).mail
    assert msgspec.json.decode(msgspec.json.encode(mail), type=ParsedMail) == mail
    for text in (mail.subject, mail.text, mail.text_new, mail.preview, mail.html_safe):
        assert not CONTROLS.search(text)
    assert "\n" not in mail.subject + mail.preview
    assert len(mail.preview) <= 140


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes(raw: bytes) -> None:
    check(raw)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(HEADERS, VALUES), max_size=8), BODIES)
def test_mails_of_random_pieces(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    check(b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + body)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_splitting_keeps_something_of_every_text(text: str) -> None:
    split = split_reply(text)
    assert bool(split.new.strip()) == bool(text.replace("\r\n", "\n").strip("\n").strip())
