"""A stand-in of Twilio's messaging for `hub demo` and tests: Messages with lists and files, content
templates, signed webhooks. It speaks the documented API; the customer's side is `standin_phone`.
Loopback only; nothing in production imports it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiohttp
import msgspec
from aiohttp import web

from channels._twilio import standin_books as books
from channels._twilio.errors import TABLE
from channels._twilio.signature import HEADER, sign
from channels._twilio.standin_books import File, Kept
from hub.clock import Clock
from hub.standin import Desk
from hub.tasks import Tasks

_HOUR_MS = 3_600_000
_WINDOW_MS = 24 * _HOUR_MS
_FILE_MAX_BYTES = 20 * 1024 * 1024
_FETCH_S = 5.0

#: Checks (method, path template, fields) of a request; raises ValueError.
Validate = Callable[[str, str, Mapping[str, Any]], None]


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """The inbox as it is set up at Twilio. `number` without the network's prefix."""

    url: str
    account_sid: str
    auth_token: str
    number: str = ""
    service_sid: str = ""
    #: Advanced Opt-Out of the messaging service: STOP and START are named in webhooks.
    tells_opt_out: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How far a message got, as a test or the demo says."""

    sid: str
    status: str
    error_code: int = 0


class Refusal(web.HTTPException):
    """Raised by a handler: Twilio's error answer."""

    status_code = 400

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(
            text=json.dumps(_error(status, code, message)), content_type="application/json"
        )
        self.set_status(status)


