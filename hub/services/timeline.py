"""The one writer of every timeline: numbers messages, keeps the conversation's facts in step, tells
the bus.

Whatever changes a conversation comes here as a command with an id. A command is a plan (pure:
conversation → new facts and messages) that is carried out in the conversation's lane as one ordered
batch:

    conversation (expects the version it read) → ref of the command → rows that must exist first
        → messages → rows done

A crash between two of them (only MongoDB can leave one) is repaired by running the command again:
its ref tells the numbers it was given, and every step is harmless when repeated. A gap in `seq` is
legal.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hub.errors import NotFound, Unavailable
from hub.model.conversation import Conversation
from hub.model.events import ConversationChanged, MessageChanged
from hub.model.ids import conversation_of, message_id, workspace_of
from hub.model.message import DELIVERY_RANK, Author, Delivery, Message
from hub.ports.bus import Bus
from hub.ports.collections import CONVERSATIONS, MESSAGE_REFS, MESSAGES
from hub.ports.store import DocumentStore, Insert, Op, Patch, PatchOp
from hub.services.docs import from_doc, to_doc
from hub.services.lanes import Lanes

_CACHED = 5_000
_ATTEMPTS = 4


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


class Timeline:
    """Writes conversations and messages; nobody else does."""

    def __init__(self, store: DocumentStore, lanes: Lanes, bus: Bus) -> None:
        self._store = store
        self._lanes = lanes
        self._bus = bus
        self._cache: OrderedDict[str, Conversation] = OrderedDict()

    async def get(self, conversation_id: str) -> Conversation | None:
        """The conversation as last written; served from memory when this process wrote it."""
        known = self._cache.get(conversation_id)
        if known is not None:
            self._cache.move_to_end(conversation_id)
            return known
        doc = await self._store.get(CONVERSATIONS, conversation_id)
        return None if doc is None else self._remember(from_doc(Conversation, doc))

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
            for _ in range(_ATTEMPTS):
                written = await self._attempt(
                    conversation_id, command_ref, planner, create, may_be_repeat=may_be_repeat
                )
                if written is not None:
                    self._publish(written)
                    return written
                self._cache.pop(conversation_id, None)
                may_be_repeat = True
        raise Unavailable("the conversation is being changed elsewhere; try again")

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
            return await self._repeat(ref, planner)
        known = await self.get(id)
        base = known or create
        if base is None:
            raise NotFound("there is no such conversation")
        plan = planner(base)
        if plan.needs_unmerged and base.state == "merged":
            raise Unavailable("the conversation was merged into another one a moment ago; again")
        seq = base.seq + len(plan.messages)
        v = 1 if known is None else base.v + 1
        new = msgspec.structs.replace(base, **plan.facts, seq=seq, v=v)
        first: Op
        if known is None:
            first = Insert(CONVERSATIONS, to_doc(new))
        else:
            changed = {k: msgspec.to_builtins(v) for k, v in plan.facts.items()} | {"seq": seq}
            first = PatchOp(CONVERSATIONS, id, Patch(set=changed), expect={"v": base.v})
        named = {"conversation_id": id, "seq": base.seq + 1, "count": len(plan.messages)}
        refs: list[Op] = [Insert(MESSAGE_REFS, {"_id": command_ref, **named})]
        refs += [Insert(MESSAGE_REFS, {"_id": r, **named}, or_ignore=True) for r in plan.refs]
        try:
            applied = await self._store.apply([first, *refs, *_rows(plan)])
        except Unavailable:
            self._cache.pop(id, None)
            raise
        if applied.failed_at is not None:
            return None
        return Written(self._remember(new), plan.messages, before=known)

    async def _repeat(self, ref: dict[str, Any], planner: Planner) -> Written:
        """The command was given its numbers before: finish what a crash may have left undone."""
        conversation = await self.get(ref["conversation_id"])
        if conversation is None:
            raise NotFound("there is no such conversation")
        ids = [message_id(conversation.id, ref["seq"] + n) for n in range(ref["count"])]
        docs = await self._store.get_many(MESSAGES, ids)
        if len(docs) < len(ids):
            plan = planner(msgspec.structs.replace(conversation, seq=ref["seq"] - 1))
            named = {name: ref[name] for name in ("conversation_id", "seq", "count")}
            refs = [Insert(MESSAGE_REFS, {"_id": r, **named}) for r in plan.refs]
            ops = [
                msgspec.structs.replace(op, or_ignore=True) if isinstance(op, Insert) else op
                for op in [*refs, *_rows(plan)]
            ]
            await self._store.apply(ops)
            docs = await self._store.get_many(MESSAGES, ids)
        else:
            after = planner(msgspec.structs.replace(conversation, seq=ref["seq"] - 1)).after
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

    def forget(self, conversation_id: str) -> None:
        """Drop what is remembered (a lane was lost)."""
        self._cache.pop(conversation_id, None)

    def _remember(self, conversation: Conversation) -> Conversation:
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
        at=at,
        activity=what,
        details=details,
    )
