"""Messenger's webhooks: every fixture of specs, and what Meta's documents and bad days add."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.messenger.parse import OBJECT, Account, addressees, parse
from hub.errors import BadInput, BadSignature
from hub.model.contact import Address
from hub.model.message import Location
from hub.ports.inbound import (
    AccountAlert,
    DeliveryReported,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachedUpTo,
    Reacted,
)
from tests.support.specs import folder, require

FOLDER = "messenger/restfb"
COUNT = 35
PAGE = "12345654332"
PERSON = "987654321432"
MID = "mid.1457764197618:41d102a3e1ae206a38"
AT = 1_457_764_197_627


def account(id: str = PAGE) -> Account:
    return Account(channel="messenger", object=OBJECT, id=id, inbox_id="inbox")


def person(id: str = PERSON) -> Address:
    return Address("handle", id, "inbox")


def said(id: str = MID, at: int = AT, sender: str = PERSON, **more: Any) -> MessageReceived:
    return MessageReceived(event_id=id, sender=person(sender), is_verified=True, at=at, **more)


OLD = {"id": "mid.1458696618141:b4ef9d19ec21086067", "at": 1_458_696_618_268}
POLICY = "The bot violated our Platform Policies"
FBCDN = "https://scontent.xx.fbcdn.net"
THUMB = (
    f"{FBCDN}/v/t39.1997-6/851557_369239266556155_759568595_n.png"
    "?_nc_ad=z-m&oh=85e24066ebe64f04d457b242e22e7054&oe=5939B5DC"
)
PRESSED = said(
    f"postback:{PERSON}:1458692752478:USER_DEFINED_PAYLOAD",
    1_458_692_752_478,
    text="USER_DEFINED_PAYLOAD",
    payload="USER_DEFINED_PAYLOAD",
)


def reached(delivery: Any, at: int) -> ReachedUpTo:
    return ReachedUpTo(
        event_id=f"{delivery}:{PERSON}:1458668856253",
        sender=person(),
        delivery=delivery,
        up_to=1_458_668_856_253,
        at=at,
    )


EXPECTED: dict[str, list[InboundEvent]] = {
    "messaging-accountlinking-linked": [Ignored(reason="account_linking")],
    "messaging-accountlinking-unlinked": [Ignored(reason="account_linking")],
    "messaging-button-template": [
        said("mid.1458668856218:ed81099e15d3f4f233", 1_458_692_752_478, text="[Visit Messenger]")
    ],
    "messaging-delivery-basic": [
        DeliveryReported(
            event_id="mid.1458668856218:ed81099e15d3f4f233:delivered",
            provider_id="mid.1458668856218:ed81099e15d3f4f233",
            delivery="delivered",
            at=1_458_668_856_253,
        ),
        reached("delivered", 1_458_668_856_253),
    ],
    "messaging-message-basic": [said(text="hello, world!")],
    "messaging-message-basic-echo": [
        MessageEchoed(
            event_id=MID, sender=person(), at=AT, text="hello, world!", app="1517776481860111"
        )
    ],
    "messaging-message-edits": [
        MessageEdited(
            event_id=f"{MID}:edit:37",
            provider_id=MID,
            sender=person(),
            at=AT,
            text="hello, world!",
        )
    ],
    "messaging-message-fallback-attachment": [
        said(**OLD, text="Legacy Attachment\nhttps://www.messenger.com/")
    ],
    "messaging-message-isdeleted": [
        MessageDeleted(
            event_id="message_id:deleted", provider_id="message_id", sender=person(), at=AT
        )
    ],
    "messaging-message-isunsupported": [said("message_id", unsupported="unknown")],
    "messaging-message-location-attachment": [said(**OLD, location=Location(12.34, 43.21))],
    "messaging-message-media-attachment": [said(**OLD, media=[MediaRef(ref="IMAGE_URL")])],
    "messaging-message-prior": [
        said("mid.1457744567618:41d102a3e1ae206a38", text="Thanks for messaging me!")
    ],
    "messaging-message-product-template": [
        said(
            "mid.$cAAJdkrCd2ORnva8ErFhjGm0X_Q_c",
            1_518_479_195_308,
            "<PSID>",
            text="Some product title · $40",
        )
    ],
    "messaging-message-product-template-2": [
        said(
            "m_id",
            1_636_729_431_949,
            "send id",
            text="text sent along with the product\nproduct name · product price as a string",
            media=[MediaRef(ref=f"{FBCDN}/v/andSoOn.png")],
        )
    ],
    "messaging-message-quickreply": [
        said(OLD["id"], 1_470_779_510_432, text="quick reply text", payload="PAYLOAD_QUICK_REPLY")
    ],
    "messaging-message-reply-1": [
        said(text="hello, world!", reply_to="very_long_id_representing_the_original_message")
    ],
    "messaging-message-reply-2": [said(text="hello, world!")],
    "messaging-message-sticker": [
        said(
            "mid.12345654332:226a70a704",
            1_476_219_900_918,
            media=[MediaRef(ref=f"{FBCDN}/sticker.png", is_sticker=True)],
        )
    ],
    "messaging-message-sticker-thumbup": [
        said(
            "mid.1487254148673:a082abc439",
            1_487_254_148_673,
            media=[MediaRef(ref=THUMB, is_sticker=True)],
        )
    ],
    "messaging-optin-basic": [Ignored(reason="optin")],
    "messaging-optin-userref": [Ignored(reason="optin")],
    "messaging-pass-thread-control": [Ignored(reason="handover_passed")],
    "messaging-policy-callback-block": [
        AccountAlert(
            event_id="policy:block:1458692752478",
            detail=f"messenger.alert.policy_block: {POLICY}",
            at=1_458_692_752_478,
        )
    ],
    "messaging-policy-callback-unblock": [
        AccountAlert(
            event_id="policy:unblock:1458692752478",
            detail=f"messenger.alert.policy_unblock: {POLICY}",
            at=1_458_692_752_478,
        )
    ],
    "messaging-postback-basic": [PRESSED],
    "messaging-postback-chat": [Ignored(reason="guest_without_id")],
    "messaging-postback-referral": [PRESSED],
    "messaging-reaction-1": [
        Reacted(
            event_id="original_message_id:react:USER_ID:1572465098502",
            provider_id="original_message_id",
            sender=person("USER_ID"),
            emoji="😢",
            at=1_572_465_098_502,
        )
    ],
    "messaging-reaction-2": [
        Reacted(
            event_id="original_message_id:unreact:USER_ID:1572466511366",
            provider_id="original_message_id",
            sender=person("USER_ID"),
            at=1_572_466_511_366,
        )
    ],
    "messaging-read-basic": [reached("read", 1_458_668_856_463)],
    "messaging-referral-basic": [Ignored(reason="referral")],
    "messaging-request-thread-control": [Ignored(reason="handover_requested")],
    "messaging-take-thread-control": [Ignored(reason="handover_taken")],
    "standby-message-basic-echo": [Ignored(reason="standby")],
}


def short(event: InboundEvent) -> InboundEvent:
    """Meta's long reason cut to the part that matters."""
    if isinstance(event, AccountAlert):
        cut = event.detail.partition(POLICY)
        return AccountAlert(event_id=event.event_id, detail=cut[0] + cut[1], at=event.at)
    return event


