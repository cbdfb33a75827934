"""Inbox: one configured account of a channel, and how it is doing."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

InboxState = Literal["starting", "connected", "disconnected", "bad_credentials", "error", "stopped"]


class Inbox(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`config` follows the channel's schema; its secret fields are sealed (see
    `hub.services.vault`).
    """

    id: str
    v: int = 1
    channel: str
    name: str
    #: What customers see: an address, a number, a website.
    address: str = ""
    config: dict[str, Any] = {}
    is_paused: bool = False
    #: Conversations of inboxes with one join group become one; "none" keeps this inbox apart.
    join_group: str = "main"
    #: Tell people when nothing came in for so long; 0: never.
    alarm_after_minutes: int = 0
    #: The queue into which new conversations go; "": into the unassigned list.
    entry_queue_id: str = ""
    #: Told when a conversation begins, and when it begins outside the queue's hours; "": nothing.
    acknowledgement: str = ""
    away_text: str = ""
    created_at: int = 0


def homes_of(inbox: Inbox) -> tuple[str, ...]:
    """Whoever sees one of these homes may see the inbox: its own, and the queue it leads into."""
    return (inbox.id, inbox.entry_queue_id) if inbox.entry_queue_id else (inbox.id,)


class InboxHealth(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Kept apart from the inbox: it changes with every message."""

    id: str
    v: int = 1
    state: InboxState = "stopped"
    detail: str = ""
    since: int = 0
    last_in_at: int = 0
    last_out_at: int = 0
    last_error_at: int = 0
    last_error: str = ""
    #: Nothing came in for longer than the inbox's alarm allows.
    is_quiet: bool = False
