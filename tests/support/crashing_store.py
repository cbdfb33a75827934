"""A store that dies between two writes: the batch is left half done, as only MongoDB
can leave it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from hub.errors import Unavailable
from hub.ports.store import Applied, Coll, Doc, DocumentStore, Op


class CrashingStore:
    """Everything goes to `inner` until `writes` writes were done; then nothing does any more. With
    `is_short` only the rest of that call is not done: the store did not answer in time.
    """

    def __init__(self, inner: DocumentStore, writes: int, *, is_short: bool = False) -> None:
        self._inner = inner
        self._left = writes
        self._is_short = is_short
        self.is_exclusive = inner.is_exclusive
        self.died = asyncio.Event()

    @property
    def is_dead(self) -> bool:
        return self._left <= 0

    def die_after(self, writes: int) -> None:
        """0: at once."""
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        """Reads, and writes that are one document each."""
        method = getattr(self._inner, name)
        is_write = name in ("insert", "patch", "set_many", "replace", "delete", "claim")

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self.is_dead:
                raise Unavailable("the process is dead")
            result = await method(*args, **kwargs)
            if is_write:
                self._spend()
            return result

        return call

    def _spend(self) -> None:
        self._left -= 1
        if self.is_dead:
            self.died.set()
            if self._is_short:
                self._left = sys.maxsize
            raise Unavailable("the process died after this write")

    async def insert_many(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        conflicts: list[tuple[int, str]] = []
        for position, doc in enumerate(docs):
            if self.is_dead:
                raise Unavailable("the process is dead")
            conflicts += [(position, key) for _, key in await self._inner.insert_many(coll, [doc])]
            self._spend()
        return conflicts

    async def apply(self, ops: Sequence[Op]) -> Applied:
        for position, op in enumerate(ops):
            if self.is_dead:
                raise Unavailable("the process is dead")
            if (await self._inner.apply([op])).failed_at is not None:
                return Applied(done=position, failed_at=position)
            self._spend()
        return Applied(done=len(ops))
