"""Stands in for the Send, upload, profile and conversation APIs of the Messenger Platform, and for
the people behind it, for `hub demo` and for tests: windows, limits and errors as documented, signed
webhooks with echoes and receipts. Customers use it through `/_customer/…`. Loopback only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from channels._meta.direct import standin_people as people
from channels._meta.direct.config import HUMAN_WINDOW_H, QUICK_REPLIES_MAX, WINDOW_H
from channels._meta.direct.render import Dialect
from channels._meta.direct.standin_people import Account, Held, Person, Touched, Written
from channels._meta.standin_core import GraphStandin, Refusal, form_of
from hub.clock import Clock

APP_ID = 1_517_776_481_860_111
_HOUR_MS = 3_600_000
_FETCH_S = 10.0
#: Raises `ValueError` with what is wrong about a request's body (tests hand one in).
Check = Callable[[Any], None]


class Subcodes(msgspec.Struct, frozen=True):
    """The two platforms name the same refusals differently."""

    window: int
    stranger: int


class DirectStandin(GraphStandin):
    """One page or account, and everybody who ever wrote to it."""

    def __init__(
        self,
        clock: Clock,
        account: Account,
        dialect: Dialect,
        subcodes: Subcodes,
        *,
        token: str = "",
        has_echoes: bool = True,
        check: Check | None = None,
    ) -> None:
        super().__init__(clock, token=token)
        self.account = account
        self.people: dict[str, Person] = {}
        self.messages: list[Held] = []
        #: Sender actions as they came: ("typing_on", person).
        self.actions: list[tuple[str, str]] = []
        self.subscribed_fields = ""
        #: Statuses of the hub's answers to webhooks.
        self.statuses: list[int] = []
        self._dialect = dialect
        self._subcodes = subcodes
        self._has_echoes = has_echoes
        self._check = check

    def app(self) -> web.Application:
        app = super().app()
        app.add_routes(
            [
                web.get("/{version}/me", self._me),
                web.post("/{version}/me/subscribed_apps", self._subscribe),
                web.post("/{version}/me/messages", self._send),
                web.post("/{version}/me/message_attachments", self._upload),
                web.get("/{version}/me/conversations", self._conversations),
                web.get("/cdn/{id}/{name}", self._file),
                web.post("/_customer/messages", self._write),
                web.get("/_customer/messages", self._show),
                web.post("/_customer/read", self._open),
                web.post("/_customer/reactions", self._react),
                web.post("/_customer/edits", self._edit),
                web.post("/_customer/deletions", self._delete),
                web.post("/_customer/subscription", self._block),
                web.get("/{version}/{person}", self._profile),
            ]
        )
        return app

    def meet(self, address: str, name: str = "Customer", *, wrote_at: int = 0) -> Person:
        """Somebody who may be written to since `wrote_at`."""
        person = self.people.setdefault(address, Person(name))
        person.wrote_at = max(person.wrote_at, wrote_at)
        return person

    async def say(self, *items: dict[str, Any]) -> list[int]:
        """One webhook an item; a hub that cannot be reached is told again by nobody."""
        now = self.clock.now_ms()
        payloads = [people.payload(self.account, now, item) for item in items]
        with contextlib.suppress(aiohttp.ClientError, OSError):
            statuses = await self.tell(*payloads)
            self.statuses += statuses
            return statuses
        return []

    async def _me(self, request: web.Request) -> web.Response:
        self.require_token(request)
        return web.json_response(self.account.me)

    async def _subscribe(self, request: web.Request) -> web.Response:
        self.require_token(request)
        self.subscribed_fields = request.query.get("subscribed_fields", "")
        if not self.subscribed_fields:
            raise Refusal(100, "Param subscribed_fields must be an array.")
        return web.json_response({"success": True})

    async def _send(self, request: web.Request) -> web.Response:
        self.require_token(request)
        body = self._body(await request.read())
        address = body["recipient"]["id"]
        person = self.people.get(address)
        if person is None:
            raise Refusal(100, "No matching user found", subcode=self._subcodes.stranger)
        if person.is_blocked:
            raise Refusal(551, "This person isn't available right now.", subcode=1545041)
        if "sender_action" in body:
            return self._act(address, body)
        self._require_window(person, body)
        held = await self._held(address, body)
        self.messages.append(held)
        self.desk.accept(request, held.id)
        if self._has_echoes:
            await self.say(people.echo(self.account, held, APP_ID))
        return web.json_response({"recipient_id": address, "message_id": held.id})

    def _body(self, raw: bytes) -> dict[str, Any]:
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any])
            if self._check is not None:
                self._check(body)
            if not isinstance(body["recipient"]["id"], str):
                raise TypeError("recipient.id")
        except (ValueError, KeyError, TypeError) as fault:
            raise Refusal(100, f"Invalid parameter: {fault!r}") from fault
        return body

    def _require_window(self, person: Person, body: dict[str, Any]) -> None:
        is_human = body.get("tag") == "HUMAN_AGENT" and body.get("messaging_type") == "MESSAGE_TAG"
        limit_h = HUMAN_WINDOW_H if is_human else WINDOW_H
        if self.clock.now_ms() - person.wrote_at > limit_h * _HOUR_MS:
            words = "This message is sent outside of allowed window."
            raise Refusal(10, words, status=403, subcode=self._subcodes.window)

    async def _held(self, address: str, body: dict[str, Any]) -> Held:
        content = body["message"]
        text, attachment = content.get("text", ""), content.get("attachment")
        length = len(text.encode()) if self._dialect.counts_bytes else len(text)
        if length > self._dialect.text_max:
            raise Refusal(100, f"Length of param message[text] must be <= {self._dialect.text_max}")
        if bool(text) == bool(attachment) or len(content.get("quick_replies", [])) > (
            QUICK_REPLIES_MAX
        ):
            raise Refusal(100, "Message cannot be empty", subcode=2018034)
        return Held(
            id=self._new_id(),
            person=address,
            is_ours=True,
            at=self.clock.now_ms(),
            text=text,
            attachments=[await self._stored(attachment)] if attachment else [],
            quick_replies=content.get("quick_replies", []),
            reply_to=body.get("reply_to", {}).get("mid", ""),
            metadata=content.get("metadata", ""),
            tag=body.get("tag", ""),
        )

    async def _stored(self, attachment: dict[str, Any]) -> dict[str, Any]:
        """An uploaded file, or one that Meta fetches from the sender's address."""
        given = attachment["payload"]
        id = given.get("attachment_id")
        if id is None:
            id = await self._fetched(given["url"])
        elif id not in self.media:
            raise Refusal(100, "Invalid attachment_id", subcode=2018074)
        return {"type": attachment["type"], "payload": {"url": f"/cdn/{id}/{self.media[id].name}"}}

    async def _fetched(self, url: str) -> str:
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url) as answer,
            ):
                answer.raise_for_status()
                return self.keep(await answer.read(), answer.content_type, "file")
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            words = "Failed to fetch the file from the url"
            raise Refusal(100, words, subcode=2018008) from fault

    def _act(self, address: str, body: dict[str, Any]) -> web.Response:
        action = body["sender_action"]
        if action in ("react", "unreact"):
            wanted = body["payload"]["message_id"]
            held = next((one for one in self.messages if one.id == wanted), None)
            if held is None or held.person != address:
                raise Refusal(100, "Invalid message id")
            held.reaction = body["payload"]["reaction"] if action == "react" else ""
        elif action not in ("typing_on", "typing_off", "mark_seen"):
            raise Refusal(100, "Invalid sender_action")
        self.actions.append((action, address))
        return web.json_response({"recipient_id": address})

    async def _upload(self, request: web.Request) -> web.Response:
        self.require_token(request)
        form = await form_of(request)
        file, message = form.get("filedata"), form.get("message")
        is_whole = file is not None and message is not None and b'"attachment"' in message.data
        if not is_whole or file is None or not self._dialect.can_upload:
            raise Refusal(100, "Upload attachment failure", subcode=2018047)
        id = self.keep(file.data, file.media_type, file.name)
        return web.json_response({"attachment_id": id})

    async def _conversations(self, request: web.Request) -> web.Response:
        self.require_token(request)
        wanted = request.query.get("user_id")
        limit, after = int(request.query.get("limit", 25)), int(request.query.get("after", 0))
        by_person: dict[str, list[Held]] = {}
        for held in self.messages:
            if wanted in (None, held.person):
                by_person.setdefault(held.person, []).append(held)
        order = sorted(by_person.items(), key=lambda one: -one[1][-1].at)
        rows = [
            people.listed(self.account, address, self.people[address].name, messages)
            for address, messages in order[after : after + limit]
        ]
        paging: dict[str, Any] = {"cursors": {"after": str(after + limit)}}
        if after + limit < len(order):
            paging["next"] = "https://graph.invalid/next"
        return web.json_response({"data": rows, "paging": paging})

    async def _profile(self, request: web.Request) -> web.Response:
        self.require_token(request)
        id = request.match_info["person"]
        person = self.people.get(id)
        if person is None or person.is_blocked:
            raise Refusal(100, "Unsupported get request", subcode=33)
        return web.json_response({"id": id, "name": person.name})

    async def _file(self, request: web.Request) -> web.Response:
        found = self.media.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.data, content_type=found.media_type)

    async def _write(self, request: web.Request) -> web.Response:
        written = msgspec.json.decode(await request.read(), type=Written)
        held = await self.write(written, str(request.url.origin()))
        return web.json_response({"id": held.id})

    async def write(self, written: Written, origin: str) -> Held:
        """A customer writes or presses a button. `origin` is where this stand-in is served."""
        now = self.clock.now_ms()
        self.meet(written.address, written.name, wrote_at=now)
        held = Held(
            id=self._new_id(),
            person=written.address,
            is_ours=False,
            at=now,
            text=written.text,
            attachments=self._attached(written, origin),
            reply_to=written.reply_to,
        )
        self.messages.append(held)
        kind, part = "message", people.message_part(held)
        if written.is_postback:
            part = {"mid": held.id, "title": written.text, "payload": written.payload}
            kind = "postback"
        elif written.payload:
            part["quick_reply"] = {"payload": written.payload}
        await self.say(people.item(self.account, written.address, now, kind, part))
        return held

    def _attached(self, written: Written, origin: str) -> list[dict[str, Any]]:
        if written.location is not None:
            latitude, longitude = written.location
            at = {"lat": latitude, "long": longitude}
            return [{"type": "location", "payload": {"coordinates": at}}]
        if written.file is None:
            return []
        file, major = written.file, written.file.media_type.partition("/")[0]
        id = self.keep(file.data, file.media_type, file.name)
        kind = written.file_kind or (major if major in ("image", "video", "audio") else "file")
        return [{"type": kind, "payload": {"url": f"{origin}/cdn/{id}/{file.name}"}}]

    async def _show(self, request: web.Request) -> web.Response:
        """What the phone at `address` shows, after the message `after`."""
        address, after = request.query.get("address"), request.query.get("after", "")
        found = [held for held in self.messages if held.person == address]
        at = next((n for n, held in enumerate(found, 1) if held.id == after), 0)
        body = msgspec.json.encode(found[at:])
        return web.Response(body=body, content_type="application/json")

    async def _open(self, request: web.Request) -> web.Response:
        """All that arrived at an address was delivered, and is read now."""
        touched = msgspec.json.decode(await request.read(), type=Touched)
        unread = [
            held
            for held in self.messages
            if held.person == touched.address and held.is_ours and not held.is_read
        ]
        for held in unread:
            held.is_read = True
        if unread:
            now = self.clock.now_ms()
            await self.say(*people.seen(self.account, touched.address, unread, now))
        return web.Response(status=204)

    async def _react(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        part: dict[str, Any] = {"mid": touched.id, "action": "unreact"}
        if touched.emoji:
            part |= {"action": "react", "emoji": touched.emoji, "reaction": "other"}
        return await self._told(touched, "reaction", part)

    async def _edit(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        held = self._require(touched)
        held.text = touched.text
        part = {"mid": held.id, "text": held.text, "num_edit": self.new_number()}
        return await self._told(touched, "message_edit", part)

    async def _delete(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        self.messages.remove(self._require(touched))
        return await self._told(touched, "message", {"mid": touched.id, "is_deleted": True})

    async def _block(self, request: web.Request) -> web.Response:
        """Meta tells nobody: it shows when the page writes."""
        touched = msgspec.json.decode(await request.read(), type=Touched)
        self.meet(touched.address).is_blocked = not touched.is_subscribed
        return web.Response(status=204)

    async def _told(self, touched: Touched, kind: str, part: dict[str, Any]) -> web.Response:
        now = self.clock.now_ms()
        await self.say(people.item(self.account, touched.address, now, kind, part))
        return web.Response(status=204)

    def _require(self, touched: Touched) -> Held:
        found = (held for held in self.messages if held.id == touched.id and not held.is_ours)
        held = next(found, None)
        if held is None or held.person != touched.address:
            raise web.HTTPNotFound
        return held

    def _new_id(self) -> str:
        """In the alphabet of Meta's ids."""
        return f"m_Standin-{self.account.object}_{self.new_number()}"
