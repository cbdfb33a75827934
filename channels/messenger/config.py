"""The settings form of a Messenger inbox: one Facebook page. Imports no SDK and does no I/O."""

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

NAME = "messenger"
API_BASE = "https://graph.facebook.com"
TEXT_MAX = 2000
FILE_MAX_BYTES = 25 * 1024 * 1024
#: Meta allows a page 300 calls a second for texts, and 10 for sound and films.
RATE_PER_SECOND = 40


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    return common.check(config, NAME, "page_id")


def _address(config: Mapping[str, Any]) -> str:
    return str(config.get("page_name") or config.get("page_id") or "")


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.messenger.adapter import MessengerAdapter

    return MessengerAdapter


SPEC = ChannelSpec(
    name=NAME,
    capabilities=Capabilities(
        address_kind="handle",
        text_max_chars=TEXT_MAX,
        attachment_max_bytes=FILE_MAX_BYTES,
        attachments_max=1,
        caption_max_chars=0,
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
        ConfigField(name="page_id", group="account", is_required=True, max_chars=32),
        ConfigField(name="page_name", group="account", max_chars=100),
        *common.secrets(),
        *common.options(API_BASE),
    ],
    check=_check,
    address=_address,
    rates=lambda config: Rates(per_second=RATE_PER_SECOND, burst=RATE_PER_SECOND),
    account_keys=lambda config: frozenset({str(config["page_id"])}),
    load=_load,
)