@pytest.mark.skipif(not (folder() / FOLDER).exists(), reason="specs/messenger is not here")
def test_every_fixture_has_an_expectation() -> None:
    found = {path.stem for path in (folder() / FOLDER).glob("*.json")}
    assert len(found) >= COUNT
    assert found == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_fixture(name: str) -> None:
    path: Path = require(f"{FOLDER}/{name}.json")
    body = path.read_bytes()
    page = str(json.loads(body)["entry"][0]["id"])
    assert [short(event) for event in parse(body, account(page))] == EXPECTED[name]
    assert addressees(body, account("1")) == {page}


def webhook(*items: Any, page: str = PAGE, **more: Any) -> bytes:
    entry = {"id": page, "time": AT, "messaging": list(items), **more}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def item(**parts: Any) -> dict[str, Any]:
    return {"sender": {"id": PERSON}, "recipient": {"id": PAGE}, "timestamp": AT, **parts}


def message(**parts: Any) -> dict[str, Any]:
    return item(message={"mid": MID, **parts})


def attachment(kind: str, **payload: Any) -> dict[str, Any]:
    return message(attachments=[{"type": kind, "payload": payload}])


def one(body: bytes) -> Any:
    (event,) = parse(body, account())
    return event


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", {}),
        ("video", {}),
        ("audio", {"is_voice": True}),
        ("file", {}),
    ],
)
def test_files_are_referred_to_by_their_address(kind: str, expected: dict[str, bool]) -> None:
    url = "https://cdn.fbsbx.com/v/t59/a.bin?oh=1"
    event = one(webhook(attachment(kind, url=url)))
    assert event.media == [MediaRef(ref=url, **expected)]
    assert event.unsupported == ""


