"""The settings form of a custom channel's inbox and what may stand in it: one secret for both
directions, the receiver's address, and what that receiver can do. No I/O; the adapter reads
`Settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hub.ports.channel import AdapterContext, Capabilities, ChannelAdapter, ChannelSpec, ConfigField

TEXT_MAX_CHARS = 10_000
FILE_MAX_BYTES = 25 * 1024 * 1024
SECRET_MIN_CHARS = 32
ABILITIES = ("can_edit", "can_delete", "can_react", "has_typing", "has_read_marks")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox's config with its defaults; names equal the fields of the form."""

    secret: str
    callback_url: str
    address: str = ""
    proves_addresses: bool = False
    repeats_are_harmless: bool = False
    can_edit: bool = False
    can_delete: bool = False
    can_react: bool = False
    has_typing: bool = False
    has_read_marks: bool = False


def read(config: Mapping[str, Any]) -> Settings:
    """A checked config with defaults for what is missing."""
    given = {name: value for name, value in config.items() if value not in (None, "")}
    return msgspec.convert(given, Settings)


def _text(config: Mapping[str, Any], name: str) -> str:
    value = config.get(name)
    return value.strip() if isinstance(value, str) else ""


def check(config: Mapping[str, Any]) -> dict[str, str]:
    """Faults of a config as {field: i18n key}."""
    faults: dict[str, str] = {}
    if len(_text(config, "secret")) < SECRET_MIN_CHARS:
        faults["secret"] = "custom.fault.secret"  # noqa: S105  a key of a text
    if not _is_web(_text(config, "callback_url")):
        faults["callback_url"] = "custom.fault.callback_url"
    return faults


def _is_web(address: str) -> bool:
    try:
        split = urlsplit(address)
        is_whole = bool(split.hostname) and split.port != 0
    except ValueError:
        return False
    is_plain = "@" not in split.netloc and not split.fragment
    return split.scheme in ("http", "https") and is_whole and is_plain


def capabilities(config: Mapping[str, Any]) -> Capabilities:
    """What an inbox with this config can do: what the receiver does not take is not offered."""
    can = {name: config.get(name) is True for name in ABILITIES}
    harmless = config.get("repeats_are_harmless") is True
    return msgspec.structs.replace(SPEC.capabilities, repeats_are_harmless=harmless, **can)


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.custom.adapter import Adapter

    return Adapter


def _flag(name: str, group: str = "abilities") -> ConfigField:
    return ConfigField(name=name, type="boolean", default=False, group=group)


SPEC = ChannelSpec(
    name="custom",
    capabilities=Capabilities(
        address_kind="handle",
        text_max_chars=TEXT_MAX_CHARS,
        attachment_max_bytes=FILE_MAX_BYTES,
        attachments_max=10,
        caption_max_chars=TEXT_MAX_CHARS,
        can_quick_replies=True,
        quick_replies_max=13,
        quick_reply_max_chars=80,
        has_typing=True,
        has_read_marks=True,
        can_quote=True,
        can_react=True,
        can_edit=True,
        can_delete=True,
        can_voice=True,
    ),
    fields=[
        ConfigField(
            name="callback_url",
            is_required=True,
            group="receiver",
            max_chars=2000,
            placeholder="https://bridge.example.com/santral",
        ),
        ConfigField(
            name="secret", type="secret", is_required=True, group="receiver", max_chars=500
        ),
        ConfigField(name="address", group="receiver", max_chars=200, placeholder="LINE @shop"),
        _flag("proves_addresses", "receiver"),
        _flag("repeats_are_harmless", "receiver"),
        *(_flag(name) for name in ABILITIES),
    ],
    check=check,
    address=lambda config: _text(config, "address"),
    capabilities_of=capabilities,
    load=_load,
)
