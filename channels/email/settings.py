"""A checked inbox config as typed records. No I/O and no checks (`config.py` made those); built
once by the adapter and read by the sending and receiving parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from channels.email.providers import OAUTH, PLAIN, PROVIDERS, Grant, Provider

Security = Literal["tls", "starttls", "none"]
Receive = Literal["imap", "smtp", "none"]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One server and how to sign in there. An empty `user` means: without signing in."""

    host: str
    port: int
    security: Security
    user: str = ""
    secret: str = ""
    auth: Literal["password", "xoauth2"] = "password"


class OAuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where access tokens come from, for both servers. `refresh_token` is what a person entered;
    "" where the application signs in by itself.
    """

    token_url: str
    client_id: str
    client_secret: str = ""
    refresh_token: str = ""
    scope: str = ""
    grant: Grant = "refresh_token"


class ImapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to read, from when on. `start_days` None: only what arrives after the first start."""

    account: Account
    folder: str = "INBOX"
    start_days: int | None = None
    poll_s: float = 180.0
    marks_seen: bool = True


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The built-in SMTP listener, set for the whole process by the hub."""

    host: str
    port: int
    certificate: str = ""
    key: str = ""


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one inbox knows about its mail."""

    address: str
    sender_name: str
    receive: Receive
    imap: ImapSettings | None
    listen: ListenSettings | None
    smtp: Account
    #: None: each account's own user name and secret.
    oauth: OAuthSettings | None = None
    has_reply_tokens: bool = True
    #: authserv-ids whose Authentication-Results are believed (RFC 8601 §2.2).
    auth_servers: tuple[str, ...] = ()
    #: Folder that gets a copy of what was sent; empty for servers that keep one themselves.
    sent_folder: str = ""


def settings_of(config: Mapping[str, Any]) -> MailSettings:
    """The records of `config`; `_smtp_listen`, `_smtp_tls_cert` and `_smtp_tls_key` come from the
    hub.
    """
    receive: Receive = config.get("receive") or "imap"
    return MailSettings(
        address=str(config["address"]).strip().lower(),
        sender_name=str(config.get("sender_name") or ""),
        receive=receive,
        imap=_imap(config) if receive == "imap" else None,
        listen=_listen(config),
        smtp=_account(config, "smtp", 587, "starttls"),
        oauth=_oauth(config),
        has_reply_tokens=config.get("reply_tokens", True) is not False,
        auth_servers=tuple(str(name).lower() for name in config.get("auth_servers") or ()),
        sent_folder=str(config.get("sent_folder") or ""),
    )


def _account(
    config: Mapping[str, Any], side: Literal["imap", "smtp"], port: int, security: Security
) -> Account:
    provider = _provider(config)
    if provider in PROVIDERS:
        known = PROVIDERS[provider]
        host = known.imap_host if side == "imap" else known.smtp_host
        return Account(
            host=host, port=port, security=security, user=_oauth_user(config), auth="xoauth2"
        )
    by_oauth = provider == OAUTH
    return Account(
        host=_text(config, f"{side}_host"),
        port=int(config.get(f"{side}_port") or port),
        security=config.get(f"{side}_security") or security,
        user=_oauth_user(config) if by_oauth else str(config.get(f"{side}_user") or ""),
        secret="" if by_oauth else str(config.get(f"{side}_secret") or ""),
        auth="xoauth2" if by_oauth else config.get(f"{side}_auth") or "password",
    )


def _provider(config: Mapping[str, Any]) -> str:
    return str(config.get("provider") or PLAIN)


def _oauth_user(config: Mapping[str, Any]) -> str:
    return _text(config, "oauth_user") or _text(config, "address")


def _oauth(config: Mapping[str, Any]) -> OAuthSettings | None:
    provider = _provider(config)
    if provider == PLAIN:
        return None
    known = PROVIDERS.get(provider) or Provider(
        imap_host="",
        smtp_host="",
        token_url=_text(config, "oauth_token_url"),
        scope=_text(config, "oauth_scope"),
    )
    by_person = known.grant == "refresh_token"
    return OAuthSettings(
        token_url=known.token_url.replace("{tenant}", _text(config, "oauth_tenant")),
        client_id=_text(config, "oauth_client_id"),
        client_secret=_text(config, "oauth_client_secret"),
        refresh_token=_text(config, "oauth_refresh_token") if by_person else "",
        scope=known.scope,
        grant=known.grant,
    )


def _text(config: Mapping[str, Any], name: str) -> str:
    return str(config.get(name) or "").strip()


def _imap(config: Mapping[str, Any]) -> ImapSettings:
    by_days = config.get("imap_start") == "days"
    return ImapSettings(
        account=_account(config, "imap", 993, "tls"),
        folder=str(config.get("imap_folder") or "INBOX"),
        start_days=int(config.get("imap_start_days") or 7) if by_days else None,
        poll_s=60.0 * int(config.get("imap_poll_minutes") or 3),
        marks_seen=config.get("imap_mark_seen", True) is not False,
    )


def _listen(config: Mapping[str, Any]) -> ListenSettings | None:
    host, colon, port = str(config.get("_smtp_listen") or "").rpartition(":")
    if not colon:
        return None
    return ListenSettings(
        host=host.strip("[]"),
        port=int(port),
        certificate=str(config.get("_smtp_tls_cert") or ""),
        key=str(config.get("_smtp_tls_key") or ""),
    )
