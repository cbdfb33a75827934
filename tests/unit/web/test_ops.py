"""Health, readiness, metrics, and who may read them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.errors import Unavailable
from hub.i18n import Texts
from hub.model.inbox import Inbox, InboxHealth
from hub.ports.collections import ALL, INBOX_HEALTH, INBOXES, JOURNAL, OUTBOX
from hub.ports.store import DocumentStore
from hub.services.counters import Counters
from hub.services.docs import to_doc
from hub.services.hold import hold
from hub.services.loop_lag import EVERY_S, WINDOW, LoopLag
from hub.services.vital_signs import KEEP_S, VitalSignsReader
from hub.web.errors import error_middleware
from hub.web.metrics import METRICS, Metrics, SocketSigns
from hub.web.ops import READY_KEEP_S, Ops
from tests.architecture.source import ROOT
from tests.support.clock import ManualClock
from tests.support.stores import fresh_store

WS = "aaaaaaaa"
TOKEN = "a long metrics token"


class Failing:
    """The real store until `is_down`; then every call fails as a store does that cannot be
    reached.
    """

    def __init__(self, store: DocumentStore) -> None:
        self._store, self.is_down = store, False

    def __getattr__(self, name: str) -> Any:
        if self.is_down:
            raise Unavailable("down")
        return getattr(self._store, name)


class Rig:
    def __init__(self, store: DocumentStore, clock: ManualClock, data_dir: Path) -> None:
        self.store, self.clock = Failing(store), clock
        self.counters, self.lag = Counters(), LoopLag(clock)
        metrics = Metrics(
            signs=VitalSignsReader(self.store, clock),  # type: ignore[arg-type]
            counters=self.counters,
            lag=self.lag,
            data_dir=data_dir,
            sockets=lambda: SocketSigns(3, 1000, 900),
        )
        self.ops = Ops(self.store, clock, metrics, metrics_token=TOKEN)  # type: ignore[arg-type]
        self.base = ""

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.base + path, headers=named) as answer,
        ):
            return answer.status, await answer.text()

    async def numbers(self) -> dict[str, float]:
        status, text = await self.get("/metrics")
        assert status == 200
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(number) for name, number in lines}


@asynccontextmanager
async def serving(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    app = web.Application(middlewares=[error_middleware(Texts())])
    app.add_routes(routes)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def rig(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Rig]:
    async with fresh_store("sqlite", tmp_path, clock, ALL) as store:
        built = Rig(store, clock, tmp_path)
        async with serving(built.ops.routes()) as built.base:
            yield built


async def test_a_hub_that_works_is_live_and_ready(rig: Rig) -> None:
    assert await rig.get("/live") == (200, "ok\n")
    assert await rig.get("/ready") == (200, "ok\n")


async def test_a_lost_store_is_not_ready_but_live_and_comes_back(rig: Rig) -> None:
    """R-17."""
    assert (await rig.get("/ready"))[0] == 200
    rig.store.is_down = True
    await rig.clock.advance(READY_KEEP_S + 1)
    assert (await rig.get("/ready"))[0] == 503
    assert (await rig.get("/live"))[0] == 200
    assert (await rig.numbers())["santral_store_up"] == 0
    rig.store.is_down = False
    assert (await rig.get("/ready"))[0] == 200
    assert (await rig.numbers())["santral_store_up"] == 1


async def test_a_draining_hub_takes_no_new_work(rig: Rig) -> None:
    rig.ops.drain()
    assert await rig.get("/ready") == (503, "draining\n")
    assert (await rig.get("/live"))[0] == 200


async def test_metrics_are_for_this_machine_or_the_token(rig: Rig) -> None:
    assert (await rig.get("/metrics"))[0] == 200
    for headers in (
        {"X_Forwarded_For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X_Real_IP": "127.0.0.1"},
        {"X_Forwarded_For": "1.2.3.4", "Authorization": "Bearer wrong"},
        {"X_Forwarded_For": "1.2.3.4", "Authorization": "Bearer "},
        {"X_Forwarded_For": "1.2.3.4", "Authorization": f"Basic {TOKEN}"},
    ):
        assert (await rig.get("/metrics", **headers))[0] == 404, headers
    opened = await rig.get("/metrics", X_Forwarded_For="1.2.3.4", Authorization=f"Bearer {TOKEN}")
    assert opened[0] == 200


async def test_without_a_token_no_token_opens(rig: Rig) -> None:
    rig.ops._token = ""
    for value in ("Bearer ", "Bearer", "Bearer x", ""):
        assert (await rig.get("/metrics", X_Forwarded_For="1.2.3.4", Authorization=value))[0] == 404


async def test_the_numbers_say_what_is_in_the_store(rig: Rig) -> None:
    now = rig.clock.now_ms()
    rows = [
        ("l00.a", "queued", 4_000),
        ("l05.b", "retry", -9_000),
        ("l63.c", "unknown", 90_000),
        ("l07.d", "accepted", 0),
    ]
    for id, state, age in rows:
        due = {"due_at": now - age, "inbox_id": "", "expires_at": 0}
        await rig.store.insert(OUTBOX, {"_id": id, "state": state, **due})
    await rig.store.insert(
        JOURNAL, {"_id": "l09.a", "state": "new", "at": now - 2_500, "expires_at": 0}
    )
    await rig.store.insert(JOURNAL, {"_id": "l09.b", "state": "done", "at": 0, "expires_at": 0})
    inbox = Inbox(id=f"{WS}.i1", channel="pigeon", name="P")
    await rig.store.insert(INBOXES, to_doc(inbox))
    health = InboxHealth(id=inbox.id, state="connected", last_in_at=7_000, last_out_at=8_500)
    await rig.store.insert(INBOX_HEALTH, to_doc(health))
    rig.counters.add("journal_repeated", 4)
    rig.counters.add("outbox_finished", 2, "accepted")
    numbers = await rig.numbers()
    at = f'{{channel="pigeon",inbox="{WS}.i1"}}'
    expected = {
        'santral_outbox_rows{state="queued"}': 1,
        'santral_outbox_rows{state="retry"}': 1,
        'santral_outbox_rows{state="unknown"}': 1,
        'santral_outbox_rows{state="sending"}': 0,
        "santral_outbox_overdue_seconds": 4,
        "santral_journal_waiting": 1,
        "santral_journal_oldest_seconds": 2.5,
        "santral_outbound_held": 0,
        f"santral_inbox_connected{at}": 1,
        f"santral_inbox_last_in_timestamp_seconds{at}": 7,
        f"santral_inbox_last_out_timestamp_seconds{at}": 8.5,
        'santral_journal_repeated_total{kind=""}': 4,
        'santral_outbox_finished_total{kind="accepted"}': 2,
        "santral_live_sockets": 3,
        "santral_live_buffered_bytes": 1000,
        "santral_live_buffered_worst_bytes": 900,
        "santral_store_up": 1,
    }
    assert {name: numbers.get(name) for name in expected} == expected
    assert numbers["santral_data_free_bytes"] <= numbers["santral_data_size_bytes"]
    assert "process_resident_memory_bytes" in numbers
    await hold(rig.store, rig.clock, "test")  # type: ignore[arg-type]
    assert (await rig.numbers())["santral_outbound_held"] == 0
    await rig.clock.advance(KEEP_S + 1)
    assert (await rig.numbers())["santral_outbound_held"] == 1


async def test_every_metric_is_shown_and_documented(rig: Rig) -> None:
    await rig.store.insert(INBOXES, to_doc(Inbox(id=f"{WS}.i1", channel="x", name="X")))
    shown = {re.split(r"[{ ]", name)[0] for name in await rig.numbers()}
    assert {f"santral_{name}" for name in METRICS} <= shown
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    missing = [name for name in METRICS if f"`santral_{name}" not in page]
    assert not missing


async def test_the_lag_of_the_loop_is_the_worst_of_a_minute(clock: ManualClock) -> None:
    class Late(ManualClock):
        late_s = 0.0

        async def sleep(self, seconds: float) -> None:
            await clock.sleep(seconds + self.late_s)

        def monotonic(self) -> float:
            return clock.monotonic()

    late = Late()
    lag = LoopLag(late)
    running = asyncio.ensure_future(lag.run())
    await clock.advance(EVERY_S)
    assert lag.worst_s == 0
    late.late_s = 0.4
    await clock.advance(2 * EVERY_S + 0.8)
    assert lag.last_s == pytest.approx(0.4)
    late.late_s = 0.0
    await clock.advance(EVERY_S * WINDOW / 2)
    assert (lag.last_s, lag.worst_s) == (pytest.approx(0), pytest.approx(0.4))
    await clock.advance(EVERY_S * WINDOW)
    assert lag.worst_s == pytest.approx(0)
    running.cancel()
