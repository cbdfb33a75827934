"""The settings form of an e-mail inbox and what may stand in it. Imports no mail library, so that
Settings can list the channel cheaply; read by the hub's settings service. `settings.py` turns a
checked config into records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from hub.ports.channel import Capabilities, ChannelSpec, ConfigField

if TYPE_CHECKING:
    from hub.ports.channel import AdapterContext, ChannelAdapter

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.+-]{1,64}@[^\s@<>\"(),:;\\]{1,253}\.?")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|[0-9A-Fa-f:]{2,45}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECURITY = ["tls", "starttls", "none"]
_AUTH = ["password", "xoauth2"]
_BY_IMAP = {"receive": ["imap"]}
Side = Literal["imap", "smtp"]


def _server(side: Side, port: int, security: str, when: dict[str, list[str]]) -> list[ConfigField]:
    """The fields that an IMAP and an SMTP account have in common."""
    return [
        ConfigField(
            name=f"{side}_host",
            group=side,
            is_required=True,
            when=when,
            placeholder=f"{side}.example.com",
        ),
        ConfigField(
            name=f"{side}_port",
            type="number",
            group=side,
            default=port,
            minimum=1,
            maximum=65535,
            when=when,
        ),
        ConfigField(
            name=f"{side}_security",
            type="choice",
            group=side,
            default=security,
            choices=_SECURITY,
            when=when,
        ),
        ConfigField(name=f"{side}_user", group=side, when=when, max_chars=320),
        ConfigField(
            name=f"{side}_auth",
            type="choice",
            group=side,
            default="password",
            choices=_AUTH,
            when=when,
        ),
        ConfigField(name=f"{side}_secret", type="secret", group=side, when=when, max_chars=8000),
    ]


_FIELDS = [
    ConfigField(
        name="address",
        group="general",
        is_required=True,
        max_chars=320,
        placeholder="support@example.com",
    ),
    ConfigField(name="sender_name", group="general", max_chars=100),
    ConfigField(
        name="receive",
        type="choice",
        group="general",
        default="imap",
        choices=["imap", "smtp", "none"],
    ),
    *_server("imap", 993, "tls", _BY_IMAP),
    ConfigField(name="imap_folder", group="imap", default="INBOX", when=_BY_IMAP, max_chars=200),
    ConfigField(
        name="imap_start",
        type="choice",
        group="imap",
        default="now",
        choices=["now", "days"],
        when=_BY_IMAP,
    ),
    ConfigField(
        name="imap_start_days",
        type="number",
        group="imap",
        default=7,
        minimum=1,
        maximum=365,
        when={"receive": ["imap"], "imap_start": ["days"]},
    ),
    ConfigField(
        name="imap_poll_minutes",
        type="number",
        group="imap",
        default=3,
        minimum=1,
        maximum=9,
        when=_BY_IMAP,
    ),
    ConfigField(name="imap_mark_seen", type="boolean", group="imap", default=True, when=_BY_IMAP),
    *_server("smtp", 587, "starttls", {}),
    ConfigField(name="reply_tokens", type="boolean", group="advanced", default=True),
    ConfigField(name="auth_servers", type="list", group="advanced", max_chars=253),
    ConfigField(name="sent_folder", group="advanced", when=_BY_IMAP, max_chars=200),
]


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not _ADDRESS.fullmatch(str(config.get("address") or "").strip()):
        faults["address"] = "email.fault.address"
    if any(ord(char) < 32 for char in str(config.get("sender_name") or "")):
        faults["sender_name"] = "email.fault.control_characters"
    sides: list[Side] = ["smtp"]
    if config.get("receive", "imap") == "imap":
        sides.append("imap")
    for side in sides:
        faults |= _check_server(config, side)
    if "imap" in sides and not config.get("imap_user"):
        faults.setdefault("imap_user", "email.fault.user_missing")
    return faults


def _check_server(config: Mapping[str, Any], side: Side) -> dict[str, str]:
    host = str(config.get(f"{side}_host") or "").strip()
    if not _HOST.fullmatch(host):
        return {f"{side}_host": "email.fault.host"}
    user, secret = config.get(f"{side}_user"), config.get(f"{side}_secret")
    if user and not secret:
        return {f"{side}_secret": "email.fault.secret_missing"}
    if secret and not user:
        return {f"{side}_user": "email.fault.user_missing"}
    is_open = config.get(f"{side}_security") == "none"
    if is_open and secret and host.lower() not in _LOOPBACK:
        return {f"{side}_security": "email.fault.password_without_tls"}
    return {}


def _address(config: Mapping[str, Any]) -> str:
    return str(config.get("address") or "").strip().lower()


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.email.adapter import EmailAdapter

    return EmailAdapter


SPEC = ChannelSpec(
    name="email",
    snippet=lambda public_url, inbox_id: "",
    capabilities=Capabilities(
        work="mail",
        address_kind="email",
        text_max_chars=500_000,
        can_html=True,
        has_subject=True,
        attachment_max_bytes=18 * 1024 * 1024,  # base64 makes 25 MB of it, what most servers take
        can_start=True,
        can_follow_up=True,
    ),
    fields=_FIELDS,
    check=_check,
    address=_address,
    load=_load,
)