def test_several_files_are_one_message() -> None:
    urls = [f"{FBCDN}/{number}.jpg" for number in range(3)]
    files = [{"type": "image", "payload": {"url": url}} for url in urls]
    event = one(webhook(message(text="Look", attachments=files)))
    assert [media.ref for media in event.media] == urls
    assert event.text == "Look"


def test_a_shared_link_stands_in_the_text_once() -> None:
    link = {"type": "fallback", "title": "A shop", "url": "https://shop.example/1", "payload": None}
    bare = one(webhook(message(attachments=[link])))
    assert bare.text == "A shop\nhttps://shop.example/1"
    written = one(webhook(message(text="see https://shop.example/1", attachments=[link])))
    assert written.text == "see https://shop.example/1\nA shop"


def test_a_link_of_another_scheme_is_not_shown() -> None:
    event = one(webhook(attachment("fallback", url="javascript:alert(1)")))
    assert (event.text, event.unsupported) == ("", "fallback")


@pytest.mark.parametrize(
    ("kind", "unsupported"),
    [("appointment_booking", "appointment_booking"), ("<b>", "unknown"), ("", "unknown")],
)
def test_an_unknown_attachment_keeps_its_message(kind: str, unsupported: str) -> None:
    event = one(webhook(attachment(kind)))
    assert isinstance(event, MessageReceived)
    assert event.unsupported == unsupported


def test_a_message_without_any_content_says_so() -> None:
    assert one(webhook(message())).unsupported == "unknown"


def test_our_own_echo_brings_our_id_back() -> None:
    ends = {"sender": {"id": PAGE}, "recipient": {"id": PERSON}}
    content = {"mid": MID, "text": "Hi", "is_echo": True, "app_id": 1, "metadata": "santral:c.m.7"}
    event = one(webhook({**ends, "timestamp": AT, "message": content}))
    assert event == MessageEchoed(
        event_id=MID, sender=person(), message_id="c.m.7", at=AT, text="Hi", app="1"
    )


def test_an_echo_of_metas_own_inbox_is_named() -> None:
    content = {"mid": MID, "text": "Hi", "is_echo": True, "app_id": 263902037430900}
    assert one(webhook(item(message=content))).app == "Meta Business Suite"


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"message": {"mid": MID, "text": "x"}}, "own_message"),
        ({"reaction": {"mid": MID, "action": "react", "emoji": "👍"}}, "own_reaction"),
    ],
)
def test_what_the_page_did_itself_is_no_customers(part: dict[str, Any], reason: str) -> None:
    ours = {"sender": {"id": PAGE}, "recipient": {"id": PAGE}, "timestamp": AT}
    assert one(webhook({**ours, **part})) == Ignored(reason=reason)


@pytest.mark.parametrize(("name", "emoji"), [("love", "❤️"), ("like", "👍"), ("sad", "😢")])
def test_a_named_reaction_has_its_emoji(name: str, emoji: str) -> None:
    body = webhook(item(reaction={"mid": MID, "action": "react", "reaction": name}))
    assert one(body).emoji == emoji


def test_a_reaction_without_emoji_or_known_name_is_counted() -> None:
    body = webhook(item(reaction={"mid": MID, "action": "react", "reaction": "other"}))
    assert one(body) == Ignored(reason="reaction_without_emoji")


def test_a_postback_with_an_id_and_a_title() -> None:
    event = one(webhook(item(postback={"mid": MID, "title": "Start", "payload": "GO"})))
    assert (event.event_id, event.text, event.payload) == (MID, "Start", "GO")


