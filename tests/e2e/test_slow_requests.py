"""Clients that send their request a byte at a time or not at all (S-43): they hold nobody up, and
they are cut off. What is no request at all: `test_headers.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from hub.app import server
from hub.web import connections
from tests.support.real_hub import RealHub, real_hub
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
MANY = 300
HEAD = b"POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
HALF = {
    "nothing": b"",
    "half a head": HEAD,
    "half a body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\n{",
}
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE_S", 0.3)
    monkeypatch.setattr(connections, "BODY_S", 0.3)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RealHub]:
    async with real_hub("sqlite", tmp_path) as hub:
        yield hub


async def half_a_request(hub: RealHub, begun: bytes) -> Line:
    where = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(begun)
    await writer.drain()
    return reader, writer


async def test_a_crowd_of_slow_senders_holds_nobody_up(hub: RealHub) -> None:
    lines = [await half_a_request(hub, one) for one in HALF.values() for _ in range(MANY // 4)]
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(session, hub.url, await chat_hook(hub))
        for number in range(20):
            await visitor.say(f"legitimate {number}")
    assert not any(reader.at_eof() for reader, _ in lines)
    for _, writer in lines:
        writer.close()


@pytest.mark.parametrize("begun", HALF.values(), ids=HALF.keys())
async def test_a_request_that_does_not_end_is_cut_off(
    short_patience: None, hub: RealHub, begun: bytes
) -> None:
    reader, writer = await half_a_request(hub, begun)
    async with asyncio.timeout(30):
        await reader.read()  # until the hub hangs up
    writer.close()


async def test_patience_is_longer_than_that_of_proxies_and_ends() -> None:
    assert 120 < connections.IDLE_S < 300
    assert connections.IDLE_S < connections.BODY_S < 900
