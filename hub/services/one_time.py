"""One-time links: the first administrator, invitations, password resets. Hashed at rest, dead
after one use.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import NotFound
from hub.model.ids import SYS, new_key, token_hash
from hub.model.session import OneTimeToken, Purpose
from hub.ports.collections import TOKENS
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, to_doc

MAX_CHARS = 64
_HOUR_MS = 3600 * 1000
LIFE_MS: dict[Purpose, int] = {
    "setup": 72 * _HOUR_MS,
    "invitation": 72 * _HOUR_MS,
    "join": 72 * _HOUR_MS,
    "reset": _HOUR_MS,
}


class OneTimeTokens:
    """`issue`, `peek` (what a link is for), `take` (use it up: one of many callers wins)."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def issue(
        self,
        purpose: Purpose,
        *,
        email: str = "",
        name: str = "",
        workspace: str = "",
        account_id: str = "",
        agent_id: str = "",
    ) -> str:
        """The token to put into a link."""
        token = new_key() + new_key()
        now = self._clock.now_ms()
        row = OneTimeToken(
            id=_id_of(token),
            purpose=purpose,
            email=email,
            name=name,
            workspace=workspace,
            account_id=account_id,
            agent_id=agent_id,
            created_at=now,
            expires_at=now + LIFE_MS[purpose],
        )
        await self._store.insert(TOKENS, to_doc(row))
        return token

    async def peek(self, token: str) -> OneTimeToken:
        """Raises NotFound for unknown, used and expired ones alike."""
        is_possible = 0 < len(token) <= MAX_CHARS and token.isascii()
        doc = await self._store.get(TOKENS, _id_of(token)) if is_possible else None
        if doc is None or doc["expires_at"] <= self._clock.now_ms():
            raise NotFound("This link does not work any more; ask for a new one.")
        return from_doc(OneTimeToken, doc)

    async def take(self, token: str) -> OneTimeToken:
        row = await self.peek(token)
        if not await self._store.delete(TOKENS, row.id, version=row.v):
            raise NotFound("This link does not work any more; ask for a new one.")
        return row

    async def forget(self, token_id: str) -> None:
        """Make a link useless by the id of its row."""
        await self._store.delete(TOKENS, token_id)

    @staticmethod
    def id_of(token: str) -> str:
        return _id_of(token)


def _id_of(token: str) -> str:
    return f"{SYS}.{token_hash(token)}"
