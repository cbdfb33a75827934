"""What people do about who works on a conversation: answer an offer, pass it on, invite, take it
over, move it between queues, wrap up. Called by handlers, which have checked that the caller may
see it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotAllowed, NotFound
from hub.model.agent import Scope
from hub.model.conversation import Conversation, in_line, queue_of
from hub.model.desk import Desk, load_of
from hub.model.events import AccessGained
from hub.model.ids import local, message_id, workspace_of
from hub.model.message import Author, Message
from hub.model.routing import FULL, Queue, Team
from hub.ports.bus import Bus
from hub.ports.collections import TEAMS
from hub.ports.store import DocumentStore
from hub.services.access import access_ops
from hub.services.agents import Agents
from hub.services.conversations import CanSee, author_of
from hub.services.desks import Desks
from hub.services.docs import clean_text, from_doc
from hub.services.queue_book import QueueBook
from hub.services.routing import forms, steps
from hub.services.routing.asks import Asking
from hub.services.routing.commands import Commands
from hub.services.routing.follow import DeskFollow
from hub.services.sketch import Sketch
from hub.services.text_limits import TEXT_MAX


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of them, a full id."""

    queue_id: str = ""
    agent_id: str = ""
    team_id: str = ""


class RoutingVerbs:
    def __init__(
        self,
        store: DocumentStore,
        commands: Commands,
        desks: Desks,
        follow: DeskFollow,
        book: QueueBook,
        asking: Asking,
        bus: Bus,
        clock: Clock,
        agents: Agents,
        can_see: CanSee,
    ) -> None:
        self._store = store
        self._commands = commands
        self._desks = desks
        self._follow = follow
        self._book = book
        self._asking = asking
        self._bus = bus
        self._clock = clock
        self._agents = agents
        self._can_see = can_see

    async def accept(self, scope: Scope, conversation: Conversation, number: int) -> Conversation:
        """Raises `Conflict` when the offer is over, or the caller has no room."""
        return await self._commands.accept(conversation, scope.agent_id, number)

    async def decline(self, scope: Scope, conversation: Conversation, number: int) -> None:
        """Nothing when the offer is over already."""
        await self._commands.miss(conversation.id, number, [scope.agent_id], "declined")

    async def transfer(
        self, scope: Scope, conversation: Conversation, client_id: str, target: Target, note: str
    ) -> Conversation:
        """On to a colleague, the best one of a team, or a queue. Raises `BadInput` for who may not
        see it, `Conflict` when nobody of the team is there.
        """
        self._require_right(scope, conversation)
        if target.queue_id:
            return await self._to_queue(scope, conversation, client_id, target.queue_id, note)
        agent_id = target.agent_id
        if target.team_id:
            agent_id = await self._of_team(scope, conversation, target.team_id)
        await self._require_sees(scope, agent_id, conversation)
        queue = self._book.queue(queue_of(conversation))
        by = steps.assigned_by(scope)

        def step(sketch: Sketch) -> None:
            if sketch.conversation.assignee_id == agent_id:
                return
            self._add_note(sketch, scope, note, agent_id)
            team_id = target.team_id
            steps.transferred(sketch, agent_id=agent_id, team_id=team_id, has_note=bool(note))
            steps.assign(sketch, agent_id, by, queue=queue, told_by="transferred")

        return await self._run(scope, conversation, client_id, step)

    async def _to_queue(
        self, scope: Scope, conversation: Conversation, client_id: str, queue_id: str, note: str
    ) -> Conversation:
        queue = self._require_queue(scope, queue_id)
        asks = await self._asking.of(conversation)
        # Whoever passes it on is not asked again at once.
        asks = steps.replace(asks, preferred_id="")

        def step(sketch: Sketch) -> None:
            self._add_note(sketch, scope, note, "")
            steps.transferred(sketch, queue_id=queue_id, has_note=bool(note))
            steps.enter(sketch, queue, "transfer", asks)

        return await self._run(scope, conversation, client_id, step)

    async def invite(
        self, scope: Scope, conversation: Conversation, client_id: str, agent_id: str, note: str
    ) -> Conversation:
        """A colleague may see it and is told so; it stays whose it is."""
        agent = await self._agents.working(agent_id)
        if agent is None or workspace_of(agent_id) != scope.workspace:
            raise BadInput("there is no such colleague", "agent_id")

        def step(sketch: Sketch) -> None:
            sketch.say("invited", agent_id=local(agent_id))
            rows = access_ops(
                conversation.id, agent_id, "participant", sketch.next_seq - 1, sketch.now
            )
            sketch.after += rows
            self._add_note(sketch, scope, note, agent_id)

        current = await self._run(scope, conversation, client_id, step)
        self._bus.publish(scope.workspace, AccessGained(conversation=current, agent_id=agent_id))
        return current

    async def take_over(
        self, scope: Scope, conversation: Conversation, client_id: str
    ) -> Conversation:
        """The caller has it now, whoever had it or was asked."""
        self._require_right(scope, conversation)
        queue = self._book.queue(queue_of(conversation))
        by = steps.assigned_by(scope)

        def step(sketch: Sketch) -> None:
            steps.pass_on(sketch, scope.agent_id, by, scope.agent_id, queue)

        return await self._run(scope, conversation, client_id, step)

    async def move(
        self, scope: Scope, conversation: Conversation, client_id: str, queue_id: str
    ) -> Conversation:
        """Into a queue's line; with "" out of it, into the inbox's unassigned list."""
        self._require_right(scope, conversation)
        if not queue_id:
            return await self._run(scope, conversation, client_id, _to_inbox)
        queue = self._require_queue(scope, queue_id)
        asks = await self._asking.of(conversation)

        def step(sketch: Sketch) -> None:
            waiting = in_line(sketch.conversation)
            if waiting is not None and waiting.queue_id == queue_id:
                return
            steps.unassign(sketch)
            steps.enter(sketch, queue, "manual", asks)

        return await self._run(scope, conversation, client_id, step)

    async def wrap_up(
        self,
        scope: Scope,
        conversation: Conversation,
        client_id: str,
        disposition: str,
        answers: dict[str, str],
        *,
        is_finished: bool,
    ) -> Conversation:
        """Outcome and answers stand on the conversation. Finished, the caller is ready for the
        next one. Raises `BadInput` for what the queue's form does not take.
        """
        routing = conversation.routing
        queue = self._book.queue(routing.queue_id) if routing else None
        forms.check(queue, disposition, answers, is_finished=is_finished)

        def step(sketch: Sketch) -> None:
            current = sketch.conversation
            if answers and {**current.form, **answers} != current.form:
                sketch.set(form={**current.form, **answers})
            if disposition:
                steps.choose_outcome(sketch, disposition)

        current = await self._run(scope, conversation, client_id, step, may_be_closed=True)
        desk = await self._desks.get(scope.agent_id) if is_finished and scope.agent_id else None
        if desk is not None and desk.wrap_up_conversation_id == local(conversation.id):
            await self._follow.wrapped_up(desk, conversation.id, author_of(scope))
        return current

    async def _run(
        self,
        scope: Scope,
        conversation: Conversation,
        client_id: str,
        step: steps.Step,
        *,
        may_be_closed: bool = False,
    ) -> Conversation:
        if conversation.state == "merged":
            raise BadInput("this conversation was merged into another one", "state")
        if conversation.state != "open" and not may_be_closed:
            raise BadInput("open the conversation again first", why="not_open")
        cause = f"agent:{scope.agent_id}:{conversation.id}:{client_id}"
        current, _ = await self._commands.run(conversation.id, cause, step, by=author_of(scope))
        return current

    def _add_note(self, sketch: Sketch, scope: Scope, note: str, mentioned: str) -> None:
        if not note.strip():
            return
        seq = sketch.next_seq
        sketch.add(
            Message(
                id=message_id(sketch.conversation.id, seq),
                conversation_id=sketch.conversation.id,
                seq=seq,
                kind="note",
                direction="none",
                author=Author("agent", scope.agent_id, scope.name),
                at=sketch.now,
                text=clean_text(note, TEXT_MAX),
                mentions=[mentioned] if mentioned else [],
            )
        )

    def _require_right(self, scope: Scope, conversation: Conversation) -> None:
        """Work of a colleague is moved by supervisors and by who works in its queue."""
        holder = conversation.assignee_id
        if holder in ("", scope.agent_id) or scope.can("queue:assign"):
            return
        queue_id = queue_of(conversation)
        if queue_id and queue_id not in self._book.queue_ids_of(scope.agent_id):
            raise NotAllowed("a colleague works on this; ask a supervisor to move it")

    def _require_queue(self, scope: Scope, queue_id: str) -> Queue:
        queue = self._book.queue(queue_id) if workspace_of(queue_id) == scope.workspace else None
        if queue is None:
            raise BadInput("there is no such queue", "queue_id")
        return queue

    async def _require_sees(self, scope: Scope, agent_id: str, conversation: Conversation) -> None:
        try:
            is_fine = await self._can_see(scope.workspace, agent_id, conversation)
        except NotFound:
            is_fine = False
        if not is_fine:
            raise BadInput("this colleague may not see the conversation", "agent_id")

    async def _of_team(self, scope: Scope, conversation: Conversation, team_id: str) -> str:
        """Who of a team is ready and has the least to do."""
        doc = await self._store.get(TEAMS, team_id)
        if doc is None or workspace_of(team_id) != scope.workspace:
            raise BadInput("there is no such team", "team_id")
        now = self._clock.now_ms()
        ready = [
            desk
            for desk in await self._desks.of(from_doc(Team, doc).agent_ids)
            if desk.id != conversation.assignee_id and self._desks.is_ready(desk, now)
        ]
        for desk in _by_load(ready):
            if await self._can_see(scope.workspace, desk.id, conversation):
                return desk.id
        raise Conflict("nobody of this team is available; choose a queue", "nobody_there")


def _by_load(desks: Sequence[Desk]) -> list[Desk]:
    """The freest first; of equals who has been idle longest."""
    return sorted(
        (desk for desk in desks if load_of(desk) < FULL),
        key=lambda desk: (load_of(desk), desk.idle_since, desk.id),
    )


def _to_inbox(sketch: Sketch) -> None:
    steps.unassign(sketch)
    steps.leave_to_inbox(sketch)
