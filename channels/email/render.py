"""An `OutgoingMail` as the bytes for SMTP: 7-bit, CRLF, short lines, names and file names
encoded by RFC 2047 and 2231. Our own header lines are written here and checked one by one,
because the standard library re-folds long Message-IDs into encoded words; the MIME body is the
standard library's. Pure; called when sending.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from channels.email.charset import clean
from channels.email.files import safe_file_name
from channels.email.html import html_of_text
from channels.email.kinds import OWN_MARK
from channels.email.mail import Address
from channels.email.outgoing import InvalidAddress, OutgoingFile, OutgoingMail, QuotedMail

# An encoded word is refused where none belongs: some servers decode it all the same.
_LOCAL = re.compile(
    r"(?!.{0,64}=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_MESSAGE_ID = re.compile(r"<(?!.{0,800}=\?)[!-;=?A-~]{1,400}@[!-;=?A-~]{1,400}>")
_URI = re.compile(r"(?!.{0,2000}=\?)(?:https://|mailto:)[!-;=?-~]{1,1900}")
_MARK = re.compile(r"[A-Za-z0-9._=+/-]{1,200}")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,60}")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LINE = 76
_MAX_REFERENCES = 21
_MAX_SUBJECT = 400
_MAX_NAME = 120


def render_mail(mail: OutgoingMail) -> bytes:
    """The whole message. Raises InvalidAddress for what must not stand in a header."""
    lines = _header_lines(mail)
    body = _body(mail).as_bytes(policy=SMTP)
    return b"".join(f"{line}\r\n".encode("ascii") for line in lines) + body


def check_address(address: str, field: str) -> str:
    """`address` as it goes on the wire (domain in ASCII); raises InvalidAddress naming `field`."""
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower() if domain else ""
    except UnicodeError:
        ascii_domain = ""
    is_good = (
        at and len(local) <= 64 and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)
    )
    if not is_good:
        raise InvalidAddress(f"not an address that mail can be sent to: {address[:80]!r}", field)
    return f"{local}@{ascii_domain}"


def _header_lines(mail: OutgoingMail) -> list[str]:
    if not mail.to and not mail.cc:
        raise InvalidAddress("a mail needs at least one recipient", "to")
    moment = datetime.fromtimestamp(mail.date_ms / 1000, UTC)
    lines = [
        _mailboxes("From", [mail.from_]),
        *([_mailboxes("To", mail.to)] if mail.to else ["To: undisclosed-recipients:;"]),
        *([_mailboxes("Cc", mail.cc)] if mail.cc else []),
        *([_mailboxes("Reply-To", mail.reply_to)] if mail.reply_to else []),
        _text_line("Subject", mail.subject[:_MAX_SUBJECT]),
        f"Date: {format_datetime(moment)}",
        _own_id(mail.message_id),
    ]
    lines += _chain("In-Reply-To", [mail.in_reply_to])
    lines += _chain("References", mail.references)
    if mail.auto_submitted:
        lines += ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"]
    return lines + _optional_lines(mail)


def _optional_lines(mail: OutgoingMail) -> list[str]:
    lines: list[str] = []
    if mail.list_unsubscribe:
        for uri in mail.list_unsubscribe:
            if not _URI.fullmatch(uri):
                raise InvalidAddress(
                    f"not an https or mailto address: {uri[:80]!r}", "list_unsubscribe"
                )
        lines.append(
            _folded("List-Unsubscribe", [f"<{uri}>" for uri in mail.list_unsubscribe], ",")
        )
        if mail.one_click:
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if mail.mark:
        if not _MARK.fullmatch(mail.mark):
            raise InvalidAddress("the mark holds characters that a header cannot", "mark")
        lines.append(f"{OWN_MARK.title()}: {mail.mark}")
    return lines


def _own_id(value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        raise InvalidAddress(f"not a message id: {value[:80]!r}", "message_id")
    return _folded("Message-ID", [value], "")


def _chain(name: str, foreign: list[str]) -> list[str]:
    """The ids of earlier mails, the first and the last twenty. They are others' making: one that
    cannot stand in a header is left out, lest a customer's mail program make every answer fail.
    """
    ids = [value for value in foreign if _MESSAGE_ID.fullmatch(value)]
    if len(ids) > _MAX_REFERENCES:
        ids = [ids[0], *ids[-(_MAX_REFERENCES - 1) :]]
    return [_folded(name, ids, "")] if ids else []


def _mailboxes(name: str, addresses: list[Address]) -> str:
    return _folded(name, [_mailbox(address, name.lower()) for address in addresses], ",")


def _mailbox(address: Address, field: str) -> str:
    bare = check_address(address.address, field)
    shown = " ".join(clean(address.name).split())[:_MAX_NAME]
    if not shown:
        return bare
    if not shown.isascii() or "=?" in shown:
        return f"{_encoded(shown, len(field) + 2)} <{bare}>"
    if _ATOM_PHRASE.fullmatch(shown):
        return f"{shown} <{bare}>"
    quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{bare}>'


def _text_line(name: str, value: str) -> str:
    """An unstructured header: folded at blanks when ASCII, encoded words otherwise."""
    text = " ".join(clean(value).split())
    is_plain = text.isascii() and "=?" not in text
    if is_plain and all(len(word) <= _LINE for word in text.split(" ")):
        return _folded(name, text.split(" "), "")
    return f"{name}: {_encoded(text, len(name) + 2)}"


def _encoded(text: str, used: int) -> str:
    header = Header(text, "utf-8", maxlinelen=_LINE - 1)
    return header.encode(linesep="\r\n", maxlinelen=max(_LINE - used, 40))


def _folded(name: str, items: list[str], separator: str) -> str:
    """`name: a, b` broken before an item where the line would grow too long."""
    out = f"{name}:"
    column = len(out)
    for position, item in enumerate(items):
        piece = item + (separator if position + 1 < len(items) else "")
        first = piece.partition("\r\n")[0]
        if position and column + 1 + len(first) > _LINE:
            out += "\r\n"
            column = 0
        out += " " + piece
        column = len(out) - out.rfind("\n") - 1
    return out


def _body(mail: OutgoingMail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    text, html = _with_quote(mail.text, mail.html, mail.quoted)
    message.set_content(clean(text), cte="quoted-printable")
    inline = [file for file in mail.files if file.content_id and html is not None]
    if html is not None:
        message.add_alternative(clean(html), subtype="html", cte="quoted-printable")
        parts = message.get_payload()
        assert isinstance(parts, list)
        for number, file in enumerate(inline):
            _add_file(parts[1], file, number + 1)  # type: ignore[arg-type]
    for number, file in enumerate(mail.files):
        if file not in inline:
            _add_file(message, file, number + 1)
    return message


def _add_file(target: MIMEPart, file: OutgoingFile, number: int) -> None:
    if not _MEDIA_TYPE.fullmatch(file.media_type):
        raise InvalidAddress(f"not a media type: {file.media_type[:80]!r}", "files")
    main, _, sub = file.media_type.partition("/")
    if main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    name = safe_file_name(file.file_name, file.media_type, number)
    if file.content_id:
        if not re.fullmatch(r"[A-Za-z0-9._@+-]{1,200}", file.content_id):
            raise InvalidAddress(
                "a content id may hold letters, digits and . _ @ + - only", "files"
            )
        cid = f"<{file.content_id}>"
        target.add_related(
            file.data, main, sub, cid=cid, filename=name, disposition="inline", cte="base64"
        )
    else:
        target.add_attachment(file.data, main, sub, filename=name, cte="base64")


def _with_quote(text: str, html: str | None, quoted: QuotedMail | None) -> tuple[str, str | None]:
    """Both bodies with the previous message below."""
    if quoted is None:
        return text, html
    intro = " ".join(clean(quoted.intro).split())
    lines = "\n".join(f"> {line}".rstrip() for line in clean(quoted.text).split("\n"))
    if html is not None:
        inner = quoted.html if quoted.html is not None else html_of_text(clean(quoted.text))
        html += (
            f'<br><div class="gmail_quote"><div>{escape(intro)}</div>'
            f'<blockquote type="cite">{inner}</blockquote></div>'
        )
    return f"{text}\n\n{intro}\n{lines}", html
