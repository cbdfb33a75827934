"""How far our messages got: what networks report about them, in any order, early or twice. A state
only moves up by rank; an outcome that was unknown is settled by the first report.

Called by intake, by `hub.services.parking` and by `hub.services.outcomes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from hub.clock import Clock
from hub.model.contact import Address, Identity
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox
from hub.model.message import DELIVERY_RANK, Author, Delivery, Message
from hub.ports.collections import IDENTITIES, MESSAGES, OUTBOX
from hub.ports.inbound import DeliveryReported, ReachedUpTo
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, one_line
from hub.services.names import NameBook, Names
from hub.services.outbox_rows import FOLLOW_UP, OutboxRow, outbox_id
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

#: Told what a network refused after all: the message, through which inbox, to whom, why, and the
#: cause of knowing it.
Refused = Callable[[Message, str, Address, str, str], Awaitable[None]]


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
        # A network may speak of what went through its own inbox only, whatever ids it names.
        if event.message_id and message.inbox_id != inbox.id:
            return await self._follow_up(names, inbox, message, event)
        if _is_of_copy(message, event):  # the message itself stands as it does
            await self._tell_failure(names, inbox, message, event, event.recipient)
            return True
        if event.provider_id and not message.provider_id:
            ref = names.provider_ref(inbox.id, event.provider_id)
            await self._timeline.add_refs([ref], message.id)
        detail = one_line(event.detail, _DETAIL_CHARS)
        if message.delivery_rank < DELIVERY_RANK[event.delivery]:  # told before it looks done
            row = await self._row(message.id)
            known = msgspec.structs.replace(message, detail=detail)
            await self._tell_failure(names, inbox, known, event, row.to if row else None)
        is_open = message.delivery_rank < DELIVERY_RANK["accepted"]
        if is_open:
            await self._settle_row(message, event)
        await self._timeline.set_delivery(
            message.id,
            event.delivery,
            reason=event.reason,
            detail=detail,
            provider_id="" if message.provider_id else event.provider_id,
        )
        if is_open:  # again: meanwhile the outbox may have written that it is unknown
            await self._settle_row(message, event)
        return True

    async def _target(self, names: Names, inbox: Inbox, event: DeliveryReported) -> Message | None:
        id = event.message_id or await find_message(
            self._timeline, names, inbox.id, event.provider_id
        )
        if not id or workspace_of(id) != names.workspace:
            return None
        doc = await self._store.get(MESSAGES, id)
        return None if doc is None else from_doc(Message, doc)

    async def _row(self, message_id: str, kind: str = "") -> OutboxRow | None:
        doc = await self._store.get(OUTBOX, outbox_id(message_id, kind))
        return None if doc is None else from_doc(OutboxRow, doc)

    async def _follow_up(
        self, names: Names, inbox: Inbox, message: Message, event: DeliveryReported
    ) -> bool:
        """A live channel's answer that went on through this inbox; its own delivery is another."""
        row = await self._row(message.id, FOLLOW_UP)
        if row is None or row.inbox_id != inbox.id:
            return False
        await self._tell_failure(names, inbox, message, event, row.to)
        return True

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
        self,
        names: Names,
        inbox: Inbox,
        message: Message,
        event: DeliveryReported,
        to: Address | None,
    ) -> None:
        """What went to `to` came back after it was accepted: it stands on the timeline, and the
        conversation waits again.
        """
        if event.delivery != "failed":
            return
        cause = f"{names.event_key(inbox.id, event.event_id)}:failure"
        address = to.value if to and to.kind in ("email", "phone") else message.address
        await self._write_failure(names, message.id, event.reason, address, cause)
        # Of a forwarded mail another address may come back, and a forger can name any.
        if to is not None and event.recipient in (None, _folded(to)):
            await self._refused(message, inbox.id, to, event.reason, cause)

    async def _write_failure(
        self, names: Names, message_id: str, reason: str, address: str, cause: str
    ) -> None:
        conversation_id, seq = message_id.rsplit(".", 1)
        now = self._clock.now_ms()

        def plan(conversation: Conversation) -> Plan:
            line = activity(
                conversation, at=now, what="delivery_failed", by=SYSTEM,
                seq=int(seq), reason=reason, address=address,
            )  # fmt: skip
            return Plan(facts={"last_at": now}, messages=[line])

        await self._timeline.run(conversation_id, names.command_ref(cause), plan)

    async def finished(self, row: OutboxRow, state: Delivery) -> None:
        """That a follow-up was refused at once stands on the timeline, too. Safe to repeat."""
        if row.kind == FOLLOW_UP and state == "failed":
            names = await self._names.of(workspace_of(row.conversation_id))
            cause = f"outbox:{row.id}:failure"
            await self._write_failure(names, row.message_id, row.reason, row.to.value, cause)

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


def _is_of_copy(message: Message, event: DeliveryReported) -> bool:
    if event.recipient is None or event.recipient.value == message.address.lower():
        return False
    return message.mail is not None and event.recipient.value in map(str.lower, message.mail.cc)


def _folded(address: Address) -> Address:
    return Address(address.kind, address.value.lower(), address.scope)


def _is_covered(message: Message, inbox: Inbox, event: ReachedUpTo) -> bool:
    is_ours = message.kind == "message" and message.direction == "out"
    if not is_ours or message.inbox_id != inbox.id or message.at > event.up_to:
        return False
    if message.delivery == "failed":
        return False
    return message.delivery_rank < DELIVERY_RANK[event.delivery]
