"""Instagram's webhooks and listings: every fixture of specs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels._meta.direct import listing
from channels.instagram.parse import OBJECT, Account, addressees, parse
from hub.errors import BadInput, BadSignature
from hub.model.contact import Address
from hub.ports.inbound import (
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

RESTFB = "instagram/restfb"
SYNTHETIC = "instagram/messaging_synthetic.json"
ACCOUNT = "17841452690000098"
PERSON = "5614879045270001"
MID = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjAwMDAwMQZDZD"
AT = 1_668_022_333_735
ASSET = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id={}&signature=x"


def account(id: str = ACCOUNT) -> Account:
    return Account(channel="instagram", object=OBJECT, id=id, inbox_id="inbox")


def person(id: str = PERSON) -> Address:
    return Address("handle", id, "inbox")


def said(**more: Any) -> MessageReceived:
    return MessageReceived(event_id=MID, sender=person(), is_verified=True, at=AT, **more)


def asset(number: int, name: str = "") -> list[MediaRef]:
    return [MediaRef(ref=ASSET.format(number), name=name)]


def seen(mid: str, who: str) -> list[InboundEvent]:
    return [
        DeliveryReported(event_id=f"{mid}:read", provider_id=mid, delivery="read", at=AT),
        ReachedUpTo(
            event_id=f"read:{who}:{AT}", sender=person(who), delivery="read", up_to=AT, at=AT
        ),
    ]


def reacted(action: str, emoji: str) -> Reacted:
    return Reacted(
        event_id=f"{MID}:{action}:{PERSON}:{AT}",
        provider_id=MID,
        sender=person(),
        emoji=emoji,
        at=AT,
    )


MESSAGING: dict[str, list[InboundEvent]] = {
    "text": [said(text="Cześć!")],
    "image": [said(media=asset(1))],
    "story_mention": [said(media=asset(2, "story-mention"))],
    "story_reply": [said(text="Ile kosztuje?", media=asset(3, "story"))],
    "inline_reply": [said(text="tak", reply_to="aWdfPREVIOUS")],
    "share_reel": [said(text="x", media=asset(4, "reel"))],
    "quick_reply": [said(text="Tak", payload="YES")],
    "postback": [said(text="Start", payload="GET_STARTED")],
    "reaction": [reacted("react", "❤️")],
    "unreact": [reacted("unreact", "")],
    "seen": seen(MID, PERSON),
    "deleted": [MessageDeleted(event_id=f"{MID}:deleted", provider_id=MID, sender=person(), at=AT)],
    "unsupported": [said(unsupported="unknown")],
    "echo_from_other_app": [
        MessageEchoed(event_id=MID, sender=person(), at=AT, text="sent by another tool")
    ],
    "referral_ig_me": [Ignored(reason="referral")],
}

PUBLIC: dict[str, list[InboundEvent]] = {
    "wh-comments": [Ignored(reason="comment")],
    "wh-comments-2021": [Ignored(reason="comment")],
    "wh-livecomments": [Ignored(reason="live_comment")],
    "wh-mentions": [Ignored(reason="mention")],
    "messaging-seen": seen("MESSAGE-ID", "5614879045272581"),
}
#: Answers of the API, no webhooks.
ANSWERS = {"audio-response", "instagram-conversation", "instagram-message", "user"} | {
    "instagram-message-story"
}


@pytest.mark.skipif(not (folder() / "instagram").exists(), reason="specs/instagram is not here")
def test_every_fixture_has_an_expectation() -> None:
    files = {path.stem for path in (folder() / RESTFB).glob("*.json")}
    assert len(files) >= 11
    assert files == set(PUBLIC) | ANSWERS | {"messaging-attachment-unsupported"}
    synthetic = json.loads((folder() / SYNTHETIC).read_text("utf-8"))
    assert len(MESSAGING) >= 15 and set(synthetic) - {"_about"} == set(MESSAGING)


@pytest.mark.parametrize("name", sorted(MESSAGING))
def test_messaging(name: str) -> None:
    payload = json.loads(require(SYNTHETIC).read_text("utf-8"))[name]
    body = json.dumps(payload).encode()
    assert parse(body, account()) == MESSAGING[name]
    assert addressees(body, account("1")) == {ACCOUNT}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public(name: str) -> None:
    body = require(f"{RESTFB}/{name}.json").read_bytes()
    assert parse(body, account(str(json.loads(body)["entry"][0]["id"]))) == PUBLIC[name]


def test_metas_samples_of_comments_are_counted_in_any_inbox() -> None:
    """They come from an account "0" when somebody presses Test in the app's settings."""
    body = require(f"{RESTFB}/wh-comments.json").read_bytes()
    assert parse(body, account()) == [Ignored(reason="comment")]


