"""The outbox: every message to send is a row, and a row has at most one vendor acceptance.

    queued → sending (committed before the vendor call) → accepted | failed | unknown | cancelled
                                                         or retry (due_at)

One conversation's rows go out one after the other, different conversations side by side; of several
hubs the owner of the conversation's lane sends, whoever wrote the row. A row
found in `sending` after a crash becomes `unknown`: it may have been accepted, so a person decides.
Nothing that can fail stands between the vendor's acceptance and its record but the store itself,
and recording is repeated, never the send.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import (
    AuthFailed,
    HubError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    SendError,
    TransientFailure,
    Unavailable,
)
from hub.model.ids import lane_in, lane_partition, new_key, workspace_of
from hub.model.message import DELIVERY_RANK, Delivery
from hub.ports.channel import Rates
from hub.ports.collections import MESSAGES, OUTBOX
from hub.ports.store import DocumentStore, Insert, Patch
from hub.services.counters import Counters
from hub.services.docs import from_doc, one_line
from hub.services.lane_work import Alone, Share, holding
from hub.services.names import NameBook
from hub.services.naps import Naps
from hub.services.outbox_rows import Gate, OutboxRow, Way, outbox_id
from hub.services.pacing import Pacing
from hub.services.parking import watermark_key
from hub.services.timeline import Timeline
from hub.tasks import Tasks

KEEP_MS = 30 * 24 * 3600 * 1000
SEND_TIMEOUT_S = 120.0
#: Waits between attempts that certainly were not accepted; then the row fails.
RETRY_S = (5, 20, 60, 180, 600, 1800, 3600, 3600, 3600)
#: How long a row waits after its inbox was refused, unless that is mended earlier.
REFUSED_S = 60.0
#: How long a row waits before it asks again for an inbox that cannot send now.
PARKED_S = 5.0

_DETAIL_CHARS = 300
_UNFINISHED = {"state": {"$in": ["queued", "retry", "sending"]}}
#: What a resent message's new outcome may overwrite: everything but proof that it arrived.
_RESENT_BELOW = DELIVERY_RANK["delivered"]

_log = log.get(__name__)


class Outbox:
    """Sends rows. `start` recovers, `wake` hands it a new row, `drain` stops claiming and waits."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        names: NameBook,
        clock: Clock,
        tasks: Tasks,
        counters: Counters,
        gate: Gate,
        share: Share | None = None,
    ) -> None:
        self._store = store
        self._share = share or Alone()
        #: Rows between their claim and the record of what became of them.
        self._in_hand: set[str] = set()
        self._claimer = new_key()
        #: Lanes of which every row that was there is known.
        self._taken_up: set[int] = set()
        self._names = names
        self._timeline = timeline
        self._clock = clock
        self._tasks = tasks
        self._counters = counters
        self._gate = gate
        self._pacing = Pacing(clock)
        self._naps = Naps(clock, tasks, int(REFUSED_S * 1000))
        self._queues: dict[str, deque[OutboxRow]] = {}
        self._in_flight = 0
        self._is_draining = False
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def kind(self) -> str:
        return "outbox"

    async def take_up(self, lanes: Sequence[int]) -> None:
        """What hubs that had these lanes have left, as after a crash."""
        for lane in await holding(self._store, OUTBOX, lanes, _UNFINISHED):
            rows = [row for row in await self._unfinished(lane) if row.id not in self._in_hand]
            for row in sorted(rows, key=lambda r: (r.state != "sending", r.message_id)):
                try:
                    await self._recover(row)
                except Unavailable:
                    _ = self._tasks.spawn(f"recover {row.id}", self._recover_later(row))
        self._taken_up.update(lanes)

    async def look(self, lane: int, row_id: str = "") -> None:
        """Another hub may have left rows for us: this one, or any."""
        if row_id:
            await self.wake_again(row_id)
            return
        for row in await self._unfinished(lane):
            if row.state != "sending" and not self._is_queued(row):
                self.wake(row)

    def _is_queued(self, row: OutboxRow) -> bool:
        return any(one.id == row.id for one in self._queues.get(row.conversation_id, ()))

    def let_go(self, lane: int) -> None:
        """Each row sees to it before it is claimed."""
        self._taken_up.discard(lane)

    def is_busy(self, lane: int) -> bool:
        return any(lane_in(id) == lane for id in self._in_hand)

    async def _recover_later(self, row: OutboxRow) -> None:
        """Try until it works or somebody else has seen to the row."""
        while True:
            await self._clock.sleep(1.0)
            try:
                doc = await self._store.get(OUTBOX, row.id)
                if doc is not None and doc["state"] == row.state:
                    await self._recover(row)
            except Unavailable as fault:
                _log.info("recovery waits for the lane", error=fault, row=row.id)
            else:
                return

    async def _unfinished(self, lane: int) -> list[OutboxRow]:
        after, rows = None, []
        while True:
            page = await self._store.find(
                OUTBOX,
                lane_partition(lane),
                _UNFINISHED,
                index="unfinished",
                after=after,
                limit=500,
            )
            rows += [from_doc(OutboxRow, doc) for doc in page.docs]
            after = page.next
            if after is None:
                return rows

    async def _recover(self, row: OutboxRow) -> None:
        """A row in `sending` may have been accepted: it is never sent again by itself."""
        if row.message:  # a crash on MongoDB may lie between row and message
            await self._store.apply([Insert(MESSAGES, dict(row.message), or_ignore=True)])
        if row.state != "sending":
            if not self._is_queued(row):
                self.wake(row)
        elif self._repeats_are_harmless(row):
            await self._store.patch(OUTBOX, row.id, Patch(set={"state": "queued"}))
            self.wake(msgspec.structs.replace(row, state="queued"))
        else:
            await self._finish(row, "unknown", reason="outcome_unknown")

    async def _outcome_told(self, row: OutboxRow) -> Delivery:
        """What became of a row found in `sending`: its message may know, else nobody does."""
        if row.kind or row.is_again:
            return "unknown"
        message = await self._timeline.require_message(row.message_id)
        if message.delivery == "failed":
            return "failed"
        return "accepted" if message.delivery_rank >= DELIVERY_RANK["accepted"] else "unknown"

    def _repeats_are_harmless(self, row: OutboxRow) -> bool:
        way = self._gate.way(row.inbox_id)
        return way is not None and way.capabilities.repeats_are_harmless

    def wake(self, row: OutboxRow) -> None:
        """A row is committed and may be sent when due: by us, or by the hub whose lane it is."""
        if not self._share.owns(lane_in(row.id)):
            self._share.wake(self.kind, lane_in(row.id), row.id)
            return
        queue = self._queues.get(row.conversation_id)
        if queue is not None:
            queue.append(row)
            return
        self._queues[row.conversation_id] = deque([row])
        self._settled.clear()
        _ = self._tasks.spawn(f"outbox {row.conversation_id}", self._send_all(row.conversation_id))

    async def wake_again(self, row_id: str) -> None:
        """A command was repeated: its first run may have ended between the row and its `wake`.

        A row that is already being seen to is only looked at once more; the claim lets one through.
        """
        doc = await self._store.get(OUTBOX, row_id)
        if doc is not None and doc["state"] in ("queued", "retry"):
            self.wake(from_doc(OutboxRow, doc))

    async def _send_all(self, conversation_id: str) -> None:
        """Send one conversation's rows in order until none is left."""
        queue = self._queues[conversation_id]
        try:
            while queue and not self._is_draining:
                await self._bring_earlier(queue)
                await self._send_row(queue[0])
                self._pacing.give_up(queue.popleft().id)
        finally:
            self._queues.pop(conversation_id, None)
            if not self._queues:
                self._settled.set()

    async def _bring_earlier(self, queue: deque[OutboxRow]) -> None:
        """Another hub may have written an earlier message of this conversation a moment ago."""
        row = queue[0]
        is_known = self._share.is_alone() and lane_in(row.id) in self._taken_up
        if is_known or row.is_again:
            return
        earlier = {"$gte": f"{row.id[:3]}.{row.conversation_id}.", "$lt": row.id}
        try:
            page = await self._store.find(
                OUTBOX,
                row.id[:3],
                {"_id": earlier, "state": {"$in": ["queued", "retry"]}},
                limit=100,
            )
        except Unavailable as fault:  # sending waits for the store by itself
            _log.warning("the outbox waits for the store", error=fault, row=row.id)
            return
        rows = {doc["_id"]: from_doc(OutboxRow, doc) for doc in page.docs}
        rows |= {one.id: one for one in queue}
        queue.clear()
        queue.extend(sorted(rows.values(), key=lambda one: one.id))

    async def _send_row(self, row: OutboxRow) -> None:
        """One row to its end, over as many attempts as it takes."""
        while not self._is_draining:
            try:
                row, is_final = await self._step(row)
                if is_final:
                    return
            except Unavailable as fault:
                _log.warning("the outbox waits for the store", error=fault, row=row.id)
                await self._clock.sleep(PARKED_S)
                stored = await self._read_again(row)
                if stored is None:
                    return
                row = stored

    async def _read_again(self, row: OutboxRow) -> OutboxRow | None:
        """After an unknown outcome of a write: what the store says, None when the row is final."""
        while not self._is_draining:
            try:
                doc = await self._store.get(OUTBOX, row.id)
            except Unavailable:
                await self._clock.sleep(PARKED_S)
                continue
            if doc is None or doc["state"] not in ("queued", "retry", "sending"):
                return None
            found = from_doc(OutboxRow, doc)
            if found.state == "sending" and found.claimed_by == self._claimer:
                # Claimed by us, and the vendor was not called yet.
                mine = {"state": "sending", "claimed_by": self._claimer}
                back = Patch(set={"state": "queued"})
                await self._store.patch(OUTBOX, row.id, back, expect=mine)
                found = msgspec.structs.replace(found, state="queued")
            return found if found.state != "sending" else None
        return None

    async def _step(self, row: OutboxRow) -> tuple[OutboxRow, bool]:
        if not self._share.owns(lane_in(row.id)):
            return row, True  # whose lane it is now has read it there
        wait_s = 0.0 if self._is_mended(row) else (row.due_at - self._clock.now_ms()) / 1000
        way = None if self._gate.is_held() else self._gate.way(row.inbox_id)
        if wait_s > 0 or way is None:
            nap_s = min(wait_s, PARKED_S) if wait_s > 0 else PARKED_S
            await self._naps.sleep(row.inbox_id, nap_s)
            return await self._still_wanted(row)
        turn_s = self._pacing.wait_s(row.id, row.inbox_id, _recipient(row), self._rates(way))
        if turn_s > 0:
            await self._clock.sleep(min(turn_s, PARKED_S))
            return row, False
        self._in_hand.add(row.id)
        self._in_flight += 1  # before the claim: draining waits for rows in `sending`, all of them
        try:
            return await self._claim_and_attempt(row, way)
        finally:
            self._in_flight -= 1
            self._in_hand.discard(row.id)

    def _rates(self, way: Way) -> Rates:
        """Our share of what the inbox may send; of one recipient it is one hub that sends most."""
        rates, hubs = way.rates, self._share.hubs()
        if hubs == 1:
            return rates
        burst = max(1, rates.burst // hubs)
        return msgspec.structs.replace(rates, per_second=rates.per_second / hubs, burst=burst)

    def mended(self, inbox_id: str, *, is_new: bool) -> None:
        """This inbox can send again: what was refused for its credentials goes at once."""
        self._naps.wake(inbox_id, is_new=is_new)

    def _is_mended(self, row: OutboxRow) -> bool:
        """Was its inbox mended since it refused this row?"""
        if row.state != "retry" or row.reason != AuthFailed.code:
            return False
        return self._naps.woken_at(row.inbox_id) >= row.due_at - int(REFUSED_S * 1000)

    async def _claim_and_attempt(self, row: OutboxRow, way: Way) -> tuple[OutboxRow, bool]:
        claimed = await self._store.patch(
            OUTBOX,
            row.id,
            Patch(
                set={"state": "sending", "message": {}, "claimed_by": self._claimer},
                inc={"attempts": 1},
            ),
            expect={"state": {"$in": ["queued", "retry"]}},
        )
        if claimed is None:
            return row, True
        return await self._attempt(from_doc(OutboxRow, claimed), way)

    async def _still_wanted(self, row: OutboxRow) -> tuple[OutboxRow, bool]:
        """While a row waits somebody may cancel it or ask for it at once."""
        doc = await self._store.get(OUTBOX, row.id)
        if doc is None or doc["state"] not in ("queued", "retry"):
            return row, True
        return from_doc(OutboxRow, doc), False

    async def _attempt(self, row: OutboxRow, way: Way) -> tuple[OutboxRow, bool]:
        """The vendor call: from here on only its answer decides."""
        try:
            message = await self._timeline.require_message(row.message_id)
            refusal = await self._gate.refusal(row, message)
            if refusal:
                await self._finish(row, "failed", reason=refusal)
                return row, True
            outbound = await self._gate.compose(row, message)
            if way.provider_id is not None:
                await self._name(row, way.provider_id(outbound.id))
        except HubError as fault:
            if isinstance(fault, Unavailable):
                return await self._put_back(row, fault), False
            await self._finish(row, "failed", reason=fault.code)
            return row, True
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                result = await way.send(outbound)
        except TimeoutError:
            self._gate.attempted(row.inbox_id, OutcomeUnknown("no answer in time"))
            await self._record(row, "unknown", "outcome_unknown")
            return row, True
        except SendError as fault:
            self._gate.attempted(row.inbox_id, fault)
            return await self._refused(row, fault)
        except Exception as fault:  # noqa: BLE001 - a channel's bug must not lose or repeat a message
            _log.error("a channel failed in an unknown way", error=fault, row=row.id)
            await self._record(row, "unknown", "outcome_unknown")
            return row, True
        self._gate.attempted(row.inbox_id, None)
        await self._record(row, "accepted", "", result.provider_ids)
        return row, True

    async def _name(self, row: OutboxRow, provider_id: str) -> None:
        """Keep the provider id before the call, so that a lost answer's replies and bounces still
        match.
        """
        await self._timeline.add_refs([await self._ref(row, provider_id)], row.message_id)

    async def _ref(self, row: OutboxRow, provider_id: str) -> str:
        names = await self._names.of(workspace_of(row.message_id))
        return names.provider_ref(row.inbox_id, provider_id)

    async def _refused(self, row: OutboxRow, fault: SendError) -> tuple[OutboxRow, bool]:
        match fault:
            case OutcomeUnknown():
                await self._record(row, "unknown", fault.code)
                return row, True
            case RateLimited():
                recipient = _recipient(row) if fault.is_recipient else ""
                self._pacing.hold(row.inbox_id, fault.retry_after_s, recipient)
                return await self._again(row, fault.retry_after_s, fault.code, counts=False), False
            case AuthFailed():
                return await self._again(row, REFUSED_S, fault.code, counts=False), False
            case TransientFailure() if row.attempts <= len(RETRY_S):
                wait_s = RETRY_S[row.attempts - 1] * random.uniform(0.8, 1.2)
                return await self._again(row, wait_s, fault.code), False
            case _:
                await self._record(row, "failed", fault.code, detail=str(fault))
                return row, True

    async def _again(
        self, row: OutboxRow, wait_s: float, reason: str, *, counts: bool = True
    ) -> OutboxRow:
        due_at = self._clock.now_ms() + int(wait_s * 1000)
        changes: dict[str, Any] = {"state": "retry", "due_at": due_at, "reason": reason}
        if not counts:
            changes["attempts"] = row.attempts - 1
        doc = await self._insist(lambda: self._store.patch(OUTBOX, row.id, Patch(set=changes)))
        delivery: dict[str, Any] = {"delivery": "retry", "reason": reason}
        expect = {"delivery_rank": {"$lt": 20}}
        await self._insist(
            lambda: self._timeline.change_message(
                row.message_id, Patch(set=delivery), expect=expect
            )
        )
        return from_doc(OutboxRow, doc) if doc else row

    async def _put_back(self, row: OutboxRow, fault: Unavailable) -> OutboxRow:
        """Nothing was sent: the claim is undone and the row waits."""
        _log.warning("a message waits for the store", error=fault, row=row.id)
        return await self._again(row, PARKED_S, fault.code, counts=False)

    async def _record(
        self,
        row: OutboxRow,
        state: Delivery,
        reason: str,
        provider_ids: list[str] | None = None,
        *,
        detail: str = "",
    ) -> None:
        """Write down the outcome, however often the store must be asked."""
        ids = provider_ids or []
        await self._insist(
            lambda: self._finish(row, state, reason=reason, provider_ids=ids, detail=detail)
        )

    async def _insist(self, write: Callable[[], Awaitable[Any]]) -> Any:
        while True:
            try:
                return await write()
            except Unavailable as fault:
                _log.warning("an outcome waits for the store", error=fault)
                await self._clock.sleep(1.0)

    async def _finish(
        self,
        row: OutboxRow,
        state: Delivery,
        *,
        reason: str = "",
        provider_ids: list[str] | None = None,
        detail: str = "",
    ) -> None:
        """Message first, row last: a crash in between leaves a row in `sending` whose message tells
        the outcome.
        """
        if state == "unknown":  # unless a report was faster than the answer that never came
            state = await self._outcome_told(row)
            reason = reason if state == "unknown" else ""
        ids = provider_ids or []
        refs = [await self._ref(row, provider_id) for provider_id in ids]
        if refs:
            await self._timeline.add_refs(refs, row.message_id)
        is_asked = state == "unknown" and not row.kind
        ask_until = self._gate.ask_until(row.inbox_id) if is_asked else 0
        if not row.kind:
            shown: Delivery = "sending" if ask_until else state
            await self._show(row, shown, reason, detail, ids[0] if ids else "")
        if refs:
            await self._gate.known([*refs, await self._ref(row, watermark_key(row.message_id))])
        row = msgspec.structs.replace(row, reason=reason)
        await self._gate.finished(row, state)
        changes = {
            "state": state,
            "reason": reason,
            "provider_id": ids[0] if ids else row.provider_id,
            "ask_until": ask_until,
            "expires_at": self._clock.now_ms() + KEEP_MS,
        }
        await self._store.patch(OUTBOX, row.id, Patch(set=changes))
        if is_asked:
            state = await self._told_meanwhile(row)
        self._counters.add("outbox_finished", 1, state)
        if ask_until and state == "unknown":
            await self._gate.ask(row)

    async def _told_meanwhile(self, row: OutboxRow) -> Delivery:
        """A report that came while the row was written down as unknown found nothing to settle."""
        state = await self._outcome_told(row)
        if state != "unknown":
            told = Patch(set={"state": state, "reason": "", "ask_until": 0})
            await self._store.patch(OUTBOX, row.id, told, expect={"state": "unknown"})
        return state

    async def _show(
        self, row: OutboxRow, state: Delivery, reason: str, detail: str, provider_id: str
    ) -> None:
        """The outcome on the timeline; a report that was faster keeps its state, not our id."""
        changed = await self._timeline.set_delivery(
            row.message_id,
            state,
            reason=reason,
            detail=one_line(detail, _DETAIL_CHARS),
            provider_id=provider_id,
            below=_RESENT_BELOW if row.is_again else None,
        )
        if changed is None and provider_id:
            await self._timeline.change_message(
                row.message_id, Patch(set={"provider_id": provider_id})
            )

    async def cancel(self, message_id: str) -> bool:
        """Take a message back that was not yet handed to the vendor; False when it was too late."""
        doc = await self._store.patch(
            OUTBOX,
            outbox_id(message_id),
            Patch(set={"state": "cancelled", "expires_at": self._clock.now_ms() + KEEP_MS}),
            expect={"state": {"$in": ["queued", "retry"]}},
        )
        if doc is not None:
            await self._timeline.set_delivery(message_id, "cancelled")
        return doc is not None

    async def decide(self, message_id: str, state: Literal["accepted", "failed"]) -> None:
        """A person knows what became of an `unknown` message. Raises `NotFound` when it is not
        unknown.
        """
        doc = await self._store.patch(
            OUTBOX,
            outbox_id(message_id),
            Patch(set={"state": state, "ask_until": 0}),
            expect={"state": "unknown"},
        )
        if doc is None:
            raise NotFound("this message is not waiting for a decision")
        await self._timeline.set_delivery(message_id, state)

    async def resend(self, message_id: str) -> None:
        """A person asks to send a failed or unknown message once more. Raises `NotFound` when there
        is none.
        """
        doc = await self._store.patch(
            OUTBOX,
            outbox_id(message_id),
            Patch(
                set={"state": "queued", "due_at": self._clock.now_ms(), "expires_at": 0,
                     "attempts": 0, "reason": "", "ask_until": 0, "is_again": True}
            ),
            expect={"state": {"$in": ["failed", "unknown"]}},
        )  # fmt: skip
        if doc is None:
            raise NotFound("this message is not waiting for a decision")
        again = {"delivery": "queued", "delivery_rank": 10, "reason": "", "detail": ""}
        await self._timeline.change_message(message_id, Patch(set=again))
        self.wake(from_doc(OutboxRow, doc))

    async def drain(self, timeout_s: float) -> None:
        """Claim no more and wait for what is with a vendor."""
        self._is_draining = True
        deadline = self._clock.monotonic() + timeout_s
        while self._in_flight and self._clock.monotonic() < deadline:
            await self._clock.sleep(0.05)

    async def settle(self) -> None:
        """Wait until nothing is queued (tests)."""
        await self._settled.wait()

    @property
    def waiting(self) -> int:
        return sum(len(queue) for queue in self._queues.values())


def _recipient(row: OutboxRow) -> str:
    return f"{row.to.kind}:{row.to.scope}:{row.to.value}"
