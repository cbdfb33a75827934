"""What is sent to Instagram differs from Messenger: bytes, files by address, no metadata."""

from __future__ import annotations

import pytest

from channels._meta.direct import render
from channels.instagram.config import SPEC, api_base
from channels.instagram.render import DIALECT
from hub.errors import ContentRejected
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from tests.support.channel_sample import text_to

NOW = 1_780_000_000_000
DAY = 86_400_000
TO = Address("handle", "5614879045270001", "inbox")


def file(media_type: str, size_bytes: int = 100) -> Attachment:
    return Attachment(file_id="f", name="a", media_type=media_type, size_bytes=size_bytes)


def test_within_the_window_nothing_but_the_message_is_said() -> None:
    message = text_to(TO, "Hi", last_inbound_at=NOW - 1, quick_replies=[QuickReply("A", "1")])
    way = render.window(message, DIALECT, NOW, has_human_tag=True)
    assert render.body(message, DIALECT, way) == {
        "recipient": {"id": TO.value},
        "message": {
            "text": "Hi",
            "quick_replies": [{"content_type": "text", "title": "A", "payload": "1"}],
        },
    }


def test_after_a_day_the_tag_is() -> None:
    message = text_to(TO, "Hi", last_inbound_at=NOW - 2 * DAY)
    way = render.window(message, DIALECT, NOW, has_human_tag=True)
    assert way == {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


@pytest.mark.parametrize("text", ["x" * 1000, "ż" * 500, "👋" * 250])
def test_a_thousand_bytes_are_taken(text: str) -> None:
    render.check(text_to(TO, text), DIALECT)
    with pytest.raises(ContentRejected, match="of at most 1000 bytes"):
        render.check(text_to(TO, text + "x"), DIALECT)


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("image/png", "image"),
        ("image/gif", "image"),
        ("video/quicktime", "video"),
        ("audio/mp4", "audio"),
        ("application/pdf", "file"),
    ],
)
def test_the_kinds_of_files(media_type: str, kind: str) -> None:
    assert render.attachment_kind(file(media_type), DIALECT) == kind
    assert media_type.startswith(SPEC.capabilities.media_types)


@pytest.mark.parametrize(
    "refused",
    [
        file("image/webp"),
        file("text/plain"),
        file("application/zip"),
        file("image/png", 8 * 1024 * 1024 + 1),
        file("video/mp4", 25 * 1024 * 1024 + 1),
    ],
)
def test_other_files_are_refused(refused: Attachment) -> None:
    with pytest.raises(ContentRejected):
        render.attachment_kind(refused, DIALECT)


def test_the_api_follows_the_way_to_connect() -> None:
    assert api_base({}) == api_base({"login": "instagram"}) == "https://graph.instagram.com"
    assert api_base({"login": "facebook"}) == "https://graph.facebook.com"
    assert api_base({"login": "facebook", "api_base": "http://127.0.0.1:1"}) == "http://127.0.0.1:1"


def test_the_address_in_lists() -> None:
    assert SPEC.address({"username": "@shop", "account_id": "1"}) == "@shop"
    assert SPEC.address({"account_id": "1"}) == "1"
