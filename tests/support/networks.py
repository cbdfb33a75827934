"""Each network whose vendor has a stand-in, as the tests of the whole hub drive it: how an inbox of
it is set up, what its customers can do on their phones, what stands there, how its vendor refuses
and reports. One class a network; `NETWORKS` names them. No hub in here: see `tests.support.shop`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import aiohttp
from aiohttp import web

from channels._meta.direct import standin_people
from channels._twilio.standin import Hook, TwilioStandin
from channels._twilio.standin_phone import Phone
from channels.custom.standin import StandIn as Bridge
from channels.instagram.standin import standin as instagram
from channels.messenger.standin import standin as messenger
from channels.telegram.standin import Standin as Telegrams
from channels.viber.standin import TOKEN as VIBER_TOKEN
from channels.viber.standin import StandIn as Viber
from channels.whatsapp.standin import WhatsAppStandin
from hub.clock import Clock
from hub.standin import Fault
from tests.channels.custom import sample as custom
from tests.channels.custom.schemas import check_order
from tests.channels.instagram import sample as instagrams
from tests.channels.messenger import sample as messengers
from tests.channels.telegram.bot_api import bot_api
from tests.channels.telegram.sample import TOKEN as BOT_TOKEN
from tests.channels.viber.test_render import check as check_viber
from tests.channels.whatsapp import support as whatsapp
from tests.channels.whatsapp.schema import check as check_whatsapp
from tests.support import direct, twilio

_REGISTERED_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One message of the business on a customer's phone."""

    id: str
    text: str = ""
    #: (title, what pressing it sends back)
    buttons: tuple[tuple[str, str], ...] = ()
    #: Where its file opens.
    file: str = ""
    reply_to: str = ""


