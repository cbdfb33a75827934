"""A hundred agents' sockets that stop reading (R-32): cut off, their memory given back, the others
served.
"""

import asyncio
import os
import random
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.load import API, Load
from tests.chaos.server import UP_S, Server, numbers
from tests.support.mail_sink import MailSink

SLOW, READERS, NOTES = 100, 3, 120
NOTE_CHARS = 60_000
#: R-32's bound, and what 120 stored notes of 60 kB and their index may cost beside.
GROWTH_MAX_KB = 50_000 + 60_000

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


def _rss_kb(server: Server) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def _stalled(load: Load) -> socket.socket:
    """A live socket whose owner reads the handshake and then nothing more."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", load.server.port))
    lines = [f"GET {API}/live HTTP/1.1", f"Host: 127.0.0.1:{load.server.port}"]
    lines += [f"{name}: {value}" for name, value in load.headers().items()]
    lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""]
    await loop.sock_sendall(raw, "\r\n".join(lines).encode())
    assert (await loop.sock_recv(raw, 12)).endswith(b"101")
    return raw


async def _read(load: Load, got: set[str]) -> None:
    """A colleague whose screen keeps up: the client ids of notes seen."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        url = f"{load.server.base}{API}/live"
        ws = await session.ws_connect(url, headers=load.headers(), max_msg_size=0)
        async for frame in ws:
            events = frame.json().get("events", ())
            got |= {e["message"]["client_id"] for e in events if e["type"] == "message"}


async def _some_conversation(load: Load) -> str:
    await load.mail("ann@people.test", "From: ann@people.test\r\nMessage-ID: <1@p>\r\n\r\nHi\r\n")
    while True:
        page = await load.api("GET", "/conversations?view=all")
        if page["items"]:
            return str(page["items"][0]["id"])
        await asyncio.sleep(0.05)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc")  # noqa: PTH110
async def test_sockets_that_do_not_read_are_cut_and_cost_nothing(tmp_path: Path) -> None:
    server, ledger = Server(tmp_path), Ledger(tmp_path / "ledger.jsonl")
    stalled: list[socket.socket] = []
    readers: list[asyncio.Task[None]] = []
    try:
        async with MailSink() as sink:
            await server.start()
            load = Load(server, ledger, random.Random(1), sink.port)
            await load.prepare()
            at = f"/conversations/{await _some_conversation(load)}/messages"
            got: list[set[str]] = [set() for _ in range(READERS)]
            loop = asyncio.get_running_loop()
            readers = [loop.create_task(_read(load, one)) for one in got]
            stalled = [await _stalled(load) for _ in range(SLOW)]
            await server.until(_has_sockets(SLOW + READERS), "/metrics", UP_S)
            before_kb = worst_kb = _rss_kb(server)
            wanted = {f"note-{n:05d}" for n in range(NOTES)}
            for key in sorted(wanted):
                body = {"client_id": key, "kind": "note", "text": "x" * NOTE_CHARS}
                assert await load.api("POST", at, body) is not None
                worst_kb = max(worst_kb, _rss_kb(server))
            await server.until(_has_sockets(READERS), "/metrics", UP_S)
            async with asyncio.timeout(UP_S):
                while not all(one >= wanted for one in got):
                    await asyncio.sleep(0.05)
            print(f"{SLOW} slow sockets: RSS +{(worst_kb - before_kb) // 1000} MB at most")
            assert worst_kb - before_kb < GROWTH_MAX_KB
    finally:
        for task in readers:
            task.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for one in stalled:
            one.close()
        await server.kill()
        ledger.close()


def _has_sockets(count: int):  # type: ignore[no-untyped-def]
    return lambda status, text: numbers(text).get("santral_live_sockets") == count
