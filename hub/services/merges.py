"""Two contacts turn out to be one person, or turn out not to be: merging, and undoing exactly that.

A merge is a record before it is anything else; its steps can be repeated, so what a crash broke off
is finished at the next start. Both contacts are claimed meanwhile: a second merge or undo of either
is refused with `Conflict`. Of several merges into one person the latest is undone first. What a
merge does is in `merge_steps`, what an undo does, and to what came since, in `unmerge_steps`.
Called by the API and at start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hub import log
from hub.clock import Clock
from hub.errors import BadInput, Conflict, HubError, NotFound, Unavailable
from hub.model.agent import Scope
from hub.model.contact import Contact
from hub.model.events import ContactChanged, ConversationChanged, Event
from hub.model.ids import lane_of, new_id, workspace_of
from hub.model.merge import Merge
from hub.ports.bus import Bus
from hub.ports.store import DocumentStore
from hub.services.audit import Audit
from hub.services.contacts import Contacts
from hub.services.lanes import Lanes
from hub.services.leases import Leases
from hub.services.merge_facts import check_choice
from hub.services.merge_steps import MergeSteps, too_many
from hub.services.merge_store import MergeStore
from hub.services.names import NameBook
from hub.services.timeline import Timeline
from hub.services.timers import Timers
from hub.services.unmerge_steps import UnmergeSteps
from hub.tasks import Tasks

_AGAIN_S = 2.0
#: How far back a start looks for conversations that were begun for a pointer.
_RECENT_MS = 3_600_000
_SHOWN = 50
#: How often merges of dead hubs are looked for.
_DEAD_S = 2.0

_log = log.get(__name__)


class Merges:
    """The only writer of merges. `start` before anything comes in."""

    def __init__(
        self,
        store: DocumentStore,
        contacts: Contacts,
        timeline: Timeline,
        names: NameBook,
        timers: Timers,
        audit: Audit,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
        leases: Leases | None = None,
    ) -> None:
        #: On a store that several hubs share: who of them is there.
        self._leases = None if leases is None or store.is_exclusive else leases
        self._rows = MergeStore(store)
        self._contacts = contacts
        self._audit = audit
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._steps = MergeSteps(store, self._rows, contacts, timeline, names, timers)
        self._back = UnmergeSteps(store, self._rows, contacts, timeline, self._steps)
        self._turns = Lanes()
        #: Contacts that have become pointers since the start.
        self._pointers: set[str] = set()
        self._sweeps: set[asyncio.Task[None]] = set()
        bus.subscribe(self._listen)

    async def merge(self, scope: Scope, winner_id: str, loser_id: str, fields: list[str]) -> Merge:
        """`loser_id` becomes a pointer to `winner_id`, who takes `fields` (names, or
        `field:<own field>`) from them, and what the winner lacks.
        """
        check_choice(fields)
        winner = await self._contacts.require(scope, winner_id)
        loser = await self._contacts.require(scope, loser_id)
        if winner.id == loser.id:
            raise BadInput("they are one contact already", "other")
        merge = Merge(
            id=new_id(scope.workspace),
            winner_id=winner.id,
            loser_id=loser.id,
            fields=fields,
            at=self._clock.now_ms(),
            hub=self._hub,
            by_id=scope.agent_id,
            by_name=scope.name,
            winner_name=winner.name,
            loser_name=loser.name,
        )
        await self._rows.insert(merge)
        try:
            await self._begin(merge)
        except (Conflict, BadInput):
            await self._refuse(merge)
            raise
        return await self._finish(merge)

    async def undo(self, scope: Scope, merge_id: str) -> Merge:
        """Take a merge back. `Conflict` while a later one stands on it."""
        merge = await self._require(scope, merge_id)
        if merge.state != "merged":
            raise Conflict("this merge is undone already, or is being worked on", "merge")
        await self._check_latest(merge)
        merge = await self._rows.move_on(
            merge,
            "merged",
            state="undoing",
            hub=self._hub,
            undone_at=self._clock.now_ms(),
            undone_by_id=scope.agent_id,
            undone_by_name=scope.name,
            is_told=False,
        )
        try:
            await self._rows.lock(merge)
            await self._check_latest(merge)
        except Conflict:
            await self._refuse(merge)
            raise
        return await self._finish(merge)

    async def of_contact(self, scope: Scope, contact_id: str) -> tuple[Contact, list[Merge]]:
        """The contact and the merges into it, the latest first."""
        contact = await self._contacts.require(scope, contact_id)
        return contact, await self._rows.won_by(contact.id, _SHOWN)

    @property
    def _hub(self) -> str:
        return self._leases.key if self._leases is not None else ""

    async def start(self, workspaces: list[str]) -> None:
        """Finish what an earlier run, or a hub that is dead, has left."""
        since = self._clock.now_ms() - _RECENT_MS
        for workspace in workspaces:
            await self._take_up(workspace)
            for merge in await self._rows.since(workspace, since):
                if merge.state in ("merged", "undone"):
                    await self._rows.unlock(merge)
                if merge.state == "merged":
                    self._sweep_soon(merge.loser_id)

    async def run(self, workspaces: Callable[[], Awaitable[list[str]]]) -> None:
        """Among several hubs: go on where another one died, for ever."""
        while True:
            await self._clock.sleep(_DEAD_S)
            try:
                for workspace in await workspaces():
                    await self._take_up(workspace)
            except Unavailable as fault:
                _log.warning("merges could not be looked at", error=fault)

    async def _take_up(self, workspace: str) -> None:
        for merge in await self._rows.unfinished(workspace):
            if self._leases is not None:
                is_ours = self._leases.owns_lane(lane_of(workspace))
                if not is_ours or self._leases.is_alive(merge.hub):
                    continue
                if await self._rows.take_over(merge, self._hub) is None:
                    continue
            try:
                await self._resume(merge)
            except HubError as fault:
                self._put_off(merge, fault)

    async def sweep(self, contact_id: str) -> None:
        """Whatever was begun for a pointer by somebody who still saw a contact there follows it."""
        while True:
            contact = await self._steps.contact(contact_id)
            merge = await self._rows.get(contact.merges[-1]) if contact.merged_into else None
            if merge is None:
                return
            merge = await self._rows.move_on(merge, "merged", state="merging", hub=self._hub)
            try:
                await self._rows.lock(merge)
            except Conflict:
                await self._refuse(merge)
                raise
            await self._finish(merge)
            contact_id = merge.winner_id

    async def _require(self, scope: Scope, merge_id: str) -> Merge:
        if workspace_of(merge_id) != scope.workspace:
            raise NotFound("there is no such merge")
        return await self._rows.require(merge_id)

    async def _begin(self, merge: Merge) -> None:
        await self._rows.lock(merge)
        both = [await self._steps.contact(id) for id in (merge.winner_id, merge.loser_id)]
        if any(contact.merged_into for contact in both):
            raise Conflict("one of them was merged a moment ago; look again", "contact")
        owned = [len(await self._contacts.identities(contact.id)) for contact in both]
        if too_many(*owned):
            raise BadInput("together they have more than 100 addresses", "other")

    async def _check_latest(self, merge: Merge) -> None:
        winner = await self._steps.contact(merge.winner_id)
        if winner.merged_into or winner.merges[-1:] != [merge.id]:
            raise Conflict("undo the later merge of this person first", "later")

    async def _refuse(self, merge: Merge) -> None:
        """Nothing was changed: as if it had never been asked for."""
        await self._rows.unlock(merge)
        known = await self._rows.get(merge.id)
        if known is None or known.state not in ("merging", "undoing"):
            return
        if known.loser_before is None:
            await self._rows.drop(merge)
        else:
            await self._rows.move_on(known, known.state, state="merged", is_told=True)

    async def _finish(self, merge: Merge) -> Merge:
        """All steps; what the store cannot do now is tried again until it is done."""
        try:
            return await self._carry_out(merge)
        except HubError as fault:
            self._put_off(merge, fault)
            raise

    def _put_off(self, merge: Merge, fault: HubError) -> None:
        _log.warning("a merge will be finished later", error=fault, merge=merge.id)
        _ = self._tasks.spawn("merge again", self._again(merge.id))

    async def _again(self, merge_id: str) -> None:
        while True:
            await self._clock.sleep(_AGAIN_S)
            try:
                merge = await self._rows.get(merge_id)
                if merge is not None:
                    await self._resume(merge)
            except HubError as fault:
                _log.warning("a merge could not be finished yet", error=fault, merge=merge_id)
            else:
                return

    async def _resume(self, merge: Merge) -> None:
        if merge.state not in ("merging", "undoing"):
            return
        try:
            if merge.loser_before is None:
                await self._begin(merge)
            else:
                await self._rows.lock(merge)
        except (Conflict, BadInput):
            await self._refuse(merge)
            return
        await self._carry_out(merge)

    async def _carry_out(self, merge: Merge) -> Merge:
        async with self._turns.hold(merge.id):
            merge = await self._rows.require(merge.id)
            if merge.state == "merging":
                self._pointers.add(merge.loser_id)
                merge = await self._steps.run(merge)
                state, action = "merged", "contact.merged"
            elif merge.state == "undoing":
                self._pointers.discard(merge.loser_id)
                await self._back.run(merge)
                state, action = "undone", "contact.unmerged"
            else:
                return merge
            if not merge.is_told:
                await self._tell(merge, action)
            merge = await self._rows.move_on(merge, merge.state, state=state, is_told=True)
            await self._rows.unlock(merge)
        return merge

    async def _tell(self, merge: Merge, action: str) -> None:
        for contact_id in (merge.winner_id, merge.loser_id):
            contact = await self._steps.contact(contact_id)
            owned = await self._contacts.identities(contact_id)
            event = ContactChanged(contact=contact, identities=owned)
            self._bus.publish(workspace_of(contact_id), event)
        is_undo = action == "contact.unmerged"
        who = Scope(
            workspace_of(merge.id),
            merge.undone_by_id if is_undo else merge.by_id,
            merge.undone_by_name if is_undo else merge.by_name,
            "agent",
            frozenset(),
        )
        details = {"name": merge.winner_name, "other": merge.loser_name, "merge": merge.id}
        await self._audit.add(who, action, merge.winner_id, details)

    def _listen(self, workspace: str, event: Event) -> None:
        """A conversation was begun for somebody who has become a pointer in that moment, perhaps by
        another hub.
        """
        if isinstance(event, ConversationChanged) and event.before is None:
            contact_id = event.conversation.contact_id
            if self._leases is not None or contact_id in self._pointers:
                self._sweep_soon(contact_id)

    def _sweep_soon(self, contact_id: str) -> None:
        task = self._tasks.spawn("merge sweep", self._sweep_until_done(contact_id))
        self._sweeps.add(task)
        task.add_done_callback(self._sweeps.discard)

    async def settle(self) -> None:
        """Until nothing waits to follow a pointer."""
        while self._sweeps:
            await asyncio.wait(self._sweeps)

    async def _sweep_until_done(self, contact_id: str) -> None:
        while True:
            try:
                await self.sweep(contact_id)
            except (Conflict, Unavailable):
                await self._clock.sleep(_AGAIN_S)
            else:
                return
