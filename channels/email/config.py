"""The settings form of an e-mail inbox and what may stand in it. Imports no mail library, so that
Settings can list the channel cheaply; read by the hub's settings service. `settings.py` turns a
checked config into records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels.email.fields import FIELDS, Side
from channels.email.providers import OAUTH, PLAIN, PROVIDERS, SHARED_TENANTS
from hub.ports.channel import Capabilities, ChannelSpec

if TYPE_CHECKING:
    from hub.ports.channel import AdapterContext, ChannelAdapter

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.+-]{1,64}@[^\s@<>\"(),:;\\]{1,253}\.?")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|[0-9A-Fa-f:]{2,45}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: A Microsoft directory: its id or one of its domains.
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not _ADDRESS.fullmatch(str(config.get("address") or "").strip()):
        faults["address"] = "email.fault.address"
    if any(ord(char) < 32 for char in str(config.get("sender_name") or "")):
        faults["sender_name"] = "email.fault.control_characters"
    sides: list[Side] = ["smtp"]
    if config.get("receive", "imap") == "imap":
        sides.append("imap")
    provider = str(config.get("provider") or PLAIN)
    if provider not in PROVIDERS:
        for side in sides:
            faults |= _check_server(config, side, signs_in=provider == OAUTH)
    if provider != PLAIN:
        return faults | _check_oauth(config, provider)
    for side in sides:
        faults = _check_password(config, side) | faults
    if "imap" in sides and not config.get("imap_user"):
        faults.setdefault("imap_user", "email.fault.user_missing")
    return faults


def _check_server(config: Mapping[str, Any], side: Side, *, signs_in: bool) -> dict[str, str]:
    host = str(config.get(f"{side}_host") or "").strip()
    if not _HOST.fullmatch(host):
        return {f"{side}_host": "email.fault.host"}
    is_open = config.get(f"{side}_security") == "none"
    sends_secret = signs_in or config.get(f"{side}_secret")
    if is_open and sends_secret and host.lower() not in _LOOPBACK:
        return {f"{side}_security": "email.fault.password_without_tls"}
    return {}


def _check_password(config: Mapping[str, Any], side: Side) -> dict[str, str]:
    user, secret = config.get(f"{side}_user"), config.get(f"{side}_secret")
    if user and not secret:
        return {f"{side}_secret": "email.fault.secret_missing"}
    if secret and not user:
        return {f"{side}_user": "email.fault.user_missing"}
    return {}


def _check_oauth(config: Mapping[str, Any], provider: str) -> dict[str, str]:
    def is_given(name: str) -> bool:
        return bool(str(config.get(name) or "").strip())

    faults: dict[str, str] = {}
    by_itself = provider in PROVIDERS and PROVIDERS[provider].grant == "client_credentials"
    if provider == OAUTH and not _is_safe_url(str(config.get("oauth_token_url") or "").strip()):
        faults |= {"oauth_token_url": "email.fault.token_url"}
    if provider in PROVIDERS and "{tenant}" in PROVIDERS[provider].token_url:
        tenant = str(config.get("oauth_tenant") or "").strip().lower()
        if not _TENANT.fullmatch(tenant) or (by_itself and tenant in SHARED_TENANTS):
            faults |= {"oauth_tenant": "email.fault.tenant"}
    if not is_given("oauth_client_id"):
        faults |= {"oauth_client_id": "email.fault.client_missing"}
    if (by_itself or provider == "google") and not is_given("oauth_client_secret"):
        faults |= {"oauth_client_secret": "email.fault.client_secret_missing"}
    if not by_itself and not is_given("oauth_refresh_token"):
        faults |= {"oauth_refresh_token": "email.fault.refresh_token_missing"}
    return faults


def _is_safe_url(url: str) -> bool:
    """Secrets go there: over TLS, or to this same machine."""
    try:
        split = urlsplit(url)
        host = split.hostname or ""
    except ValueError:
        return False
    is_clean = bool(host) and url.isascii() and url.isprintable() and "@" not in split.netloc
    return is_clean and (split.scheme == "https" or (split.scheme == "http" and host in _LOOPBACK))


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
    fields=FIELDS,
    check=_check,
    address=_address,
    load=_load,
)
