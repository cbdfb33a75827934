"""What a Telegram inbox can be told: the fields of its settings form and their typed reading.

Imports no SDK and does no I/O: Settings lists every channel through `SPEC`; the adapter reads
`Settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from hub.errors import ConfigFault
from hub.ports.channel import (
    AdapterContext,
    Capabilities,
    ChannelAdapter,
    ChannelSpec,
    ConfigField,
    Rates,
)

API_BASE = "https://api.telegram.org"
TEXT_MAX_CHARS = 4096
CAPTION_MAX_CHARS = 1024
#: Limits of the Bot API at Telegram itself (https://core.telegram.org/bots/api, 10.1).
UPLOAD_MAX_BYTES = 50 * 1024 * 1024
DOWNLOAD_MAX_BYTES = 20 * 1024 * 1024
BUTTONS_MAX = 100
#: Number of the bot, and 35 characters today.
_TOKEN = re.compile(r"([1-9][0-9]{0,19}):[A-Za-z0-9_-]{20,150}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox's config with its defaults; names equal the fields of the form."""

    token: str
    receive: Literal["auto", "webhook", "polling"] = "auto"
    groups: bool = False
    api_base: str = API_BASE

    @property
    def is_own_server(self) -> bool:
        """A Bot API server other than Telegram's."""
        return urlsplit(self.api_base).hostname != urlsplit(API_BASE).hostname


def read(config: Mapping[str, Any]) -> Settings:
    """The config with defaults for what is missing. Raises `ConfigFault`."""
    given = {key: value for key, value in config.items() if value not in (None, "")}
    try:
        settings = msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        raise ConfigFault([f"telegram: {error}"]) from error
    return msgspec.structs.replace(settings, api_base=settings.api_base.rstrip("/"))


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    if not _TOKEN.fullmatch(str(config.get("token") or "")):
        return {"token": "telegram.fault.token"}
    try:
        settings = read(config)
    except ConfigFault as error:
        field = re.search(r"\$\.(\w+)", str(error))
        return {field[1] if field else "": "telegram.fault.value"}
    return {} if _is_base(settings.api_base) else {"api_base": "telegram.fault.api_base"}


def _is_base(url: str) -> bool:
    """An http(s) address without anything secret or changeable in it."""
    try:
        split = urlsplit(url)
        is_whole = bool(split.hostname) and split.port != 0
    except ValueError:
        return False
    is_plain = not (split.username or split.query or split.fragment or "{" in url or " " in url)
    return split.scheme in ("http", "https") and is_whole and is_plain


def _address(config: Mapping[str, Any]) -> str:
    """The bot's number: its name is Telegram's to tell."""
    found = _TOKEN.fullmatch(str(config.get("token") or ""))
    return found[1] if found else ""


def _rates(config: Mapping[str, Any]) -> Rates:
    """About 30 messages a second to all, one a second to each, short bursts are taken
    (https://core.telegram.org/bots/faq).
    """
    return Rates(per_second=30, burst=5, recipient_every_s=1, recipient_burst=3)


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.telegram.adapter import Adapter

    return Adapter


SPEC = ChannelSpec(
    name="telegram",
    capabilities=Capabilities(
        address_kind="handle",
        text_max_chars=TEXT_MAX_CHARS,
        attachment_max_bytes=UPLOAD_MAX_BYTES,
        can_quick_replies=True,
        has_typing=True,
        attachments_max=1,
        caption_max_chars=CAPTION_MAX_CHARS,
        quick_replies_max=BUTTONS_MAX,
        quick_reply_max_chars=64,
        can_quote=True,
        can_react=True,
        can_edit=True,
        can_delete=True,
        can_voice=True,
        has_opt_out=True,
    ),
    fields=[
        ConfigField(
            name="token",
            type="secret",
            group="bot",
            is_required=True,
            max_chars=200,
            placeholder="123456789:AAE…",
        ),
        ConfigField(
            name="receive",
            type="choice",
            group="bot",
            default="auto",
            choices=["auto", "webhook", "polling"],
        ),
        ConfigField(name="groups", type="boolean", group="bot", default=False),
        ConfigField(name="api_base", group="advanced", default=API_BASE, max_chars=300),
    ],
    check=_check,
    address=_address,
    rates=_rates,
    load=_load,
)
