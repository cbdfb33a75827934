"""What a migration is: one step forward of the store's schema, in terms of the store port only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from hub.ports.store import DocumentStore


class Progress(Protocol):
    """How far a migration got, kept in the store: after a crash it goes on from there."""

    @property
    def cursor(self) -> str:
        """What was saved last; "" at the beginning."""

    async def save(self, cursor: str) -> None:
        """Keep the place; also renews the lease, so call it for every page. Raises `Conflict`
        when it is lost.
        """


class Migration(msgspec.Struct, frozen=True):
    """`run` must be safe to repeat from the last saved cursor, and leave data that the version
    before can read.
    """

    number: int
    name: str
    run: Callable[[DocumentStore, Progress], Awaitable[None]]
