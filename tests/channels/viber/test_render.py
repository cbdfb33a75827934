"""Messages as bodies of `send_message`, checked with a schema of what Viber documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from channels.viber.render import (
    BODY_MAX_BYTES,
    PICTURE_MAX_BYTES,
    TRACKING_MAX_CHARS,
    VIDEO_MAX_BYTES,
    Sender,
    named_link,
    render,
)
from hub.errors import ContentRejected
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from tests.support.channel_sample import text_to

TO = Address("handle", "01234567890A=", "inbox")
_MEDIA = {"type": "string", "pattern": "^https?://", "maxLength": 2000}
_SIZE = {"type": "integer", "minimum": 1}
#: After developers.viber.com, "Send message" and "Keyboards" (no machine-readable one exists).
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["receiver", "type", "sender"],
    "properties": {
        "receiver": {"type": "string", "minLength": 1},
        "min_api_version": {"type": "integer"},
        "sender": {
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 28},
                "avatar": _MEDIA,
            },
            "additionalProperties": False,
        },
        "tracking_data": {"type": "string", "maxLength": 4000},
        "type": {"enum": ["text", "picture", "video", "file"]},
        "keyboard": {
            "required": ["Type", "Buttons"],
            "properties": {
                "Type": {"const": "keyboard"},
                "Buttons": {
                    "minItems": 1,
                    "maxItems": 24,
                    "items": {
                        "required": ["ActionBody", "Text"],
                        "properties": {
                            "Columns": {"enum": [1, 2, 3, 4, 5, 6]},
                            "Rows": {"enum": [1, 2]},
                            "ActionType": {"enum": ["reply", "open-url", "none"]},
                            "ActionBody": {"type": "string", "minLength": 1},
                            "Text": {"type": "string", "maxLength": 250},
                            "TextSize": {"enum": ["small", "regular", "large"]},
                        },
                        "additionalProperties": False,
                    },
                },
                "DefaultHeight": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
    },
    "oneOf": [
        {
            "properties": {
                "type": {"const": "text"},
                "text": {"type": "string", "minLength": 1, "maxLength": 7000},
            },
            "required": ["text"],
        },
        {
            "properties": {
                "type": {"const": "picture"},
                "text": {"type": "string", "maxLength": 512},
                "media": {**_MEDIA, "pattern": r"^https?://[^?]*\.(jpe?g|png|gif)(\?|$)"},
            },
            "required": ["text", "media"],
        },
        {
            "properties": {
                "type": {"const": "video"},
                "media": {**_MEDIA, "pattern": r"^https?://[^?]*\.mp4(\?|$)"},
                "size": {**_SIZE, "maximum": 26 * 1024 * 1024},
            },
            "required": ["media", "size"],
        },
        {
            "properties": {
                "type": {"const": "file"},
                "media": _MEDIA,
                "size": {**_SIZE, "maximum": 50 * 1024 * 1024},
                "file_name": {"type": "string", "minLength": 1, "maxLength": 256},
            },
            "required": ["media", "size", "file_name"],
        },
    ],
}
validator = Draft202012Validator(SCHEMA)


def check(method: str, body: Any) -> None:
    """For stand-ins: an invalid call fails the test that made it."""
    if method == "send_message":
        validator.validate(body)


def rendered(message: Any, sender: Sender | None = None) -> dict[str, Any]:
    def url_of(file: Attachment, name: str) -> str:
        return "https://hub.test" + named_link(f"/files/ws/{file.file_id}?key=1", name)

    body: dict[str, Any] = json.loads(render(message, sender or Sender("Shop"), url_of))
    validator.validate(body)
    return body


def file(name: str, media_type: str, size: int = 1000) -> Attachment:
    return Attachment(file_id="f1", name=name, media_type=media_type, size_bytes=size)


def test_a_text() -> None:
    body = rendered(
        text_to(TO, "Zażółć 🦊"), Sender("A very long name of a very large company", "")
    )
    assert body["text"] == "Zażółć 🦊" and body["type"] == "text"
    assert body["receiver"] == TO.value
    assert body["sender"] == {"name": "A very long name of a very l"}
    assert json.loads(body["tracking_data"]) == {"m": text_to(TO).id}


def test_an_avatar() -> None:
    body = rendered(text_to(TO), Sender("Shop", "https://x.test/a.png"))
    assert body["sender"]["avatar"] == "https://x.test/a.png"


@pytest.mark.parametrize(
    ("attachment", "kind", "ending"),
    [
        (file("a.jpeg", "image/jpeg"), "picture", "/picture.jpg"),
        (file("a.png", "image/png"), "picture", "/picture.png"),
        (file("a.gif", "image/gif"), "picture", "/picture.gif"),
        (file("a.webp", "image/webp"), "file", "/a.webp"),
        (file("a.png", "image/png", PICTURE_MAX_BYTES + 1), "file", "/a.png"),
        (file("a.mp4", "video/mp4"), "video", "/video.mp4"),
        (file("a.mp4", "video/mp4", VIDEO_MAX_BYTES + 1), "file", "/a.mp4"),
        (file("a.mov", "video/quicktime"), "file", "/a.mov"),
        (file("umowa nr/1.pdf", "application/pdf"), "file", "/umowa%20nr%2F1.pdf"),
    ],
)
def test_each_kind_of_file(attachment: Attachment, kind: str, ending: str) -> None:
    body = rendered(text_to(TO, "", attachments=[attachment]))
    assert body["type"] == kind
    assert body["media"] == f"https://hub.test/files/ws/f1{ending}?key=1"


def test_a_long_file_name_keeps_its_ending() -> None:
    body = rendered(text_to(TO, "", attachments=[file("x" * 400 + ".pdf", "application/pdf")]))
    assert len(body["file_name"]) == 256 and body["file_name"].endswith("x.pdf")


def test_a_picture_may_have_a_caption() -> None:
    body = rendered(text_to(TO, "look", attachments=[file("a.png", "image/png")]))
    assert body["type"] == "picture" and body["text"] == "look"


def test_buttons() -> None:
    replies = [QuickReply("Yes", "order:7:yes"), QuickReply("<b>No</b> & never")]
    body = rendered(text_to(TO, "Sure?", quick_replies=replies))
    buttons = body["keyboard"]["Buttons"]
    assert [b["ActionBody"] for b in buttons] == ["order:7:yes", "<b>No</b> & never"]
    assert [b["Text"] for b in buttons] == ["Yes", "&lt;b&gt;No&lt;/b&gt; &amp; never"]
    assert json.loads(body["tracking_data"])["b"] == {"order:7:yes": "Yes"}


def test_tracking_that_is_too_long_loses_the_titles_only() -> None:
    replies = [QuickReply(f"Choice {n}", f"{n}" * 300) for n in range(15)]
    body = rendered(text_to(TO, "Which?", quick_replies=replies))
    assert len(body["tracking_data"]) <= TRACKING_MAX_CHARS
    assert json.loads(body["tracking_data"]) == {"m": text_to(TO).id}


@pytest.mark.parametrize(
    "message",
    [
        text_to(TO, ""),
        text_to(TO, "beside", attachments=[file("a.pdf", "application/pdf")]),
        text_to(TO, "c" * 513, attachments=[file("a.png", "image/png")]),
        text_to(TO, "", attachments=[file("a.png", "image/png")] * 2),
        text_to(TO, "", attachments=[file("a.zip", "application/zip", 51 * 1024 * 1024)]),
        text_to(TO, "🦊" * (BODY_MAX_BYTES // 4)),
    ],
)
def test_what_viber_cannot_carry_is_refused(message: Any) -> None:
    with pytest.raises(ContentRejected):
        rendered(message)
