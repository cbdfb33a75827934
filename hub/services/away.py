"""What changed for an agent while they were away: told once when they come back. Reads only."""

from __future__ import annotations

import msgspec

from hub.errors import NotFound
from hub.model.agent import Scope
from hub.model.conversation import Access
from hub.model.ids import local
from hub.model.message import Message
from hub.ports.collections import ACCESS, MESSAGES
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc
from hub.services.reading import Filter, Reading

#: How many things of each kind are named, and how far back is looked for them.
_NAMED = 50
_SCAN = 2_000


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """Conversation ids (full), the newest first."""

    assigned: list[str]
    taken: list[str]
    mentioned: list[str]
    answered: list[str]
    missed_offers: int


class WhileAway:
    def __init__(self, store: DocumentStore, reading: Reading) -> None:
        self._store = store
        self._reading = reading

    async def since(self, scope: Scope, since: int) -> Away:
        """For the caller, of what they may see."""
        mine = await self._reading.find(scope, Filter(view="mine"), None, _NAMED)
        fresh = [one for one in mine.conversations if one.last_at > since]
        taken, missed = await self._lost(scope, since)
        return Away(
            assigned=[one.id for one in fresh if one.assigned_at > since],
            taken=taken,
            mentioned=await self._mentioned(scope, since),
            answered=[one.id for one in fresh if one.last_inbound_at > since >= one.assigned_at],
            missed_offers=missed,
        )

    async def _mentioned(self, scope: Scope, since: int) -> list[str]:
        page = await self._store.find(
            ACCESS,
            scope.workspace,
            {"agent_id": scope.agent_id, "at": {"$gt": since}},
            index="by_agent",
            desc=True,
            limit=_NAMED,
        )
        rows = [from_doc(Access, doc) for doc in page.docs]
        return [row.conversation_id for row in rows if row.why == "mention"]

    async def _lost(self, scope: Scope, since: int) -> tuple[list[str], int]:
        """Conversations that others took from the caller, and offers that nobody accepted."""
        me = local(scope.agent_id)
        page = await self._store.find_as(
            Message,
            MESSAGES,
            scope.workspace,
            {"at": {"$gt": since}},
            index="by_at",
            desc=True,
            limit=_SCAN,
        )
        taken: dict[str, None] = {}
        missed = 0
        for message in page.items:
            about = message.details
            if message.activity == "offer_missed" and about.get("agent_id") == me:
                missed += 1
            previous = about.get("from_agent_id") or about.get("previous_id")
            is_loss = message.activity in ("taken_over", "transferred", "assigned", "unassigned")
            if is_loss and previous == me and message.author.id != scope.agent_id:
                taken[message.conversation_id] = None
        seen = [id for id in taken if await self._sees(scope, id)]
        return seen[:_NAMED], missed

    async def _sees(self, scope: Scope, conversation_id: str) -> bool:
        try:
            await self._reading.require(scope, conversation_id)
        except NotFound:
            return False
        return True
