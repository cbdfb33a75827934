"""The journal: raw events committed under the provider's key before anybody is told 2xx, then
worked off in order.

`accept` is what channels call. Rows of one sender are worked off one after the other, sorted by
provider time and id among those that wait; different senders run side by side. Where several hubs
share a store, each accepts for all, and the owner of the sender's lane works off. A row that cannot
be worked off for reasons of the store stays and is tried again; one that fails by itself three
times is set aside as `dead` and shown in the metrics.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import HubError, Unavailable
from hub.model.ids import lane_in, lane_of, lane_partition
from hub.model.inbox import Inbox
from hub.ports.collections import JOURNAL
from hub.ports.inbound import Ignored, InboundEvent
from hub.ports.store import Doc, DocumentStore, Patch
from hub.services.counters import Counters
from hub.services.lane_work import Alone, Freshly, Share, holding
from hub.services.names import NameBook
from hub.tasks import Tasks

KEEP_MS = 30 * 24 * 3600 * 1000
_WORKERS = 256
#: More waiting rows than this hold `accept` back, so that memory stays bounded.
_BACKLOG = 20_000
#: When so many callers waited for their 2xx within the last moment, rows that are not old yet wait
#: too: vendors give up and send again, people hardly notice.
_CROWD = 16
_MOMENT_MS = 100
_GIVE_WAY_MS = 3_000
#: How long a row that was worked off may look new, and how many are marked at once.
_MARK_EVERY_S = 0.2
_MARK_TOGETHER = 500
#: Rows of hubs whose clocks are behind, or that took so long to commit.
_LOOK_BACK_MS = 15_000
_CALM = 1_000
_RETRY_S = (0.5, 2.0, 5.0)
_TRIES = 3

_DIGITS = re.compile("([0-9]+)")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(InboundEvent).decode
_log = log.get(__name__)


class Row(msgspec.Struct, kw_only=True):
    """A journal row in memory. `is_repeat` when it may have been worked off in part before."""

    id: str
    workspace: str
    inbox_id: str
    event: InboundEvent
    sender_key: str
    at: int
    event_id: str
    is_repeat: bool = False
    #: What became of it.
    outcome: str = "done"

    @property
    def lane(self) -> int:
        return lane_in(self.id)

    def order(self) -> tuple[int, list[tuple[int, str]], str]:
        """The provider's time, then its id: most count their ids, so 99 comes before 100."""
        return (getattr(self.event, "at", self.at), _counted(self.event_id), self.event_id)


Handler = Callable[[Row], Awaitable[None]]


