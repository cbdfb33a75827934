"""Updates in, events out: every example of the specs, and what they do not show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from channels.telegram.content import FILES, SERVICE, UNSUPPORTED
from channels.telegram.ids import Ref, address, read_ref
from channels.telegram.parse import IGNORED, WANTED, Terms, callback_id, parse
from hub.errors import BadInput
from hub.model.contact import Address
from hub.model.message import Location, SharedContact
from hub.ports.inbound import (
    AccountAlert,
    AddressMoved,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachabilityChanged,
    Reacted,
)
from tests.channels.telegram.bot_api import bot_api, examples
from tests.channels.telegram.sample import text_update

NOW = 1_795_400_000_000
ZOE = Address("handle", "700000001", "telegram")
GROUP = Address("handle", "-1001000000001", "telegram")


def read(update: Any, *, has_groups: bool = False) -> list[InboundEvent]:
    return parse(json.dumps(update).encode(), Terms(has_groups, NOW))


def of_zoe(id: int, at_s: int, **more: Any) -> MessageReceived:
    return MessageReceived(
        event_id=f"700000001:{id}",
        sender=ZOE,
        sender_name="Zoë Łukasik",
        is_verified=True,
        at=at_s * 1000,
        language="pl",
        **more,
    )


def media(ref: str, media_type: str, size: int, **more: Any) -> MediaRef:
    return MediaRef(ref=ref, media_type=media_type, size_bytes=size, **more)


PDF = media("BQACAgQAAxk-doc", "application/pdf", 34567, name="faktura.pdf")
ZIP = media("BQACAgQAAxk-big", "application/zip", 52428800, name="video.zip")
VOICE = media("AwACAgQAAxk-voice", "audio/ogg", 15000, is_voice=True)
MP3 = media("CQACAgQAAxk-aud", "audio/mpeg", 4_000_000, name="a.mp3")
NOTE = media("DQACAgQAAxk-vn", "video/mp4", 300_000)
STICKER = media("CAACAgIAAxk-st", "image/webp", 0, name="sticker.webp", is_sticker=True)
PLACE = Location(52.2297, 21.0122)
OWN_CARD = SharedContact(name="Zoë Łukasik", phones=["+48501000002"])
OWN_PHONE = Address("phone", "+48501000002")
ALBUM = "13579246801234567"


def photo(number: int) -> MediaRef:
    return media(f"AgACAgQAAxk-{number}-x", "image/jpeg", 98000)


EXPECTED: dict[str, InboundEvent | list[InboundEvent]] = {
    "start_with_deep_link_payload": of_zoe(
        101, 1795338101, text="/start ref_abc123", payload="ref_abc123"
    ),
    "text_with_utf16_entities": of_zoe(
        102, 1795338102, text="👋 Cześć, zobacz https://example.com i **x**"
    ),
    "text_reply_with_quote": of_zoe(
        104, 1795338104, text="Tak, o to chodzi", reply_to="700000001:103"
    ),
    "photo_with_caption": of_zoe(105, 1795338105, text="Uszkodzona paczka", media=[photo(1)]),
    "document": of_zoe(106, 1795338106, media=[PDF]),
    "document_over_20MB_not_downloadable": of_zoe(107, 1795338107, media=[ZIP]),
    "voice": of_zoe(108, 1795338108, media=[VOICE]),
    "audio": of_zoe(109, 1795338109, media=[MP3]),
    "video_note": of_zoe(110, 1795338110, media=[NOTE]),
    "sticker": of_zoe(111, 1795338111, media=[STICKER]),
    "location": of_zoe(112, 1795338112, location=PLACE),
    "live_location_start": of_zoe(113, 1795338113, location=PLACE),
    "contact_shared_own": of_zoe(114, 1795338114, shared=[OWN_CARD], aliases=[OWN_PHONE]),
    "contact_shared_other_person": of_zoe(
        115, 1795338115, shared=[SharedContact(name="Jan", phones=["+48501000009"])]
    ),
    "album_part_1_of_2": of_zoe(
        116, 1795338116, text="Dwa zdjęcia", media=[photo(2)], album_id=ALBUM
    ),
    "album_part_2_of_2": of_zoe(117, 1795338117, media=[photo(3)], album_id=ALBUM),
    "forwarded_hidden_user": of_zoe(118, 1795338118, text="fwd"),
    "text_before_edit": of_zoe(119, 1795338119, text="pierwotna wersja"),
    "edited_message": MessageEdited(
        event_id="700000001:119:edit:900000019",
        provider_id="700000001:119",
        sender=ZOE,
        at=1795338149000,
        text="poprawiona wersja",
    ),
    "callback_query": MessageReceived(
        event_id="callback:4382bfdwdsb323b2d9",
        sender=ZOE,
        sender_name="Zoë Łukasik",
        is_verified=True,
        at=NOW,
        text="Sprzedaż",
        payload="dept:sales",
        reply_to="700000001:120",
        language="pl",
    ),
    "callback_query_inaccessible_message": MessageReceived(
        event_id="callback:4382bfdwdsb323b2d8",
        sender=ZOE,
        sender_name="Zoë Łukasik",
        is_verified=True,
        at=NOW,
        text="csat:5",
        payload="csat:5",
        reply_to="700000001:5",
        language="pl",
    ),
    "my_chat_member_user_blocked_bot": ReachabilityChanged(
        event_id="700000001:standing:900000022", sender=ZOE, is_reachable=False, at=1795338500000
    ),
    "my_chat_member_user_unblocked_bot": ReachabilityChanged(
        event_id="700000001:standing:900000023", sender=ZOE, is_reachable=True, at=1795338600000
    ),
    "group_message_mention": Ignored(event_id="-1001000000001:121", reason="group"),
    "forum_topic_message": Ignored(event_id="-1001000000001:122", reason="group"),
    "group_migrated_to_supergroup": AddressMoved(
        event_id="moved:-500000001:-1001000000001",
        sender=address(-500000001),
        new=GROUP,
        at=1795338123000,
    ),
    "anonymous_group_admin_sender_chat": Ignored(event_id="-1001000000001:124", reason="group"),
    "message_reaction": Reacted(
        event_id="700000001:101:reaction:900000028",
        provider_id="700000001:101",
        sender=ZOE,
        emoji="👍",
        at=1795338700000,
    ),
    "business_connection_enabled": Ignored(
        event_id="connection:bc_Qx1:900000029", reason="business_connection"
    ),
    "business_message_from_customer": MessageReceived(
        event_id="700000001:125:bc_Qx1",
        sender=ZOE,
        sender_name="Zoë Łukasik",
        is_verified=True,
        at=1795338125000,
        text="Dzień dobry, mam pytanie",
        language="pl",
    ),
    "business_message_sent_by_owner_from_phone": MessageEchoed(
        event_id="700000001:126:bc_Qx1",
        sender=ZOE,
        sender_name="Zoë Łukasik",
        at=1795338126000,
        text="Odpisuję z telefonu",
        app="Telegram",
    ),
    "edited_business_message": MessageEdited(
        event_id="700000001:127:bc_Qx1:edit:900000032",
        provider_id="700000001:127:bc_Qx1",
        sender=ZOE,
        at=1795338950000,
        text="poprawka",
    ),
    "deleted_business_messages": [
        MessageDeleted(
            event_id=f"700000001:{id}:bc_Qx1:deleted",
            provider_id=f"700000001:{id}:bc_Qx1",
            sender=ZOE,
            at=NOW,
        )
        for id in (130, 131)
    ],
    "business_connection_disabled": AccountAlert(
        event_id="connection:bc_Qx1:900000034",
        detail="telegram.alert.business_off",
        at=1795339000000,
    ),
    "poll_answer": Ignored(event_id="update:900000035", reason="poll_answer"),
    "unknown_future_update_type": Ignored(event_id="update:900000036", reason="unknown_update"),
}


def test_every_example_has_its_expectation() -> None:
    assert len(EXPECTED) >= 36
    assert EXPECTED.keys() == examples()["updates"].keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name: str) -> None:
    expected = EXPECTED[name]
    update = examples()["updates"][name]
    assert read(update) == (expected if isinstance(expected, list) else [expected])


def test_the_examples_are_what_the_description_says() -> None:
    """So that the validator of the tests is itself tested."""
    for name, update in examples()["updates"].items():
        faults = bot_api().value("Update", update)
        assert bool(faults) == (name == "unknown_future_update_type"), (name, faults)


GROUPS: dict[str, dict[str, Any]] = {
    "group_message_mention": {"text": "Zoë Łukasik: @acme_helpdesk_bot pomocy", "id": 121},
    "forum_topic_message": {"text": "Zoë Łukasik: w temacie", "id": 122},
    "anonymous_group_admin_sender_chat": {"text": "Klienci VIP: jako admin", "id": 124},
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_that_is_wanted_is_one_contact(name: str) -> None:
    (event,) = read(examples()["updates"][name], has_groups=True)
    assert isinstance(event, MessageReceived)
    assert (event.sender, event.sender_name, event.is_auto) == (GROUP, "Klienci VIP", False)
    assert event.event_id == f"-1001000000001:{GROUPS[name]['id']}"
    assert event.text == GROUPS[name]["text"]


def _in_group(kind: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads(json.dumps(examples()["updates"][kind]))
    for body in (part for part in update.values() if isinstance(part, dict)):
        (body["message"] if kind == "callback_query" else body)["chat"] = {
            "id": -1001000000001,
            "type": "supergroup",
            "title": "Klienci VIP",
        }
    return update


@pytest.mark.parametrize(
    "kind",
    ["edited_message", "callback_query", "message_reaction", "my_chat_member_user_blocked_bot"],
)
def test_groups_are_off_for_every_kind(kind: str) -> None:
    update = _in_group(kind)
    (off,) = read(update)
    assert isinstance(off, Ignored) and off.reason == "group"
    (on,) = read(update, has_groups=True)
    assert not isinstance(on, Ignored | MessageEchoed)
    assert on.sender == GROUP  # type: ignore[union-attr]


def test_both_sides_of_a_move_are_one_event() -> None:
    old = examples()["updates"]["group_migrated_to_supergroup"]
    message = {
        **old["message"],
        "chat": {"id": -1001000000001, "type": "supergroup", "title": "Klienci"},
        "migrate_from_chat_id": -500000001,
    }
    del message["migrate_to_chat_id"]
    assert read(old) == read({"update_id": 900000099, "message": message})


def one(change: Callable[[dict[str, Any]], Any], kind: str = "message") -> InboundEvent:
    """What a text becomes after `change` of its message."""
    update = text_update()
    change(update["message"])
    update[kind] = update.pop("message")
    (event,) = read(update)
    return event


def content(**parts: Any) -> MessageReceived:
    def change(message: dict[str, Any]) -> None:
        del message["text"]
        message |= parts

    event = one(change)
    assert isinstance(event, MessageReceived)
    return event


FILE = {"file_id": "f1", "file_unique_id": "u", "file_size": 5}


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_of_file(kind: str) -> None:
    (ref,) = content(**{kind: FILE}).media
    expected = media("f1", FILES[kind], 5, is_voice=kind == "voice")
    assert ref == expected


def test_an_animation_is_not_taken_for_the_document_that_goes_with_it() -> None:
    parts = {"document": FILE, "animation": {**FILE, "file_id": "f2", "mime_type": "video/mp4"}}
    assert content(**parts).media == [media("f2", "video/mp4", 5)]


def test_stickers_that_move() -> None:
    still = {"file_id": "still", "file_unique_id": "u", "width": 1, "height": 1}
    moving = {**FILE, "type": "regular", "width": 1, "height": 1, "is_video": False}
    with_still = content(sticker={**moving, "is_animated": True, "thumbnail": still}).media
    assert [one.ref for one in with_still] == ["still"]
    (tgs,) = content(sticker={**moving, "is_animated": True}).media
    assert (tgs.media_type, tgs.is_sticker) == ("application/x-tgsticker", True)
    (webm,) = content(sticker={**moving, "is_animated": False, "is_video": True}).media
    assert webm.media_type == "video/webm"


def test_a_venue_is_a_named_place() -> None:
    place = {"latitude": 41.01, "longitude": 28.97}
    event = content(location=place, venue={"location": place, "title": "Shop", "address": "Main 1"})
    assert event.location == Location(41.01, 28.97, "Shop", "Main 1")


@pytest.mark.parametrize("kind", sorted(UNSUPPORTED))
def test_what_cannot_be_shown_is_kept_by_name(kind: str) -> None:
    event = content(**{kind: {"x": 1}})
    assert (event.unsupported, event.text, event.media) == (kind, "", [])


def test_content_from_the_future_is_kept_as_unknown() -> None:
    assert content(hologram={"x": 1}).unsupported == "unknown"


@pytest.mark.parametrize("kind", sorted(SERVICE))
def test_telegrams_own_remarks_are_no_messages(kind: str) -> None:
    def change(message: dict[str, Any]) -> None:
        del message["text"]
        message[kind] = True

    event = one(change)
    assert isinstance(event, Ignored) and event.reason == "service_message"


def test_every_field_of_a_message_is_content_or_circumstance() -> None:
    """A new version of the API shows here what it adds."""
    shown = {"text", "photo", "sticker", "contact", "venue", "location", *FILES}
    about = set(
        "message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count"
        " sender_business_bot sender_tag date guest_query_id business_connection_id chat"
        " forward_origin is_topic_message is_automatic_forward reply_to_message external_reply"
        " quote reply_to_story reply_to_checklist_task_id reply_to_poll_option_id via_bot"
        " guest_bot_caller_user guest_bot_caller_chat edit_date has_protected_content"
        " is_from_offline is_paid_post media_group_id author_signature paid_star_count entities"
        " link_preview_options suggested_post_info effect_id caption caption_entities"
        " show_caption_above_media has_media_spoiler migrate_to_chat_id migrate_from_chat_id"
        " reply_markup".split()
    )
    assert shown | about | UNSUPPORTED | SERVICE == set(bot_api().fields_of("Message"))


def test_every_kind_of_update_is_read_or_ignored_by_name() -> None:
    assert set(WANTED) | IGNORED | {"update_id"} == set(bot_api().fields_of("Update"))
    for kind in IGNORED:
        assert read({"update_id": 7, kind: {}}) == [Ignored(event_id="update:7", reason=kind)]


def test_live_places_that_move_are_no_edits() -> None:
    def change(message: dict[str, Any]) -> None:
        del message["text"]
        message["location"] = {"latitude": 1.0, "longitude": 2.0}

    event = one(change, "edited_message")
    assert isinstance(event, Ignored) and event.reason == "live_location"


def test_a_caption_that_is_edited_is_an_edit() -> None:
    def change(message: dict[str, Any]) -> None:
        del message["text"]
        message |= {"caption": "new", "document": FILE, "edit_date": 1_795_000_009}

    event = one(change, "edited_message")
    assert isinstance(event, MessageEdited)
    assert (event.text, event.at) == ("new", 1_795_000_009_000)


def test_an_edit_without_anything_to_show_is_ignored() -> None:
    event = one(lambda message: message.pop("text"), "edited_message")
    assert isinstance(event, Ignored) and event.reason == "edit_without_text"


def test_a_card_proves_a_number_only_by_telegrams_word() -> None:
    card = {"phone_number": "48 501-000-002", "first_name": "Zoë"}
    assert content(contact={**card, "user_id": 700000001}).aliases == [OWN_PHONE]
    assert content(contact={**card, "user_id": 700000002}).aliases == []
    assert content(contact=card).aliases == []
    short = {"phone_number": "123", "first_name": "Zoë", "user_id": 700000001}
    event = content(contact=short)
    assert (event.aliases, event.shared[0].phones) == ([], ["123"])


@pytest.mark.parametrize(
    ("new", "reason", "emoji"),
    [
        ([], None, ""),
        ([{"type": "emoji", "emoji": "❤"}, {"type": "emoji", "emoji": "🔥"}], None, "🔥"),
        ([{"type": "custom_emoji", "custom_emoji_id": "1"}], "custom_reaction", None),
        ([{"type": "paid"}], "custom_reaction", None),
    ],
)
def test_reactions(new: list[Any], reason: str | None, emoji: str | None) -> None:
    update = json.loads(json.dumps(examples()["updates"]["message_reaction"]))
    update["message_reaction"]["new_reaction"] = new
    (event,) = read(update)
    assert getattr(event, "reason", None) == reason
    assert getattr(event, "emoji", None) == emoji


def test_presses_without_a_message_or_data_are_ignored() -> None:
    update = json.loads(json.dumps(examples()["updates"]["callback_query"]))
    del update["callback_query"]["data"]
    assert read(update)[0].reason == "press_without_data"  # type: ignore[union-attr]
    del update["callback_query"]["message"]
    assert read(update)[0].reason == "press_without_message"  # type: ignore[union-attr]


def test_a_business_account_that_may_not_answer_is_an_alert() -> None:
    update = json.loads(json.dumps(examples()["updates"]["business_connection_enabled"]))
    update["business_connection"]["rights"] = {"can_read_messages": True}
    (event,) = read(update)
    assert isinstance(event, AccountAlert)
    assert event.detail == "telegram.alert.business_cannot_reply"


def test_machines_are_told_apart() -> None:
    def by_bot(message: dict[str, Any]) -> None:
        message["from"]["is_bot"] = True

    def scheduled(message: dict[str, Any]) -> None:
        message["is_from_offline"] = True

    for change in (by_bot, scheduled):
        event = one(change)
        assert isinstance(event, MessageReceived) and event.is_auto


def test_an_answer_to_a_message_of_another_chat_quotes_nothing() -> None:
    def change(message: dict[str, Any]) -> None:
        chat = {"id": -1, "type": "channel", "title": "x"}
        message["reply_to_message"] = {"message_id": 3, "chat": chat, "date": 1}

    event = one(change)
    assert isinstance(event, MessageReceived) and event.reply_to == ""


def test_one_update_twice_is_the_same_event() -> None:
    for update in examples()["updates"].values():
        assert [e.event_id for e in read(update)] == [e.event_id for e in read(update)]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"no json", b"[]", b"{}", b"null", b'{"update_id": "1"}', b"[" * 100_000,
        b'{"update_id": 1, "message": 5}', b'{"update_id": 1, "message": {}}',
        b'{"update_id": 1, "message": {"message_id": "1", "date": 1, "chat": {}}}',
        b'{"update_id": 99999999999999999999, "poll": {}}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_unreadable_updates_are_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body, Terms(False, NOW))


def test_only_presses_wait_for_an_answer() -> None:
    press = json.dumps(examples()["updates"]["callback_query"]).encode()
    assert callback_id(press) == "4382bfdwdsb323b2d9"
    assert callback_id(json.dumps(text_update('"callback_query"')).encode()) == ""
    assert callback_id(b'{"callback_query": 5}') == callback_id(b'"callback_query"') == ""


@pytest.mark.parametrize("ref", [Ref(1, 2), Ref(-100, 2), Ref(1, 2, "bc:x_y")])
def test_names_of_messages_can_be_read_back(ref: Ref) -> None:
    assert read_ref(str(ref)) == ref


@pytest.mark.parametrize("text", ["", "wamid.1", "callback:12", "1", "1:", "x:1"])
def test_other_names_are_none_of_ours(text: str) -> None:
    assert read_ref(text) is None
