"""The only place where background tasks start: kept, named, logged when they die, ended together.

The composition root makes one Tasks for the process and hands it to what needs it. Not a scheduler
and not a supervisor: what must be restarted restarts itself, inside its own coroutine.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hub import log

T = TypeVar("T")
OnCrash = Callable[[str, BaseException], None]

_log = log.get("hub.tasks")


class Tasks:
    """The background tasks of one application."""

    def __init__(self, on_crash: OnCrash | None = None) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._on_crash = on_crash
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._running)

    def names(self) -> list[str]:
        """Names of the running tasks, sorted."""
        return sorted(task.get_name() for task in self._running)

    def spawn(self, name: str, coro: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start `coro` as a task that is kept until it ends. Raises RuntimeError after close()."""
        if self._is_closed:
            coro.close()
            raise RuntimeError(f"task {name!r} started after the application was closed")
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, timeout_s: float = 5.0) -> list[str]:
        """Cancel all tasks and wait for them; names of those still running after `timeout_s`."""
        self._is_closed = True
        waiting = self._running - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        if not waiting:
            return []
        _, stuck = await asyncio.wait(waiting, timeout=timeout_s)
        left = sorted(task.get_name() for task in stuck)
        if left:
            _log.error("tasks did not end", tasks=left, waited_s=timeout_s)
        return left

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        _log.error("task died", error=error, task=task.get_name())
        if self._on_crash is not None:
            self._on_crash(task.get_name(), error)
