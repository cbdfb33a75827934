"""A crash after every single write of a merge and of its undo: the next start finishes it, and the
undo still restores every document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hub.clock import SystemClock
from hub.errors import HubError, Unavailable
from hub.model.merge import Merge
from hub.ports.collections import ALL, AUDIT, CLAIMS, MERGES
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.docs import from_doc
from hub.store.migrations import ALL as MIGRATIONS
from tests.support.core import Core, bear
from tests.support.crashing_store import CrashingStore
from tests.support.loop_channel import Wire
from tests.support.merging import (
    Documents,
    check_reachable,
    contact_of,
    documents,
    dump,
    merge,
    next_life,
    write,
)
from tests.support.stores import KINDS, fresh_store

MOST_WRITES = 80
ANN, BOB = "ann@shop.example", "bob@shop.example"
Act = Callable[[Core], Awaitable[object]]


async def _furnish(core: Core) -> None:
    """Two people with two open conversations, one closed one and facts of their own."""
    await write(core, ANN, "from Ann", "m1")
    await write(core, BOB, "from Bob", "m2")
    contacts = core.hub.services.contacts
    for who, name in ((ANN, "Ann"), (BOB, "Bob")):
        contact = await contact_of(core, who)
        await contacts.change(core.agent(), contact.id, {"name": name, "fields": {"of": name}})


async def _merges(core: Core) -> list[Merge]:
    return [from_doc(Merge, doc) for doc in await dump(core.store, MERGES)]


async def _undo_all(core: Core) -> None:
    for one in await _merges(core):
        if one.state == "merged":
            await core.hub.services.merges.undo(core.agent(), one.id)


async def _die_in(act: Act, core: Core, mortal: CrashingStore, writes: int) -> bool:
    """Whether the act ended before the crash came."""
    mortal.die_after(writes)
    living = asyncio.ensure_future(act(core))
    results = await asyncio.gather(living, return_exceptions=True)
    was_spared = not mortal.is_dead
    mortal.die_after(0)
    assert all(r is None or isinstance(r, Merge | Unavailable) for r in results), results
    await core.die()
    return was_spared


async def _check_after(core: Core, before: Documents) -> None:
    await check_reachable(core)
    merges = await _merges(core)
    assert all(one.state in ("merged", "undone") for one in merges)
    assert await dump(core.store, CLAIMS) == []
    told = [row["action"] for row in await dump(core.store, AUDIT)]
    assert ("contact.merged" in told) is bool(merges)
    assert ("contact.unmerged" in told) is any(one.state == "undone" for one in merges)
    await _undo_all(core)
    assert await documents(core.store) == before
    await check_reachable(core)


async def _crash_everywhere(kind: str, tmp_path: Path, step: int, prepare: Act, act: Act) -> None:
    for writes in range(1, MOST_WRITES, step):
        path = tmp_path / str(writes)
        path.mkdir()
        clock, wire = SystemClock(), Wire()
        async with fresh_store(kind, path, clock, ALL) as store:
            await migrate.migrate(store, clock, MIGRATIONS)
            mortal = CrashingStore(store, 1_000_000)
            was_spared = await _one_crash(mortal, store, path, wire, writes, prepare, act)
        if was_spared:
            assert writes > 15, "a merge writes more than that"
            return
    pytest.fail("it never ended")


async def _one_crash(
    mortal: CrashingStore,
    store: DocumentStore,
    path: Path,
    wire: Wire,
    writes: int,
    prepare: Act,
    act: Act,
) -> bool:
    clock = SystemClock()
    core = await bear(mortal, path, wire, clock)
    await _furnish(core)
    before = await documents(store)
    await prepare(core)
    was_spared = await _die_in(act, core, mortal, writes)
    core = await next_life(store, path, wire)
    try:
        await _check_after(core, before)
    except (AssertionError, HubError) as fault:
        fault.add_note(f"crash after write {writes}")
        raise
    finally:
        await core.die()
    return was_spared


async def _nothing(core: Core) -> None:
    return


async def _merge(core: Core) -> object:
    return await merge(core, ANN, BOB, "name", "field:of")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_merge_survives_a_crash_after_any_write(kind: str, tmp_path: Path) -> None:
    await _crash_everywhere(kind, tmp_path, 1 if kind == "sqlite" else 5, _nothing, _merge)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_undo_survives_a_crash_after_any_write(kind: str, tmp_path: Path) -> None:
    await _crash_everywhere(kind, tmp_path, 1 if kind == "sqlite" else 5, _merge, _undo_all)
