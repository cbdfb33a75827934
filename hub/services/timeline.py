"""The one way to write a timeline: numbers messages, keeps the conversation's facts in step, tells
the bus.

Whatever changes a conversation comes here as a command with an id. A command is a plan (pure:
conversation → new facts and messages) that is carried out as one ordered batch:

    conversation (expects the version it read) → ref of the command → rows that must exist first
        → messages → rows done

Within a process the commands of a conversation take turns; between hubs the version decides: who
comes second changes nothing, reads again and plans anew. A crash between two steps (only MongoDB
can leave one) is repaired by running the command again: its ref, or the conversation's `last`,
tells the numbers it was given, and every step is harmless when repeated; where only the store's
answer did not come in time, that is done at once. A gap in `seq` is legal.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import msgspec

from hub.clock import Clock, SystemClock
from hub.errors import NotFound, Unavailable
from hub.model.conversation import Command, Conversation
from hub.model.events import ConversationChanged, MessageChanged
from hub.model.ids import conversation_of, message_id, workspace_of
from hub.model.message import DELIVERY_RANK, Author, Delivery, Message
from hub.ports.bus import Bus
from hub.ports.collections import CONVERSATIONS, MESSAGE_REFS, MESSAGES
from hub.ports.store import Applied, DocumentStore, Insert, Op, Patch, PatchOp
from hub.services.docs import from_doc, from_docs, to_doc
from hub.services.lanes import Lanes

_CACHED = 5_000
#: Lost races after which a command is given up; each waits a little longer than the one before.
_ATTEMPTS = 24
_PAUSE_S = 0.004
_LONGEST_PAUSE_S = 0.2
#: How long the messages of another hub's command are waited for before ours get higher numbers;
#: after that its hub died between two steps.
_BEHIND_S = 1.5


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a command wants: new facts, messages (numbered by the timeline) and rows around them."""

    facts: dict[str, Any] = {}
    messages: list[Message] = []
    #: Rows that must exist before the messages do (the outbox).
    before: list[Op] = []
    #: Rows to finish once the messages exist (the journal).
    after: list[Op] = []
    #: Further names of the first message: ids of `message_refs`.
    refs: list[str] = []
    #: Whether it may not go into a conversation that goes on in another one.
    needs_unmerged: bool = False


#: Gets the conversation as it is; messages in the plan carry `seq` conversation.seq + 1, + 2, …
Planner = Callable[[Conversation], Plan]


class Written(msgspec.Struct, frozen=True):
    """The conversation after the command and the messages that it added. `is_repeat`: it had run
    before.
    """

    conversation: Conversation
    messages: list[Message]
    is_repeat: bool = False
    before: Conversation | None = None


#: Facts that hold people's words: no copy of them may outlive a deletion.
_WORDS = frozenset({"preview", "subject"})

#: Told of each command after it was carried out, before its caller goes on.
Follower = Callable[[Written], Awaitable[None]]

#: Adds to the plan of a command: (the conversation before, None when it begins; what the plan was
#: made on; the plan). Pure.
Adjust = Callable[[Conversation | None, Conversation, Plan], Plan]


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """A command that never ran before, to be carried out with others: see `Timeline.try_many`."""

    ref: str
    #: As `Planner`, or None when the conversation is not as the caller thought.
    planner: Callable[[Conversation], Plan | None]
    #: As the caller read it, or as it begins.
    conversation: Conversation
    is_new: bool
    #: Rows that must exist before the conversation does (a contact).
    first: list[Op]


class _Step(msgspec.Struct, frozen=True, eq=False):
    """A command that is ready to be written."""

    ref: str
    written: Written
    ops: list[Op]


