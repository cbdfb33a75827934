"""Random histories of people who write, are merged, unmerged and met by crashes, on both stores.

Whatever happens: no message is lost, changed or on two pages, nobody has two open conversations in
one join group, and an undo with nothing in between restores every document.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hub.clock import SystemClock
from hub.errors import BadInput, Conflict, Unavailable
from hub.model.merge import Merge
from hub.ports.collections import ALL, CONTACTS, MERGES, MESSAGES
from hub.services import migrate
from hub.services.conversations import Changes
from hub.services.docs import from_doc
from hub.store.migrations import ALL as MIGRATIONS
from tests.support.crashing_store import CrashingStore
from tests.support.loop_channel import Wire, chat_from, mail_from
from tests.support.merging import Documents, check_reachable, documents, dump, next_life
from tests.support.stores import fresh_store

T = TypeVar("T")
PEOPLE = ("ann", "bob", "cem", "dee", "visitor")
FIELDS = st.lists(
    st.sampled_from(["name", "company", "claimed_email", "field:of"]), max_size=3, unique=True
)
SPOTS = st.integers(0, 7)


class Histories(RuleBasedStateMachine):
    """One life of a workspace. `kind` of the store is set by the subclass."""

    kind = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._path = Path(tempfile.mkdtemp(prefix="histories-"))
        self._stack = AsyncExitStack()
        self._events = 0
        self._said: list[str] = []
        #: Merges in force, with what was before them; None once something else has happened since.
        self._before: list[tuple[str, Documents | None]] = []

    def _run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    @initialize()
    def begin(self) -> None:
        self._run(self._begin())

    async def _begin(self) -> None:
        clock = SystemClock()
        opened = fresh_store(self.kind, self._path, clock, ALL)
        self._store = await self._stack.enter_async_context(opened)
        await migrate.migrate(self._store, clock, MIGRATIONS)
        self._wire = Wire()
        await self._wake()

    async def _wake(self) -> None:
        self._mortal = CrashingStore(self._store, 1_000_000)
        self._core = await next_life(self._mortal, self._path, self._wire)

    def teardown(self) -> None:
        self._run(self._end())
        self._runner.close()
        shutil.rmtree(self._path)

    async def _end(self) -> None:
        if hasattr(self, "_core"):
            await self._core.die()
        await self._stack.aclose()

    @rule(who=st.sampled_from(PEOPLE))
    def say(self, who: str) -> None:
        self._run(self._say(who))
        self._touched()

    async def _say(self, who: str) -> None:
        self._events += 1
        text, id = f"{who} {self._events}", f"m{self._events}"
        chat, mail = self._core.inboxes["chat"].id, self._core.inboxes["mail"].id
        if who == "visitor":
            await self._core.wire.receive(chat, chat_from(chat, who, text, id))
        else:
            await self._core.wire.receive(mail, mail_from(f"{who}@shop.example", text, id))
        self._said.append(text)
        await self._core.settle()
        await self._core.hub.services.merges.settle()

    @rule(spot=SPOTS, state=st.sampled_from(["closed", "open", "snoozed"]))
    def change_state(self, spot: int, state: str) -> None:
        self._run(self._change_state(spot, state))

    async def _change_state(self, spot: int, state: Any) -> None:
        every = sorted(await self._core.conversations(), key=lambda c: c.created_at)
        if not every:
            return
        self._events += 1
        until = SystemClock().now_ms() + 3_600_000
        wanted = Changes(state=state, snoozed_until=until if state == "snoozed" else 0)
        verbs, one = self._core.hub.services.conversations, every[spot % len(every)]
        if one.state == "closed" and state == "snoozed":
            return  # what is closed cannot be claimed by a snooze
        try:
            await verbs.change(self._core.agent(), one, f"change-{self._events}", wanted)
        except BadInput:
            return  # merged, or another one is open
        self._touched()

    @rule(spot=SPOTS, what=st.sampled_from(["name", "company", "claimed_email", "fields"]))
    def change_contact(self, spot: int, what: str) -> None:
        self._run(self._change_contact(spot, what))

    async def _change_contact(self, spot: int, what: str) -> None:
        people = await self._people()
        if not people:
            return
        self._events += 1
        value: Any = {"of": str(self._events)} if what == "fields" else f"x{self._events}"
        id = people[spot % len(people)]
        contacts = self._core.hub.services.contacts
        contact = await contacts.change(self._core.agent(), id, {what: value})
        await self._core.hub.services.conversations.rename_contact(contact)
        self._touched()

    @rule(first=SPOTS, second=SPOTS, fields=FIELDS)
    def merge(self, first: int, second: int, fields: list[str]) -> None:
        self._run(self._merge(first, second, fields))

    @rule(first=SPOTS, second=SPOTS, fields=FIELDS)
    def merge_and_undo(self, first: int, second: int, fields: list[str]) -> None:
        """undo(merge(x)) equals x."""
        self._run(self._merge(first, second, fields))
        self._run(self._undo(-1))

    @rule(first=SPOTS, second=SPOTS, who=st.sampled_from(PEOPLE))
    def merge_while_somebody_writes(self, first: int, second: int, who: str) -> None:
        async def both() -> None:
            await asyncio.gather(self._merge(first, second, []), self._say(who))
            await self._core.hub.services.merges.settle()

        self._run(both())
        self._touched()

    @rule(first=SPOTS, second=SPOTS, fields=FIELDS, writes=st.integers(1, 40))
    def crash_while_merging(self, first: int, second: int, fields: list[str], writes: int) -> None:
        self._run(self._crash(writes, self._merge(first, second, fields)))

    @rule(spot=SPOTS, writes=st.integers(1, 40))
    def crash_while_undoing(self, spot: int, writes: int) -> None:
        self._run(self._crash(writes, self._undo(spot)))

    @rule(spot=SPOTS)
    def undo(self, spot: int) -> None:
        self._run(self._undo(spot))

    async def _merge(self, first: int, second: int, fields: list[str]) -> None:
        people = await self._people()
        if len(people) < 2:
            return
        winner = people[first % len(people)]
        loser = people[(first + 1 + second % (len(people) - 1)) % len(people)]
        before = await documents(self._store)
        known = {doc["_id"] for doc in await dump(self._store, MERGES)}
        try:
            await self._core.hub.services.merges.merge(self._core.agent(), winner, loser, fields)
        finally:
            # After a crash the merge is finished at the next start, if its record was written.
            new = {doc["_id"] for doc in await dump(self._store, MERGES)} - known
            self._before += [(id, before) for id in new]

    async def _undo(self, spot: int) -> None:
        """The latest of all can always be undone, an earlier one if no later one stands on it."""
        if not self._before:
            return
        id, before = self._before[spot % len(self._before) if spot >= 0 else -1]
        is_latest = id == self._before[-1][0]
        try:
            await self._core.hub.services.merges.undo(self._core.agent(), id)
        except Conflict:
            assert not is_latest
            return
        self._before = [(known, b) for known, b in self._before if known != id]
        if not is_latest:
            self._touched()
        elif before is not None:
            assert await documents(self._store) == before

    async def _crash(self, writes: int, work: Awaitable[None]) -> None:
        self._mortal.die_after(writes)
        results = await asyncio.gather(work, return_exceptions=True)
        assert all(r is None or isinstance(r, Unavailable) for r in results), results
        self._mortal.die_after(0)
        await self._core.die()
        await self._wake()
        state = {doc["_id"]: from_doc(Merge, doc).state for doc in await dump(self._store, MERGES)}
        assert set(state.values()) <= {"merged", "undone"}
        undone = [pair for pair in self._before if state.get(pair[0]) != "merged"]
        is_latest = undone == self._before[-1:]
        self._before = [pair for pair in self._before if state.get(pair[0]) == "merged"]
        if undone and is_latest and undone[0][1] is not None:
            assert await documents(self._store) == undone[0][1]
        elif undone:
            self._touched()

    async def _people(self) -> list[str]:
        docs = [doc for doc in await dump(self._store, CONTACTS) if not doc["merged_into"]]
        return [doc["_id"] for doc in sorted(docs, key=lambda doc: doc["created_at"])]

    def _touched(self) -> None:
        self._before = [(id, None) for id, _ in self._before]

    @invariant()
    def nothing_is_lost_or_mixed(self) -> None:
        if hasattr(self, "_core"):
            self._run(self._check())

    async def _check(self) -> None:
        await check_reachable(self._core)
        texts = [
            doc["text"] for doc in await dump(self._store, MESSAGES) if doc["kind"] == "message"
        ]
        assert sorted(texts) == sorted(self._said)


class MongoHistories(Histories):
    kind = "mongo"


@pytest.mark.parametrize(("machine", "examples"), [(Histories, 8), (MongoHistories, 3)])
def test_any_history_of_merges_keeps_every_message_and_can_be_undone(
    machine: type[Histories], examples: int
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
