"""SIGTERM under load (R-40): the hub ends by itself with 0, loses nothing, leaves nothing
`unknown`, and tells its sockets to come back.
"""

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from hub.clock import SystemClock
from hub.ports.collections import ALL, OUTBOX
from hub.store.open import make_store
from tests.chaos.ledger import Ledger
from tests.chaos.load import API, Load
from tests.chaos.oracle import check
from tests.chaos.run import SETTLE_S, LedgerSink
from tests.chaos.server import UP_S, Server, is_settled

ROUNDS = 3
#: What people have sent before the signal comes, in each round.
WORK = 15
DRAINED_S = 30.0
RESTART = 1012

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


async def _closed_with(load: Load, is_open: asyncio.Event) -> int:
    """Open an agent's live socket, say so, and wait for its end: the close code."""
    headers = load.headers()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        ws = await session.ws_connect(f"{load.server.base}{API}/live", headers=headers)
        is_open.set()
        async for _ in ws:
            pass
        return ws.close_code or 0


async def _work(ledger: Ledger, socket: asyncio.Task[int], is_open: asyncio.Event) -> None:
    """Until the socket is open and everybody is at work, mails on their way out among it."""
    said, sent = ledger.inbound() + WORK, ledger.accepted.total() + 1
    async with asyncio.timeout(UP_S):
        await is_open.wait()
        while ledger.inbound() < said or ledger.accepted.total() < sent:
            assert not socket.done(), socket.result()
            await asyncio.sleep(0.01)


async def _unknown(server: Server) -> list[str]:
    store = make_store(server.store, server.data_dir, SystemClock())
    await store.open(ALL)
    try:
        page = await store.dump(OUTBOX, limit=10_000)
        return [row["_id"] for row in page.docs if row["state"] in ("unknown", "sending")]
    finally:
        await store.close()


async def test_sigterm_under_load_ends_cleanly(tmp_path: Path) -> None:
    server, ledger = Server(tmp_path), Ledger(tmp_path / "ledger.jsonl")
    async with LedgerSink(ledger) as sink:
        await server.start()
        load = Load(server, ledger, random.Random(1), sink.port, pause_s=0.05)
        await load.prepare()
        loop = asyncio.get_running_loop()
        working = loop.create_task(load.run())
        try:
            for _ in range(ROUNDS):
                is_open = asyncio.Event()
                socket = loop.create_task(_closed_with(load, is_open))
                await _work(ledger, socket, is_open)
                assert await server.stop(DRAINED_S) == 0, server.last_words()
                assert await socket == RESTART
                assert await _unknown(server) == []
                await server.start()
            load.is_ending = True
            await working
            await server.until(is_settled, "/metrics", SETTLE_S)
            assert await server.stop() == 0
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await server.kill()
            ledger.close()
    assert await check(server.store, server.data_dir, ledger) == []
    assert ledger.inbound() >= ROUNDS * WORK
