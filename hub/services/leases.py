"""Which hub works off which of the 64 lanes, on a store that several hubs share.

A hub registers itself (`sys.hub-<key>`) and says every two seconds that it lives. It holds at most
its share of the lanes (`sys.lane-<nn>`); what is too much when another hub comes is handed over
once nothing of it is in hand. Who has not spoken for a term and a margin for clocks that differ is
declared ended, which it cannot undo, and its lanes are taken: it comes back as a new hub.

Lanes say only who works in the background. Writes are fenced by the documents' own versions and by
the claim on an outbox row, so a hub that wakes up from a long pause does no harm.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.ids import LANES, SYS, new_key
from hub.ports.collections import LEASES
from hub.ports.store import Doc, DocumentStore, Patch

TERM_MS = 6_000
RENEW_S = 2.0
SKEW_MS = 2_000
#: How long the note that a hub has ended is kept.
_FORGET_MS = 3_600_000
_AT_ONCE = 8
#: How long after the last sign of another hub it may still do something.
_LINGER_S = 60.0

_log = log.get(__name__)


class View(msgspec.Struct, frozen=True):
    """What the store says: living hubs with what they tell of themselves, and the lanes' owners."""

    hubs: dict[str, dict[str, Any]]
    owners: dict[int, str]
    #: Lanes that may be taken.
    free: list[int]


