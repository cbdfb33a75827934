"""What the settings of both platforms have in common: limits, fields of the form and their checks.
Imports nothing but the contract, so that Settings can list the channels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from hub.ports.channel import ConfigField

#: Hours in which anybody may answer, and people may.
WINDOW_H = 24
HUMAN_WINDOW_H = 7 * 24
QUICK_REPLIES_MAX = 13
QUICK_REPLY_CHARS = 20

_ID = re.compile(r"[0-9]{1,32}")
_SECRET = re.compile(r"[\x21-\x7e]+")
_SECRETS = ("app_secret", "verify_token", "access_token")


def secrets() -> list[ConfigField]:
    """Without these nothing could be trusted: an inbox cannot be saved before they are there."""
    return [
        ConfigField(name="access_token", type="secret", group="account", is_required=True),
        ConfigField(name="app_secret", type="secret", group="app", is_required=True, max_chars=200),
        ConfigField(
            name="verify_token", type="secret", group="app", is_required=True, max_chars=200
        ),
    ]


def options(api_base: str, placeholder: str = "") -> list[ConfigField]:
    return [
        ConfigField(name="human_agent", type="boolean", group="advanced", default=True),
        ConfigField(name="api_base", group="advanced", default=api_base, placeholder=placeholder),
    ]


def check(config: Mapping[str, Any], channel: str, id_field: str) -> dict[str, str]:
    """Faults as {field: i18n key}."""
    faults: dict[str, str] = {}
    if not _ID.fullmatch(str(config.get(id_field) or "")):
        faults[id_field] = f"{channel}.fault.account_id"
    for name in _SECRETS:
        if not _SECRET.fullmatch(str(config.get(name) or "")):
            faults[name] = f"{channel}.fault.secret"
    api_base = str(config.get("api_base") or "")
    if api_base and not _is_base(api_base):
        faults["api_base"] = f"{channel}.fault.api_base"
    return faults


def _is_base(url: str) -> bool:
    """Plain http is for stand-ins and for proxies on the operator's own network."""
    try:
        split = urlsplit(url)
        is_web = split.scheme in ("https", "http") and bool(split.hostname)
        return is_web and not split.query and not split.fragment and "@" not in split.netloc
    except ValueError:
        return False