class Network:
    """One vendor and its inbox. `served` is called before anything else."""

    name: str
    #: Do phone numbers name people, or ids?
    has_numbers = False
    #: What customers can do besides writing.
    customers_can: frozenset[str] = frozenset()
    #: How far the vendor tells that a message got, one after another.
    reports: tuple[str, ...] = ()
    #: The vendor's answer to a text, by what it means.
    refusals: Mapping[str, Fault] = MappingProxyType({})
    #: The vendor's code for a message that failed later.
    failures: Mapping[str, int] = MappingProxyType({})
    #: Which way a lost answer is found again: "listing", "echo", "report", or "" for none.
    lost_is_found_by = ""
    #: Part of the path by which texts go out.
    sends_at = ""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.vendor: Any = self.make()
        self.base = ""
        self._http: aiohttp.ClientSession

    def make(self) -> Any:
        raise NotImplementedError

    def app(self) -> web.Application:
        app: web.Application = self.vendor.app()
        return app

    def served(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base, self._http = base, http

    def config(self) -> dict[str, Any]:
        raise NotImplementedError

    async def connect(self, hook: str) -> None:
        """As a person does at the vendor; nothing where the adapter tells its vendor itself."""

    def address(self, number: int) -> str:
        """Somebody nobody has met."""
        return str(5_614_879_045_270_000 + number)

    async def do(self, path: str, address: str, **what: Any) -> str:
        """Something that a customer does on the phone; the vendor's id of it."""
        url, body = f"{self.base}/_customer/{path}", {"address": address, **what}
        async with self._http.post(url, json=body) as answer:
            assert answer.status < 300, await answer.text()
            told = await answer.json() if answer.status == 200 else {}
            return str(told.get("id", ""))

    def enclosed(self, kind: str, name: str, media_type: str, data: str) -> dict[str, Any]:
        """The part of what a customer writes that is its file (base64)."""
        return {"file": {"name": name, "media_type": media_type, "data": data}}

    async def phone(self, address: str) -> list[Seen]:
        """What the business sent, as it stands on a customer's phone."""
        url = f"{self.base}/_customer/messages"
        async with self._http.get(url, params={"address": address}) as answer:
            assert answer.status == 200, await answer.text()
            return [self.seen(one) for one in await answer.json() if one.get("is_ours", True)]

    def seen(self, told: dict[str, Any]) -> Seen:
        return Seen(
            id=told["id"],
            text=told.get("text", ""),
            buttons=tuple((one["title"], one["id"]) for one in told.get("quick_replies", [])),
            file=self.base + told["file"] if told.get("file") else "",
            reply_to=told.get("reply_to", ""),
        )

    async def download(self, url: str) -> bytes:
        async with self._http.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    def reaction(self, address: str, id: str) -> str:
        """Ours, on the customer's message."""
        raise NotImplementedError

    async def report(self, address: str, delivery: str, reason: str = "") -> None:
        """The vendor tells how far the last message to somebody got."""
        raise NotImplementedError

    def refuse(self, reason: str, address: str) -> None:
        """The next text is refused so."""
        self.fault(self.refusals[reason])

    def fault(self, fault: Fault) -> None:
        self.vendor.desk.faults.append(fault)

    @property
    def accepted(self) -> list[str]:
        found: list[str] = self.vendor.desk.accepted
        return found

    def attempts(self) -> list[int]:
        """When each call to send a text came."""
        ledger = self.vendor.desk.ledger
        return [e.at for e in ledger if e.method == "POST" and self.sends_at in e.path]


def _status(status: int, code: int, retry_after_s: int = 0) -> Fault:
    return Fault(kind="status", status=status, code=code, retry_after_s=retry_after_s)


class TwilioSms(Network):
    name = "twilio_sms"
    has_numbers = True
    number = "+48732000001"
    reports: tuple[str, ...] = ("sent", "delivered")
    lost_is_found_by = "listing"
    sends_at = "/Messages.json"
    refusals = MappingProxyType(
        {
            "opted_out": _status(400, 21610),
            "recipient_unreachable": _status(400, 21211),
            "landline": _status(400, 21614),
            "content_rejected": _status(400, 30007),
            "auth_failed": _status(401, 20003),
            "rate_limited": _status(429, 20429, 1),
        }
    )
    failures = MappingProxyType({"recipient_unreachable": 30005})
    _prefix = ""

    def make(self) -> Any:
        return TwilioStandin(
            self.clock,
            prefix=self._prefix,
            account_sid=twilio.ACCOUNT,
            auth_token=twilio.TOKEN,
            validate=twilio.Schemas(),
        )

    def app(self) -> web.Application:
        return Phone(self.vendor).add_to(self.vendor.app())

    def config(self) -> dict[str, Any]:
        account = {"account_sid": twilio.ACCOUNT, "auth_token": twilio.TOKEN}
        return {**account, "number": self.number, "api_base": self.base, "per_second": 50}

    async def connect(self, hook: str) -> None:
        self.vendor.hook = Hook(
            url=hook,
            account_sid=twilio.ACCOUNT,
            auth_token=twilio.TOKEN,
            number=self.number,
        )

    def address(self, number: int) -> str:
        return f"+4850{number:07}"

    async def report(self, address: str, delivery: str, reason: str = "") -> None:
        last = self._last(address)
        status = "undelivered" if delivery == "failed" else delivery
        told = await self.vendor.report(last, status, self.failures.get(reason, 0))
        assert set(told) == {200}

    def _last(self, address: str) -> str:
        own = self._prefix + address
        sids = [one.sid for one in self.vendor.messages if one.to == own]
        return str(sids[-1])


class TwilioWhatsApp(TwilioSms):
    name = "twilio_whatsapp"
    number = "+905551112233"
    customers_can = frozenset({"press", "place", "quote"})
    reports = ("sent", "delivered", "read")
    refusals = MappingProxyType({**TwilioSms.refusals, "outside_window": _status(400, 63016)})
    _prefix = "whatsapp:"


class WhatsApp(Network):
    name = "whatsapp"
    has_numbers = True
    customers_can = frozenset({"press", "place", "quote", "edit", "delete", "react", "sticker"})
    reports = ("sent", "delivered", "read")
    lost_is_found_by = "report"
    sends_at = "/messages"
    refusals = MappingProxyType(
        {
            "recipient_unreachable": _status(400, 131026),
            "outside_window": _status(400, 131047),
            "content_rejected": _status(400, 131051),
            "auth_failed": _status(401, 190),
            "rate_limited": _status(429, 130429, 1),
        }
    )
    failures = MappingProxyType({"recipient_unreachable": 131026})

    def make(self) -> Any:
        return WhatsAppStandin(
            self.clock,
            token=whatsapp.TOKEN,
            app_secret=whatsapp.SECRET,
            is_lively=False,
            check=check_whatsapp,
        )

    def config(self) -> dict[str, Any]:
        return whatsapp.config(self.base)

    async def connect(self, hook: str) -> None:
        """The inbox registers its own webhook, some time after it is connected."""
        async with asyncio.timeout(_REGISTERED_S):
            while self.vendor.hook is None:
                await asyncio.sleep(0.01)

    def address(self, number: int) -> str:
        return f"+4850{number:07}"

    def enclosed(self, kind: str, name: str, media_type: str, data: str) -> dict[str, Any]:
        part = super().enclosed(kind, name, media_type, data)
        return {**part, "is_voice": kind == "voice", "is_sticker": kind == "sticker"}

    def reaction(self, address: str, id: str) -> str:
        return str(self.vendor.find(id, address).reaction)

    async def report(self, address: str, delivery: str, reason: str = "") -> None:
        ours = [one for one in self.vendor.messages if one.is_ours and one.person == address]
        code = self.failures.get(reason, 0)
        await self.vendor.report(ours[-1], delivery, code=code, title="Message undeliverable")
        assert self.vendor.statuses[-1] == 200


class Telegram(Network):
    name = "telegram"
    customers_can = frozenset({"press", "place", "quote", "edit", "react", "sticker"})
    sends_at = "/sendMessage"
    refusals = MappingProxyType(
        {
            "recipient_unreachable": _status(403, 0),
            "auth_failed": _status(401, 0),
            "rate_limited": _status(429, 0, 1),
        }
    )

    def make(self) -> Any:
        return Telegrams(self.clock, validate=bot_api().call)

    def config(self) -> dict[str, Any]:
        return {"token": BOT_TOKEN, "receive": "webhook", "api_base": self.base}

    def address(self, number: int) -> str:
        return str(700_000_000 + number)

    def enclosed(self, kind: str, name: str, media_type: str, data: str) -> dict[str, Any]:
        part = super().enclosed(kind, name, media_type, data)
        return {**part, "is_voice": kind == "voice", "is_sticker": kind == "sticker"}

    def reaction(self, address: str, id: str) -> str:
        (bot,) = self.vendor.bots.values()
        return str(bot.people[int(address)].reactions.get(int(id), ""))


class Messenger(Network):
    name = "messenger"
    customers_can = frozenset({"press", "place", "quote", "edit", "delete", "react"})
    reports: tuple[str, ...] = ("delivered", "read")
    lost_is_found_by = "echo"
    sends_at = "/me/messages"
    refusals = MappingProxyType(
        {
            "recipient_unreachable": _status(400, 551),
            "outside_window": _status(403, 10),
            "content_rejected": _status(400, 100),
            "auth_failed": _status(401, 190),
            "rate_limited": _status(400, 4, 1),
        }
    )

    def make(self) -> Any:
        return messenger(self.clock, token=direct.TOKEN)

    def config(self) -> dict[str, Any]:
        return messengers.config(self.base)

    async def connect(self, hook: str) -> None:
        secrets = {"app_secret": direct.APP_SECRET, "verify_token": direct.VERIFY_TOKEN}
        async with self._http.post(f"{self.base}/_hook", json={"url": hook, **secrets}) as answer:
            assert answer.status == 200, await answer.text()

    def seen(self, told: dict[str, Any]) -> Seen:
        urls = [one["payload"]["url"] for one in told["attachments"]]
        return Seen(
            id=told["id"],
            text=told["text"],
            buttons=tuple((one["title"], one["payload"]) for one in told["quick_replies"]),
            file=self.base + urls[0] if urls else "",
            reply_to=told["reply_to"],
        )

    def refuse(self, reason: str, address: str) -> None:
        """Of windows Meta tells by a subcode, which the stand-in's own rule has."""
        if reason == "outside_window":
            self.vendor.people[address].wrote_at = 0
        else:
            super().refuse(reason, address)

    def reaction(self, address: str, id: str) -> str:
        return next(str(one.reaction) for one in self.vendor.messages if one.id == id)

    async def report(self, address: str, delivery: str, reason: str = "") -> None:
        ours = [one for one in self.vendor.messages if one.is_ours and one.person == address]
        told = standin_people.seen(self.vendor.account, address, ours, self.clock.now_ms())
        (item,) = [one for one in told if {"delivered": "delivery"}.get(delivery, delivery) in one]
        assert set(await self.vendor.say(item)) == {200}


class Instagram(Messenger):
    name = "instagram"
    reports = ("read",)

    def make(self) -> Any:
        return instagram(self.clock, token=direct.TOKEN)

    def config(self) -> dict[str, Any]:
        return instagrams.config(self.base)


class ViberBot(Network):
    name = "viber"
    customers_can = frozenset({"press", "place"})
    reports = ("delivered", "read")
    sends_at = "/pa/send_message"
    refusals = MappingProxyType(
        {
            "recipient_unreachable": _status(200, 6),
            "outside_window": _status(200, 23),
            "content_rejected": _status(200, 3),
            "auth_failed": _status(200, 2),
            "rate_limited": _status(200, 12, 1),
        }
    )

    def make(self) -> Any:
        return Viber(self.clock, check=check_viber)

    def config(self) -> dict[str, Any]:
        return {"token": VIBER_TOKEN, "api_base": self.base}

    def address(self, number: int) -> str:
        return f"{number:011}A="

    def seen(self, told: dict[str, Any]) -> Seen:
        buttons = told.get("keyboard", {}).get("Buttons", [])
        return Seen(
            id=told["id"],
            text=told.get("text", ""),
            buttons=tuple((one["Text"], one["ActionBody"]) for one in buttons),
            file=told.get("media", ""),
        )

    async def report(self, address: str, delivery: str, reason: str = "") -> None:
        token = [token for token, body in self.vendor.messages if body["receiver"] == address][-1]
        event = {"delivered": "delivered", "read": "seen", "failed": "failed"}[delivery]
        more = {"desc": "not delivered"} if delivery == "failed" else {}
        told = await self.vendor.callback(event, message_token=token, user_id=address, **more)
        assert told == 200


class Custom(Network):
    name = "custom"
    customers_can = frozenset({"press", "place", "quote", "edit", "delete", "react", "sticker"})
    reports = ("sent", "delivered", "read")
    lost_is_found_by = "report"
    sends_at = "/santral"
    refusals = MappingProxyType(
        {
            "content_rejected": _status(400, 0),
            "auth_failed": _status(401, 0),
            "rate_limited": _status(429, 0, 1),
            # The bridge says in words what its statuses leave open: see `refuse`.
            **dict.fromkeys(
                ("opted_out", "recipient_unreachable", "outside_window"), _status(422, 0)
            ),
        }
    )
    _able = ("can_edit", "can_delete", "can_react", "has_typing", "has_read_marks")

    def make(self) -> Any:
        return Bridge(self.clock, check=check_order)

    def config(self) -> dict[str, Any]:
        return custom.config(self.base, **dict.fromkeys(self._able, True))

    async def connect(self, hook: str) -> None:
        self.vendor.url = hook

    def address(self, number: int) -> str:
        return f"ada-{number}"

    async def do(self, path: str, address: str, **what: Any) -> str:
        if path not in ("edits", "deletions", "reactions"):
            if what.get("location"):
                latitude, longitude = what["location"]
                what["location"] = {"latitude": latitude, "longitude": longitude}
            return await super().do(path, address, **what)
        told = {"type": {"edits": "edited", "deletions": "deleted"}.get(path, "reaction")}
        more = {name: what[name] for name in ("text", "emoji") if name in what}
        id, now = f"{told['type']}-{len(self.vendor.statuses)}", self.clock.now_ms()
        about = {"id": id, "at": now, "sender": {"id": address}, "message": what["id"]}
        assert await self.vendor.tell({**told, **about, **more}) == 200
        return id

    def refuse(self, reason: str, address: str) -> None:
        if self.refusals[reason].status == 422:
            self.vendor.refusals.append(reason)
        else:
            super().refuse(reason, address)

    def enclosed(self, kind: str, name: str, media_type: str, data: str) -> dict[str, Any]:
        flags = {"is_voice": kind == "voice", "is_sticker": kind == "sticker"}
        return {"files": [{"name": name, "media_type": media_type, "data": data, **flags}]}

    def seen(self, told: dict[str, Any]) -> Seen:
        changes = [one for one in self.vendor.orders if one.get("message") == told["id"]]
        texts = [one["text"] for one in changes if one["type"] == "edit"]
        return Seen(
            id=told["id"],
            text=[told.get("text", ""), *texts][-1],
            buttons=tuple((one["text"], one["payload"]) for one in told.get("buttons", [])),
            file=told["files"][0]["url"] if told.get("files") else "",
            reply_to=told.get("reply_to", ""),
        )

    async def phone(self, address: str) -> list[Seen]:
        gone = {one["message"] for one in self.vendor.orders if one["type"] == "delete"}
        return [one for one in await super().phone(address) if one.id not in gone]

    def reaction(self, address: str, id: str) -> str:
        told = [o for o in self.vendor.orders if o["type"] == "reaction" and o["message"] == id]
        return str(told[-1].get("emoji", "")) if told else ""

    async def report(self, address: str, delivery: str, reason: str = "") -> None:
        ours = [id for id, one in self.vendor.messages.items() if one["to"]["id"] == address]
        now = self.clock.now_ms()
        told = {"type": "delivery", "id": f"{ours[-1]}:{delivery}", "at": now}
        more = {"reason": reason} if reason else {}
        about = {"message": ours[-1], "status": delivery, **more}
        await self.vendor.tell({**told, **about})
        # A repeated post has the same nonce: the hub takes it once.
        assert 200 in self.vendor.statuses[-self.vendor.desk.disorder.repeat :]


NETWORKS: dict[str, type[Network]] = {
    one.name: one
    for one in (
        TwilioSms, TwilioWhatsApp, WhatsApp, Telegram, Messenger, Instagram, ViberBot, Custom,
    )
}  # fmt: skip