class Journal:
    """Accepts events durably and hands each to the intake exactly once per process life, again
    after a crash.
    """

    def __init__(
        self,
        store: DocumentStore,
        names: NameBook,
        clock: Clock,
        tasks: Tasks,
        counters: Counters,
        share: Share | None = None,
    ) -> None:
        self._store = store
        self._names = names
        self._clock = clock
        self._tasks = tasks
        self._counters = counters
        self._share = share or Alone()
        self._see_all = Freshly(self._recover)
        #: Up to when (ms) every row of a lane was seen.
        self._seen_at: dict[int, int] = {}
        #: Rows in memory, until they are marked as worked off.
        self._known: set[str] = set()
        self._handler: Handler | None = None
        self._waiting: dict[str, list[Row]] = {}
        self._ready: deque[str] = deque()
        self._wake = asyncio.Semaphore(0)
        self._backlog = 0
        self._accepting = 0
        self._crowded_until = 0
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._done = Done(store, clock, self._known.discard)

    async def accept(self, inbox: Inbox, events: Sequence[InboundEvent]) -> None:
        """Commit `events`; when this returns they are on disk. Repeated ones are counted and passed
        over.

        Raises `Unavailable`: nothing may be acknowledged upstream.
        """
        await self._room.wait()
        workspace = inbox.id.split(".", 1)[0]
        names = await self._names.of(workspace)
        now = self._clock.now_ms()
        rows = [self._row(workspace, inbox, e, names.event_key(inbox.id, e.event_id), now)
                for e in events if self._is_kept(e)]  # fmt: skip
        if not rows:
            return
        conflicts = await self._commit(rows)
        repeated = {position for position, _ in conflicts}
        self._counters.add("journal_repeated", len(repeated))
        for position, row in enumerate(rows):
            if position not in repeated:
                self._take_in(row)
        if repeated and not self._store.is_exclusive:
            await self._see_to([row for position, row in enumerate(rows) if position in repeated])

    def _take_in(self, row: Row) -> None:
        """It is on disk: ours to work off, or its lane's owner is told."""
        if self._share.owns(row.lane):
            self._enqueue(row)
        else:
            self._share.wake(self.kind, row.lane, row.id)

    async def _see_to(self, rows: Sequence[Row]) -> None:
        """Told again: the first time the outcome may have been unknown, so nobody took it in."""
        ids = [row.id for row in rows if row.id not in self._known]
        for doc in await self._store.get_many(JOURNAL, ids) if ids else ():
            if doc["state"] == "new":
                self._take_in(_row_of(doc))

    async def _commit(self, rows: Sequence[Row]) -> list[tuple[int, str]]:
        self._accepting += 1
        try:
            return await self._store.insert_many(JOURNAL, [_doc(row) for row in rows])
        finally:
            if self._accepting >= _CROWD:
                self._crowded_until = self._clock.now_ms() + _MOMENT_MS
            self._accepting -= 1

    def _is_kept(self, event: InboundEvent) -> bool:
        if not isinstance(event, Ignored):
            return True
        self._counters.add("ignored", 1, event.reason)
        return False

    def _row(self, workspace: str, inbox: Inbox, event: InboundEvent, key: str, now: int) -> Row:
        sender_key = sender_key_of(workspace, inbox.id, event)
        return Row(
            id=f"{lane_partition(lane_of(sender_key))}.{key}",
            workspace=workspace,
            inbox_id=inbox.id,
            event=event,
            sender_key=sender_key,
            at=now,
            event_id=event.event_id,
        )

    def _enqueue(self, row: Row) -> None:
        if row.id in self._known:
            return
        self._known.add(row.id)
        waiting = self._waiting.get(row.sender_key)
        self._backlog += 1
        self._idle.clear()
        if self._backlog >= _BACKLOG:
            self._room.clear()
        if waiting is None:
            self._waiting[row.sender_key] = [row]
            self._ready.append(row.sender_key)
            self._wake.release()
        else:
            waiting.append(row)

    def start(self, handler: Handler) -> None:
        """Begin to work off what is accepted here and what is taken up."""
        self._handler = handler
        for number in range(_WORKERS):
            _ = self._tasks.spawn(f"intake-{number}", self._work())
        _ = self._tasks.spawn("journal done", self._done.run())

    @property
    def kind(self) -> str:
        return "journal"

    async def take_up(self, lanes: Sequence[int]) -> None:
        """All rows of lanes that have become ours."""
        for lane in lanes:
            self._seen_at.pop(lane, None)
        now = self._clock.now_ms()
        waiting = await holding(self._store, JOURNAL, lanes, {"state": "new"})
        for lane in lanes:
            if lane in waiting:
                await self._recover(lane)
            else:
                self._seen_at[lane] = now

    async def look(self, lane: int, row_id: str = "") -> None:
        """Another hub may have accepted rows for us; while much waits, old ones wait too."""
        if not row_id and self._backlog < _CALM:
            self._seen_at.pop(lane, None)
        await self._see_all(lane)

    def let_go(self, lane: int) -> None:
        """What waits of this lane is another hub's; what is in hand comes to its end."""
        self._seen_at.pop(lane, None)
        for key, rows in self._waiting.items():
            if rows and rows[0].lane == lane:
                self._waiting[key] = []
                self._forget(rows)

    def _forget(self, rows: Sequence[Row]) -> None:
        """They are another hub's; should they be ours again, they must be looked for anew."""
        self._backlog -= len(rows)
        for row in rows:
            self._known.discard(row.id)
            self._seen_at.pop(row.lane, None)

    def is_busy(self, lane: int) -> bool:
        prefix = f"{lane_partition(lane)}."
        return any(id.startswith(prefix) for id in self._known)

    async def _recover(self, lane: int) -> None:
        """Take in what waits, from a little before the last time on."""
        now, since = self._clock.now_ms(), self._seen_at.get(lane, 0) - _LOOK_BACK_MS
        after = None
        while True:
            page = await self._store.find(
                JOURNAL,
                lane_partition(lane),
                {"state": "new", "at": {"$gte": since}},
                index="waiting",
                after=after,
                limit=500,
            )
            for doc in page.docs:
                if self._share.owns(lane):
                    self._enqueue(_row_of(doc))
            after = page.next
            if after is None:
                self._seen_at[lane] = now
                return

    async def settle(self) -> None:
        """Wait until nothing waits (tests, draining)."""
        await self._idle.wait()
        await self._done.write()

    async def _work(self) -> None:
        while True:
            await self._wake.acquire()
            key = self._ready.popleft()
            await self._prepare(key)
            rows, self._waiting[key] = self._waiting[key], []
            if len(rows) > 1:
                rows.sort(key=Row.order)
            for position, row in enumerate(rows):
                if not self._share.owns(row.lane):
                    self._forget(rows[position:])
                    break
                await self._work_off(row)
                self._backlog -= 1
            if self._backlog < _BACKLOG:
                self._room.set()
            if self._waiting[key]:
                self._ready.append(key)
                self._wake.release()
            else:
                del self._waiting[key]
            if not self._backlog:
                self._idle.set()

    async def _prepare(self, key: str) -> None:
        """Let what must come first come: those who wait for their 2xx, and what other hubs have
        accepted of this sender.
        """
        rows = self._waiting[key]
        if not rows:
            return
        lane = rows[0].lane
        await self._give_way(rows[0].at)
        while self._may_lack_rows(lane) and self._share.owns(lane):
            try:
                await self._see_all(lane)
            except Unavailable as fault:
                _log.warning("intake waits for the store", error=fault)
                await self._clock.sleep(_RETRY_S[-1])
            else:
                return

    def _may_lack_rows(self, lane: int) -> bool:
        """While others accept too, and until a lane that was gained is taken up."""
        return not self._share.is_alone() or lane not in self._seen_at

    async def _give_way(self, accepted_at: int) -> None:
        """Those who wait for their 2xx come first, but no row waits for long."""
        while True:
            now = self._clock.now_ms()
            is_crowded = self._accepting >= _CROWD or now < self._crowded_until
            if not is_crowded or now >= accepted_at + _GIVE_WAY_MS:
                return
            await self._clock.sleep(_MOMENT_MS / 1000)

    async def _work_off(self, row: Row) -> None:
        assert self._handler is not None
        failures = 0
        while True:
            try:
                await self._handler(row)
                self._done.add(row.outcome, row.id)
                return
            except Unavailable as fault:
                _log.warning("intake waits for the store", error=fault)
                await self._clock.sleep(_RETRY_S[-1])
            except Exception as fault:  # noqa: BLE001 - one bad event must not stop a sender for ever
                failures += 1
                is_ours = isinstance(fault, HubError)
                _log.error(
                    "an event could not be worked off", error=fault, row=row.id, tries=failures
                )
                if failures >= _TRIES or is_ours:
                    await self._set_aside(row)
                    return
                await self._clock.sleep(_RETRY_S[failures - 1])
            row.is_repeat = True

    async def _set_aside(self, row: Row) -> None:
        self._counters.add("journal_dead", 1)
        self._known.discard(row.id)
        try:
            await self._store.patch(JOURNAL, row.id, Patch(set={"state": "dead"}))
        except Unavailable as fault:
            _log.error("a dead event could not be marked", error=fault, row=row.id)


