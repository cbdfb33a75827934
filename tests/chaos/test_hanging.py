"""One vendor that hangs holds up nobody else (R-22). No limit of time is asserted: while the calls
of one inbox hang, and they hang for as long as the test likes, all those of the other are done.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hub.app import contexts
from hub.clock import Clock
from hub.services.egress import EgressClient
from hub.services.vendor_http import HttpClient
from tests.chaos.hanging import pair
from tests.support.mail_hub import until

#: More than the connections that one inbox may have.
CONNECTIONS = 100
HELD, OTHERS = 130, 60

pytestmark = pytest.mark.chaos


async def test_sends_of_another_inbox_are_done_while_one_hangs(tmp_path: Path) -> None:
    async with pair("sqlite", tmp_path) as both:
        tasks_before = len(asyncio.all_tasks())
        stuck = await both.send(both.hanging, HELD, "stuck")
        await both.are(stuck, "sending")

        async def is_full() -> bool:
            return both.hangs.requests >= CONNECTIONS

        await until(is_full)
        tasks_held = len(asyncio.all_tasks())
        others = await both.send(both.working, OTHERS, "others")
        await both.are(others, "accepted")
        assert len(both.works.accepted_at) == OTHERS
        # Not one of them has ended: nothing was waited for.
        assert await both.states(stuck) == ["sending"] * HELD
        assert both.hangs.requests == CONNECTIONS
        # A task a conversation, and the vendor's and our side of a connection.
        assert tasks_held - tasks_before <= HELD + 3 * CONNECTIONS


async def test_without_isolation_they_would_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control (R-52): connections that all inboxes share."""
    shared: list[HttpClient] = []

    def one_for_all(egress: EgressClient, clock: Clock) -> HttpClient:
        if not shared:
            shared.append(HttpClient(egress, clock))
        return shared[0]

    monkeypatch.setattr(contexts, "HttpClient", one_for_all)
    async with pair("sqlite", tmp_path) as both:
        await both.are(await both.send(both.hanging, HELD, "stuck"), "sending")

        async def is_full() -> bool:
            return both.hangs.requests >= CONNECTIONS

        await until(is_full)
        others = await both.send(both.working, OTHERS, "others")
        await both.are(others, "sending")
        assert both.works.accepted_at == {}
