"""The customer's side of the stand-in: a phone writes to the business, presses buttons, says STOP,
reads what came. Used by `hub demo` and tests over `/_customer/…`.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from channels._twilio.standin import Hook, TwilioStandin
from channels._twilio.standin_books import File, Kept
from hub.standin import CustomerWrites, OnPhone

#: Twilio's own words, matched against the whole text.
STOP_WORDS = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
)
START_WORDS = frozenset(("START", "YES", "UNSTOP"))
_STOPPED = "You have successfully been unsubscribed. Reply START to resubscribe."
_STARTED = "You have successfully been re-subscribed. Reply STOP to unsubscribe."


class Enclosed(msgspec.Struct, frozen=True):
    """A file."""

    media_type: str
    data: bytes
    name: str = ""


class Pressed(msgspec.Struct, frozen=True):
    title: str
    payload: str = ""
    kind: str = "button"


class Place(msgspec.Struct, frozen=True):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends. `address` is their number, without the network's prefix."""

    address: str
    name: str = ""
    text: str = ""
    files: list[Enclosed] = []
    pressed: Pressed | None = None
    place: Place | None = None
    #: SID of the message that they answer.
    reply_to: str = ""


class Reader(msgspec.Struct, frozen=True):
    address: str


class Phone:
    """All customers of one stand-in."""

    def __init__(self, world: TwilioStandin) -> None:
        self._world = world

    def add_to(self, app: web.Application) -> web.Application:
        app.add_routes(
            [
                web.post("/_customer/messages", self._send),
                web.get("/_customer/messages", self._messages),
                web.get("/_customer/files/{file}", self._file),
                web.post("/_customer/read", self._read),
            ]
        )
        return app

    async def write(self, written: Written) -> tuple[str, list[int]]:
        """Deliver it; its SID and the statuses of the hub's answers."""
        hook = self._world.hook
        if hook is None:
            raise web.HTTPConflict(text="no inbox is set up: POST /_hook first")
        kept = self._kept(written, hook)
        statuses = await self._world.tell(hook.url, self._form(kept, written, hook))
        self._obey(kept, hook)
        return kept.sid, statuses

    def _kept(self, written: Written, hook: Hook) -> Kept:
        now = self._world.clock.now_ms()
        files = [File(self._world.new_sid("ME"), one.media_type, one.data) for one in written.files]
        text = written.pressed.title if written.pressed else written.text
        return self._world.keep(
            Kept(
                sid=self._world.new_sid("MM" if files else "SM"),
                is_inbound=True,
                sender=self._world.prefix + written.address,
                to=self._world.prefix + hook.number,
                service_sid=hook.service_sid,
                body=text,
                files=files,
                status="received",
                created_ms=now,
                changed_ms=now,
                sent_ms=now,
            )
        )

    def _form(self, kept: Kept, written: Written, hook: Hook) -> dict[str, str]:
        """As Twilio posts it; the order of fields is the documentation's."""
        form = {
            "ToCountry": "",
            "SmsMessageSid": kept.sid,
            "NumMedia": str(len(kept.files)),
            "SmsSid": kept.sid,
            "SmsStatus": "received",
            "FromCountry": "",
            "NumSegments": "1",
            "MessageSid": kept.sid,
            "AccountSid": hook.account_sid,
            "ApiVersion": "2010-04-01",
            "To": kept.to,
            "From": kept.sender,
            "Body": kept.body,
        }
        if hook.service_sid:
            form["MessagingServiceSid"] = hook.service_sid
        for number, file in enumerate(kept.files):
            form[f"MediaUrl{number}"] = (
                f"https://api.twilio.com/2010-04-01/Accounts/{hook.account_sid}"
                f"/Messages/{kept.sid}/Media/{file.sid}"
            )
            form[f"MediaContentType{number}"] = file.media_type
        word = kept.body.strip().upper()
        if hook.tells_opt_out and word in STOP_WORDS | START_WORDS:
            form["OptOutType"] = "STOP" if word in STOP_WORDS else "START"
        return form | (self._whatsapp(kept, written) if self._world.prefix else {})

    def _whatsapp(self, kept: Kept, written: Written) -> dict[str, str]:
        form = {"WaId": written.address.removeprefix("+"), "MessageType": _kind(kept, written)}
        if written.name:
            form["ProfileName"] = written.name
        if written.reply_to:
            form["OriginalRepliedMessageSid"] = written.reply_to
        if written.pressed is not None and written.pressed.kind == "list":
            form |= {"ListId": written.pressed.payload, "ListTitle": written.pressed.title}
        elif written.pressed is not None:
            payload = written.pressed.payload
            form |= {"ButtonPayload": payload, "ButtonText": written.pressed.title}
        if written.place is not None:
            place = written.place
            form |= {"Latitude": str(place.latitude), "Longitude": str(place.longitude)}
            form |= {"Label": place.name, "Address": place.address}
        return form

    def _obey(self, kept: Kept, hook: Hook) -> None:
        """STOP and START: Twilio blocks and answers by itself."""
        word, pair = kept.body.strip().upper(), (kept.sender, kept.to)
        if word in STOP_WORDS and pair not in self._world.stopped:
            self._world.stopped.add(pair)
            self._answer(kept, _STOPPED)
        elif word in START_WORDS and pair in self._world.stopped:
            self._world.stopped.discard(pair)
            self._answer(kept, _STARTED)

    def _answer(self, to: Kept, text: str) -> None:
        now = self._world.clock.now_ms()
        self._world.keep(
            Kept(
                sid=self._world.new_sid("SM"),
                is_inbound=False,
                sender=to.to,
                to=to.sender,
                body=text,
                status="delivered",
                created_ms=now,
                changed_ms=now,
                sent_ms=now,
            )
        )

    def seen(self, address: str, after: int = 0) -> list[OnPhone]:
        """What stands on the phone of `address`, oldest first."""
        own = self._world.prefix + address
        return [
            _shown(kept)
            for kept in self._world.messages
            if own in (kept.sender, kept.to) and kept.number > after
        ]

    async def read(self, address: str) -> int:
        """Everything is read now; how many messages that were new (WhatsApp only)."""
        own = self._world.prefix + address
        new = [
            kept
            for kept in self._world.messages
            if kept.to == own and kept.status in ("sent", "delivered") and self._world.prefix
        ]
        for kept in new:
            await self._world.report(kept.sid, "read")
        return len(new)

    async def _send(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read(), type=CustomerWrites)
        file = asked.file
        sid, statuses = await self.write(
            Written(
                address=asked.address,
                name=asked.name,
                text=asked.text,
                files=[Enclosed(file.media_type, file.data, file.name)] if file else [],
                pressed=Pressed(asked.text, asked.payload) if asked.payload else None,
                place=Place(*asked.location) if asked.location else None,
                reply_to=asked.reply_to,
            )
        )
        return web.json_response({"id": sid, "statuses": statuses})

    async def _messages(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after") or 0)
        shown = self.seen(request.query["address"], after)
        return web.Response(body=msgspec.json.encode(shown), content_type="application/json")

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.find_file(request.match_info["file"])
        return web.Response(body=file.data, content_type=file.media_type)

    async def _read(self, request: web.Request) -> web.Response:
        reader = msgspec.json.decode(await request.read(), type=Reader)
        return web.json_response({"read": await self.read(reader.address)})


def _shown(kept: Kept) -> OnPhone:
    file = kept.files[0] if kept.files else None
    return OnPhone(
        id=kept.sid,
        is_ours=not kept.is_inbound,
        at=kept.created_ms,
        text=kept.body,
        quick_replies=[{"id": one["payload"], "title": one["title"]} for one in kept.buttons],
        file=f"/_customer/files/{file.sid}" if file else "",
        file_type=file.media_type if file else "",
    )


def _kind(kept: Kept, written: Written) -> str:
    if written.pressed is not None:
        return "interactive"
    if written.place is not None:
        return "location"
    if kept.files:
        kind = kept.files[0].media_type.partition("/")[0]
        return kind if kind in ("image", "audio", "video") else "document"
    return "text"
