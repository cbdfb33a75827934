"""Stands in for the mail servers of the whole world, for `hub demo` and for tests: the hub sends to
its SMTP server, people read there and write back, and what they write goes by SMTP to the hub's
listener. `app()` is its web API: `/_ledger`, `/_faults`, and the mailboxes (`/mails`). Loopback
only; nothing in production imports it.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from pathlib import Path
from typing import Any, TypeVar

import aiosmtplib
import msgspec
from aiohttp import web

from channels.email import standin_box as boxes
from channels.email.standin_box import Box, Kept
from channels.email.standin_smtp import Entry, Fault, Sink, Taken
from hub.clock import Clock
from hub.errors import BadInput, NotFound, Unavailable

_WAIT_S = 25.0
_SEND_TIMEOUT_S = 20.0
_MAX_BODY_BYTES = 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HTML_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox allow-popups"
)
T = TypeVar("T")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that somebody writes; `answers` is the id of the mail it replies to, or 0."""

    from_: str = msgspec.field(name="from")
    name: str = ""
    to: str = ""
    subject: str = ""
    text: str
    answers: int = 0
    message_id: str = ""
    #: Name, media type, content.
    files: list[tuple[str, str, bytes]] = []


class StandIn:
    """`async with StandIn(...) as world`: servers that run, and what people do with them."""

    def __init__(
        self, clock: Clock, *, shop: str, deliver_to: tuple[str, int], keep_in: Path | None = None
    ) -> None:
        """`shop` is the address people write to, `deliver_to` where its mail server listens."""
        self._clock = clock
        self._shop = shop
        self._deliver_to = deliver_to
        self.box = Box(keep_in)
        self.sink = Sink(clock, self._take)

    @property
    def smtp_port(self) -> int:
        return self.sink.port

    @property
    def ledger(self) -> list[Entry]:
        return self.sink.ledger

    async def open(self, smtp_port: int = 0) -> None:
        """Raises OSError when the port is taken."""
        await self.sink.open(smtp_port)
        await asyncio.to_thread(self.box.load)

    async def close(self) -> None:
        self.box.is_closed = True
        await self.box.tell()
        await self.sink.close()

    async def __aenter__(self) -> StandIn:
        await self.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def _take(self, taken: Taken) -> str:
        kept = [
            self.box.add("in", recipient.lower(), taken.at, taken.raw)
            for recipient in taken.recipients
        ]
        await self.box.tell()
        return str(boxes.parsed(kept[0])["Message-ID"] or "")

    async def write(self, written: Written) -> Kept:
        """Send a mail as somebody. Raises `BadInput`, or `Unavailable` with the server's words."""
        mail = self._composed(written)
        host, port = self._deliver_to
        try:
            await aiosmtplib.send(
                mail,
                sender=written.from_,
                recipients=[str(mail["To"])],
                hostname=host,
                port=port,
                start_tls=False,
                timeout=_SEND_TIMEOUT_S,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            raise Unavailable(f"{fault}"[:300]) from fault
        raw = mail.as_bytes()
        kept = self.box.add("out", written.from_.lower(), self._clock.now_ms(), raw)
        await self.box.tell()
        return kept

    def _composed(self, written: Written) -> EmailMessage:
        answered = self.box.find(written.answers) if written.answers else None
        before = boxes.parsed(answered) if answered else None
        mail = EmailMessage()
        try:
            mail["From"] = formataddr((written.name, written.from_))
            mail["To"] = written.to or (boxes.reply_address(before) if before else self._shop)
            mail["Subject"] = written.subject or _answer_subject(before)
        except ValueError as fault:
            raise BadInput("an address or the subject cannot be used", "from") from fault
        moment = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        mail["Date"] = format_datetime(moment)
        mail["Message-ID"] = written.message_id or make_msgid(domain="mailbox.example")
        if before is not None and before["Message-ID"]:
            mail["In-Reply-To"] = str(before["Message-ID"])
            mail["References"] = f"{before['References'] or ''} {before['Message-ID']}".strip()
        mail.set_content(written.text + _quote(before))
        for name, media_type, content in written.files:
            main, _, sub = media_type.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return mail

    def app(self) -> web.Application:
        """To be mounted below a path of its own, on loopback."""
        app = web.Application(middlewares=[_guarded], client_max_size=_MAX_BODY_BYTES)
        app.add_routes(
            [
                web.get("/_ledger", self._get_ledger),
                web.get("/_faults", self._get_faults),
                web.put("/_faults", self._put_faults),
                web.get("/mails", self._list),
                web.post("/mails", self._post),
                web.get(r"/mails/{id:\d{1,9}}", self._show),
                web.get(r"/mails/{id:\d{1,9}}/html", self._html),
                web.get(r"/mails/{id:\d{1,9}}/files/{place:\d{1,3}}", self._file),
            ]
        )
        return app

    async def _get_ledger(self, request: web.Request) -> web.Response:
        return _json(self.ledger)

    async def _get_faults(self, request: web.Request) -> web.Response:
        return _json(self.sink.faults)

    async def _put_faults(self, request: web.Request) -> web.Response:
        self.sink.faults[:] = await _body(request, list[Fault])
        return _json(self.sink.faults)

    async def _list(self, request: web.Request) -> web.Response:
        """All mails, newest first; `after` waits until there is something newer."""
        after = request.query.get("after", "")
        if after.isascii() and after.isdigit():
            await self.box.wait(int(after), _WAIT_S)
        mails = [boxes.summary(kept) for kept in self.box.newest()]
        return _json({"version": self.box.version, "shop": self._shop, "mails": mails})

    async def _post(self, request: web.Request) -> web.Response:
        written = await _body(request, Written)
        if "@" not in written.from_.strip("@") or not written.text.strip():
            raise BadInput("say who writes, and something", "from")
        return _json(boxes.summary(await self.write(written)))

    async def _show(self, request: web.Request) -> web.Response:
        return _json(boxes.letter(self._require(request)))

    async def _html(self, request: web.Request) -> web.Response:
        page = boxes.html_of(boxes.parsed(self._require(request)))
        base = f'<base href="{request.path.removesuffix("html")}" target="_blank">'
        return web.Response(
            text=f"<!doctype html><meta charset=utf-8>{base}{page}",
            content_type="text/html",
            headers={"Content-Security-Policy": _HTML_CSP},
        )

    async def _file(self, request: web.Request) -> web.Response:
        files = boxes.files_of(boxes.parsed(self._require(request)))
        place = int(request.match_info["place"])
        if place >= len(files):
            raise NotFound("there is no such file")
        part = files[place]
        media_type = part.get_content_type()
        is_image = media_type in ("image/png", "image/jpeg", "image/gif", "image/webp")
        return web.Response(
            body=boxes.content_of(part),
            content_type=media_type if is_image else "application/octet-stream",
            headers={} if is_image else {"Content-Disposition": "attachment"},
        )

    def _require(self, request: web.Request) -> Kept:
        kept = self.box.find(int(request.match_info["id"]))
        if kept is None:
            raise NotFound("there is no such mail")
        return kept


@web.middleware
async def _guarded(request: web.Request, handler: Any) -> web.StreamResponse:
    """Only for pages of this machine: no foreign host names, no forms of other websites."""
    host = request.host.rpartition(":")[0] if request.host[-1:] != "]" else request.host
    if (host or request.host) not in _LOOPBACK:
        return _json({"error": "only for this machine"}, status=403)
    is_json = request.content_type == "application/json"
    if request.method not in ("GET", "HEAD") and not is_json:
        return _json({"error": "send JSON"}, status=415)
    try:
        answer: web.StreamResponse = await handler(request)
    except NotFound as fault:
        return _json({"error": str(fault)}, status=404)
    except BadInput as fault:
        return _json({"error": str(fault)}, status=400)
    except Unavailable as fault:
        return _json({"error": str(fault)}, status=502)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


async def _body(request: web.Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.DecodeError as fault:
        raise BadInput(str(fault)) from fault


def _json(value: object, *, status: int = 200) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json")


def _answer_subject(before: EmailMessage | None) -> str:
    subject = str(before["Subject"] or "") if before is not None else ""
    return subject if not subject or subject.lower().startswith("re:") else f"Re: {subject}"


def _quote(before: EmailMessage | None) -> str:
    """The mail answered, as mail programs put it below."""
    if before is None:
        return ""
    lines = boxes.text_of(before).splitlines()
    quoted = "\n".join(f"> {line}" for line in lines)
    return f"\n\nOn {before['Date']}, {before['From']} wrote:\n{quoted}\n"
