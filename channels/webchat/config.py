"""What an inbox of web chat can be told: the fields of its settings form and their typed reading.

Imports no SDK and does no I/O: Settings lists every channel through `SPEC`; the adapter reads
`Settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from channels.webchat.origins import normalised
from hub.errors import ConfigFault
from hub.ports.channel import AdapterContext, Capabilities, ChannelAdapter, ChannelSpec, ConfigField

TEXT_MAX_CHARS = 10_000
SECRET_MIN_CHARS = 32
QUICK_REPLIES_MAX = 8
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

Language = Literal["auto", "en", "tr", "pl"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox's config with its defaults; names equal the fields of the form."""

    title: str = ""
    greeting: str = ""
    quick_replies: list[str] = []
    language: Language = "auto"
    theme: Literal["auto", "light", "dark"] = "auto"
    accent: str = "#2563eb"
    position: Literal["right", "left"] = "right"
    origins: list[str] = []
    identity_secret: str = ""
    can_upload: bool = True
    upload_max_mb: Annotated[int, msgspec.Meta(ge=1, le=25)] = 10
    ask_email: bool = True
    offline_form: bool = True
    follow_up_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 5

    @property
    def upload_max_bytes(self) -> int:
        return self.upload_max_mb * 1024 * 1024 if self.can_upload else 0


def read(config: Mapping[str, Any]) -> Settings:
    """The config with defaults for what is missing.

    Raises `ConfigFault` naming the field at fault.
    """
    given = {key: value for key, value in config.items() if value not in (None, "")}
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigFault([f"webchat: {error}"]) from error


def check(config: Mapping[str, Any]) -> dict[str, str]:
    """Faults of a config as {field: i18n key}."""
    faults: dict[str, str] = {}
    try:
        settings = read(config)
    except ConfigFault as error:
        field = re.search(r"\$\.(\w+)", str(error))
        return {field[1] if field else "": "webchat.fault.value"}
    if any(normalised(origin) != origin.rstrip("/").lower() for origin in settings.origins):
        faults["origins"] = "webchat.fault.origin"
    if settings.identity_secret and len(settings.identity_secret) < SECRET_MIN_CHARS:
        faults["identity_secret"] = "webchat.fault.secret"  # noqa: S105  a key of a text
    if not _COLOR.fullmatch(settings.accent):
        faults["accent"] = "webchat.fault.color"
    if len(settings.quick_replies) > QUICK_REPLIES_MAX or any(
        not 0 < len(reply.strip()) <= 80 for reply in settings.quick_replies
    ):
        faults["quick_replies"] = "webchat.fault.quick_replies"
    return faults


def address(config: Mapping[str, Any]) -> str:
    """The website's host, or nothing before one is named."""
    origins = config.get("origins") or []
    return (urlsplit(str(origins[0])).hostname or "") if origins else ""


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.webchat.adapter import Adapter

    return Adapter


def _snippet(public_url: str, inbox_id: str) -> str:
    return f'<script src="{public_url}/widget.js" data-inbox="{inbox_id}" async></script>'


SPEC = ChannelSpec(
    name="webchat",
    snippet=_snippet,
    capabilities=Capabilities(
        address_kind="visitor",
        text_max_chars=TEXT_MAX_CHARS,
        attachment_max_bytes=25 * 1024 * 1024,
        attachments_max=20,
        caption_max_chars=TEXT_MAX_CHARS,
        can_quick_replies=True,
        is_live=True,
        repeats_are_harmless=True,
        has_typing=True,
        has_read_marks=True,
    ),
    fields=[
        ConfigField(name="origins", type="list", group="site", placeholder="https://www.example.com"),
        ConfigField(name="identity_secret", type="secret", group="site", max_chars=200),
        ConfigField(name="title", group="look", max_chars=60),
        ConfigField(name="greeting", type="long_text", group="look", max_chars=500),
        ConfigField(name="quick_replies", type="list", group="look", max_chars=80),
        ConfigField(
            name="language", type="choice", choices=["auto", "en", "tr", "pl"], default="auto",
            group="look",
        ),
        ConfigField(
            name="theme", type="choice", choices=["auto", "light", "dark"], default="auto",
            group="look",
        ),
        ConfigField(name="accent", type="color", default="#2563eb", group="look"),
        ConfigField(
            name="position", type="choice", choices=["right", "left"], default="right", group="look"
        ),
        ConfigField(name="can_upload", type="boolean", default=True, group="files"),
        ConfigField(
            name="upload_max_mb", type="number", default=10, minimum=1, maximum=25, group="files",
            when={"can_upload": ["true"]},
        ),
        ConfigField(name="ask_email", type="boolean", default=True, group="away"),
        ConfigField(name="offline_form", type="boolean", default=True, group="away"),
        ConfigField(
            name="follow_up_minutes", type="number", default=5, minimum=1, maximum=1440,
            group="away",
        ),
    ],
    check=check,
    address=address,
    load=_load,
)  # fmt: skip
