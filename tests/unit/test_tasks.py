"""Background tasks are kept, logged once when they die, and ended at close."""

import asyncio
import logging

import pytest

from hub.tasks import Tasks


async def fail() -> None:
    raise ValueError("broken")


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def test_spawn_gives_the_result_and_forgets_the_ended_task() -> None:
    tasks = Tasks()

    async def answer() -> int:
        return 42

    assert await tasks.spawn("answer", answer()) == 42
    await asyncio.sleep(0)
    assert len(tasks) == 0


async def test_a_crash_is_logged_once_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    crashed: list[str] = []
    tasks = Tasks(on_crash=lambda name, _error: crashed.append(name))
    with pytest.raises(ValueError, match="broken"):
        await tasks.spawn("poller", fail())
    await asyncio.sleep(0)
    died = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.fields["task"] for record in died] == ["poller"]  # type: ignore[attr-defined]
    assert crashed == ["poller"]


async def test_close_cancels_everything_and_refuses_new_tasks() -> None:
    tasks = Tasks()
    first = tasks.spawn("first", wait_for_ever())
    tasks.spawn("second", wait_for_ever())
    assert tasks.names() == ["first", "second"]
    assert await tasks.close() == []
    assert first.cancelled()
    assert len(tasks) == 0
    with pytest.raises(RuntimeError, match="third"):
        tasks.spawn("third", wait_for_ever())


async def test_close_names_what_does_not_end() -> None:
    tasks = Tasks()
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    task = tasks.spawn("stubborn", stubborn())
    await asyncio.sleep(0)
    assert await tasks.close(timeout_s=0) == ["stubborn"]
    release.set()
    await task


async def test_a_task_may_close_its_own_application() -> None:
    tasks = Tasks()
    assert await tasks.spawn("shutdown", tasks.close()) == []
