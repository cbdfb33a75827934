"""How far our messages got: what networks report about them, in any order, early or twice. A state
only moves up by rank; an outcome that was unknown is settled by the first report.

Called by intake, by `hub.services.parking` and by `hub.services.outcomes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hub.clock import Clock
from hub.model.contact import Identity
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox
from hub.model.message import DELIVERY_RANK, Author, Message
from hub.ports.collections import IDENTITIES, MESSAGES, OUTBOX
from hub.ports.inbound import DeliveryReported, ReachedUpTo
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, one_line
from hub.services.names import NameBook, Names
from hub.services.outbox_rows import outbox_id
from hub.services.quoting import find_message
from hub.services.reading import Reading
from hub.services.timeline import Plan, Timeline, activity

SYSTEM = Author("system")
#: How far back a watermark looks for messages that it covers.
_BACK = 200
_RECENT = 5
_DETAIL_CHARS = 300
#: States of outbox rows whose message may have been reached though it does not look accepted.
_MAY_BE_THERE = ("sending", "unknown", "accepted")

#: Told of a message that its network refused after all, and of the cause of knowing it.
Refused = Callable[[Message, str], Awaitable[None]]


class Deliveries:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
        names: NameBook,
        clock: Clock,
        refused: Refused,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._reading = reading
        self._names = names
        self._clock = clock
        self._refused = refused

    async def report(self, inbox: Inbox, event: DeliveryReported) -> bool:
        """Apply a report; False when its message is not known (yet)."""
        names = await self._names.of(workspace_of(inbox.id))
        message = await self._target(names, inbox, event)
        if message is None:
            return False
        if event.provider_id and not message.provider_id:
            ref = names.provider_ref(inbox.id, event.provider_id)
            await self._timeline.add_refs([ref], message.id)
        is_open = message.delivery_rank < DELIVERY_RANK["accepted"]
        if is_open:
            await self._settle_row(message, event)
        changed = await self._timeline.set_delivery(
            message.id,
            event.delivery,
            reason=event.reason,
            detail=one_line(event.detail, _DETAIL_CHARS),
            provider_id="" if message.provider_id else event.provider_id,
        )
        if is_open:  # again: meanwhile the outbox may have written that it is unknown
            await self._settle_row(message, event)
        if changed is not None and event.delivery == "failed":
            await self._tell_failure(names, inbox, changed, event)
        return True

    async def _target(self, names: Names, inbox: Inbox, event: DeliveryReported) -> Message | None:
        id = event.message_id or await find_message(
            self._timeline, names, inbox.id, event.provider_id
        )
        if not id or workspace_of(id) != names.workspace:
            return None
        doc = await self._store.get(MESSAGES, id)
        message = None if doc is None else from_doc(Message, doc)
        # A network may speak of what went through its own inbox only, whatever ids it names.
        is_foreign = event.message_id and message is not None and message.inbox_id != inbox.id
        return None if is_foreign else message

    async def _settle_row(self, message: Message, event: DeliveryReported) -> None:
        """The outcome is no longer unknown: nobody may send it again as if it were."""
        state = "failed" if event.delivery == "failed" else "accepted"
        changes = {"state": state, "reason": event.reason, "ask_until": 0}
        if event.provider_id:
            changes["provider_id"] = event.provider_id
        await self._store.patch(
            OUTBOX, outbox_id(message.id), Patch(set=changes), expect={"state": "unknown"}
        )

    async def _tell_failure(
        self, names: Names, inbox: Inbox, message: Message, event: DeliveryReported
    ) -> None:
        """A message bounced after it was accepted: it stands on the timeline, and the conversation
        waits again.
        """
        now = self._clock.now_ms()

        def plan(conversation: Conversation) -> Plan:
            line = activity(
                conversation, at=now, what="delivery_failed", by=SYSTEM,
                seq=message.seq, reason=event.reason, address=message.address,
            )  # fmt: skip
            return Plan(facts={"last_at": now}, messages=[line])

        cause = f"{names.event_key(inbox.id, event.event_id)}:failure"
        await self._timeline.run(message.conversation_id, names.command_ref(cause), plan)
        await self._refused(message, cause)

    async def reached_up_to(self, inbox: Inbox, event: ReachedUpTo) -> list[str]:
        """Everything that was sent to this address until then got so far. Returns the ids of
        messages that have left and whose acceptance is not known yet: it may hold for them, too.
        """
        names = await self._names.of(workspace_of(inbox.id))
        identity_id = names.identity(event.sender)
        doc = await self._store.get(IDENTITIES, identity_id)
        if doc is None:
            return []
        contact_id = from_doc(Identity, doc).contact_id
        open_ids = []
        for conversation in await self._reading.recent_of(contact_id, _RECENT):
            for message in await self._reading.messages(conversation.id, limit=_BACK):
                if not _is_covered(message, inbox, event):
                    continue
                if message.delivery_rank >= DELIVERY_RANK["accepted"]:
                    await self._timeline.set_delivery(message.id, event.delivery)
                else:
                    open_ids.append(message.id)
        return await self._under_way(open_ids)

    async def reached(self, event: DeliveryReported) -> bool:
        """What a watermark says about one message that had not been accepted when it came; False
        while it still is not.
        """
        doc = await self._store.get(MESSAGES, event.message_id)
        message = None if doc is None else from_doc(Message, doc)
        if message is None or message.delivery == "failed":
            return True
        if message.delivery_rank < DELIVERY_RANK["accepted"]:
            return False
        await self._timeline.set_delivery(message.id, event.delivery)
        return True

    async def _under_way(self, ids: list[str]) -> list[str]:
        """Those that a network may have: what still waits for its first attempt cannot be meant."""
        rows = {outbox_id(id): id for id in ids}
        docs = await self._store.get_many(OUTBOX, list(rows)) if rows else []
        return [rows[doc["_id"]] for doc in docs if doc["state"] in _MAY_BE_THERE]


def _is_covered(message: Message, inbox: Inbox, event: ReachedUpTo) -> bool:
    is_ours = message.kind == "message" and message.direction == "out"
    if not is_ours or message.inbox_id != inbox.id or message.at > event.up_to:
        return False
    if message.delivery == "failed":
        return False
    return message.delivery_rank < DELIVERY_RANK[event.delivery]