class Timeline:
    """Writes conversations and messages; nobody else does."""

    def __init__(
        self, store: DocumentStore, lanes: Lanes, bus: Bus, clock: Clock | None = None
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._bus = bus
        self._clock = clock or SystemClock()
        #: Where no other process writes, what was written last is known.
        self._is_alone = store.is_exclusive
        #: Versions whose messages are all there, of conversations on a shared store.
        self._whole: OrderedDict[str, int] = OrderedDict()
        self._cache: OrderedDict[str, Conversation] = OrderedDict()
        self._followers: list[Follower] = []
        self._adjust: Adjust | None = None

    def follow(self, follower: Follower) -> None:
        """What must keep step with conversations (desks). It may run commands itself."""
        self._followers.append(follower)

    def adjust_with(self, adjust: Adjust) -> None:
        """What every command does besides what it wants (clocks)."""
        self._adjust = adjust

    async def get(self, conversation_id: str) -> Conversation | None:
        """The conversation as last written, by whichever hub."""
        known = self._cache.get(conversation_id)
        if known is not None:
            self._cache.move_to_end(conversation_id)
            return known
        doc = await self._store.get(CONVERSATIONS, conversation_id)
        return None if doc is None else self._remember(from_doc(Conversation, doc))

    async def get_many(self, ids: Collection[str]) -> dict[str, Conversation]:
        """As `get`: those that exist, by id."""
        found = {id: known for id in ids if (known := self._cache.get(id)) is not None}
        missing = [id for id in ids if id not in found]
        docs = await self._store.get_many(CONVERSATIONS, missing) if missing else []
        return found | {one.id: one for one in from_docs(Conversation, docs)}

    async def run(
        self,
        conversation_id: str,
        command_ref: str,
        planner: Planner,
        *,
        create: Conversation | None = None,
        may_be_repeat: bool = True,
    ) -> Written:
        """Carry out one command. `command_ref` is the `message_refs` id derived from the command's
        cause.

        Raises `NotFound` when there is no such conversation and nothing to create, `Unavailable`
        when the store cannot say whether it happened: run the same command again later.
        """
        async with self._lanes.hold(conversation_id):
            written = await self._attempts(
                conversation_id, command_ref, planner, create, may_be_repeat=may_be_repeat
            )
        await self._tell(written)
        return written

    async def try_many(self, commands: Sequence[Try]) -> list[Written | None]:
        """Carry out commands together, where no other process writes. None for each that was not
        done, or perhaps in part: its conversation is busy, or not as expected; `run` it then.
        """
        async with self._lanes.hold_free(one.conversation.id for one in commands) as free:
            steps = [self._step(one) for one in commands if one.conversation.id in free]
            written = await self._write([step for step in steps if step is not None])
        for one in written.values():
            await self._tell(one)
        return [written.get(command.ref) for command in commands]

    def _step(self, command: Try) -> _Step | None:
        id = command.conversation.id
        known = self._cache.get(id) or (None if command.is_new else command.conversation)
        is_as_thought = known is None or not command.is_new
        base = known or command.conversation
        plan = command.planner(base) if is_as_thought else None
        if plan is None:
            return None
        new, ops, plan = self._batch(id, command.ref, known, base, plan)
        return _Step(command.ref, Written(new, plan.messages, before=known), [*command.first, *ops])

    async def _write(self, steps: Sequence[_Step]) -> dict[str, Written]:
        """What was written, by the commands' refs."""
        batches = (self._store.apply(step.ops) for step in steps)
        outcomes = await asyncio.gather(*batches, return_exceptions=True)
        done = dict[str, Written]()
        for step, outcome in zip(steps, outcomes, strict=True):
            written = step.written
            if isinstance(outcome, Applied) and outcome.failed_at is None:
                done[step.ref] = written
                self._remember(written.conversation)
                self._publish(written)
            else:
                self._cache.pop(written.conversation.id, None)
        return done

    async def _tell(self, written: Written) -> None:
        for follower in self._followers:
            await follower(written)

    async def _attempts(
        self,
        conversation_id: str,
        command_ref: str,
        planner: Planner,
        create: Conversation | None,
        *,
        may_be_repeat: bool,
    ) -> Written:
        for attempt in range(_ATTEMPTS):
            written = await self._attempt(
                conversation_id, command_ref, planner, create, may_be_repeat=may_be_repeat
            )
            if written is not None:
                self._publish(written)
                return written
            self._cache.pop(conversation_id, None)
            may_be_repeat = True
            await self._pause(attempt)
        raise Unavailable("the conversation is being changed elsewhere; try again")

    async def _pause(self, attempt: int) -> None:
        """Two who lose to each other again and again must not meet at every try."""
        if not self._is_alone:
            longest = min(_LONGEST_PAUSE_S, _PAUSE_S * 2**attempt)
            await self._clock.sleep(random.uniform(0, longest))

    async def _attempt(
        self,
        id: str,
        command_ref: str,
        planner: Planner,
        create: Conversation | None,
        *,
        may_be_repeat: bool,
    ) -> Written | None:
        ref = await self._store.get(MESSAGE_REFS, command_ref) if may_be_repeat else None
        if ref is not None:
            return await self._repeat(command_ref, ref, planner)
        known = await self._settled(id)
        base = known or create
        if base is None:
            raise NotFound("there is no such conversation")
        if known is not None and known.last is not None and known.last.ref == command_ref:
            # Somebody is carrying it out, or died before its ref was written.
            return await self._repeat(command_ref, _named(id, known.last), planner)
        plan = planner(base)
        if plan.needs_unmerged and base.state == "merged":
            raise Unavailable("the conversation was merged into another one a moment ago; again")
        new, ops, plan = self._batch(id, command_ref, known, base, plan)
        try:
            applied = await self._store.apply(ops)
        except Unavailable:
            self._cache.pop(id, None)
            begun = None if self._is_alone else await self._finish(id, command_ref, planner)
            if begun is None:
                raise
            return msgspec.structs.replace(begun, before=known)
        if applied.failed_at is not None:
            return None
        self._note_whole(new)
        return Written(self._remember(new), plan.messages, before=known)

    def _batch(
        self, id: str, ref: str, known: Conversation | None, base: Conversation, plan: Plan
    ) -> tuple[Conversation, list[Op], Plan]:
        """The conversation as it will be, the writes that make it so, the plan as adjusted."""
        if self._adjust is not None:
            plan = self._adjust(known, base, plan)
        new, first = self._first_step(id, ref, known, base, plan)
        named = {"conversation_id": id, "seq": base.seq + 1, "count": len(plan.messages)}
        refs: list[Op] = [Insert(MESSAGE_REFS, {"_id": ref, **named})]
        refs += [Insert(MESSAGE_REFS, {"_id": r, **named}, or_ignore=True) for r in plan.refs]
        return new, [first, *refs, *_rows(plan)], plan

    def _note_whole(self, conversation: Conversation) -> None:
        if not self._is_alone:
            self._whole[conversation.id] = conversation.v
            self._whole.move_to_end(conversation.id)
            if len(self._whole) > _CACHED:
                self._whole.popitem(last=False)

    def _first_step(
        self,
        id: str,
        command_ref: str,
        known: Conversation | None,
        base: Conversation,
        plan: Plan,
    ) -> tuple[Conversation, Op]:
        """The conversation as it will be, and the write that only one of several racers can do."""
        facts = {**plan.facts, "seq": base.seq + len(plan.messages)}
        if not self._is_alone:
            before = {
                name: msgspec.to_builtins(getattr(base, name))
                for name in plan.facts
                if name not in _WORDS
            }
            facts["last"] = Command(command_ref, base.seq + 1, len(plan.messages), before)
        if known is None:
            new = msgspec.structs.replace(base, **facts, v=1)
            return new, Insert(CONVERSATIONS, to_doc(new))
        new = msgspec.structs.replace(base, **facts, v=base.v + 1)
        changed = {name: msgspec.to_builtins(value) for name, value in facts.items()}
        return new, PatchOp(CONVERSATIONS, id, Patch(set=changed), expect={"v": base.v})

    async def _settled(self, id: str) -> Conversation | None:
        """The conversation once the messages of its last command are there: what is read after a
        message must not miss one before it. Not for long: a hub may have died between the two.
        """
        until = self._clock.monotonic() + _BEHIND_S
        attempt = 0
        while True:
            known = await self.get(id)
            last = known.last if known is not None else None
            if known is None or last is None or not last.count or self._whole.get(id) == known.v:
                return known
            end = message_id(id, last.seq + last.count - 1)
            is_there = await self._store.get(MESSAGES, end) is not None
            if is_there or self._clock.monotonic() >= until:
                return known
            await self._pause(attempt)
            attempt += 1

    async def _finish(self, id: str, command_ref: str, planner: Planner) -> Written | None:
        """The store did not answer in time: what it began of a command is carried to its end; None
        when it began nothing.
        """
        now = await self.get(id)
        if now is None or now.last is None or now.last.ref != command_ref:
            return None
        return await self._repeat(command_ref, _named(id, now.last), planner)

    async def _repeat(self, command_ref: str, ref: dict[str, Any], planner: Planner) -> Written:
        """The command was given its numbers before: finish what a crash may have left undone."""
        conversation = await self.get(ref["conversation_id"])
        if conversation is None:
            raise NotFound("there is no such conversation")
        planned_on = _as_planned(conversation, command_ref, ref["seq"])
        ids = [message_id(conversation.id, ref["seq"] + n) for n in range(ref["count"])]
        docs = await self._store.get_many(MESSAGES, ids)
        if len(docs) < len(ids):
            plan = planner(planned_on)
            named = {name: ref[name] for name in ("conversation_id", "seq", "count")}
            refs = [Insert(MESSAGE_REFS, {"_id": r, **named}) for r in [command_ref, *plan.refs]]
            ops = [
                msgspec.structs.replace(op, or_ignore=True) if isinstance(op, Insert) else op
                for op in [*refs, *_rows(plan)]
            ]
            await self._store.apply(ops)
            docs = await self._store.get_many(MESSAGES, ids)
        else:
            after = planner(planned_on).after
            if after:
                await self._store.apply(after)
        messages = sorted((from_doc(Message, d) for d in docs), key=lambda m: m.seq)
        return Written(conversation, messages, is_repeat=True)

    async def change_message(
        self, id: str, patch: Patch, *, expect: dict[str, Any] | None = None
    ) -> Message | None:
        """Change one message in place (delivery, edits) and tell; None when missing or not as
        expected.
        """
        async with self._lanes.hold(conversation_of(id)):
            doc = await self._store.patch(MESSAGES, id, patch, expect=expect)
            if doc is None:
                return None
            message = from_doc(Message, doc)
            conversation = await self.get(message.conversation_id)
        if conversation is not None:
            event = MessageChanged(message=message, conversation=conversation)
            self._bus.publish(workspace_of(id), event)
        return message

    async def set_delivery(
        self,
        id: str,
        delivery: Delivery,
        *,
        reason: str = "",
        detail: str = "",
        provider_id: str = "",
        below: int | None = None,
    ) -> Message | None:
        """Move a message's delivery up by rank; a lower report changes nothing and returns None.

        `below` overwrites whatever has a lower rank than that.
        """
        rank = DELIVERY_RANK[delivery]
        changes: dict[str, Any] = {"delivery": delivery, "delivery_rank": rank, "reason": reason}
        if detail:
            changes["detail"] = detail
        if provider_id:
            changes["provider_id"] = provider_id
        return await self.change_message(
            id, Patch(set=changes), expect={"delivery_rank": {"$lt": below or rank}}
        )

    async def add_refs(self, refs: Sequence[str], id: str) -> None:
        """Give a message further names under which replies and reports may find it."""
        conversation_id, seq = id.rsplit(".", 1)
        docs = [
            {"_id": ref, "conversation_id": conversation_id, "seq": int(seq), "count": 1}
            for ref in refs
        ]
        await self._store.insert_many(MESSAGE_REFS, docs)

    async def find_by_ref(self, ref: str) -> str | None:
        """Message id behind a ref, or None."""
        doc = await self._store.get(MESSAGE_REFS, ref)
        return None if doc is None else message_id(doc["conversation_id"], doc["seq"])

    async def require_message(self, id: str) -> Message:
        doc = await self._store.get(MESSAGES, id)
        if doc is None:
            raise NotFound("there is no such message")
        return from_doc(Message, doc)

    def _remember(self, conversation: Conversation) -> Conversation:
        if not self._is_alone:
            return conversation
        self._cache[conversation.id] = conversation
        self._cache.move_to_end(conversation.id)
        if len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return conversation

    def _publish(self, written: Written) -> None:
        workspace = workspace_of(written.conversation.id)
        changed = ConversationChanged(conversation=written.conversation, before=written.before)
        self._bus.publish(workspace, changed)
        for message in written.messages:
            event = MessageChanged(message=message, conversation=written.conversation)
            self._bus.publish(workspace, event)


def _named(id: str, last: Command) -> dict[str, Any]:
    """As the ref of the command would tell it."""
    return {"conversation_id": id, "seq": last.seq, "count": last.count}


def _as_planned(now: Conversation, command_ref: str, seq: int) -> Conversation:
    """The conversation as a command found it, so that it plans again what it planned then; as far
    as that is known: only the last one's is.
    """
    if now.last is None or now.last.ref != command_ref:
        return msgspec.structs.replace(now, seq=seq - 1)
    found = {**to_doc(now), **now.last.before, "seq": seq - 1, "v": now.v - 1}
    return from_doc(Conversation, found)


def _rows(plan: Plan) -> list[Op]:
    messages = [Insert(MESSAGES, to_doc(m)) for m in plan.messages]
    return [*plan.before, *messages, *plan.after]


def activity(
    conversation: Conversation, *, at: int, what: str, by: Author, offset: int = 1, **details: Any
) -> Message:
    """A line of the timeline that says what happened; `offset` numbers it within its plan."""
    seq = conversation.seq + offset
    return Message(
        id=message_id(conversation.id, seq),
        conversation_id=conversation.id,
        seq=seq,
        kind="activity",
        direction="none",
        author=by,
        inbox_id=conversation.inbox_id,
        channel=conversation.channel,
        at=at,
        activity=what,
        details=details,
    )
