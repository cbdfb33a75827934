"""A checked inbox config as typed records. No I/O and no checks (`config.py` made those); built
once by the adapter and read by the sending and receiving parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

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
        has_reply_tokens=config.get("reply_tokens", True) is not False,
        auth_servers=tuple(str(name).lower() for name in config.get("auth_servers") or ()),
        sent_folder=str(config.get("sent_folder") or ""),
    )


def _account(config: Mapping[str, Any], side: str, port: int, security: Security) -> Account:
    return Account(
        host=str(config.get(f"{side}_host") or "").strip(),
        port=int(config.get(f"{side}_port") or port),
        security=config.get(f"{side}_security") or security,
        user=str(config.get(f"{side}_user") or ""),
        secret=str(config.get(f"{side}_secret") or ""),
        auth=config.get(f"{side}_auth") or "password",
    )


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
