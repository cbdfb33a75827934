"""An agent's live socket whose other end is gone (R-31) or throws bombs (S-44): it ends, and nobody
else notices. Too slow a reader: `tests/chaos/test_slow_readers.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType

from hub.model.ids import local
from hub.services.limits import LIVE_FRAMES
from hub.web import api_live
from tests.support.real_hub import RealHub, real_hub, signed_in
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
BOMBS: dict[str, tuple[str | bytes, int]] = {
    "too large": ('{"type":"' + "x" * 5_000 + '"}', 1009),
    "too large, binary": (b"\x00" * 1_000_000, 1009),
    "binary": (b"\x00\x01", 1000),
}


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RealHub]:
    async with real_hub("sqlite", tmp_path) as hub:
        yield hub


async def online(hub: RealHub) -> set[str]:
    (about,) = await hub.services.workspaces.all()
    found: set[str] = hub.services.live.online(local(about.id))
    return found


async def test_a_line_that_carries_nothing_any_more_is_noticed(
    hub: RealHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answers the hub's pings; who does stays."""
    assert api_live.PING_S < api_live.SILENCE_S <= 45
    monkeypatch.setattr(api_live, "PING_S", 0.2)
    monkeypatch.setattr(api_live, "SILENCE_S", 0.4)
    async with signed_in(hub.url) as api, api.live() as socket:
        for _ in range(5):  # longer than the silence that is suffered
            async with asyncio.timeout(90):
                while (await socket.receive_json())["type"] != "ping":
                    pass
            await socket.send_json({"type": "pong"})
        assert len(await online(hub)) == 1
        async with asyncio.timeout(90):
            while await online(hub):
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(("bomb", "code"), BOMBS.values(), ids=BOMBS.keys())
async def test_a_bomb_closes_its_own_socket_only(
    hub: RealHub, bomb: str | bytes, code: int
) -> None:
    async with (
        signed_in(hub.url) as api,
        api.live() as socket,
        api.live() as other,
        aiohttp.ClientSession() as session,
    ):
        await (socket.send_str(bomb) if isinstance(bomb, str) else socket.send_bytes(bomb))
        async with asyncio.timeout(90):
            while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
                pass
            assert socket.close_code == code
            await Visitor(session, hub.url, await chat_hook(hub)).say("nobody noticed")
            while "nobody noticed" not in await other.receive_str():
                pass


async def test_a_window_that_never_stops_talking_is_closed(hub: RealHub) -> None:
    async with signed_in(hub.url) as api, api.live() as socket:
        for _ in range(3 * LIVE_FRAMES.burst):
            if socket.closed:
                break
            with suppress(aiohttp.ClientConnectionError):
                await socket.send_json({"type": "pong"})
        async with asyncio.timeout(90):
            while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
                pass
        assert socket.close_code == WSCloseCode.POLICY_VIOLATION
        assert (await api.get("/me"))["workspace"]["id"]  # its calls go on