class Leases:
    """`run` keeps this hub alive until cancelled; `release` hands its lanes back."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        #: This hub's name among the others; a new one after it was declared ended.
        self.key = new_key()
        self._is_registered = False
        self._registered_at = 0.0
        #: When another hub was there last; before anything is known, one may have been.
        self._company_at = clock.monotonic()
        #: Until when we surely count as living, by the clock that never jumps.
        self._until = 0.0
        self._lanes: set[int] = set()
        self._leaving: set[int] = set()
        self._told: frozenset[int] = frozenset()
        self._others: dict[str, dict[str, Any]] = {}
        self._facts: dict[str, Any] = {}
        self._listeners: list[Callable[[], None]] = []
        self._busy: list[Callable[[int], bool]] = []
        self._turn = asyncio.Lock()

    def owns_lane(self, lane: int) -> bool:
        """Is the background work of this lane ours now?"""
        if self._store.is_exclusive:
            return True
        is_ours = lane in self._lanes and lane not in self._leaving
        return is_ours and self._until > self._clock.monotonic()

    def lanes(self) -> frozenset[int]:
        """All that we own now."""
        return frozenset(lane for lane in range(LANES) if self.owns_lane(lane))

    @property
    def others(self) -> dict[str, dict[str, Any]]:
        """The other living hubs by key, and what they tell of themselves."""
        return self._others

    def is_alone(self) -> bool:
        """Has nobody else been there for a while? Who was declared ended may still accept rows."""
        if self._store.is_exclusive:
            return True
        return not self._others and self._clock.monotonic() > self._company_at + _LINGER_S

    def is_alive(self, key: str) -> bool:
        """Is this the key of a living hub?"""
        return key == self.key or key in self._others

    def tell(self, name: str, value: Any) -> None:
        """Let the other hubs know something small about this one, within seconds."""
        self._facts[name] = value

    def on_change(self, listener: Callable[[], None]) -> None:
        """`listener()` is called on the loop after lanes were gained or lost and when hubs came or
        went: ask `owns_lane` again. It must not block.
        """
        self._listeners.append(listener)

    def hold_while(self, is_busy: Callable[[int], bool]) -> None:
        """A lane is not handed over while `is_busy(lane)`; it is no longer ours meanwhile, so
        nothing new is begun. A dead hub is not asked.
        """
        self._busy.append(is_busy)

    async def take_lanes(self) -> int:
        """Say that we live, and take or hand over lanes; how many are ours now."""
        if self._store.is_exclusive:
            return LANES
        async with self._turn:
            await self._beat()
            view = await self._look()
            known = self._others
            self._others = {k: v for k, v in view.hubs.items() if k != self.key}
            lost = self._lanes - {lane for lane, owner in view.owners.items() if owner == self.key}
            if lost:
                _log.warning("lanes were lost", lanes=sorted(lost))
            self._lanes -= lost
            if known or self._others:
                self._company_at = self._clock.monotonic()
            await self._balance(view)
            self._notice(is_new=known != self._others)
        return len(self.lanes())

    async def _balance(self, view: View) -> None:
        share = math.ceil(LANES / (len(self._others) + 1))
        surplus = len(self._lanes) - share
        if surplus <= 0:
            self._leaving.clear()
            wanted = random.sample(view.free, min(len(view.free), -surplus))
            await self._take(wanted, view.owners)
            return
        chosen = sorted(self._lanes, key=lambda lane: (lane not in self._leaving, lane))[:surplus]
        self._leaving = set(chosen)
        self._notice()  # whoever works there begins nothing new from now on
        gone = [lane for lane in chosen if not any(is_busy(lane) for is_busy in self._busy)]
        await self._give_up(gone)

    async def _take(self, lanes: Iterable[int], owners: dict[int, str]) -> None:
        wanted = deque(lanes)
        fresh = [_fresh_lane(lane) for lane in wanted if lane not in owners]
        if fresh:
            await self._store.insert_many(LEASES, fresh)

        async def take(lane: int) -> None:
            id = _lane_id(lane)
            mine = Patch(set={"owner": self.key, "until": 0}, inc={"epoch": 1})
            free = {"owner": owners.get(lane, "")}
            if await self._store.patch(LEASES, id, mine, expect=free) is not None:
                self._lanes.add(lane)

        async def take_on() -> None:
            while wanted:
                await take(wanted.popleft())

        # One after the other, a store under load would take longer than a term.
        done = await asyncio.gather(*(take_on() for _ in range(_AT_ONCE)), return_exceptions=True)
        for fault in done:
            if fault is not None:
                raise fault

    async def _give_up(self, lanes: Iterable[int]) -> None:
        for lane in lanes:
            gone = Patch(set={"owner": ""})
            await self._store.patch(LEASES, _lane_id(lane), gone, expect={"owner": self.key})
            self._lanes.discard(lane)
            self._leaving.discard(lane)

    async def _beat(self) -> None:
        at, until = self._clock.monotonic(), self._clock.now_ms() + TERM_MS
        row = {"until": until, "is_ended": False, "facts": dict(self._facts)}
        if self._is_registered:
            alive = Patch(set={"until": until, "facts": row["facts"]})
            id = _hub_id(self.key)
            doc = await self._store.patch(LEASES, id, alive, expect={"is_ended": False})
            if doc is None:
                _log.warning("this hub was taken for dead; it begins anew", hub=self.key)
                self.key, self._is_registered = new_key(), False
                self._lanes.clear()
                self._leaving.clear()
        if not self._is_registered:
            await self._store.insert_many(LEASES, [{"_id": _hub_id(self.key), **row}])
            self._is_registered = True
            self._registered_at = self._clock.monotonic()
        self._until = at + TERM_MS / 1000

    async def _look(self) -> View:
        docs = (await self._store.find(LEASES, SYS, {}, limit=500)).docs
        hubs = {d["_id"].removeprefix("sys.hub-"): d for d in docs if _is_hub(d)}
        now = self._clock.now_ms()
        living = {
            key: doc.get("facts", {})
            for key, doc in hubs.items()
            if key == self.key or not await self._has_ended(doc, now)
        }
        lanes = {int(d["_id"][-2:]): d for d in docs if d["_id"].startswith("sys.lane-")}
        owners = {lane: doc["owner"] for lane, doc in lanes.items()}
        free = [
            lane
            for lane in range(LANES)
            if owners.get(lane, "") not in living
            # Of a hub that renews each lane by itself, as earlier versions did.
            and lanes.get(lane, {}).get("until", 0) < now - SKEW_MS
        ]
        return View(living, owners, free)

    async def _has_ended(self, doc: Doc, now: int) -> bool:
        """Silence for too long ends a hub for good: it may be there still, but cannot go on."""
        if doc["is_ended"]:
            if doc["until"] < now - _FORGET_MS:
                await self._store.delete(LEASES, doc["_id"], version=doc["v"])
            return True
        if doc["until"] >= now - SKEW_MS:
            return False
        expect = {"until": doc["until"], "is_ended": False}
        ended = Patch(set={"is_ended": True, "facts": {}})
        done = await self._store.patch(LEASES, doc["_id"], ended, expect=expect)
        if done is not None:
            _log.warning("a hub has ended", hub=doc["_id"])
        return done is not None

    def _notice(self, *, is_new: bool = False) -> None:
        """Tell the listeners when what we own, or who is there, is not what they know."""
        now = self.lanes()
        if now == self._told and not is_new:
            return
        self._told = now
        for listener in self._listeners:
            listener()

    async def introduce(self) -> None:
        """Wait until the other hubs know this one: from then on they look for what it accepts."""
        if self._others:
            known_at = self._registered_at + 1.5 * RENEW_S
            await self._clock.sleep(known_at - self._clock.monotonic())

    async def run(self) -> None:
        """Go on living; an unreachable store lets the term run out."""
        while True:
            try:
                await self.take_lanes()
            except Unavailable as fault:
                _log.warning("leases could not be renewed", error=fault)
                self._notice()
            await self._clock.sleep(RENEW_S)

    async def release(self) -> None:
        """Give everything back, so that another hub need not wait."""
        if self._store.is_exclusive or not self._is_registered:
            return
        async with self._turn:
            await self._give_up(sorted(self._lanes))
            await self._store.delete(LEASES, _hub_id(self.key))
            self._is_registered, self._until = False, 0.0


def _hub_id(key: str) -> str:
    return f"{SYS}.hub-{key}"


def _fresh_lane(lane: int) -> Doc:
    return {"_id": _lane_id(lane), "owner": "", "until": 0, "epoch": 0}


def _lane_id(lane: int) -> str:
    return f"{SYS}.lane-{lane:02d}"


def _is_hub(doc: Doc) -> bool:
    return bool(doc["_id"].startswith("sys.hub-"))
