"""Our messages as calls of the Bot API, each valid by its description."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods.base import TelegramMethod
from aiogram.types import InputFile

from channels.telegram.ids import Ref, address
from channels.telegram.render import (
    Target,
    render,
    render_edit,
    render_reaction,
    target_of,
)
from channels.telegram.standin_bot import Kept
from hub.model.message import Attachment, QuickReply
from hub.ports.channel import OutboundMessage
from tests.channels.telegram.bot_api import bot_api
from tests.support.channel_sample import text_to

CHAT = 700000001


def message(text: str = "Hi", **more: Any) -> OutboundMessage:
    return text_to(address(CHAT), text, **more)


def file(media_type: str, **more: Any) -> Attachment:
    return Attachment(file_id="f", name="a.bin", media_type=media_type, **{"size_bytes": 9, **more})


def call(method: TelegramMethod[Any]) -> tuple[str, dict[str, Any]]:
    """Name and parameters; checked against the description."""
    name = method.__api_method__
    params: dict[str, Any] = {}
    for key, value in method.model_dump(exclude_none=True, warnings=False).items():
        params[key] = Kept(b"", value.filename or "", "") if isinstance(value, InputFile) else value
    params = {key: value for key, value in params.items() if type(value).__name__ != "Default"}
    params.pop("reply_parameters", None)
    quoted = getattr(method, "reply_parameters", None)
    if quoted is not None:
        whole = quoted.model_dump(exclude_none=True, warnings=False)
        known = {k: v for k, v in whole.items() if type(v).__name__ != "Default"}
        params["reply_parameters"] = known
    assert bot_api().call(name, params) == []
    return name, params


def test_text() -> None:
    assert call(render(message("<b>*_x"), Target(CHAT), None)) == (
        "sendMessage",
        {"chat_id": CHAT, "text": "<b>*_x"},
    )


@pytest.mark.parametrize(
    ("attachment", "method", "field"),
    [
        (file("image/jpeg"), "sendPhoto", "photo"),
        (file("image/png", width=4000, height=3000), "sendPhoto", "photo"),
        (file("image/webp"), "sendPhoto", "photo"),
        (file("image/png", width=9000, height=2000), "sendDocument", "document"),
        (file("image/png", width=4001, height=200), "sendDocument", "document"),
        (file("image/jpeg", size_bytes=10 * 1024 * 1024 + 1), "sendDocument", "document"),
        (file("image/gif"), "sendAnimation", "animation"),
        (file("image/svg+xml"), "sendDocument", "document"),
        (file("video/mp4"), "sendVideo", "video"),
        (file("video/webm"), "sendDocument", "document"),
        (file("audio/mpeg"), "sendAudio", "audio"),
        (file("audio/ogg"), "sendDocument", "document"),
        (file("audio/ogg; codecs=opus", is_voice=True), "sendVoice", "voice"),
        (file("audio/mp4", is_voice=True), "sendVoice", "voice"),
        (file("audio/wav", is_voice=True), "sendDocument", "document"),
        (file("application/pdf"), "sendDocument", "document"),
    ],
)
def test_each_kind_of_file(attachment: Attachment, method: str, field: str) -> None:
    name, params = call(render(message("Here", attachments=[attachment]), Target(CHAT), b"x"))
    assert name == method
    assert params[field].name == "a.bin" and params["caption"] == "Here"
    _, bare = call(render(message("", attachments=[attachment]), Target(CHAT), b"x"))
    assert "caption" not in bare


def test_buttons_stand_one_below_the_other() -> None:
    long = "ż" * 33
    replies = [QuickReply("Yes", "y"), QuickReply("No"), QuickReply("Long", long), QuickReply(long)]
    _, params = call(render(message(quick_replies=replies), Target(CHAT), None))
    rows = params["reply_markup"]["inline_keyboard"]
    assert [[(b["text"], b["callback_data"]) for b in row] for row in rows] == [
        [("Yes", "y")],
        [("No", "No")],
        [("Long", "Long")],
        [(long, "#3")],
    ]


def test_a_quoted_message_that_is_gone_holds_nothing_back() -> None:
    _, params = call(render(message(reply_to=f"{CHAT}:5"), Target(CHAT), None))
    assert params["reply_parameters"] == {"message_id": 5, "allow_sending_without_reply": True}


@pytest.mark.parametrize("reply_to", ["", "wamid.5", "callback:1", "5:5", f"{CHAT}:5:bc_1"])
def test_messages_of_elsewhere_are_not_quoted(reply_to: str) -> None:
    _, params = call(render(message(reply_to=reply_to), Target(CHAT), None))
    assert "reply_parameters" not in params


@pytest.mark.parametrize(
    ("reply_to", "refs", "connection"),
    [
        ("", [], ""),
        ("", [f"{CHAT}:1", f"{CHAT}:2:bc_1"], "bc_1"),
        ("", [f"{CHAT}:2:bc_1", f"{CHAT}:1", "callback:9", "77:5:bc_2"], ""),
        (f"{CHAT}:2:bc_1", [f"{CHAT}:1"], "bc_1"),
    ],
)
def test_a_business_chat_is_answered_on_its_connection(
    reply_to: str, refs: list[str], connection: str
) -> None:
    target = target_of(message(reply_to=reply_to, refs=refs), CHAT)
    assert target == Target(CHAT, connection)
    _, params = call(render(message(reply_to=reply_to, refs=refs), target, None))
    assert params.get("business_connection_id", "") == connection


def test_edits_of_texts_and_captions() -> None:
    ref = Ref(CHAT, 5, "bc_1")
    name, params = call(render_edit(ref, message("new", quick_replies=[QuickReply("Yes")])))
    assert (name, params["text"]) == ("editMessageText", "new")
    assert params["business_connection_id"] == "bc_1"
    assert params["reply_markup"]["inline_keyboard"][0][0]["text"] == "Yes"
    name, params = call(render_edit(Ref(CHAT, 5), message("new", attachments=[file("image/png")])))
    assert (name, params["caption"]) == ("editMessageCaption", "new")


def test_reactions() -> None:
    name, params = call(render_reaction(Ref(CHAT, 5), "👍"))
    assert name == "setMessageReaction"
    assert params["reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert call(render_reaction(Ref(CHAT, 5), ""))[1]["reaction"] == []
