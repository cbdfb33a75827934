"""The settings form of an Instagram inbox: one professional account, connected by Instagram's own
login or by its Facebook page. Imports no SDK and does no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from channels._meta.direct import config as common
from channels._meta.direct.config import (
    HUMAN_WINDOW_H,
    QUICK_REPLIES_MAX,
    QUICK_REPLY_CHARS,
    WINDOW_H,
)
from hub.ports.channel import Capabilities, ChannelSpec, ConfigField, Rates

if TYPE_CHECKING:
    from hub.ports.channel import AdapterContext, ChannelAdapter

NAME = "instagram"
#: By the way the account was connected.
API_BASES = {"instagram": "https://graph.instagram.com", "facebook": "https://graph.facebook.com"}
#: UTF-8 bytes, so other letters than a-z make it less.
TEXT_MAX = 1000
IMAGE_MAX_BYTES = 8 * 1024 * 1024
FILE_MAX_BYTES = 25 * 1024 * 1024
#: Meta allows an account 100 calls a second for texts, and 10 for sound and films.
RATE_PER_SECOND = 40


def api_base(config: Mapping[str, Any]) -> str:
    """The address that is set, else Meta's for this way to connect."""
    login = str(config.get("login") or "instagram")
    return str(config.get("api_base") or API_BASES[login])


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    return common.check(config, NAME, "account_id")


def _address(config: Mapping[str, Any]) -> str:
    username = str(config.get("username") or "").strip().lstrip("@")
    return f"@{username}" if username else str(config.get("account_id") or "")


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.instagram.adapter import InstagramAdapter

    return InstagramAdapter


SPEC = ChannelSpec(
    name=NAME,
    capabilities=Capabilities(
        address_kind="handle",
        text_max_chars=TEXT_MAX,
        text_max_bytes=TEXT_MAX,
        attachment_max_bytes=FILE_MAX_BYTES,
        attachments_max=1,
        caption_max_chars=0,
        media_types=("image/jpeg", "image/png", "image/gif", "video/", "audio/", "application/pdf"),
        can_quick_replies=True,
        quick_replies_max=QUICK_REPLIES_MAX,
        quick_reply_max_chars=QUICK_REPLY_CHARS,
        reply_window_h=WINDOW_H,
        human_window_h=HUMAN_WINDOW_H,
        has_typing=True,
        has_read_marks=True,
        can_quote=True,
        can_react=True,
    ),
    fields=[
        ConfigField(
            name="login", type="choice", choices=list(API_BASES), default="instagram",
            group="account",
        ),
        ConfigField(name="account_id", group="account", is_required=True, max_chars=32),
        ConfigField(name="username", group="account", max_chars=64, placeholder="@shop"),
        *common.secrets(),
        *common.options("", API_BASES["instagram"]),
    ],
    check=_check,
    address=_address,
    rates=lambda config: Rates(per_second=RATE_PER_SECOND, burst=RATE_PER_SECOND),
    account_keys=lambda config: frozenset({str(config["account_id"])}),
    load=_load,
)  # fmt: skip
