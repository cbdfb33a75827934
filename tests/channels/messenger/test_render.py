"""What is sent to Messenger, and what is refused before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from channels._meta.direct import render
from channels.messenger.render import DIALECT
from hub.errors import ContentRejected, OutsideWindow
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.model.template import TemplateUse
from hub.ports.channel import OutboundMessage
from tests.support.channel_sample import text_to

NOW = 1_780_000_000_000
HOUR = 3_600_000
TO = Address("handle", "5614879045270001", "inbox")
RESPONSE = {"messaging_type": "RESPONSE"}
TAG = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def message(text: str = "", **more: Any) -> OutboundMessage:
    return text_to(TO, text, **{"last_inbound_at": NOW - HOUR, **more})


def file(media_type: str, size_bytes: int = 100) -> Attachment:
    return Attachment(file_id="f", name="a", media_type=media_type, size_bytes=size_bytes)


def test_a_text() -> None:
    sent = message("Cześć 👋")
    assert render.body(sent, DIALECT, RESPONSE) == {
        "recipient": {"id": TO.value},
        "messaging_type": "RESPONSE",
        "message": {"text": "Cześć 👋", "metadata": f"santral:{sent.id}"},
    }


def test_quick_replies_with_their_payloads_and_an_answer_to_a_message() -> None:
    replies = [QuickReply("Yes", "YES"), QuickReply("A title that is much too long")]
    body = render.body(message("Well?", quick_replies=replies, reply_to="m_9"), DIALECT, RESPONSE)
    assert body["reply_to"] == {"mid": "m_9"}
    assert body["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Yes", "payload": "YES"},
        {
            "content_type": "text",
            "title": "A title that is muc…",
            "payload": "A title that is much too long",
        },
    ]


def test_a_file() -> None:
    attachment = {"type": "image", "payload": {"attachment_id": "1"}}
    body = render.body(message(attachments=[file("image/png")]), DIALECT, RESPONSE, attachment)
    assert body["message"]["attachment"] == attachment
    assert "text" not in body["message"]


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("image/png", "image"),
        ("image/gif", "image"),
        ("image/webp", "file"),
        ("image/svg+xml", "file"),
        ("video/mp4", "video"),
        ("audio/mpeg", "audio"),
        ("application/pdf", "file"),
        ("text/plain", "file"),
    ],
)
def test_what_a_file_is_sent_as(media_type: str, kind: str) -> None:
    assert render.attachment_kind(file(media_type), DIALECT) == kind


@pytest.mark.parametrize(
    ("age_h", "is_auto", "has_tag", "way"),
    [
        (0, False, True, RESPONSE),
        (24, False, True, RESPONSE),
        (24, True, False, RESPONSE),
        (24.001, False, True, TAG),
        (7 * 24, False, True, TAG),
        (24.001, True, True, None),
        (24.001, False, False, None),
        (7 * 24 + 0.001, False, True, None),
    ],
)
def test_the_window_by_the_age_of_the_customers_last_message(
    age_h: float, is_auto: bool, has_tag: bool, way: dict[str, str] | None
) -> None:
    """Only people may use Meta's tag for human agents."""
    sent = message("Hi", last_inbound_at=NOW - int(age_h * HOUR), is_auto=is_auto)
    if way is None:
        with pytest.raises(OutsideWindow):
            render.window(sent, DIALECT, NOW, has_human_tag=has_tag)
    else:
        assert render.window(sent, DIALECT, NOW, has_human_tag=has_tag) == way


def test_somebody_who_never_wrote_has_no_window() -> None:
    with pytest.raises(OutsideWindow):
        render.window(message("Hi", last_inbound_at=0), DIALECT, NOW, has_human_tag=True)


@pytest.mark.parametrize(
    "sent",
    [
        message("x" * 2000),
        message("👋" * 2000),
        message("?", quick_replies=[QuickReply("a")] * 13),
        message(attachments=[file("video/mp4", 25 * 1024 * 1024)]),
    ],
)
def test_what_is_just_allowed(sent: OutboundMessage) -> None:
    render.check(sent, DIALECT)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (message("x" * 2001), "2001 of at most 2000 characters"),
        (message(""), "empty"),
        (message("?", quick_replies=[QuickReply("a")] * 14), "at most 13"),
        (message("text", attachments=[file("image/png")]), "two messages"),
        (message(attachments=[file("image/png")] * 2), "one file"),
        (message(attachments=[file("image/png", 26 * 1024 * 1024)]), "bytes"),
        (message("a", template=TemplateUse(name="a", language="en")), "templates"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_words(sent: OutboundMessage, words: str) -> None:
    with pytest.raises(ContentRejected, match=words):
        render.check(sent, DIALECT)


def test_sender_actions() -> None:
    to = {"recipient": {"id": "5"}}
    assert render.seen("5") == {**to, "sender_action": "mark_seen"}
    assert render.typing("5", is_typing=True) == {**to, "sender_action": "typing_on"}
    assert render.typing("5", is_typing=False) == {**to, "sender_action": "typing_off"}
    assert render.reaction("5", "m_1", "❤️") == {
        **to,
        "sender_action": "react",
        "payload": {"message_id": "m_1", "reaction": "❤"},
    }
    assert render.reaction("5", "m_1", "") == {
        **to,
        "sender_action": "unreact",
        "payload": {"message_id": "m_1"},
    }
