"""What lies on agents' desks and whether they are there: the only writer of `Desk` documents.

Every change replaces the desk as it was read, by its version, so that two hubs cannot both give the
last free place away. A change of the presence that holds leaves a row in the presence log, from
which times available and away are counted. Called by the router (claims), the verbs of routing, the
API (presence) and `hub.services.browsers` (who has an open browser).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, Conflict, Unavailable
from hub.model.desk import Desk, Held, Presence, PresenceReason, load_of
from hub.model.events import DeskChanged
from hub.model.ids import local, new_key, workspace_of
from hub.model.routing import WorkKind
from hub.ports.bus import Bus
from hub.ports.collections import DESKS, PRESENCE_LOG, PRESENCE_REASONS
from hub.ports.store import DocumentStore, Insert, Op, Patch, PatchOp
from hub.services.docs import from_doc, to_doc
from hub.services.lanes import Lanes

LOG_KEPT_MS = 400 * 24 * 3600 * 1000
SYSTEM = "system"
_ATTEMPTS = 100
_MAX_AGENTS = 5_000

#: The desk as it is to be; None: nothing may change.
Alter = Callable[[Desk, int], Desk | None]
replace = msgspec.structs.replace


class Desks:
    """Made once. `here` is fed by `hub.services.browsers`: agents with a browser at this hub."""

    def __init__(self, store: DocumentStore, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._turns = Lanes()
        self.here: set[str] = set()
        #: Under which this hub vouches for browsers.
        self.key = new_key()[:10]

    async def get(self, agent_id: str) -> Desk:
        """An agent who never worked has an empty one."""
        doc = await self._store.get(DESKS, agent_id)
        return Desk(id=agent_id) if doc is None else from_doc(Desk, doc)

    async def of(self, agent_ids: Iterable[str]) -> list[Desk]:
        docs = await self._store.get_many(DESKS, list(agent_ids))
        return [from_doc(Desk, doc) for doc in docs]

    async def all(self, workspace: str) -> list[Desk]:
        """Those that were ever written."""
        found: list[Desk] = []
        after = None
        while len(found) < _MAX_AGENTS:
            page = await self._store.find_as(Desk, DESKS, workspace, {}, after=after, limit=500)
            found += page.items
            after = page.next
            if after is None:
                break
        return found

    def is_connected(self, desk: Desk, now: int) -> bool:
        """Has the agent an open browser at any hub?"""
        if desk.id in self.here:
            return True
        if self._store.is_exclusive:
            return False
        return any(until > now for key, until in desk.connected.items() if key != self.key)

    def presence(self, desk: Desk, now: int) -> Presence:
        """What holds: offline without a browser, whatever was chosen."""
        return desk.presence if self.is_connected(desk, now) else "offline"

    def is_ready(self, desk: Desk, now: int) -> bool:
        """May work be given to this agent now?"""
        return self.presence(desk, now) == "available" and desk.wrap_up_until <= now

    async def hold(self, agent_id: str, conversation_id: str, kind: WorkKind, cost: int) -> bool:
        """The conversation is this agent's: it lies on the desk, whatever there is room for. A
        claim that is under way for it can no longer be taken back. Safe to repeat.
        """
        key = local(conversation_id)

        def take(desk: Desk, now: int) -> Desk | None:
            known = desk.held.get(key)
            if known is not None:
                settled = replace(known, claim="")
                return replace(desk, held={**desk.held, key: settled})
            return _with(desk, key, Held(kind=kind, cost=cost, at=now), now)

        return await self._change(agent_id, take) is not None

    async def claim(
        self,
        agent_id: str,
        conversation_id: str,
        kind: WorkKind,
        cost: int,
        claim: str,
        *,
        limit: int,
    ) -> bool:
        """Take a place for a conversation that is about to be given to the agent. False when the
        agent is not ready, the load would exceed `limit`, or somebody else is about to.
        """
        key = local(conversation_id)

        def take(desk: Desk, now: int) -> Desk | None:
            if key in desk.held:
                return desk if desk.held[key].claim == claim else None
            if load_of(desk) + cost > limit or not self.is_ready(desk, now):
                return None
            return _with(desk, key, Held(kind=kind, cost=cost, at=now, claim=claim), now)

        return await self._change(agent_id, take) is not None

    async def unclaim(self, agent_id: str, conversation_id: str, claim: str) -> None:
        """The claim came to nothing: its place is free again, if it still is the claim's."""
        key = local(conversation_id)

        def drop(desk: Desk, now: int) -> Desk | None:
            known = desk.held.get(key)
            if known is None or known.claim != claim:
                return None
            held = {id: one for id, one in desk.held.items() if id != key}
            return replace(desk, held=held)

        await self._change(agent_id, drop)

    async def release(
        self,
        agent_id: str,
        conversation_id: str,
        *,
        handled_ms: int | None = None,
        wrap_up_s: int = 0,
    ) -> Desk | None:
        """The conversation leaves the desk; `handled_ms` when it was worked on to its end or passed
        on, after which `wrap_up_s` may follow. None when it did not lie there. Safe to repeat.
        """
        key = local(conversation_id)

        def drop(desk: Desk, now: int) -> Desk | None:
            if key not in desk.held:
                return None
            held = {id: one for id, one in desk.held.items() if id != key}
            desk = replace(_of_today(desk, now), held=held, idle_since=now)
            if handled_ms is not None:
                desk = replace(
                    desk,
                    handled_today=desk.handled_today + 1,
                    talk_today_ms=desk.talk_today_ms + handled_ms,
                )
                if wrap_up_s:
                    desk = replace(
                        desk,
                        wrap_up_since=now,
                        wrap_up_until=now + wrap_up_s * 1000,
                        wrap_up_conversation_id=key,
                    )
            return desk

        return await self._change(agent_id, drop)

    async def end_wrap_up(self, agent_id: str, conversation_id: str) -> bool:
        """Ready for the next; False when this conversation's wrap-up was not running."""
        key = local(conversation_id)

        def end(desk: Desk, now: int) -> Desk | None:
            if desk.wrap_up_conversation_id != key:
                return None
            return replace(
                desk, wrap_up_until=0, wrap_up_since=0, wrap_up_conversation_id="", idle_since=now
            )

        return await self._change(agent_id, end) is not None

    async def set_presence(
        self, agent_id: str, presence: Presence, reason_id: str = "", *, by: str = ""
    ) -> Desk:
        """As the agent, or `by` somebody else, chose. Raises `BadInput` for an unknown reason."""
        allowed_ms = await self._allowed_ms(reason_id) if reason_id else 0

        def choose(desk: Desk, now: int) -> Desk:
            reason = reason_id if presence == "away" else ""
            if (desk.presence, desk.reason_id) == (presence, reason):
                return replace(desk, missed_in_row=0)
            return replace(
                desk,
                presence=presence,
                reason_id=reason,
                since=now,
                limit_until=now + allowed_ms if reason and allowed_ms else 0,
                set_by=by,
                missed_in_row=0,
                idle_since=now,
            )

        return await self._sure(agent_id, choose)

    async def _allowed_ms(self, reason_id: str) -> int:
        doc = await self._store.get(PRESENCE_REASONS, reason_id)
        if doc is None:
            raise BadInput("there is no such reason any more", "reason_id")
        return from_doc(PresenceReason, doc).limit_minutes * 60_000

    async def missed(self, agent_id: str, limit: int) -> Desk:
        """An offer was not answered: so many in a row make the agent away (0: never)."""

        def count(desk: Desk, now: int) -> Desk:
            desk = replace(desk, missed_in_row=desk.missed_in_row + 1)
            if not limit or desk.missed_in_row < limit or desk.presence != "available":
                return desk
            return replace(
                desk, presence="away", reason_id="", since=now, limit_until=0, set_by=SYSTEM
            )

        return await self._sure(agent_id, count)

    async def vouch(self, agent_ids: Iterable[str], until: int) -> None:
        """A browser of each of them is open at this hub."""
        patch = Patch(set={f"connected.{self.key}": until})
        for agent_id in agent_ids:
            await self._store.patch(DESKS, agent_id, patch)

    async def connected(self, agent_id: str, until: int) -> Desk:
        """The first browser of an agent has come, or (until 0) the last one has gone."""

        def note(desk: Desk, now: int) -> Desk:
            others = {key: at for key, at in desk.connected.items() if at > now}
            others.pop(self.key, None)
            mine = {self.key: until} if until else {}
            return replace(desk, connected=others | mine)

        return await self._sure(agent_id, note)

    async def refresh(self, agent_id: str) -> Desk:
        """Write down the presence that holds now: a hub may have died with its browsers."""
        return await self._sure(agent_id, lambda desk, now: desk)

    async def equalise(self, seen: Desk, held: Mapping[str, Held]) -> bool:
        """Make the desk hold just this (local id → place), if it is still as it was `seen`."""

        def correct(desk: Desk, now: int) -> Desk | None:
            return replace(desk, held=dict(held)) if desk.v == seen.v else None

        return await self._change(seen.id, correct) is not None

    async def repair_log(self, desks: Iterable[Desk]) -> None:
        """Rows that a crash between desk and log left out."""
        rows = [_log_row(desk) for desk in desks if desk.shown_since]
        if rows:
            await self._store.insert_many(PRESENCE_LOG, rows)

    async def _sure(self, agent_id: str, alter: Callable[[Desk, int], Desk]) -> Desk:
        return await self._change(agent_id, alter) or await self.get(agent_id)

    async def _change(self, agent_id: str, alter: Alter) -> Desk | None:
        async with self._turns.hold(agent_id):
            for _ in range(_ATTEMPTS):
                doc = await self._store.get(DESKS, agent_id)
                old = Desk(id=agent_id) if doc is None else from_doc(Desk, doc)
                now = self._clock.now_ms()
                wanted = alter(old, now)
                if wanted is None:
                    return None
                new = self._as_shown(old, wanted, now)
                if new == old and doc is not None:
                    return old
                new = replace(new, changed_at=now)
                if await self._write(old, new, is_new=doc is None):
                    new = replace(new, v=1 if doc is None else old.v + 1)
                    self._bus.publish(workspace_of(agent_id), DeskChanged(desk=new))
                    return new
        raise Unavailable("this agent's desk is being changed elsewhere; try again")

    def _as_shown(self, old: Desk, new: Desk, now: int) -> Desk:
        shown = self.presence(new, now)
        if shown == old.shown and new.reason_id == old.reason_id:
            return new
        # Two changes in a millisecond are two rows.
        since = max(now, old.shown_since + 1)
        idle = now if shown == "available" else new.idle_since
        return replace(new, shown=shown, shown_since=since, idle_since=idle)

    async def _write(self, old: Desk, new: Desk, *, is_new: bool) -> bool:
        rows: list[Op] = []
        if new.shown_since != old.shown_since:
            rows = [Insert(PRESENCE_LOG, _log_row(new), or_ignore=True)]
        try:
            if is_new:
                await self._store.insert(DESKS, to_doc(new))
                applied = await self._store.apply(rows) if rows else None
                return applied is None or applied.failed_at is None
            changed = Patch(set=_changed(old, new))
            first = PatchOp(DESKS, new.id, changed, expect={"v": old.v})
            return (await self._store.apply([first, *rows])).failed_at is None
        except Conflict:
            return False


def _with(desk: Desk, key: str, held: Held, now: int) -> Desk:
    return replace(
        desk,
        held={**desk.held, key: held},
        last_assigned_at=now,
        idle_since=now,
        missed_in_row=0,
    )


def _changed(old: Desk, new: Desk) -> dict[str, Any]:
    before, after = to_doc(old), to_doc(new)
    return {name: value for name, value in after.items() if value != before[name] and name != "v"}


def _of_today(desk: Desk, now: int) -> Desk:
    """Counters begin anew each day."""
    day = int(datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%d"))
    if desk.day == day:
        return desk
    return replace(desk, day=day, handled_today=0, talk_today_ms=0)


def _log_row(desk: Desk) -> dict[str, Any]:
    return {
        "_id": f"{workspace_of(desk.id)}.{desk.shown_since:013d}.{local(desk.id)}",
        "at": desk.shown_since,
        "agent_id": local(desk.id),
        "presence": desk.shown,
        "reason_id": local(desk.reason_id) if desk.reason_id else "",
        "expires_at": desk.shown_since + LOG_KEPT_MS,
    }
