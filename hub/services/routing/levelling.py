"""Makes desks equal to the conversations: a crash between an assignment and the desk leaves one of
them behind. The router runs it when it takes a workspace over and from time to time.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.model.conversation import Conversation
from hub.model.desk import Desk, Held
from hub.model.ids import local, workspace_of
from hub.ports.collections import CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.desks import Desks
from hub.services.docs import from_docs
from hub.services.routing.costs import Costs
from hub.services.routing.follow import holder

#: A place that was taken so recently may belong to an assignment that is about to be written.
CLAIM_MS = 30_000
#: (agent id, local conversation id)
Place = tuple[str, str]


class Levelling:
    """One for each workspace that the router has."""

    def __init__(self, store: DocumentStore, desks: Desks, costs: Costs, clock: Clock) -> None:
        self._store = store
        self._desks = desks
        self._costs = costs
        self._clock = clock
        #: What looked wrong the last time: work in progress looks so too, for a moment.
        self._suspects: set[Place] = set()

    async def run(self, workspace: str, *, is_thorough: bool, is_first: bool) -> int:
        """Correct what is wrong for the second time (the first one, when nobody else is at work);
        how many desks were. A thorough run also looks for what is missing on desks.
        """
        desks = await self._desks.all(workspace)
        await self._desks.repair_log(desks)
        suspects: set[Place] = set()
        corrected = 0
        for desk in desks:
            right = await self._right(desk, is_thorough=is_thorough, is_first=is_first)
            wrong = {(desk.id, key) for key in right.keys() ^ desk.held.keys()}
            if wrong and (is_first or wrong <= self._suspects):
                corrected += await self._desks.equalise(desk, right)
            suspects |= wrong
        self._suspects = suspects
        return corrected

    async def _right(self, desk: Desk, *, is_thorough: bool, is_first: bool) -> dict[str, Held]:
        workspace = workspace_of(desk.id)
        ids = [f"{workspace}.{key}" for key in desk.held]
        docs = await self._store.get_many(CONVERSATIONS, ids) if ids else []
        theirs = {local(c.id) for c in from_docs(Conversation, docs) if holder(c) == desk.id}
        since = self._clock.now_ms() - CLAIM_MS
        is_alone = is_first and self._store.is_exclusive
        right = {
            key: held
            for key, held in desk.held.items()
            if key in theirs or (held.at > since and not is_alone)
        }
        for one in await self._assigned(desk.id) if is_thorough else ():
            if local(one.id) not in right:
                kind, cost = await self._costs.of(desk.id, one)
                at = one.assigned_at or one.created_at
                right[local(one.id)] = Held(kind=kind, cost=cost, at=at)
        return right

    async def _assigned(self, agent_id: str) -> list[Conversation]:
        found: list[Conversation] = []
        after = None
        while True:
            page = await self._store.find_as(
                Conversation,
                CONVERSATIONS,
                workspace_of(agent_id),
                {"assignee_id": agent_id, "state": "open"},
                index="by_assignee",
                after=after,
                limit=200,
            )
            found += page.items
            after = page.next
            if after is None:
                return found
