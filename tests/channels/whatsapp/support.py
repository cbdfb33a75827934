"""What the tests of WhatsApp share: Meta's webhook bodies out of specs/, the inbox that each of
them belongs to, and one line that says what an event is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.test_utils import TestServer

from channels.whatsapp.adapter import Adapter
from channels.whatsapp.people import Own
from channels.whatsapp.standin import WhatsAppStandin
from channels.whatsapp.standin_phone import Business
from hub.clock import SystemClock
from hub.model.contact import Address
from hub.ports.inbound import (
    AccountAlert,
    AddressMoved,
    ConsentChanged,
    DeliveryReported,
    Ignored,
    InboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    Reacted,
    TemplateReported,
)
from tests.support import specs
from tests.support.adapter_context import MemoryContext

TOKEN = "EAAGthetokenofthesystemuser"
SECRET = "the app's secret"
WORD = "verify-me"
INBOX = "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb"
PERSON = Address("phone", "+48501000002")


def config(api_base: str = "https://graph.facebook.com", **more: Any) -> dict[str, Any]:
    business = Business()
    return {
        "phone": business.phone,
        "phone_number_id": business.phone_number_id,
        "waba_id": business.waba_id,
        "access_token": TOKEN,
        "app_secret": SECRET,
        "verify_token": WORD,
        "api_base": api_base,
        **more,
    }


def own() -> Own:
    """The inbox of `config`."""
    business = Business()
    return Own(
        inbox_id=INBOX,
        phone=business.phone,
        phone_number_id=business.phone_number_id,
        waba_id=business.waba_id,
    )


@asynccontextmanager
async def connected(
    standin: WhatsAppStandin | None = None, **more: Any
) -> AsyncIterator[tuple[Adapter, WhatsAppStandin, MemoryContext]]:
    """An adapter of a stand-in over real HTTP; not started."""
    meta = standin or WhatsAppStandin(SystemClock(), token=TOKEN, is_lively=False)
    async with TestServer(meta.app()) as server:
        ctx = MemoryContext(config(str(server.make_url("")), **more), inbox_id=INBOX)
        adapter = Adapter(ctx)
        try:
            yield adapter, meta, ctx
        finally:
            await adapter.stop()
            await ctx.tasks.close()
            await ctx.http.close()


def webhooks() -> dict[str, dict[str, Any]]:
    """All of Meta's webhook bodies in specs/whatsapp, by folder, file and place in it."""
    root = specs.require("whatsapp")
    return {
        name: body
        for path in sorted(root.glob("*/*.json"))
        for name, body in _bodies(
            json.loads(path.read_text(encoding="utf-8")), f"{path.parent.name}/{path.stem}"
        )
    }


def _bodies(found: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(found, dict):
        return
    if isinstance(found.get("entry"), list):
        yield name, {key: found[key] for key in ("object", "entry")}
    for key, value in found.items():
        if key != "entry":
            yield from _bodies(value, f"{name}:{key}")


def own_of(body: dict[str, Any]) -> Own:
    """The inbox that a fixture was sent to."""
    entry = body["entry"][0]
    value = entry["changes"][0]["value"]
    metadata = value.get("metadata", {})
    numbers = (metadata.get("display_phone_number"), value.get("display_phone_number"))
    phone = next((number for number in (*numbers, value.get("phone_number")) if number), "")
    return Own(
        inbox_id=INBOX,
        phone=f"+{phone}",
        phone_number_id=metadata.get("phone_number_id", ""),
        waba_id=value.get("waba_info", {}).get("waba_id") or entry["id"],
    )


def line(event: InboundEvent) -> str:
    """One event, as far as it is no default, in a line."""
    match event:
        case MessageReceived() | MessageEchoed():
            kind = "message" if isinstance(event, MessageReceived) else "echo"
            return " ".join([kind, *_parts(event)])
        case MessageEdited():
            return f"edited {_who(event.sender)} {event.text!r}"
        case MessageDeleted():
            return f"deleted {_who(event.sender)}"
        case Reacted():
            return f"reacted {_who(event.sender)} {event.emoji!r}"
        case DeliveryReported():
            return f"delivery {event.delivery} {event.reason} {event.detail[:8]}".strip()
        case ConsentChanged():
            return f"consent {_who(event.sender)} {event.scope} out={event.is_opted_out}"
        case AddressMoved():
            return f"moved {_who(event.sender)} to {_who(event.new)}"
        case TemplateReported():
            return f"template {event.name} {event.language} {event.state} {event.reason}".strip()
        case AccountAlert():
            return f"alert {event.detail}"
        case Ignored():
            return f"ignored {event.reason}"
        case _:
            return type(event).__name__


def _who(address: Address) -> str:
    return address.value if address.kind == "phone" else f"{address.value}@inbox"


def _parts(event: MessageReceived | MessageEchoed) -> Iterator[str]:
    yield _who(event.sender)
    if isinstance(event, MessageReceived):
        yield from (f"alias={_who(alias)}" for alias in event.aliases)
    if event.text:
        yield repr(event.text)
    for media in event.media:
        flags = ("voice " * media.is_voice) + ("sticker " * media.is_sticker)
        yield f"[{flags}{media.media_type} {media.name}]".replace(" ]", "]")
    if event.location:
        yield f"at={event.location.latitude:.3f},{event.location.longitude:.3f}"
    if not isinstance(event, MessageReceived):
        return
    yield from (f"card={len(card.phones)} phones" for card in event.shared)
    if event.reply_to:
        yield "reply"
    if event.payload:
        yield f"payload={event.payload[:30]!r}"
    if event.unsupported:
        yield f"unsupported={event.unsupported}"
