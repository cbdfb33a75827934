"""Stands in for Meta's Cloud API and for the people behind it, for `hub demo` and for tests.
Customers write, press, react, edit, delete and read through `/_customer/…`. Loopback only; nothing
in production imports it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from channels._meta.standin_core import Hook, Media
from channels.whatsapp import standin_phone as phones
from channels.whatsapp.standin_api import CloudApi
from channels.whatsapp.standin_phone import Held, Touched, Written
from hub.clock import Clock
from hub.standin import Network

_TOKEN, _SECRET, _VERIFY = "the demo's token", "the demo's secret", "the demo's word"


class WhatsAppStandin(CloudApi):
    """One business number, and everybody who has it in their phone."""

    def __init__(self, clock: Clock, **settings: Any) -> None:
        super().__init__(clock, **settings)
        self._names: dict[str, str] = {}

    def app(self) -> web.Application:
        app = super().app()
        app.add_routes(
            [
                web.post("/_customer/messages", self._write),
                web.get("/_customer/messages", self._show),
                web.post("/_customer/read", self._read),
                web.post("/_customer/reactions", self._react),
                web.post("/_customer/edits", self._edit),
                web.post("/_customer/deletions", self._delete),
                web.post("/_customer/number", self._move),
                web.post("/_customer/subscription", self._marketing),
            ]
        )
        return app

    async def _write(self, request: web.Request) -> web.Response:
        held = await self.write(msgspec.json.decode(await request.read(), type=Written))
        return web.json_response({"id": held.id})

    async def write(self, written: Written) -> Held:
        """A customer writes or presses a button."""
        now = self.clock.now_ms()
        self._names[written.address] = written.name
        self.wrote_at[written.address] = now
        media_id, media = self._attached(written)
        quoted = next((one for one in self.messages if one.id == written.reply_to), None)
        part = (
            phones.press(quoted, written)
            if written.payload
            else phones.written_part(written, media_id, media)
        )
        held = Held(
            id=self.next_id(),
            person=written.address,
            is_ours=False,
            at=now,
            content=part,
            text=written.text,
            file=f"/_customer/media/{media_id}" if media else "",
            file_type=media.media_type if media else "",
            file_name=media.name if media else "",
            reply_to=written.reply_to,
        )
        self.messages.append(held)
        await self.say("messages", self._item(held, part))
        return held

    def _attached(self, written: Written) -> tuple[str, Media | None]:
        if written.file is None:
            return "", None
        data = written.file.data
        id = self.keep(data, written.file.media_type, written.file.name)
        return id, self.media[id]

    def _item(self, held: Held, part: dict[str, Any], id: str = "") -> dict[str, Any]:
        """`value` of a webhook with one message."""
        message = {
            **phones.sender(held.person),
            "id": id or held.id,
            "timestamp": str(self.clock.now_ms() // 1000),
            **part,
        }
        if held.reply_to and not id:
            message["context"] = {"from": self.business.number, "id": held.reply_to}
        name = self._names.get(held.person, "Customer")
        return {"contacts": [phones.contact(held.person, name)], "messages": [message]}

    async def _show(self, request: web.Request) -> web.Response:
        """What the phone at `address` shows, after the message `after`."""
        address, after = request.query.get("address"), request.query.get("after", "")
        found = [held for held in self.messages if held.person == address]
        at = next((n for n, held in enumerate(found, 1) if held.id == after), 0)
        body = msgspec.json.encode(found[at:])
        return web.Response(body=body, content_type="application/json")

    async def _read(self, request: web.Request) -> web.Response:
        """The chat is opened: all that arrived is read."""
        touched = msgspec.json.decode(await request.read(), type=Touched)
        for held in tuple(self.messages):
            if held.is_ours and held.person == touched.address and held.status != "read":
                await self.report(held, "delivered", "read")
        return web.Response(status=204)

    async def _react(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        reaction = {"message_id": touched.id, "emoji": touched.emoji}
        held = self.find(touched.id, touched.address)
        held.reaction = touched.emoji
        return await self._told(held, {"type": "reaction", "reaction": reaction})

    async def _edit(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        held = self.find(touched.id, touched.address)
        held.text = touched.text
        new = {"type": "text", "text": {"body": touched.text}}
        edit = {"original_message_id": held.id, "message": new}
        return await self._told(held, {"type": "edit", "edit": edit})

    async def _delete(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        held = self.find(touched.id, touched.address)
        held.is_deleted, held.text = True, ""
        return await self._told(
            held, {"type": "revoke", "revoke": {"original_message_id": held.id}}
        )

    async def _told(self, held: Held, part: dict[str, Any]) -> web.Response:
        """An item of its own about an earlier message."""
        await self.say("messages", self._item(held, part, self.next_id()))
        return web.Response(status=204)

    async def _move(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        old, new = touched.address.lstrip("+"), touched.new.lstrip("+")
        body = f"User changed from {old} to {new}"
        system = {"body": body, "wa_id": new, "type": "user_changed_number"}
        message = {
            "from": old,
            "id": self.next_id(),
            "timestamp": str(self.clock.now_ms() // 1000),
            "type": "system",
            "system": system,
        }
        await self.say("messages", {"messages": [message]})
        return web.Response(status=204)

    async def _marketing(self, request: web.Request) -> web.Response:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        value = "resume" if touched.is_subscribed else "stop"
        preference = {
            "wa_id": touched.address.lstrip("+"),
            "detail": f"User requested to {value} marketing messages",
            "category": "marketing_messages",
            "value": value,
            "timestamp": self.clock.now_ms() // 1000,
        }
        await self.say("user_preferences", {"user_preferences": [preference]})
        return web.Response(status=204)


def app(clock: Clock, *, token: str = "", app_secret: str = "") -> web.Application:
    """The stand-in for `hub demo`."""
    return WhatsAppStandin(clock, token=token, app_secret=app_secret).app()


def demo(clock: Clock) -> Network:
    """For the demo phone."""
    return _Demo(clock)


class _Demo:
    has_numbers = True

    def __init__(self, clock: Clock) -> None:
        self._world = WhatsAppStandin(clock, token=_TOKEN, app_secret=_SECRET)

    def app(self) -> web.Application:
        return self._world.app()

    def config(self, base_url: str) -> dict[str, Any]:
        business, self._world.base = self._world.business, base_url
        return {
            "phone": f"+{business.number}",
            "phone_number_id": business.phone_number_id,
            "waba_id": business.waba_id,
            "access_token": _TOKEN,
            "app_secret": _SECRET,
            "verify_token": _VERIFY,
            "register_webhook": False,
            "api_base": base_url,
        }

    async def connect(self, hook_url: str) -> None:
        hook = Hook(url=hook_url, app_secret=_SECRET, verify_token=_VERIFY)
        await self._world.shake_hands(hook)
        self._world.hook = hook
