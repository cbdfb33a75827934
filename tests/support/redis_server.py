"""A real Redis on a free port, that tests can kill and start again."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.real_hub import free_port

PROGRAM = "redis-server"


class RedisServer:
    """`url` stays the same over `kill` and `start`."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = await asyncio.create_subprocess_exec(
            PROGRAM,
            "--port",
            str(self._port),
            *options,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(90):
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer == b"+PONG\r\n"

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def running_redis() -> AsyncIterator[RedisServer]:
    """Skips where there is none."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"no {PROGRAM}: install the package redis-server")
    server = RedisServer()
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