class Done:
    """Rows that were worked off, marked in bunches: one by one would cost more than the work.

    After a crash some are worked off again, which changes nothing.
    """

    def __init__(self, store: DocumentStore, clock: Clock, forget: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._forget = forget
        self._waiting: dict[str, list[str]] = {}
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()

    def add(self, outcome: str, row_id: str) -> None:
        self._waiting.setdefault(outcome, []).append(row_id)
        self._some.set()

    async def run(self) -> None:
        while True:
            await self._some.wait()
            try:
                await self.write()
            except Unavailable as fault:
                _log.warning("marking events as done waits for the store", error=fault)
            await self._clock.sleep(_MARK_EVERY_S)

    async def write(self) -> None:
        """Mark all that wait. Raises `Unavailable`: they wait on."""
        async with self._writing:
            self._some.clear()
            expires_at = self._clock.now_ms() + KEEP_MS
            while self._waiting:
                outcome, ids = self._waiting.popitem()
                try:
                    for start in range(0, len(ids), _MARK_TOGETHER):
                        bunch = ids[start : start + _MARK_TOGETHER]
                        values: dict[str, str | int] = {"state": outcome, "expires_at": expires_at}
                        await self._store.set_many(JOURNAL, bunch, values)
                        for id in bunch:
                            self._forget(id)
                except Unavailable:
                    for id in ids:
                        self.add(outcome, id)
                    raise


def _counted(id: str) -> list[tuple[int, str]]:
    """What an id is sorted by: its runs of digits as numbers, all else as text."""
    parts = _DIGITS.split(id)
    parts[1::2] = [digits.lstrip("0") for digits in parts[1::2]]
    return [(len(part) if at % 2 else 0, part) for at, part in enumerate(parts)]


def sender_key_of(workspace: str, inbox_id: str, event: InboundEvent) -> str:
    """What orders events: their sender, else the message that they are about."""
    sender = getattr(event, "sender", None)
    if sender is not None:
        return f"{workspace}:{sender.kind}:{sender.scope}:{sender.value}"
    about = getattr(event, "provider_id", "") or getattr(event, "message_id", "")
    return f"{inbox_id}:{about}" if about else inbox_id


def _doc(row: Row) -> Doc:
    return {
        "_id": row.id,
        "workspace": row.workspace,
        "inbox_id": row.inbox_id,
        "sender_key": row.sender_key,
        "event_id": row.event_id,
        "event": _encode(row.event).decode(),
        "state": "new",
        "at": row.at,
        "expires_at": 0,
    }


def _row_of(doc: Doc) -> Row:
    return Row(
        id=doc["_id"],
        workspace=doc["workspace"],
        inbox_id=doc["inbox_id"],
        sender_key=doc["sender_key"],
        event_id=doc["event_id"],
        event=_decode(doc["event"]),
        at=doc["at"],
        is_repeat=True,
    )
