"""A stand-in of Telegram: the Bot API as far as we use it, for `hub demo` and tests, on loopback
only. Any well-formed token is a bot; people write to it by `/_customer/…` (`standin_customer.py`).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from channels.telegram import standin_customer
from channels.telegram.signature import HEADER
from channels.telegram.standin_bot import Bot, Kept
from channels.telegram.standin_methods import METHODS, Refused
from hub.clock import Clock
from hub.standin import Desk, Network
from hub.tasks import Tasks

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{10,}")
#: Parameters that are texts; in forms all others are JSON.
_TEXTS = frozenset(
    "text caption url secret_token callback_query_id file_id action business_connection_id"
    " parse_mode".split()
)
_WORDS = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request",
    429: "Too Many Requests: retry after {}",
}
#: Of the demo's bot; no bot of Telegram has such a one.
_DEMO_TOKEN = f"100000001:{'demo' * 9}"[:45]
#: Checks a call (method, parameters) and says what is wrong with it.
Validate = Callable[[str, Mapping[str, Any]], list[str]]


def render_error(status: int, code: int, retry_after_s: int) -> web.Response:
    """For `Desk`; Telegram has no codes besides HTTP's."""
    words = _WORDS.get(status, "Internal Server Error").format(retry_after_s)
    parameters = {"retry_after": retry_after_s} if retry_after_s else {}
    return _refusal(Refused(status, words, **parameters))


def _refusal(refused: Refused) -> web.Response:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": refused.status,
        "description": refused.description,
    }
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)


class Standin:
    """All bots of one Telegram."""

    def __init__(self, clock: Clock, *, validate: Validate | None = None, seed: int = 1) -> None:
        self.desk = Desk(clock, render_error, seed=seed)
        self.bots: dict[str, Bot] = {}
        #: Tokens that BotFather has revoked.
        self.revoked: set[str] = set()
        #: What `validate` found wrong; such calls are refused.
        self.complaints: list[str] = []
        self._clock = clock
        self._validate = validate
        self._tasks = Tasks()

    def app(self) -> web.Application:
        app = self.desk.app()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._give_file)
        app.add_routes(standin_customer.routes(self))
        app.on_shutdown.append(self._end)
        return app

    def bot(self, token: str) -> Bot:
        """Raises `Refused` for what is no token, or none any more."""
        if not _TOKEN.fullmatch(token):
            raise Refused(404, "Not Found")
        if token in self.revoked:
            raise Refused(401, "Unauthorized")
        if token not in self.bots:
            self.bots[token] = Bot(token, self._clock)
        return self.bots[token]

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            bot = self.bot(request.match_info["token"])
            name = request.match_info["method"]
            result = await self.call(bot, name, await _params(request))
        except Refused as refused:
            return _refusal(refused)
        if name.startswith("send") and isinstance(result, dict):
            self.desk.accept(request, f"{result['chat']['id']}:{result['message_id']}")
        return web.json_response({"ok": True, "result": result})

    async def call(self, bot: Bot, name: str, params: Mapping[str, Any]) -> Any:
        """One method. Raises `Refused`."""
        method = METHODS.get(name.lower())
        if method is None:
            raise Refused(404, "Not Found")
        faults = self._validate(name, params) if self._validate else []
        if faults:
            self.complaints += faults
            raise Refused(400, f"Bad Request: {faults[0]}")
        result = await method(bot, params)
        if name.lower() == "setwebhook":
            await self.flush(bot)
        return result

    async def flush(self, bot: Bot) -> list[int]:
        """What waits goes to the webhook; what is not taken stays."""
        if not bot.webhook or not bot.updates:
            return []
        updates = list(bot.updates)
        headers = {"Content-Type": "application/json"}
        if bot.secret:
            headers[HEADER] = bot.secret
        posts = [(json.dumps(update).encode(), headers) for update in updates]
        answers: list[bytes] = []
        statuses: list[int] = []
        try:
            statuses = await self.desk.deliver(bot.webhook, posts, answers.append)
        except (aiohttp.ClientError, TimeoutError):
            bot.fail("Connection refused")
        else:
            if all(200 <= status < 300 for status in statuses):
                bot.updates = [one for one in bot.updates if one not in updates]
            else:
                bot.fail(f"Wrong response from the webhook: {max(statuses)}")
        for answer in answers:
            await self._obey(bot, answer)
        if bot.updates and (bot.retry is None or bot.retry.done()):
            bot.retry = self._tasks.spawn(f"retry {bot.id}", self._retry(bot))
        return statuses

    async def _retry(self, bot: Bot) -> None:
        """Telegram tries again by itself, too."""
        for wait_s in itertools.chain((1, 2, 5), itertools.repeat(10)):
            await self._clock.sleep(wait_s)
            await self.flush(bot)
            if not bot.updates or not bot.webhook:
                return

    async def _obey(self, bot: Bot, answer: bytes) -> None:
        """An answer to a webhook may be a call; nobody is told how it went."""
        try:
            call = json.loads(answer)
        except ValueError:
            return
        if isinstance(call, dict) and "method" in call:
            name = call.pop("method")
            try:
                await self.call(bot, name, call)
            except Refused as refused:
                self.complaints.append(f"{name}: {refused.description}")

    async def _give_file(self, request: web.Request) -> web.Response:
        try:
            bot = self.bot(request.match_info["token"])
        except Refused as refused:
            return _refusal(refused)
        id = request.match_info["path"].split("/")[1:2]
        file = bot.files.get(id[0]) if id else None
        if file is None:
            return _refusal(Refused(404, "Not Found"))
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _end(self, app: web.Application) -> None:
        await self._tasks.close()
        for bot in self.bots.values():
            bot.polls += 1
            bot.wake()


