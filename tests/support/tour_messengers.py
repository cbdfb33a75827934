"""The inbox's places that only messengers have: `furnish` fills a shop with people on SMS, WhatsApp
and Telegram, `stops` are the places, as in `tests.support.tour`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from hub.standin import Fault
from tests.support.media import png
from tests.support.shop import Customer, Message, Shop
from tests.support.tour import Stop

HOUR_S = 3600
#: Chromium without a microphone records silence of its own making.
MICROPHONE = """
Object.defineProperty(navigator, 'mediaDevices', {configurable: true, value: {
  getUserMedia: async () => new AudioContext().createMediaStreamDestination().stream,
}});
"""
_VOICE = b"OggS\0\2" + bytes(22) + b"OpusHead" + bytes(40)
#: A real picture of one dot.
_STICKER = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
#: Two letters that SMS has no short form for, and one that it has.
_DEAR_TEXT = "Zażółć gęślą jaźń, çok teşekkürler. " * 3


@dataclass
class Places:
    """Ids of what was made."""

    #: Everything that a message can be.
    thread: str
    #: By WhatsApp too long ago, by SMS not wanted.
    closed: str
    texter: str
    #: An answer that can be changed and taken back.
    talk: str
    contact: str
    inbox: str


async def furnish(shop: Shop) -> Places:
    """Four people; the templates are there, and one inbox of Telegram that only answers."""
    talker = await shop.customer("telegram")
    await talker.writes("Merhaba!")
    await talker.is_told("Merhaba, nasıl yardımcı olabilirim?")
    closed = await _closed(shop)
    texter = await shop.customer("twilio_sms")
    texter.name = "Łucja Źródłowska-Wiśniewska"
    await texter.writes("Dzień dobry, czy paczka wyszła?")
    await shop.api.post(
        "/suppressions", kind="email", value="a-very-long-address.of-somebody@customer.example",
        scope="marketing", reason="By telephone",
    )  # fmt: skip
    ada = await shop.customer("whatsapp")
    ada.name = "Zoë Şahin"
    await _everything_in(ada)
    await _everything_out(ada)
    whatsapp = shop.inbox(ada.network)
    found = await shop.api.get(f"/conversations/{ada.conversation}")
    return Places(
        ada.conversation,
        closed.conversation,
        texter.conversation,
        talker.conversation,
        found["conversation"]["contact"]["id"],
        whatsapp,
    )


async def _closed(shop: Shop) -> Customer:
    chatter = await shop.customer("whatsapp")
    await chatter.writes("Is it still to be had?")
    await shop.api.post(f"/inboxes/{shop.inbox(chatter.network)}/templates/sync")
    texter = await shop.same(chatter, "twilio_sms")
    await texter.writes("STOP")
    shop.hub.clock.jump(25 * HOUR_S)
    return chatter


async def _everything_in(ada: Customer) -> None:
    first = await ada.writes("Hello, is the red bowl still there?")
    await ada.sends("image", "bowl.png", "image/png", png(40, 30))
    await ada.sends("voice", "voice.ogg", "audio/ogg", _VOICE)
    await ada.sends("document", "order 2026-11.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n")
    await ada.sends("sticker", "sticker.webp", "image/webp", _STICKER)
    await ada.until((await ada.last())["seq"], _is_whole)
    ada.network.fault(Fault(kind="status", status=404, path="/v"))
    await ada.sends("document", "very long name of a lost file.pdf", "application/pdf", b"%PDF-1.4")
    await ada.until((await ada.last())["seq"], _is_whole)
    await ada.writes(location=[41.0369, 28.985])
    await ada.writes(contact=["Grandma Şahin", "+905321112233"])
    await ada.writes("The blue one, I mean", reply_to=first)
    await ada.does("edits", id=first, text="Hello, is the blue bowl still there?")
    gone = await ada.writes("Forget it")
    await ada.does("deletions", id=gone)
    unknown = {"type": "interactive", "interactive": {"type": "hologram"}}
    await ada.network.vendor.say("messages", _strange(ada, unknown))
    await ada.shop.settle()


def _is_whole(message: Message) -> bool:
    files = message["attachments"]
    return all(file["state"] != "fetching" for file in files)


def _strange(ada: Customer, part: Mapping[str, object]) -> dict[str, object]:
    number = ada.address.lstrip("+")
    profile = {"profile": {"name": ada.name}, "wa_id": number}
    at = str(ada.shop.hub.clock.now_ms() // 1000)
    message = {"from": number, "id": "wamid.strange", "timestamp": at, **part}
    return {"contacts": [profile], "messages": [message]}


async def _everything_out(ada: Customer) -> None:
    asked = await ada.messages()
    answer = await ada.is_told("It is", reply_to_seq=asked[0]["seq"])
    await ada.network.report(ada.address, "read")
    (shown,) = await ada.network.phone(ada.address)
    await ada.does("reactions", id=shown.id, emoji="👍")
    reaction = f"{ada.path}/messages/{asked[1]['seq']}/reaction"
    await ada.shop.api.write("PUT", reaction, emoji="❤️")
    await ada.is_told(
        "Shall I keep it?", quick_replies=["Yes, until Friday please", "Not any longer"]
    )
    ada.network.refuse("content_rejected", ada.address)
    refused = await ada.is_answered("This one is refused")
    await ada.until_delivery(refused["seq"], "failed")
    ada.network.fault(Fault(kind="accept_then_drop", path=ada.network.sends_at))
    lost = await ada.is_answered("Did this one arrive?")
    await ada.until_delivery(lost["seq"], "sending", "unknown")
    ada.shop.hub.clock.jump(700)
    await ada.until_delivery(lost["seq"], "unknown")
    template = {
        "name": "order_shipped",
        "language": "en_US",
        "values": [
            {"name": name, "value": value}
            for name, value in (("1", "Zoë"), ("2", "7"), ("button.0", "7"))
        ],
    }
    await ada.is_told(template=template)
    await ada.shop.api.post(
        f"{ada.path}/messages", client_id="tour-note-2", kind="note", text=f"Seq {answer['seq']}"
    )


def stops(places: Places) -> dict[str, Stop]:
    """Every place of messengers behind the sign-in, by name."""
    thread, closed = f"/inbox/all/{places.thread}", f"/inbox/all/{places.closed}"
    texter, talk = f"/inbox/all/{places.texter}", f"/inbox/all/{places.talk}"
    person = f"/contacts/{places.contact}"
    inbox, chooser = f"/settings/inboxes/{places.inbox}", "/settings/inboxes/new"
    dialog = "css:[role=dialog] "
    from_inbox = "pick:[role=dialog] input >> nth=0="
    merge = ("css:button:has(svg.lucide-merge)",)
    to_do_not_contact = "/settings/suppressions"
    searched = "fill:input[type=search]=nobody@none.example"
    return {
        "thread end": Stop(thread),
        "thread middle": Stop(thread, ("scroll:0.5",)),
        "thread start": Stop(thread, ("scroll:0",)),
        "message menu": Stop(talk, ("css:[role=log] button[data-more] >> nth=-1",)),
        "reacting": Stop(
            thread, ("scroll:0", "css:[role=log] button:has(svg.lucide-smile-plus) >> nth=0")
        ),
        "voice note": Stop(thread, ("css:button:has(svg.lucide-mic) >> nth=-1",)),
        "ways": Stop(
            closed, ("css:button[aria-haspopup=menu]:has(svg.lucide-chevron-down) >> nth=0",)
        ),
        "closed window": Stop(closed),
        "templates": Stop(thread, ("css:button:has(svg.lucide-layout-template)",)),
        "template": Stop(
            thread,
            ("css:button:has(svg.lucide-layout-template)", f"{dialog}li button >> nth=0"),
        ),
        "segments": Stop(texter, (f"fill:textarea >> nth=0={_DEAR_TEXT}",)),
        "messenger person": Stop(person),
        "merge": Stop(person, merge),
        "merge compared": Stop(person, (*merge, f"{dialog}li button >> nth=0")),
        "do not contact": Stop(to_do_not_contact),
        "do not contact history": Stop(to_do_not_contact, ("css:main summary >> nth=0",)),
        "do not contact nobody": Stop(to_do_not_contact, (searched,)),
        "do not contact add": Stop(to_do_not_contact, ("css:main button:has(svg.lucide-plus)",)),
        "messenger inbox": Stop(inbox),
        "messenger templates": Stop(inbox, ("css:[role=tab] >> nth=1",)),
        "messenger inboxes": Stop("/settings/inboxes"),
        "channels": Stop(chooser),
        "new by template": Stop("/inbox/all", ("c", f"{from_inbox}whatsapp")),
        "new template filled": Stop(
            "/inbox/all", ("c", f"{from_inbox}whatsapp", f"{dialog}li button >> nth=0")
        ),
        "new answers only": Stop("/inbox/all", ("c", f"{from_inbox}telegram")),
    }
