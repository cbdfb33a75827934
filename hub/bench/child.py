"""A benchmark's server: another process, on a core of its own where there are two, told what to do
by lines.

The server's side of the conversation is `hub.bench.obey`; the servers are `hub.bench.product` and
`hub.bench.bare`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from hub.bench.settings import CannotRunError

SERVER_CORE, CLIENT_CORE = 0, 1
_ANSWER_S = 300.0


class Child:
    """A running server and what it said about itself when it was ready."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process, self._name = process, name
        self.ready: dict[str, Any] = {}

    @property
    def port(self) -> int:
        return int(self.ready["port"])

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, *words: str | int) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.tell(*words)
        return await self.answer()

    def tell(self, *words: str | int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")

    async def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(_ANSWER_S):
            line = await self._process.stdout.readline()
        if not line:
            raise CannotRunError(f"the server {self._name!r} ended; its words are above")
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer

    async def cpu_s(self) -> float:
        """Processor time that it has used."""
        return float((await self.ask("cpu"))["cpu_s"])

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(30):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def server(kind: str, *arguments: str) -> AsyncIterator[Child]:
    """Start a server of `hub.bench.product` ("hub") or `hub.bench.bare` (all others), end it
    afterwards.
    """
    module = "hub.bench.product" if kind == "hub" else "hub.bench.bare"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, kind, *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    child = Child(process, kind)
    try:
        child.ready = await child.answer()
        yield child
    finally:
        await child.stop()


@contextlib.contextmanager
def on_client_core() -> Iterator[None]:
    """Keep this process away from the servers' core."""
    before = pin(CLIENT_CORE)
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)


def pin(position: int) -> set[int]:
    """Stay on one of the cores that this process may use, if there is a choice; those allowed
    before.
    """
    if not hasattr(os, "sched_setaffinity"):
        return set()
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        os.sched_setaffinity(0, {sorted(allowed)[position % len(allowed)]})
    return allowed
