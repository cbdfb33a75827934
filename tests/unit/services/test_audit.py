"""The audit log (S-64): who changes, drops, swaps or adds a row behind our back is found out."""

import asyncio

import pytest

from hub.ports.collections import AUDIT
from hub.ports.store import Patch
from hub.services.audit import ACTIONS, Audit
from tests.support.people import Town


async def filled(town: Town, rows: int = 12) -> str:
    workspace = await town.workspace()
    for n in range(rows):
        details = {"n": n, "password": "hunter2", "name": "x"}
        await town.people.audit.add(workspace, "label.created", f"t{n}", details, "192.0.2.1")
    return workspace


async def test_rows_come_newest_first_in_pages(town: Town) -> None:
    workspace = await filled(town)
    page = await town.people.audit.page(workspace, limit=5)
    assert [row.target for row in page.rows] == ["t11", "t10", "t9", "t8", "t7"]
    assert page.is_intact
    rest = await town.people.audit.page(workspace, after=page.next, limit=50)
    assert [row.target for row in rest.rows] == [f"t{n}" for n in range(6, -1, -1)]
    assert rest.next is None
    assert rest.is_intact
    assert await town.people.audit.verify(workspace)


async def test_secrets_never_reach_the_log(town: Town) -> None:
    workspace = await filled(town, 1)
    (row,) = (await town.people.audit.page(workspace)).rows
    assert "hunter2" not in repr(row)


@pytest.mark.parametrize(
    "change", [{"actor": "nobody"}, {"at": 1}, {"details.n": 99}, {"ip": ""}, {"target": "t0"}]
)
async def test_an_edited_row_is_detected(town: Town, change: dict[str, object]) -> None:
    workspace = await filled(town)
    await town.store.patch(AUDIT, f"{workspace}.{7:016d}", Patch(set=change))
    assert not await town.people.audit.verify(workspace)
    assert not (await town.people.audit.page(workspace)).is_intact


@pytest.mark.parametrize("n", [1, 7, 12])
async def test_a_deleted_row_is_detected_even_at_the_ends(town: Town, n: int) -> None:
    workspace = await filled(town)
    await town.store.delete(AUDIT, f"{workspace}.{n:016d}")
    assert not await town.people.audit.verify(workspace)
    assert not (await town.people.audit.page(workspace)).is_intact


async def test_a_forged_row_at_the_end_is_detected(town: Town) -> None:
    workspace = await filled(town)
    doc = await town.store.get(AUDIT, f"{workspace}.{12:016d}")
    assert doc is not None
    await town.store.insert(AUDIT, {**doc, "_id": f"{workspace}.{13:016d}"})
    assert not await town.people.audit.verify(workspace)


async def test_two_writers_make_one_chain(town: Town) -> None:
    workspace = await town.workspace()
    people = town.people
    writers = [people.audit, Audit(town.store, people.workspaces, town.clock)]
    adds = [writers[n % 2].add(workspace, "label.created", f"t{n}") for n in range(40)]
    await asyncio.gather(*adds)
    page = await people.audit.page(workspace, limit=100)
    assert len(page.rows) == 40
    assert await people.audit.verify(workspace)


async def test_workspaces_have_chains_of_their_own(town: Town) -> None:
    one, other = await filled(town), await filled(town, 3)
    await town.store.delete(AUDIT, f"{one}.{7:016d}")
    assert not await town.people.audit.verify(one)
    assert await town.people.audit.verify(other)


async def test_an_unknown_action_is_a_programming_error(town: Town) -> None:
    with pytest.raises(ValueError, match="audited"):
        await town.people.audit.add("sys", "made.up")


def test_actions_read_noun_dot_verb() -> None:
    assert all(action.count(".") == 1 and action.islower() for action in ACTIONS)
