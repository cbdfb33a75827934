"""What a WhatsApp inbox can be told: the fields of its settings form and their typed reading.
Imports no SDK and does no I/O: Settings lists every channel through `SPEC`; the adapter reads
`Settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from channels._meta.graph import API_BASE, VERSION
from hub.errors import ConfigFault
from hub.ports.channel import (
    AdapterContext,
    Capabilities,
    ChannelAdapter,
    ChannelSpec,
    ConfigField,
    Rates,
)

TEXT_MAX_CHARS = 4096
CAPTION_MAX_CHARS = 1024
BUTTONS_MAX = 3
ROWS_MAX = 10
TITLE_MAX_CHARS = 20
DOCUMENT_MAX_BYTES = 100 * 1024 * 1024
REPLY_WINDOW_H = 24

#: What Meta lets us upload ("Supported media types" and the upload's own error, 2026-11); any text
#: goes as text/plain.
MEDIA_TYPES = (
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.",
    "audio/aac",
    "audio/amr",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/",
    "video/3gpp",
    "video/mp4",
)

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox's config with its defaults; names equal the fields of the form."""

    phone: str
    phone_number_id: str
    waba_id: str
    access_token: str
    app_secret: str
    verify_token: str
    register_webhook: bool = True
    per_second: int = 80
    api_base: str = API_BASE
    api_version: str = VERSION

    @property
    def has_own_api(self) -> bool:
        """Does somebody stand in for Meta?"""
        return self.api_base.rstrip("/") != API_BASE


def read(config: Mapping[str, Any]) -> Settings:
    """The config with defaults for what is missing.

    Raises `ConfigFault` naming the field at fault.
    """
    given = {key: value for key, value in config.items() if value not in (None, "")}
    if "phone" in given:
        given["phone"] = normalised(str(given["phone"]))
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigFault([f"whatsapp: {error}"]) from error


def normalised(phone: str) -> str:
    """`+48 123-45` → `+4812345`: Meta's pages write numbers with blanks."""
    return re.sub(r"[\s().\-]", "", phone)


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not _PHONE.fullmatch(normalised(str(config.get("phone") or ""))):
        faults["phone"] = "whatsapp.fault.phone"
    for name in ("phone_number_id", "waba_id"):
        if not re.fullmatch(r"[0-9]{5,32}", str(config.get(name) or "").strip()):
            faults[name] = "whatsapp.fault.id"
    for name in ("access_token", "app_secret", "verify_token"):
        if not str(config.get(name) or "").strip():
            faults[name] = "whatsapp.fault.secret_missing"
    if not _is_base(str(config.get("api_base") or API_BASE)):
        faults["api_base"] = "whatsapp.fault.address"
    if not _VERSION.fullmatch(str(config.get("api_version") or VERSION)):
        faults["api_version"] = "whatsapp.fault.version"
    return faults


def _is_base(url: str) -> bool:
    try:
        split = urlsplit(url)
    except ValueError:
        return False
    is_plain = not (split.query or split.fragment or "@" in split.netloc)
    return split.scheme in ("https", "http") and bool(split.hostname) and is_plain


def _address(config: Mapping[str, Any]) -> str:
    return normalised(str(config.get("phone") or ""))


def number_key(phone_number_id: str) -> str:
    """How webhooks name a number."""
    return f"number:{phone_number_id}"


def account_key(waba_id: str) -> str:
    """How webhooks name a business account, which may have several numbers."""
    return f"account:{waba_id}"


def _account_keys(config: Mapping[str, Any]) -> frozenset[str]:
    number = str(config.get("phone_number_id") or "").strip()
    return frozenset({number_key(number), account_key(str(config.get("waba_id") or "").strip())})


def _rates(config: Mapping[str, Any]) -> Rates:
    """80 messages a second and number (20 in coexistence with the app, up to 1,000 by upgrade); one
    in 6 s to the same person, 45 at once (Cloud API, "Throughput" and "Pair rate limits", 2026-11).
    """
    per_second = int(config.get("per_second") or 80)
    return Rates(per_second=per_second, burst=per_second, recipient_every_s=6.0, recipient_burst=45)


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.whatsapp.adapter import Adapter

    return Adapter


_FIELDS = [
    ConfigField(
        name="phone", is_required=True, group="number", placeholder="+48 22 123 45 67", max_chars=32
    ),
    ConfigField(
        name="phone_number_id",
        is_required=True,
        group="number",
        placeholder="106540352242922",
        max_chars=32,
    ),
    ConfigField(
        name="waba_id",
        is_required=True,
        group="number",
        placeholder="102290129340398",
        max_chars=32,
    ),
    ConfigField(
        name="access_token", type="secret", is_required=True, group="access", max_chars=1000
    ),
    ConfigField(name="app_secret", type="secret", is_required=True, group="access", max_chars=200),
    ConfigField(
        name="verify_token", type="secret", is_required=True, group="access", max_chars=200
    ),
    ConfigField(name="register_webhook", type="boolean", default=True, group="advanced"),
    ConfigField(
        name="per_second", type="number", default=80, minimum=1, maximum=1000, group="advanced"
    ),
    ConfigField(name="api_base", default=API_BASE, group="advanced", max_chars=300),
    ConfigField(name="api_version", default=VERSION, group="advanced", max_chars=8),
]

SPEC = ChannelSpec(
    name="whatsapp",
    capabilities=Capabilities(
        address_kind="phone",
        also_writes_to=("handle",),
        text_max_chars=TEXT_MAX_CHARS,
        attachment_max_bytes=DOCUMENT_MAX_BYTES,
        attachments_max=1,
        caption_max_chars=CAPTION_MAX_CHARS,
        media_types=MEDIA_TYPES,
        can_quick_replies=True,
        quick_replies_max=ROWS_MAX,
        quick_reply_max_chars=TITLE_MAX_CHARS,
        has_read_marks=True,
        has_typing=True,
        reply_window_h=REPLY_WINDOW_H,
        can_start=True,
        can_follow_up=True,
        can_templates=True,
        can_quote=True,
        can_react=True,
        can_voice=True,
        has_opt_out=True,
    ),
    fields=_FIELDS,
    check=_check,
    address=_address,
    rates=_rates,
    account_keys=_account_keys,
    load=_load,
)
