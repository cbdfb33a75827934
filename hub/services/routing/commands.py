"""The commands by which the router, and agents who answer offers, move conversations: into a line,
offered, back in line, assigned.

Nobody is given a conversation twice and nobody more than fits: first the place on the agent's desk
is taken (`Desks.hold`), then the conversation as it is decides (it must still wait, or be in the
same offer), and a place taken in vain is given back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from hub.clock import Clock
from hub.errors import Conflict, Unavailable
from hub.model.conversation import Conversation, in_line
from hub.model.ids import new_key, workspace_of
from hub.model.message import Author
from hub.model.routing import FULL, Offer, Queue, Trace
from hub.services.desks import Desks
from hub.services.names import NameBook
from hub.services.queue_book import QueueBook
from hub.services.routing import steps
from hub.services.routing.costs import Costs
from hub.services.routing.follow import DeskFollow
from hub.services.sketch import Sketch
from hub.services.timeline import Plan, Timeline

#: Does the command still mean the conversation as it is?
Holds = Callable[[Conversation], bool]


class Commands:
    def __init__(
        self,
        timeline: Timeline,
        names: NameBook,
        desks: Desks,
        follow: DeskFollow,
        book: QueueBook,
        costs: Costs,
        clock: Clock,
    ) -> None:
        self._timeline = timeline
        self._names = names
        self._desks = desks
        self._follow = follow
        self._book = book
        self._costs = costs
        self._clock = clock

    async def run(
        self,
        conversation_id: str,
        cause: str,
        step: steps.Step,
        *,
        holds: Holds | None = None,
        by: Author = steps.SYSTEM,
    ) -> tuple[Conversation, bool]:
        """One command of one step: the conversation afterwards, and whether the step was made, now
        or before. What `holds` no more is not begun, and what is begun asks it again.
        """
        if holds is not None:
            known = await self._timeline.get(conversation_id)
            if known is not None and not holds(known):
                return known, False
        names = await self._names.of(workspace_of(conversation_id))
        now = self._clock.now_ms()
        is_made = False

        def plan(current: Conversation) -> Plan:
            nonlocal is_made
            sketch = Sketch(current, now, by)
            is_made = holds is None or holds(current)
            if is_made:
                step(sketch)
                is_made = bool(sketch.lines)
            return sketch.plan()

        written = await self._timeline.run(conversation_id, names.command_ref(cause), plan)
        return written.conversation, is_made or (written.is_repeat and bool(written.messages))

    async def enqueue(
        self,
        conversation_id: str,
        queue: Queue,
        why: steps.EnterWhy,
        asks: steps.Asks,
        cause: str,
        *,
        holds: Holds,
    ) -> tuple[Conversation, bool]:
        """Into a queue's line. Safe to repeat with the same cause."""
        return await self.run(
            conversation_id, cause, lambda sketch: steps.enter(sketch, queue, why, asks),
            holds=holds,
        )  # fmt: skip

    async def offer(
        self, known: Conversation, agent_ids: Sequence[str], until: int, trace: Trace
    ) -> bool:
        """Propose a conversation that waits as `known`; False when it waits so no more."""
        stay = stay_of(known)
        _, is_made = await self.run(
            known.id,
            f"offer:{new_key()}",
            lambda sketch: steps.offer(sketch, agent_ids, until, trace),
            holds=lambda current: stay_of(current) == stay,
        )
        return is_made

    async def miss(
        self, conversation_id: str, number: int, agent_ids: Sequence[str], why: steps.MissWhy
    ) -> bool:
        """These agents did not take the offer. Who lets several pass in a row becomes away."""
        known, is_made = await self.run(
            conversation_id,
            f"miss:{new_key()}",
            lambda sketch: steps.miss(sketch, number, agent_ids, why),
        )
        if is_made and why == "timeout":
            queue = self._book.queue(known.home)
            for agent_id in agent_ids:
                await self._desks.missed(agent_id, queue.missed_limit if queue else 0)
        return is_made

    async def give(self, known: Conversation, agent_id: str, trace: Trace) -> bool:
        """Assign a conversation that waits as `known`, without asking the agent."""
        stay = stay_of(known)
        claim = new_key()
        if not await self._hold(known, agent_id, claim):
            return False
        taken = await self._claim(
            known, agent_id, trace, claim, lambda current: stay_of(current) == stay
        )
        return taken is not None

    async def accept(self, known: Conversation, agent_id: str, number: int) -> Conversation:
        """The agent takes what is offered. Raises `Conflict` when the offer is over, or there is no
        room.
        """

        def is_offered(current: Conversation) -> bool:
            made = _offer_of(current)
            return made is not None and made.number == number and agent_id in made.agent_ids

        if known.assignee_id == agent_id:
            return known  # said twice
        made = _offer_of(known)
        if made is None or not is_offered(known):
            raise Conflict("this offer is over", "offer_over")
        claim = new_key()
        if not await self._hold(known, agent_id, claim):
            raise Conflict("you are away, or there is no room for it now", "no_room")
        trace = made.trace
        if trace is not None and len(made.agent_ids) > 1:
            trace = steps.replace(trace, because="accepted", chosen=[agent_id])
        taken = await self._claim(known, agent_id, trace, claim, is_offered)
        if taken is None:
            raise Conflict("this offer is over", "offer_over")
        return taken

    async def _hold(self, known: Conversation, agent_id: str, claim: str) -> bool:
        kind, cost = await self._costs.of(agent_id, known)
        return await self._desks.claim(agent_id, known.id, kind, cost, claim, limit=FULL)

    async def _claim(
        self,
        known: Conversation,
        agent_id: str,
        trace: Trace | None,
        claim: str,
        holds: Holds,
    ) -> Conversation | None:
        """The place is held: now the conversation decides."""
        queue = self._book.queue(known.home)
        try:
            current, is_made = await self.run(
                known.id,
                f"claim:{claim}",
                lambda sketch: steps.assign(sketch, agent_id, "routing", queue=queue, trace=trace),
                holds=holds,
            )
        except Unavailable:
            # Whether it happened shows when the store can be reached again, at the latest when
            # desks are levelled.
            with suppress(Unavailable):
                await self._follow.unless_assigned(agent_id, known.id, claim)
            raise
        if not is_made or current.assignee_id != agent_id:
            await self._follow.unless_assigned(agent_id, known.id, claim)
            return None
        return current


def _offer_of(conversation: Conversation) -> Offer | None:
    waiting = in_line(conversation)
    return waiting.offer if waiting is not None else None


def stay_of(conversation: Conversation) -> tuple[str, int, int, str]:
    """What tells one wait from another: queue, when it came, offers so far, and to whom now."""
    waiting = in_line(conversation)
    if waiting is None:
        return "", 0, 0, ""
    asked = ",".join(waiting.offer.agent_ids) if waiting.offer else ""
    return waiting.queue_id, waiting.entered_at, waiting.offers, asked
