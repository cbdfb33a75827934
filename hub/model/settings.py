"""Small things people set up: labels, canned answers, API keys."""

from __future__ import annotations

import msgspec


class Label(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    id: str
    v: int = 1
    name: str
    color: str = "gray"
    created_at: int = 0


class Canned(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A ready answer: typed as `/shortcut`; `{{ contact.name }}` and the like are filled in when
    inserted.
    """

    id: str
    v: int = 1
    shortcut: str
    text: str
    created_at: int = 0


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Only the hash of the key is kept; it is shown once."""

    id: str
    v: int = 1
    name: str
    hash: str
    scopes: list[str]
    last_used_at: int = 0
    expires_at: int = 0
    created_at: int = 0
