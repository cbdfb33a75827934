"""The mailboxes of everybody that an e-mail inbox writes to: mails received from it and sent to it,
kept in one file, and read for people. Part of the stand-in (`standin.py`); nothing in production
imports it. Not a mail program: enough of one to read and answer what the hub sends.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses
from pathlib import Path
from typing import Literal, cast

import msgspec

Direction = Literal["in", "out"]
_MAX = 2_000
_CID = re.compile(r"cid:([^\"'\s>]{1,200})", re.IGNORECASE)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A mail in somebody's mailbox: "in" came from the hub, "out" was written by its owner."""

    id: int
    direction: Direction
    owner: str
    at: int
    raw: bytes


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list."""

    id: int
    direction: Direction
    owner: str
    at: int
    from_: str = msgspec.field(name="from")
    to: str
    subject: str
    preview: str


class File(msgspec.Struct, frozen=True):
    name: str
    media_type: str
    size_bytes: int


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as a person reads it. `html` says whether there is a page to show."""

    mail: Summary
    text: str
    has_html: bool
    files: list[File]
    reply_to: str
    message_id: str


class Box:
    """All mailboxes. `version` grows with every mail; `wait` wakes those who look on."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._mails: list[Kept] = []
        self._changed = asyncio.Condition()
        self.is_closed = False

    @property
    def version(self) -> int:
        return self._mails[-1].id if self._mails else 0

    def load(self) -> None:
        """Read what an earlier run kept; a half-written last line is passed over."""
        if self._path is None or not self._path.exists():
            return
        content = self._path.read_bytes()
        if content and not content.endswith(b"\n"):
            self._append(b"\n")
        for line in content.splitlines():
            try:
                self._mails.append(msgspec.json.decode(line, type=Kept))
            except msgspec.DecodeError:
                continue
        del self._mails[:-_MAX]

    def add(self, direction: Direction, owner: str, at: int, raw: bytes) -> Kept:
        kept = Kept(id=self.version + 1, direction=direction, owner=owner, at=at, raw=raw)
        self._mails.append(kept)
        del self._mails[:-_MAX]
        self._append(msgspec.json.encode(kept) + b"\n")
        return kept

    def _append(self, content: bytes) -> None:
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(content)

    async def tell(self) -> None:
        """Wake those who wait."""
        async with self._changed:
            self._changed.notify_all()

    async def wait(self, after: int, timeout_s: float) -> None:
        """Return when there is something newer than `after`, or after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self.version > after or self.is_closed)
        except TimeoutError:
            return

    def newest(self) -> list[Kept]:
        return sorted(self._mails, key=lambda mail: (mail.at, mail.id), reverse=True)

    def find(self, id: int) -> Kept | None:
        return next((mail for mail in self._mails if mail.id == id), None)

    def latest_to(self, owner: str) -> Kept | None:
        """The last mail that the hub sent to an address."""
        found = (mail for mail in reversed(self._mails) if mail.owner == owner)
        return next((mail for mail in found if mail.direction == "in"), None)


def parsed(kept: Kept) -> EmailMessage:
    return email.message_from_bytes(kept.raw, policy=email.policy.default)


def summary(kept: Kept) -> Summary:
    mail = parsed(kept)
    text = " ".join(text_of(mail).split())
    return Summary(
        id=kept.id,
        direction=kept.direction,
        owner=kept.owner,
        at=kept.at,
        from_=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        preview=text[:140],
    )


def letter(kept: Kept) -> Letter:
    mail = parsed(kept)
    return Letter(
        mail=summary(kept),
        text=text_of(mail),
        has_html=mail.get_body(("html",)) is not None,
        files=[
            File(name_of(part), part.get_content_type(), len(content_of(part)))
            for part in files_of(mail)
        ],
        reply_to=reply_address(mail),
        message_id=str(mail["Message-ID"] or ""),
    )


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()).strip() if body is not None else ""


def html_of(mail: EmailMessage) -> str:
    """The page of a mail, its own images reached as files of it."""
    body = mail.get_body(("html",))
    if body is None:
        return ""
    ids = {str(part["Content-ID"] or "").strip("<> "): n for n, part in enumerate(files_of(mail))}

    def address(found: re.Match[str]) -> str:
        return f"files/{ids[found[1]]}" if found[1] in ids else found[0]

    return _CID.sub(address, str(body.get_content()))


def files_of(mail: EmailMessage) -> list[MIMEPart]:
    """Attachments and inline images, in the order of the mail."""
    bodies = [mail.get_body(("plain",)), mail.get_body(("html",))]
    parts = [part for part in mail.walk() if not part.is_multipart()]
    return [cast(MIMEPart, part) for part in parts if not any(part is body for body in bodies)]


def name_of(part: MIMEPart) -> str:
    return part.get_filename() or part.get_content_type().replace("/", ".")


def content_of(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def reply_address(mail: EmailMessage) -> str:
    """Where an answer goes."""
    found = getaddresses([str(mail["Reply-To"] or mail["From"] or "")])
    return found[0][1] if found else ""
