"""A benchmark's server as seen from inside: pinned to its core, it obeys lines on stdin and answers
with JSON lines.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import uvloop

from hub.bench.child import SERVER_CORE, pin

Answer = dict[str, Any]
Command = Callable[..., Awaitable[Answer]]


def run(kinds: Mapping[str, Callable[..., Awaitable[None]]], argv: Sequence[str]) -> None:
    """The server named first, with the arguments that follow."""
    pin(SERVER_CORE)
    uvloop.run(_awaited(kinds[argv[0]](*argv[1:])))


async def _awaited(work: Awaitable[None]) -> None:
    await work


async def obey(ready: Answer, commands: Mapping[str, Command]) -> None:
    """Say `ready`, then answer commands until stdin ends."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _print(ready)
    while line := await reader.readline():
        name, *words = line.decode().split()
        _print(await {"cpu": _cpu, **commands}[name](*words))


def _print(answer: Answer) -> None:
    print(msgspec.json.encode(answer).decode(), flush=True)


async def _cpu() -> Answer:
    return {"cpu_s": time.process_time()}