class TwilioStandin:
    """One account. `prefix` stands before numbers on the wire; with `tells_statuses` messages reach
    the customer by themselves.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        prefix: str = "",
        account_sid: str = "",
        auth_token: str = "",
        tells_statuses: bool = False,
        validate: Validate | None = None,
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.prefix = prefix
        self.desk = Desk(clock, _render_error, seed=seed)
        self.hook: Hook | None = None
        self.messages: list[Kept] = []
        self.contents: dict[str, dict[str, Any]] = {}
        #: Who wrote STOP, as (customer, business).
        self.stopped: set[tuple[str, str]] = set()
        self.tasks = Tasks()
        #: Where this stand-in is served, if not at the root of its host.
        self.base = ""
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._tells_statuses = tells_statuses
        self._validate = validate
        self._count = 0

    def app(self) -> web.Application:
        app = self.desk.app()
        account = "/2010-04-01/Accounts/{account}"
        app.add_routes(
            [
                web.post("/_hook", self._set_hook),
                web.post("/_status", self._set_status),
                web.post(f"{account}/Messages.json", self._create),
                web.get(f"{account}/Messages.json", self._list),
                web.get(f"{account}/Messages/{{sid}}.json", self._show),
                web.get(f"{account}/Messages/{{sid}}/Media.json", self._list_files),
                web.get(f"{account}/Messages/{{sid}}/Media/{{file}}", self._redirect),
                web.get("/cdn/{file}", self._file),
                web.post("/v1/Content", self._create_content),
                web.get("/v1/ContentAndApprovals", self._list_contents),
            ]
        )
        app.on_cleanup.append(self._close)
        return app

    def new_sid(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count:032x}"

    def keep(self, kept: Kept) -> Kept:
        """Into the books; what has no time yet was made now."""
        kept.number = len(self.messages) + 1
        self.messages.append(kept)
        return kept

    def find(self, sid: str) -> Kept:
        """Raises `Refusal`."""
        for kept in self.messages:
            if kept.sid == sid:
                return kept
        raise Refusal(404, 20404, f"The requested resource {sid} was not found")

    def find_file(self, sid: str) -> File:
        """Raises `Refusal`."""
        for kept in self.messages:
            for file in kept.files:
                if file.sid == sid and file.data is not None:
                    return file
        raise Refusal(404, 20404, "The requested resource was not found")

    async def tell(self, url: str, fields: Mapping[str, str]) -> list[int]:
        """A signed webhook; the statuses of the answers."""
        assert self.hook is not None
        bare = urlunsplit(urlsplit(url)._replace(fragment=""))
        headers = {
            HEADER: sign(self.hook.auth_token, bare, fields.items()),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": self.new_sid("IT"),
        }
        return await self.desk.deliver(bare, [(urlencode(fields).encode(), headers)])

    async def report(self, sid: str, status: str, error_code: int = 0) -> list[int]:
        """A message of the business got so far: kept, and told to its callback."""
        kept = self.find(sid)
        kept.status, kept.error_code = status, error_code
        kept.changed_ms = self.clock.now_ms()
        kept.sent_ms = kept.sent_ms or kept.changed_ms
        if not kept.callback or self.hook is None:
            return []
        fields = {
            "SmsSid": sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "MessageSid": sid,
            "AccountSid": self.hook.account_sid,
            "ApiVersion": "2010-04-01",
            "To": kept.to,
            "From": kept.sender,
        }
        if kept.service_sid:
            fields["MessagingServiceSid"] = kept.service_sid
        if error_code:
            fields["ErrorCode"] = str(error_code)
        if self.prefix:
            fields["ChannelPrefix"] = self.prefix.removesuffix(":")
        return await self.tell(kept.callback, fields)

    def _require(self, request: web.Request) -> None:
        """Raises Twilio's 401 for missing or wrong credentials."""
        given = request.headers.get("Authorization", "")
        account = request.match_info.get("account", self._account_sid)
        if self._auth_token:
            pair = f"{self._account_sid}:{self._auth_token}".encode()
            is_right = given == f"Basic {base64.b64encode(pair).decode()}"
            is_right = is_right and account == self._account_sid
        else:
            is_right = given.startswith("Basic ")
        if not is_right:
            raise Refusal(401, 20003, "Authenticate")

    def _check(self, request: web.Request, template: str, fields: Mapping[str, Any]) -> None:
        if self._validate is None:
            return
        try:
            self._validate(request.method, template, fields)
        except ValueError as fault:
            raise Refusal(400, 20001, str(fault)) from fault

    async def _set_hook(self, request: web.Request) -> web.Response:
        self.hook = msgspec.json.decode(await request.read(), type=Hook)
        return web.json_response({"success": True})

    async def _set_status(self, request: web.Request) -> web.Response:
        told = msgspec.json.decode(await request.read(), type=Report)
        return web.json_response(await self.report(told.sid, told.status, told.error_code))

    async def _create(self, request: web.Request) -> web.Response:
        self._require(request)
        fields = fields_of((await request.read()).decode())
        self._check(request, "/2010-04-01/Accounts/{AccountSid}/Messages.json", fields)
        kept = await self._made(fields)
        self.keep(kept)
        self.desk.accept(request, kept.sid)
        answer = books.shown(kept, request.match_info["account"])
        if self._tells_statuses:
            _ = self.tasks.spawn(f"statuses {kept.sid}", self._deliver(kept))
        return web.json_response(answer, status=201)

    async def _made(self, fields: Mapping[str, Any]) -> Kept:
        """Raises `Refusal` for what Twilio refuses at once."""
        to, sender = str(fields.get("To", "")), str(fields.get("From", ""))
        body, media = str(fields.get("Body", "")), list(fields.get("MediaUrl", []))
        content = self._content(fields)
        if not to.removeprefix(self.prefix):
            raise Refusal(400, 21604, "A 'To' phone number is required.")
        if not sender and not fields.get("MessagingServiceSid"):
            raise Refusal(400, 21603, "A 'From' phone number is required.")
        if not to.startswith(self.prefix + "+") and not to.removeprefix(self.prefix).isalnum():
            raise Refusal(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if (to, sender) in self.stopped:
            raise Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        if len(body) > 1600:
            raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 limit")
        if not body and not media and content is None:
            raise Refusal(400, 21619, "A text message body or media urls must be specified.")
        now = self.clock.now_ms()
        values = json.loads(fields.get("ContentVariables") or "{}")
        return Kept(
            sid=self.new_sid("MM" if media else "SM"),
            is_inbound=False,
            sender=sender,
            to=to,
            service_sid=str(fields.get("MessagingServiceSid", "")),
            body=books.content_text(content, values) if content else body,
            buttons=books.content_buttons(content) if content else [],
            files=[await self._fetched(url) for url in media],
            status="accepted" if fields.get("MessagingServiceSid") else "queued",
            created_ms=now,
            changed_ms=now,
            callback=str(fields.get("StatusCallback", "")),
            is_template=content is not None,
        )

    def _content(self, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        sid = fields.get("ContentSid")
        if sid is None:
            return None
        if sid not in self.contents:
            raise Refusal(400, 21655, "The ContentSid is invalid.")
        return self.contents[sid]

    async def _fetched(self, url: str) -> File:
        """As Twilio does: the file behind a public address."""
        sid = self.new_sid("ME")
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url) as answer,
            ):
                data = await answer.content.read(_FILE_MAX_BYTES)
                if answer.status == 200:
                    return File(sid, answer.content_type, data)
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass
        return File(sid, "application/octet-stream", None)

    async def _deliver(self, kept: Kept) -> None:
        """To the customer's phone, with the statuses on the way."""
        if self.prefix and not kept.is_template and not self._is_window_open(kept):
            await self.report(kept.sid, "undelivered", 63016)
            return
        await self.report(kept.sid, "sent")
        await self.report(kept.sid, "delivered")

    def _is_window_open(self, kept: Kept) -> bool:
        since = self.clock.now_ms() - _WINDOW_MS
        return any(
            one.is_inbound and one.sender == kept.to and one.created_ms >= since
            for one in self.messages
        )

    async def _list(self, request: web.Request) -> web.Response:
        self._require(request)
        self._check(request, "/2010-04-01/Accounts/{AccountSid}/Messages.json", request.query)
        found = [one for one in reversed(self.messages) if books.matches(one, request.query)]
        size = min(int(request.query.get("PageSize", "50")), 1000)
        page = int(request.query.get("Page", "0"))
        account = request.match_info["account"]
        part = found[page * size : (page + 1) * size]
        later = None
        if len(found) > (page + 1) * size:
            asked = {**request.query, "Page": str(page + 1), "PageToken": f"PA{part[-1].sid}"}
            later = f"{request.path}?{urlencode(asked)}"
        return web.json_response(
            {
                "messages": [books.shown(one, account) for one in part],
                "next_page_uri": later,
                "page": page,
                "page_size": size,
                "uri": request.path_qs,
            }
        )

    async def _show(self, request: web.Request) -> web.Response:
        self._require(request)
        kept = self.find(request.match_info["sid"])
        return web.json_response(books.shown(kept, request.match_info["account"]))

    async def _list_files(self, request: web.Request) -> web.Response:
        self._require(request)
        kept, account = self.find(request.match_info["sid"]), request.match_info["account"]
        files = [books.shown_file(file, kept.sid, account, kept.created_ms) for file in kept.files]
        return web.json_response({"media_list": files, "next_page_uri": None})

    async def _redirect(self, request: web.Request) -> web.Response:
        self._require(request)
        file = self.find_file(request.match_info["file"])
        raise web.HTTPTemporaryRedirect(f"{self.base}/cdn/{file.sid}")

    async def _file(self, request: web.Request) -> web.Response:
        """Twilio's CDN refuses what carries credentials."""
        if "Authorization" in request.headers:
            raise web.HTTPBadRequest(text="Only one auth mechanism allowed")
        file = self.find_file(request.match_info["file"])
        return web.Response(body=file.data, content_type=file.media_type)

    async def _create_content(self, request: web.Request) -> web.Response:
        self._require(request)
        told = msgspec.json.decode(await request.read(), type=dict[str, Any])
        self._check(request, "/v1/Content", told)
        sid = self.add_content(told, status="unsubmitted")
        return web.json_response(self.contents[sid], status=201)

    def add_content(self, content: Mapping[str, Any], *, status: str = "approved") -> str:
        """A template, with WhatsApp's decision; its SID."""
        sid = self.new_sid("HX")
        approval = {"name": "", "category": "UTILITY", "status": status, "rejection_reason": ""}
        self.contents[sid] = {
            "date_updated": "2026-11-22T09:00:00Z",
            "friendly_name": "",
            "variables": {},
            **content,
            "sid": sid,
            "account_sid": self._account_sid or "AC" + "0" * 32,
            "approval_requests": approval,
        }
        return sid

    async def _list_contents(self, request: web.Request) -> web.Response:
        self._require(request)
        size = min(int(request.query.get("PageSize", "50")), 1000)
        page = int(request.query.get("Page", "0"))
        found = list(self.contents.values())
        later = None
        if len(found) > (page + 1) * size:
            later = f"{request.url.origin()}{request.path}?PageSize={size}&Page={page + 1}"
        return web.json_response(
            {
                "contents": found[page * size : (page + 1) * size],
                "meta": {
                    "page": page,
                    "page_size": size,
                    "next_page_url": later,
                    "key": "contents",
                },
            }
        )

    async def _close(self, app: web.Application) -> None:
        await self.tasks.close()


def fields_of(body: str) -> dict[str, Any]:
    """A form; fields that may be repeated are lists."""
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True, strict_parsing=True):
        if name in ("MediaUrl", "PersistentAction"):
            fields.setdefault(name, []).append(value)
        elif name in fields:
            raise Refusal(400, 20001, f"{name} is given twice")
        else:
            fields[name] = value
    return fields


def _error(status: int, code: int, message: str) -> dict[str, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


def _render_error(status: int, code: int, retry_after_s: int) -> web.Response:
    """For `Desk`: code 0 is an answer from before the API (a proxy's page)."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    if not code:
        return web.Response(status=status, text="<html>Sorry</html>", headers=headers)
    words = TABLE[code].words if code in TABLE else "Something went wrong"
    return web.json_response(_error(status, code, words), status=status, headers=headers)
