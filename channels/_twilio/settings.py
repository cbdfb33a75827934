"""The settings that Twilio's channels have in common: their fields, checks and typed reading.
Imports no SDK. Used by the channels' `config.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hub.ports.channel import ConfigField, InboxFacts

API_BASE = "https://api.twilio.com"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT_PREFIX = "content."


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox at Twilio. `sender` is a number, short code or name, with the network's prefix;
    `service_sid` a messaging service. At least one of the two is set.
    """

    inbox_id: str
    sid: str
    tokens: tuple[str, ...]
    sender: str
    service_sid: str
    #: "" for texts, "whatsapp:" for WhatsApp: what stands before numbers on the wire.
    prefix: str
    api_base: str
    #: Public URL of this inbox's hook.
    hook_url: str
    #: Files' paths become addresses that Twilio can fetch.
    public_url: str

    @property
    def is_reachable(self) -> bool:
        """Can the vendor call us back? Its API refuses callbacks to plain or local addresses."""
        return self.public_url.startswith("https://") or self.api_base != API_BASE

    @property
    def content_base(self) -> str:
        """Where content templates live: beside the API at Twilio, at the same address elsewhere."""
        host = urlsplit(self.api_base).hostname or ""
        if host.startswith("api.") and host.endswith(".twilio.com"):
            return f"https://{_CONTENT_PREFIX}{host.removeprefix('api.')}"
        return self.api_base


def account(facts: InboxFacts, *, sender: str, service_sid: str, prefix: str = "") -> Account:
    """Of a checked config."""
    config = facts.config
    tokens = (text(config, "auth_token"), text(config, "auth_token_secondary"))
    return Account(
        inbox_id=facts.id,
        sid=text(config, "account_sid"),
        tokens=tuple(token for token in tokens if token),
        sender=sender,
        service_sid=service_sid,
        prefix=prefix,
        api_base=(text(config, "api_base") or API_BASE).rstrip("/"),
        hook_url=facts.public_url.rstrip("/") + facts.hook_path,
        public_url=facts.public_url.rstrip("/"),
    )


def text(config: Mapping[str, Any], name: str) -> str:
    """A text setting, tidied; "" for anything else."""
    value = config.get(name)
    return value.strip() if isinstance(value, str) else ""


def account_fields() -> list[ConfigField]:
    """Who we are at Twilio."""
    return [
        ConfigField(
            name="account_sid", group="account", is_required=True, max_chars=34, placeholder="AC…"
        ),
        ConfigField(
            name="auth_token", type="secret", group="account", is_required=True, max_chars=100
        ),
    ]


def advanced_fields() -> list[ConfigField]:
    return [
        ConfigField(name="auth_token_secondary", type="secret", group="advanced", max_chars=100),
        # Twilio answers STOP and START itself, unless its Advanced Opt-Out is told not to.
        ConfigField(name="answers_opt_out", type="boolean", group="advanced", default=False),
        ConfigField(name="api_base", group="advanced", default=API_BASE, max_chars=300),
    ]


def check_account(config: Mapping[str, Any], channel: str) -> dict[str, str]:
    """Faults of the shared fields as {field: i18n key}."""
    faults: dict[str, str] = {}
    if not ACCOUNT_SID.fullmatch(text(config, "account_sid")):
        faults["account_sid"] = f"{channel}.fault.account_sid"
    if not text(config, "auth_token"):
        faults["auth_token"] = f"{channel}.fault.auth_token"
    if not is_base(text(config, "api_base") or API_BASE):
        faults["api_base"] = f"{channel}.fault.api_base"
    return faults


def is_base(url: str) -> bool:
    """An http(s) address without user, query or fragment."""
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return False
    is_web = split.scheme in ("http", "https") and bool(split.hostname) and "@" not in split.netloc
    return is_web and url.isascii() and url.isprintable() and not (split.query or split.fragment)
