"""The settings form of an e-mail inbox, field by field. Data only: what may stand in it is checked
by `config.py`, what it means is read by `settings.py`. Imported by `config.py` alone.
"""

from __future__ import annotations

from typing import Literal

from channels.email.providers import OAUTH, PLAIN, PROVIDERS
from hub.ports.channel import ConfigField

_SECURITY = ["tls", "starttls", "none"]
_AUTH = ["password", "xoauth2"]
_BY_IMAP = {"receive": ["imap"]}
_BY_TOKEN = [*PROVIDERS, OAUTH]
_BY_ITSELF = {name for name, one in PROVIDERS.items() if one.grant == "client_credentials"}
Side = Literal["imap", "smtp"]


def _server(side: Side, port: int, security: str, when: dict[str, list[str]]) -> list[ConfigField]:
    """The fields that an IMAP and an SMTP account have in common."""
    typed = {"provider": [PLAIN, OAUTH], **when}
    by_password = {"provider": [PLAIN], **when}
    return [
        ConfigField(
            name=f"{side}_host",
            group=side,
            is_required=True,
            when=typed,
            placeholder=f"{side}.example.com",
        ),
        ConfigField(
            name=f"{side}_port",
            type="number",
            group=side,
            default=port,
            minimum=1,
            maximum=65535,
            when=typed,
        ),
        ConfigField(
            name=f"{side}_security",
            type="choice",
            group=side,
            default=security,
            choices=_SECURITY,
            when=typed,
        ),
        ConfigField(name=f"{side}_user", group=side, when=by_password, max_chars=320),
        ConfigField(
            name=f"{side}_auth",
            type="choice",
            group=side,
            default="password",
            choices=_AUTH,
            when=by_password,
        ),
        ConfigField(
            name=f"{side}_secret", type="secret", group=side, when=by_password, max_chars=8000
        ),
    ]


def _oauth() -> list[ConfigField]:
    """What a sign-in by OAuth 2 needs, as far as the provider leaves it open."""
    by_person = {"provider": [name for name in _BY_TOKEN if name not in _BY_ITSELF]}
    typed = {"provider": [OAUTH]}
    return [
        ConfigField(name="oauth_user", group="oauth", when={"provider": _BY_TOKEN}, max_chars=320),
        ConfigField(
            name="oauth_tenant",
            group="oauth",
            is_required=True,
            when={"provider": ["microsoft", "microsoft_app"]},
            max_chars=253,
        ),
        ConfigField(
            name="oauth_token_url",
            group="oauth",
            is_required=True,
            when=typed,
            placeholder="https://login.example.com/token",
        ),
        ConfigField(
            name="oauth_client_id", group="oauth", is_required=True, when={"provider": _BY_TOKEN}
        ),
        ConfigField(
            name="oauth_client_secret",
            type="secret",
            group="oauth",
            when={"provider": _BY_TOKEN},
            max_chars=4000,
        ),
        ConfigField(
            name="oauth_refresh_token",
            type="secret",
            group="oauth",
            is_required=True,
            when=by_person,
            max_chars=16_000,
        ),
        ConfigField(name="oauth_scope", group="oauth", when=typed),
    ]


FIELDS = [
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
    ConfigField(
        name="provider",
        type="choice",
        group="general",
        default=PLAIN,
        choices=[PLAIN, *PROVIDERS, OAUTH],
    ),
    *_oauth(),
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
