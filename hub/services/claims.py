"""Claims: unique keys that may change (an e-mail address, a label's name), each a row whose `_id`
is the key.

The row names its owner. A process that died between claiming and writing leaves a claim behind;
`take` therefore asks `is_stale` about the owner found and takes over what nobody uses. Called by
accounts and settings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hub.clock import Clock
from hub.errors import Conflict
from hub.ports.collections import CLAIMS
from hub.ports.store import DocumentStore, Patch

IsStale = Callable[[str], Awaitable[bool]]
#: A claim this young may belong to somebody who is about to write what it is for.
GRACE_MS = 60_000


class Claims:
    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def owner(self, claim_id: str) -> str | None:
        row = await self._store.get(CLAIMS, claim_id)
        return None if row is None else str(row["owner"])

    async def take(self, claim_id: str, owner: str, is_stale: IsStale | None = None) -> bool:
        """True when `owner` holds the claim now."""
        now = self._clock.now_ms()
        try:
            await self._store.insert(CLAIMS, {"_id": claim_id, "v": 1, "owner": owner, "at": now})
        except Conflict:
            row = await self._store.get(CLAIMS, claim_id)
            if row is None:
                return await self.take(claim_id, owner, is_stale)
            if row["owner"] == owner:
                return True
            is_young = row["at"] + GRACE_MS > now
            if is_young or is_stale is None or not await is_stale(str(row["owner"])):
                return False
            version = {"v": row["v"]}
            patch = Patch(set={"owner": owner, "at": now})
            return await self._store.patch(CLAIMS, claim_id, patch, expect=version) is not None
        return True

    async def release(self, claim_id: str, owner: str) -> None:
        row = await self._store.get(CLAIMS, claim_id)
        if row is not None and row["owner"] == owner:
            await self._store.delete(CLAIMS, claim_id, version=row["v"])
