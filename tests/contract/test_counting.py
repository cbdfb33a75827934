"""What is counted as it happens equals what a recount finds: whatever comes late, whenever the hub
is killed, on both stores.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.model.report import Grain
from hub.ports.collections import ALL, BUCKETS
from hub.ports.store import DocumentStore
from hub.services.reports.buckets import Families, read_all, summed
from hub.services.reports.counting import Timing, WorkspaceCount
from hub.services.reports.grains import DAY_MS, HOUR_MS, QUARTER_MS, after, floor
from hub.services.reports.progress import read_progress
from hub.services.reports.recount import recount
from tests.support.clock import START_MS, ManualClock
from tests.support.crashing_store import CrashingStore
from tests.support.stores import KINDS, fresh_store
from tests.support.timelines import WORKSPACE, Days, key, line


@pytest.fixture
def clock() -> ManualClock:
    """Far ahead: a server that forgets expired buckets goes by its own clock."""
    return ManualClock(START_MS + 10 * 365 * DAY_MS)


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[DocumentStore]:
    async with fresh_store(request.param, tmp_path, clock, ALL) as store:
        yield store


async def truth(store: DocumentStore, start: int, end: int, now: int) -> Families:
    return summed((await recount(store, WORKSPACE, start, end, now)).values())


async def stored(store: DocumentStore, grain: Grain, start: int, end: int) -> Families:
    return await read_all(store, WORKSPACE, grain, start, end)


async def assert_equal(store: DocumentStore, start: int, now: int) -> None:
    """All quarters since `start`, and what is whole of hours, days and months."""
    end = floor("quarter", now) + QUARTER_MS
    assert await stored(store, "quarter", start, end) == await truth(store, start, end, now)
    progress = await read_progress(store, WORKSPACE)
    assert progress is not None
    for grain in ("hour", "day", "month"):
        first = floor(grain, start)  # type: ignore[arg-type]
        while after(grain, first) <= progress.folded_until:  # type: ignore[arg-type]
            last = after(grain, first)  # type: ignore[arg-type]
            if first >= start:
                found = await stored(store, grain, first, last)  # type: ignore[arg-type]
                assert found == await truth(store, first, last, now), (grain, first)
            first = last


@pytest.mark.parametrize("seed", range(2))
async def test_counters_equal_a_recount_all_the_time(
    store: DocumentStore, clock: ManualClock, seed: int
) -> None:
    days, count = Days(store, seed), WorkspaceCount(store, WORKSPACE, clock)
    began = clock.now_ms()
    start = floor("day", began)
    await days.presence(began, "ada", "available")
    for _ in range(25):
        for _ in range(days.chance.randrange(4)):
            await days.happen(clock.now_ms() - days.chance.randrange(4_000))
        if days.chance.random() < 0.2:
            await days.presence(clock.now_ms(), "bob", days.chance.choice(["available", "away"]))
        await clock.advance(days.chance.choice([2, 2, 2, 60, 400, 3_000]))
        await count.step()
    await clock.advance(QUARTER_MS / 1000 + 60)  # presence of the open quarter is a minute behind
    await count.step()
    await assert_equal(store, start, clock.now_ms())


async def test_a_hub_killed_at_any_write_leaves_nothing_wrong(
    store: DocumentStore, clock: ManualClock
) -> None:
    """Each life ends one write later than the one before; the last one ends by itself."""
    days = Days(store, 7)
    start = floor("day", clock.now_ms())
    await days.presence(clock.now_ms(), "ada", "available")
    for deaths in range(1, 40):
        dying = CrashingStore(store, deaths)
        count = WorkspaceCount(dying, WORKSPACE, clock)  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            for _ in range(200):
                await days.happen(clock.now_ms())
                await count.step()
                await clock.advance(450)
        await clock.advance(days.chance.choice([2, 600, 4_000]))
    count = WorkspaceCount(store, WORKSPACE, clock)
    await count.step()
    await clock.advance(61)
    await count.step()
    await assert_equal(store, start, clock.now_ms())


async def test_lines_that_become_readable_late_are_counted(
    store: DocumentStore, clock: ManualClock
) -> None:
    """By the overlap while the quarter is open, by the count at its end, by the second look."""
    days, count = Days(store, 1), WorkspaceCount(store, WORKSPACE, clock)
    start = floor("day", clock.now_ms())
    now = clock.now_ms()
    await days.write(line(now, talk="p"))
    await count.step()
    await days.write(line(now - 3_000, talk="q"))
    await clock.advance(2)
    await count.step()
    await assert_equal(store, start, clock.now_ms())
    await days.write(line(now - 50_000, talk="r"))  # too late for the overlap
    await count.step()
    with pytest.raises(AssertionError):
        await assert_equal(store, start, clock.now_ms())
    await clock.advance((QUARTER_MS + 60_000) / 1000)
    await count.step()
    await assert_equal(store, start, clock.now_ms())
    await days.write(line(now + 10_000, talk="s"))  # its quarter is final
    await count.step()
    with pytest.raises(AssertionError):
        await assert_equal(store, start, clock.now_ms())
    await clock.advance(2 * HOUR_MS / 1000)
    await count.step()
    await assert_equal(store, start, clock.now_ms())


async def test_what_the_bus_tells_late_is_counted_at_once(
    store: DocumentStore, clock: ManualClock
) -> None:
    days, count = Days(store, 1), WorkspaceCount(store, WORKSPACE, clock)
    start, at = floor("day", clock.now_ms()), clock.now_ms()
    await days.write(line(at, talk="p"))
    await clock.advance(3 * HOUR_MS / 1000)
    await count.step()
    for late in (at + 1, clock.now_ms() - 20_000):
        await days.write(line(late, talk=f"q{late}"))
        count.note_late(late)
        await count.step()
        await assert_equal(store, start, clock.now_ms())


async def test_without_the_overlap_a_late_line_is_missed(
    store: DocumentStore, clock: ManualClock
) -> None:
    """The control: this is what the overlap is for."""
    days = Days(store, 1)
    count = WorkspaceCount(store, WORKSPACE, clock, Timing(overlap=0))
    now = clock.now_ms()
    await days.write(line(now, talk="p"))
    await count.step()
    await days.write(line(now - 3_000, talk="q"))
    await clock.advance(2)
    await count.step()
    with pytest.raises(AssertionError):
        await assert_equal(store, floor("day", now), clock.now_ms())


async def test_counting_again_changes_nothing(store: DocumentStore, clock: ManualClock) -> None:
    """Reprocessing: another life reads the same lines."""
    days = Days(store, 4)
    for number in range(30):
        await days.happen(clock.now_ms() + number)
    for _ in range(3):
        await WorkspaceCount(store, WORKSPACE, clock).step()
    await assert_equal(store, floor("day", clock.now_ms()), clock.now_ms())


async def test_an_edit_counts_nothing(store: DocumentStore, clock: ManualClock) -> None:
    from hub.ports.collections import MESSAGES
    from hub.ports.store import Patch

    days, count = Days(store, 1), WorkspaceCount(store, WORKSPACE, clock)
    message = line(clock.now_ms(), talk="p", seq=2)
    await days.write(message)
    await count.step()
    before = await stored(store, "quarter", 0, clock.now_ms() + 1)
    await store.patch(MESSAGES, message.id, Patch(set={"text": "other", "edited_at": 5}))
    await clock.advance(2)
    await count.step()
    assert await stored(store, "quarter", 0, clock.now_ms() + 1) == before != {}


async def test_history_is_counted_newest_first(store: DocumentStore, clock: ManualClock) -> None:
    """A store that had messages before anything was counted."""
    days, now = Days(store, 3), clock.now_ms()
    for back in (0, 1, 2, 40, 41, 100, 400, 800):
        for part in range(5):
            await days.happen(now - back * DAY_MS + part * 1000 - 10_000)
    count = WorkspaceCount(store, WORKSPACE, clock)
    await count.step()
    reached = []
    while count.has_history:
        await count.count_history()
        progress = await read_progress(store, WORKSPACE)
        assert progress is not None
        reached.append(progress.counted_from)
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] == 0
    oldest = floor("day", now - 801 * DAY_MS)
    every = await truth(store, oldest, floor("day", now), now)
    assert await stored(store, "day", oldest, floor("day", now)) == every
    month = floor("month", now)
    months = await stored(store, "month", floor("month", oldest), month)
    assert months == await truth(store, floor("month", oldest), month, now)
    assert await stored(store, "quarter", oldest, now - 91 * DAY_MS) == {}
    assert await stored(store, "hour", oldest, now - 733 * DAY_MS) == {}


async def test_a_history_killed_at_any_write_goes_on(
    store: DocumentStore, clock: ManualClock
) -> None:
    days, now = Days(store, 3), clock.now_ms()
    for back in (1, 40, 41):
        await days.happen(now - back * DAY_MS)
    writes = 1
    while True:
        dying = CrashingStore(store, writes)
        count = WorkspaceCount(dying, WORKSPACE, clock)  # type: ignore[arg-type]
        try:
            await count.step()
            while count.has_history:
                await count.count_history()
            break
        except Unavailable:
            writes += 7
    oldest, today = floor("day", now - 42 * DAY_MS), floor("day", now)
    assert await stored(store, "day", oldest, today) == await truth(store, oldest, today, now)


async def test_a_new_schema_counts_everything_again(
    store: DocumentStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.services.reports import progress as module

    days, now = Days(store, 3), clock.now_ms()
    for back in (0, 1, 40):
        await days.happen(now - back * DAY_MS)
    count = WorkspaceCount(store, WORKSPACE, clock)
    await count.step()
    while count.has_history:
        await count.count_history()
    oldest, today = floor("day", now - 41 * DAY_MS), floor("day", now)
    right = await stored(store, "day", oldest, today)
    for doc in (await store.find(BUCKETS, WORKSPACE, {}, limit=5_000)).docs:
        await store.replace(BUCKETS, {**doc, "rows": {"all": {"created": 99}}}, doc["v"])
    monkeypatch.setattr(module, "SCHEMA", module.SCHEMA + 1)
    count = WorkspaceCount(store, WORKSPACE, clock)
    await count.step()
    while count.has_history:
        await count.count_history()
    assert await stored(store, "day", oldest, today) == right != {}


async def test_one_hub_at_a_time(store: DocumentStore, clock: ManualClock) -> None:
    """A hub that lost its lane cannot set back what the other one has finished."""
    days = Days(store, 1)
    await days.happen(clock.now_ms())
    old, new = (WorkspaceCount(store, WORKSPACE, clock) for _ in range(2))
    await old.step()
    await clock.advance(2 * QUARTER_MS / 1000)
    await new.step()
    with pytest.raises(Unavailable):
        await old.step()
    await assert_equal(store, floor("day", clock.now_ms()), clock.now_ms())


async def test_a_state_that_lasts_days_is_a_forgotten_browser(
    store: DocumentStore, clock: ManualClock
) -> None:
    days, start = Days(store, 1), floor("day", clock.now_ms())
    await days.presence(start, "ada", "available")
    await days.presence(start + HOUR_MS, "bob", "away")
    found = await recount(store, WORKSPACE, start, start + 4 * DAY_MS, start + 5 * DAY_MS)
    total = summed(found.values())
    assert total["agent"] == {
        key("ada"): {"available_ms": 36 * HOUR_MS},
        key("bob"): {"away_ms": 36 * HOUR_MS},
    }
