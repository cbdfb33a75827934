"""The settings form of a Viber inbox and what may stand in it. Imports no SDK and does no I/O: the
hub lists every channel through `SPEC`; the adapter reads `Settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hub.ports.channel import (
    AdapterContext,
    Capabilities,
    ChannelAdapter,
    ChannelSpec,
    ConfigField,
    Rates,
)

API_BASE = "https://chatapi.viber.com"
TEXT_MAX_CHARS = 7000
CAPTION_MAX_CHARS = 512
SENDER_NAME_MAX_CHARS = 28
FILE_MAX_BYTES = 50 * 1024 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9-]{16,200}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox's config with its defaults; names equal the fields of the form."""

    token: str
    uri: str = ""
    sender_name: str = ""
    sender_avatar: str = ""
    api_base: str = API_BASE

    @property
    def is_real(self) -> bool:
        """Viber itself, which calls only https addresses."""
        return self.api_base.rstrip("/") == API_BASE

    def url(self, method: str) -> str:
        return f"{self.api_base.rstrip('/')}/pa/{method}"


def read(config: Mapping[str, Any]) -> Settings:
    """A checked config with defaults for what is missing."""
    given = {name: value for name, value in config.items() if value not in (None, "")}
    return msgspec.convert(given, Settings)


def _text(config: Mapping[str, Any], name: str) -> str:
    value = config.get(name)
    return value.strip() if isinstance(value, str) else ""


def _is_web(address: str, *schemes: str) -> bool:
    try:
        split = urlsplit(address)
        return split.scheme in schemes and bool(split.hostname) and "@" not in split.netloc
    except ValueError:
        return False


def check(config: Mapping[str, Any]) -> dict[str, str]:
    """Faults of a config as {field: i18n key}."""
    faults: dict[str, str] = {}
    # The same token signs what comes in: without it the inbox would be open to everybody.
    if not _TOKEN.fullmatch(_text(config, "token")):
        faults["token"] = "viber.fault.token"  # noqa: S105  a key of a text
    avatar, base = _text(config, "sender_avatar"), _text(config, "api_base")
    if avatar and not _is_web(avatar, "https"):
        faults["sender_avatar"] = "viber.fault.avatar"
    if base and not _is_web(base, "http", "https"):
        faults["api_base"] = "viber.fault.api_base"
    return faults


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.viber.adapter import Adapter

    return Adapter


SPEC = ChannelSpec(
    name="viber",
    capabilities=Capabilities(
        address_kind="handle",
        text_max_chars=TEXT_MAX_CHARS,
        attachment_max_bytes=FILE_MAX_BYTES,
        attachments_max=1,
        # A picture could carry one, a video or a file none: text is always a message of its own.
        caption_max_chars=0,
        can_quick_replies=True,
        quick_replies_max=24,
        quick_reply_max_chars=60,
        has_read_marks=True,
    ),
    fields=[
        ConfigField(name="token", type="secret", is_required=True, group="account", max_chars=200),
        ConfigField(name="uri", group="account", max_chars=100, placeholder="shop"),
        ConfigField(name="sender_name", group="look", max_chars=SENDER_NAME_MAX_CHARS),
        ConfigField(name="sender_avatar", group="look", max_chars=500),
        ConfigField(name="api_base", group="advanced", default=API_BASE, max_chars=500),
    ],
    check=check,
    address=lambda config: _text(config, "uri"),
    # Viber counts at most 100 messages in an hour to somebody who does not answer (status 12).
    rates=lambda config: Rates(recipient_every_s=36, recipient_burst=90),
    load=_load,
)
