"""Migrations: forward only, one hub at a time, resumed after a crash in their middle."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import ConfigFault, Conflict, Unavailable
from hub.ports.collections import ALL, CONTACTS, LEASES, META
from hub.ports.migrations import Migration, Progress
from hub.ports.store import DocumentStore, Patch
from hub.services.migrate import LEASE_ID, TERM_MS, WAIT_S, migrate, schema_version
from hub.store import migrations
from tests.support.clock import ManualClock
from tests.support.stores import KINDS, fresh_store

WS = "aaaaaaaa"
PEOPLE = 50


@pytest.fixture(params=KINDS)
async def documents(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[DocumentStore]:
    async with fresh_store(request.param, tmp_path, clock, ALL) as store:
        people = [{"_id": f"{WS}.c{n:03d}", "updated_at": n, "name": "a b"} for n in range(PEOPLE)]
        assert await store.insert_many(CONTACTS, people) == []
        yield store


class Splitting:
    """A migration that gives every contact a first name, ten a page; it can be killed after a
    page.
    """

    def __init__(self, dies_after: int = 0) -> None:
        self.dies_after, self.pages = dies_after, 0
        self.migration = Migration(2, "first names", self.run)

    async def run(self, store: DocumentStore, progress: Progress) -> None:
        cursor: str | None = progress.cursor or None
        while True:
            page = await store.dump(CONTACTS, cursor, 10)
            for doc in page.docs:
                await store.patch(CONTACTS, doc["_id"], Patch(set={"first": doc["name"][0]}))
            self.pages += 1
            if self.pages == self.dies_after:
                raise RuntimeError("killed")
            if (cursor := page.next) is None:
                return
            await progress.save(cursor)


async def test_a_new_store_gets_the_newest_version(
    documents: DocumentStore, clock: ManualClock
) -> None:
    assert await schema_version(documents) == 0
    assert await migrate(documents, clock, migrations.ALL) == len(migrations.ALL)
    assert await schema_version(documents) == migrations.ALL[-1].number
    assert await migrate(documents, clock, migrations.ALL) == 0


def test_the_migrations_are_numbered_without_gaps() -> None:
    assert [m.number for m in migrations.ALL] == list(range(1, len(migrations.ALL) + 1))


@pytest.mark.parametrize("dies_after", range(1, 6))
async def test_a_crash_in_the_middle_is_gone_on_from(
    documents: DocumentStore, clock: ManualClock, dies_after: int
) -> None:
    first = Splitting(dies_after)
    with pytest.raises(RuntimeError):
        await migrate(documents, clock, [*migrations.ALL, first.migration])
    assert await schema_version(documents) == 1
    second = Splitting()
    assert await migrate(documents, clock, [*migrations.ALL, second.migration]) == 1
    assert await schema_version(documents) == 2
    assert second.pages <= 6 - (dies_after - 1)
    people = (await documents.dump(CONTACTS)).docs
    assert [doc["first"] for doc in people] == ["a"] * PEOPLE


async def test_a_newer_store_is_refused_in_one_line(
    documents: DocumentStore, clock: ManualClock
) -> None:
    """R-43."""
    await migrate(documents, clock, [*migrations.ALL, Splitting().migration])
    with pytest.raises(ConfigFault) as refused:
        await migrate(documents, clock, migrations.ALL)
    (line,) = refused.value.faults
    assert "newer" in line
    assert "\n" not in line


async def test_two_hubs_migrate_once(documents: DocumentStore, clock: ManualClock) -> None:
    one, two = Splitting(), Splitting()
    first = asyncio.ensure_future(migrate(documents, clock, [*migrations.ALL, one.migration]))
    second = asyncio.ensure_future(migrate(documents, clock, [*migrations.ALL, two.migration]))
    # No time passes until the one that holds the lease is done.
    await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
    while not (first.done() and second.done()):
        await clock.advance(WAIT_S)
    assert sorted([first.result(), second.result()]) == [0, 2]
    assert sorted([one.pages, two.pages])[0] == 0


async def test_a_dead_hubs_lease_is_taken_over_and_a_living_one_is_not(
    documents: DocumentStore, clock: ManualClock
) -> None:
    lease = {"_id": LEASE_ID, "owner": "dead", "until": clock.now_ms() + TERM_MS}
    await documents.insert(LEASES, lease)
    task = asyncio.ensure_future(migrate(documents, clock, migrations.ALL))
    while not task.done():
        await clock.advance(1)
    assert task.result() == 1
    assert clock.monotonic() * 1000 > TERM_MS
    await documents.patch(META, "sys.schema", Patch(set={"version": 0}))
    far = clock.now_ms() + 365 * 86_400_000  # the clock outruns a slow server
    await documents.patch(LEASES, LEASE_ID, Patch(set={"owner": "alive", "until": far}))
    task = asyncio.ensure_future(migrate(documents, clock, migrations.ALL))
    while not task.done():
        await clock.advance(1)
    with pytest.raises(Unavailable):
        task.result()


async def test_a_hub_that_lost_its_lease_stops(
    documents: DocumentStore, clock: ManualClock
) -> None:
    async def robbed(store: DocumentStore, progress: Progress) -> None:
        await store.patch(LEASES, LEASE_ID, Patch(set={"owner": "another"}))
        await progress.save("x")

    with pytest.raises(Conflict):
        await migrate(documents, clock, [*migrations.ALL, Migration(2, "robbed", robbed)])
    assert await schema_version(documents) == 1
