"""Orders to a bridge: all as the schema of the folder says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.custom import render
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from tests.channels.custom import schemas
from tests.support.channel_sample import text_to

ADA = Address("handle", "ada", "inbox")
FILE = Attachment(file_id="f1", name="umowa.pdf", media_type="application/pdf", size_bytes=9)


def valid(body: bytes) -> dict[str, Any]:
    order: dict[str, Any] = json.loads(body)
    schemas.OUTBOUND.validate(order)
    return order


def message(**more: Any) -> dict[str, Any]:
    text = more.pop("text", "Zażółć 🦊")
    return valid(
        render.message(
            text_to(ADA, text, **more), lambda file: f"https://hub.test/files/{file.file_id}"
        )
    )


def test_a_text() -> None:
    known = text_to(ADA)
    assert message() == {
        "type": "message",
        "id": known.id,
        "conversation": known.conversation_id,
        "to": {"id": "ada"},
        "text": "Zażółć 🦊",
        "is_auto": False,
        "at": known.at,
    }


def test_everything() -> None:
    order = message(
        to_name="Ada",
        from_name="Zoë",
        attachments=[FILE, FILE],
        quick_replies=[QuickReply("Yes", "order:7"), QuickReply("No")],
        reply_to="m1",
        is_auto=True,
    )
    assert order["to"] == {"id": "ada", "name": "Ada"} and order["from_name"] == "Zoë"
    assert order["files"][1] == {
        "url": "https://hub.test/files/f1",
        "name": "umowa.pdf",
        "media_type": "application/pdf",
        "size_bytes": 9,
        "is_voice": False,
    }
    assert order["buttons"] == [
        {"text": "Yes", "payload": "order:7"},
        {"text": "No", "payload": "No"},
    ]
    assert order["reply_to"] == "m1" and order["is_auto"] is True


def test_a_file_alone() -> None:
    assert "text" not in message(text="", attachments=[FILE])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            render.edit("n1", text_to(ADA, "new")),
            {"type": "edit", "id": text_to(ADA).id, "message": "n1", "to": {"id": "ada"},
             "text": "new"},
        ),
        (render.delete(ADA, "n1"), {"type": "delete", "message": "n1", "to": {"id": "ada"}}),
        (
            render.reaction(ADA, "m1", "👍"),
            {"type": "reaction", "message": "m1", "to": {"id": "ada"}, "emoji": "👍"},
        ),
        (
            render.reaction(ADA, "m1", ""),
            {"type": "reaction", "message": "m1", "to": {"id": "ada"}},
        ),
        (
            render.typing(ADA, is_typing=False),
            {"type": "typing", "to": {"id": "ada"}, "is_typing": False},
        ),
        (render.read(ADA, "m1"), {"type": "read", "message": "m1", "to": {"id": "ada"}}),
        (render.ping(), {"type": "ping"}),
    ],
)  # fmt: skip
def test_the_other_orders(body: bytes, expected: dict[str, Any]) -> None:
    assert valid(body) == expected


def test_the_schema_knows_exactly_these_orders() -> None:
    kinds = {one["$ref"].removeprefix("#/$defs/") for one in schemas.OUTBOUND.schema["oneOf"]}
    assert kinds == {"message", "edit", "delete", "reaction", "typing", "read", "ping"}