def test_an_attachment_that_meta_does_not_show_keeps_its_address() -> None:
    body = require(f"{RESTFB}/messaging-attachment-unsupported.json").read_bytes()
    (event,) = parse(body, account("17841452691600098"))
    assert isinstance(event, MessageReceived)
    assert event.unsupported == "unknown"
    assert event.media[0].ref.startswith("https://lookaside.fbsbx.com/")


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answers_of_the_api_are_no_webhooks(name: str) -> None:
    with pytest.raises(BadInput):
        parse(require(f"{RESTFB}/{name}.json").read_bytes(), account())


def item(**parts: Any) -> dict[str, Any]:
    return {"sender": {"id": PERSON}, "recipient": {"id": ACCOUNT}, "timestamp": AT, **parts}


def webhook(**entry: Any) -> bytes:
    whole = {"object": "instagram", "entry": [{"id": ACCOUNT, "time": AT, **entry}]}
    return json.dumps(whole).encode()


def test_the_instagram_login_puts_messages_into_changes_at_times() -> None:
    value = item(message={"mid": MID, "text": "hi"})
    assert parse(webhook(changes=[{"field": "messages", "value": value}]), account()) == [
        said(text="hi")
    ]


def test_an_edit() -> None:
    edit = {"mid": MID, "text": "better", "num_edit": 1}
    (event,) = parse(webhook(messaging=[item(message_edit=edit)]), account())
    assert event == MessageEdited(
        event_id=f"{MID}:edit:1", provider_id=MID, sender=person(), at=AT, text="better"
    )


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        ({"type": "ig_post", "payload": {"url": ASSET.format(5)}}, said(media=asset(5, "post"))),
        ({"type": "ig_story", "payload": {"url": ASSET.format(5)}}, said(media=asset(5, "story"))),
        (
            {"type": "share", "payload": {"url": "https://www.instagram.com/p/x/"}},
            said(text="https://www.instagram.com/p/x/"),
        ),
        ({"type": "like_heart"}, said(text="❤️")),
        ({"type": "ephemeral"}, said(unsupported="ephemeral")),
        ({"type": "ig_reel", "payload": None}, said(unsupported="ig_reel")),
    ],
)
def test_what_people_share(attachment: dict[str, Any], expected: MessageReceived) -> None:
    message = {"mid": MID, "attachments": [attachment]}
    assert parse(webhook(messaging=[item(message=message)]), account()) == [expected]


def test_a_pages_webhook_is_refused_here() -> None:
    """S-35."""
    with pytest.raises(BadSignature):
        parse(webhook().replace(b"instagram", b"page"), account())


def listed(name: str, **changed: str) -> dict[str, Any]:
    """A listing with the message of a fixture, with its placeholders filled in."""
    raw = require(f"{RESTFB}/{name}.json").read_text("utf-8")
    for placeholder, value in changed.items():
        raw = raw.replace(f"<{placeholder}>", value)
    return {"messages": {"data": [json.loads(raw)]}}


def test_a_listed_answer_to_a_story() -> None:
    (event,) = listing.events(listed("instagram-message-story"), account(), 0)
    assert isinstance(event, MessageReceived)
    assert (event.text, event.sender, event.sender_name) == (
        "Nice shot !👍🏼",
        person("123456789"),
        "some_username",
    )
    assert event.at == 1_623_794_881_000
    assert event.event_id.startswith("aWdf")
    assert [media.name for media in event.media] == ["story"]


def test_a_listed_message_with_everything() -> None:
    url = "https://lookaside.fbsbx.com/1"
    row = listed(
        "instagram-message", TIMESTAMP="2026-05-01T10:00:00+0000", CDN_URL=url, MESSAGE_TEXT="Hi",
        NAME="a.jpg", URL="https://www.instagram.com/p/1/", IG_USERNAME="ela",
    )  # fmt: skip
    (event,) = listing.events(row, account(), 0)
    assert isinstance(event, MessageReceived)
    assert event.text == "Hi\nhttps://www.instagram.com/p/1/"
    assert [media.name for media in event.media] == ["a.jpg", "story-mention", "story"]
    assert (event.sender_name, event.unsupported) == ("ela", "unknown")
    assert listing.events(row, account(), event.at + 1) == []


def test_an_unreadable_listing_is_empty() -> None:
    for row in ({}, {"messages": []}, {"messages": {"data": ["x"]}}, listed("user")):
        assert listing.events(row, account(), 0) == []
    unfilled = listed("instagram-message")
    assert listing.events(unfilled, account(), 0) == []