async def _params(request: web.Request) -> dict[str, Any]:
    """From JSON, a form, a form with files, or the address."""
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    texts = {**request.query}
    files: dict[str, Kept] = {}
    if request.content_type == "multipart/form-data":
        for name, part in _parts(request.headers["Content-Type"], await request.read()):
            if isinstance(part, Kept):
                files[name] = part
            else:
                texts[name] = part
    else:
        form = await request.post()
        texts |= {name: value for name, value in form.items() if isinstance(value, str)}
    params: dict[str, Any] = dict(files)
    for name, text in texts.items():
        attached = text.removeprefix("attach://")
        if attached in files and attached != text:
            params.pop(attached, None)
            params[name] = files[attached]
        else:
            params[name] = text if name in _TEXTS else _value(text)
    return params


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, str | Kept]]:
    """Of a form with files (RFC 7578); the desk has read the stream already."""
    boundary = content_type.partition("boundary=")[2].strip('"')
    for part in body.split(f"--{boundary}".encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        about = head.decode()
        name = re.search(r'[; ]name="?([^";\r]*)', about)
        file = re.search(r'filename="([^"\r]*)"', about)
        media_type = re.search(r"(?i)content-type: *([^\r;]*)", about)
        data = data.removesuffix(b"\r\n")
        if file:
            kept = Kept(data, file[1], media_type[1] if media_type else "application/octet-stream")
            yield name[1] if name else "", kept
        elif name:
            yield name[1], data.decode()


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def demo(clock: Clock) -> Network:
    """For the demo phone."""
    return _Demo(clock)


class _Demo:
    has_numbers = False

    def __init__(self, clock: Clock) -> None:
        self._world = Standin(clock)

    def app(self) -> web.Application:
        return self._world.app()

    def config(self, base_url: str) -> dict[str, Any]:
        return {"token": _DEMO_TOKEN, "receive": "webhook", "api_base": base_url}

    async def connect(self, hook_url: str) -> None:
        """The adapter tells its bot where it listens."""