def test_a_place_may_have_a_name() -> None:
    place = {
        "type": "location",
        "title": "Home",
        "payload": {"coordinates": {"lat": -1, "long": 179.5}},
    }
    assert one(webhook(message(attachments=[place]))).location == Location(-1.0, 179.5, name="Home")


def test_times_may_be_seconds_or_texts() -> None:
    assert one(webhook({**message(text="a"), "timestamp": "1457764197"})).at == 1_457_764_197_000
    without = message(text="a")
    del without["timestamp"]
    assert one(webhook(without)).at == AT


BROKEN: list[Callable[[], Any]] = [
    lambda: None,
    list,
    lambda: "text",
    lambda: {**message(text="a"), "timestamp": "yesterday"},
    lambda: {**message(text="a"), "timestamp": -1},
    lambda: {**message(text="a"), "sender": "me"},
    lambda: {**message(text="a"), "sender": {}},
    lambda: item(message="text"),
    lambda: item(message={"text": "no id"}),
    lambda: message(text={"a": 1}),
    lambda: message(attachments={"type": "image"}),
    lambda: message(attachments=["image"]),
    lambda: attachment("location", coordinates={"lat": 95, "long": 1}),
    lambda: attachment("location"),
    lambda: attachment("template", elements=[1]),
    lambda: item(reaction={"mid": MID, "action": "explode"}),
    lambda: item(read={}),
    lambda: item(read={"watermark": True}),
    lambda: item(delivery={"watermark": 5, "mids": "m"}),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_one_bad_item_costs_no_other(number: int) -> None:
    events = parse(webhook(message(text="before"), BROKEN[number](), item(optin={})), account())
    assert events == [
        said(text="before"),
        Ignored(reason="unreadable_item"),
        Ignored(reason="optin"),
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"null", b"{}", b'{"object":1}', b'{"object":"page"}',
     b'{"object":"page","entry":[]}', b'{"object":"page","entry":{}}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_webhook_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body, account())


@pytest.mark.parametrize(
    "body", [webhook(message(text="a"), page="999"), webhook(message()).replace(b"page", b"pige")]
)
def test_another_accounts_webhook_is_refused(body: bytes) -> None:
    """S-35."""
    with pytest.raises(BadSignature):
        parse(body, account())


def test_of_a_batch_for_several_pages_only_ours_counts() -> None:
    batch = json.loads(webhook(message(text="ours")))
    batch["entry"] += json.loads(webhook(message(text="theirs"), page="999"))["entry"]
    batch["entry"].append("rubbish")
    assert parse(json.dumps(batch).encode(), account()) == [
        said(text="ours"),
        Ignored(reason="other_account"),
        Ignored(reason="unreadable_item"),
    ]


def test_a_batch_names_all_its_pages_and_another_products_none() -> None:
    batch = json.loads(webhook())
    batch["entry"] += [{"id": 999}, {"id": "0"}, {}, "rubbish"]
    body = json.dumps(batch).encode()
    assert addressees(body, account()) == {PAGE, "999"}
    assert addressees(body.replace(b'"page"', b'"instagram"'), account()) == frozenset()
    assert addressees(b"{", account()) == frozenset()


def test_metas_own_samples_reach_nobody() -> None:
    assert one(webhook(message(text="test"), page="0")) == Ignored(reason="sample")


def test_public_changes_are_counted_by_their_kind() -> None:
    changes = [{"field": field} for field in ("feed", "mention", "ratings", "conversations")]
    reasons = [event.reason for event in parse(webhook(changes=changes), account())]  # type: ignore[union-attr]
    assert reasons == ["feed", "mention", "rating", "unknown_change"]


def test_an_empty_entry_and_an_unknown_kind() -> None:
    assert one(webhook()) == Ignored(reason="empty_entry")
    assert one(webhook(item(hologram={}))) == Ignored(reason="unknown_kind")


def test_an_unknown_action_of_metas_policies_still_alerts() -> None:
    body = webhook({"recipient": {"id": PAGE}, "timestamp": AT, "policy_enforcement": {}})
    assert one(body).detail == "messenger.alert.policy_notice"
