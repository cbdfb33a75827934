"""R-24 through the outbox: whatever a vendor does, the row ends in the state of reliability.md §2,
the message says so to the agent, and nothing that may have been accepted goes out again.

`tests/contract/test_channels.py` holds the same matrix against the adapters' errors.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from hub.app import base, contexts
from hub.app.channels import find_specs
from hub.errors import AuthFailed, OutcomeUnknown, RateLimited, SendError, TransientFailure
from hub.model.inbox import Inbox
from hub.model.message import Message
from hub.ports.channel import VendorAnswer
from hub.services import leases, vendor_http
from hub.services.egress import EgressClient
from hub.services.outbox import RETRY_S
from hub.services.outbox_rows import OutboxRow
from hub.services.vendor_http import HttpClient
from tests.support.channel_sample import Sample, sample_of
from tests.support.hostile_vendor import (
    PERMITTED,
    RETRY_AFTER_S,
    UNSEEN,
    HostileVendor,
    hostile_vendor,
)
from tests.support.mail_hub import until
from tests.support.still_hub import StillHub, still_hub

SPECS = find_specs()
CALLERS = sorted(name for name in SPECS if sample_of(name).calls_api)
#: One of each kind of end: tried again, unknown, failed, waits for a person, waits as asked.
ENDS = ("refused", "timeout_after", "400", "401", "429")
#: Each channel in a hub of its own on SQLite; on MongoDB all of them in one, with fewer faults.
PLACES = {f"sqlite-{name}": ("sqlite", [name], tuple(PERMITTED)) for name in CALLERS}
PLACES["mongo"] = ("mongo", CALLERS, ENDS)
#: (channel, fault)
Pairs = list[tuple[str, str]]
CONNECT_S, ANSWER_S = 0.3, 1.0
_WAITING = ("queued", "sending")

pytestmark = pytest.mark.chaos


@dataclass
class Cell:
    """One inbox of its own vendor, and one answer through it."""

    how: str
    sample: Sample
    vendor: HostileVendor
    inbox: Inbox
    message: Message

    async def look(self, still: StillHub) -> tuple[OutboxRow, Message, str]:
        health = still.hub.services.inboxes.health.of(self.inbox.id)
        return await still.row(self.message), await still.shown(self.message), health.state


async def _look_up(host: str, port: int) -> list[str]:
    if host != "localhost":
        raise OSError("no such host")
    return ["127.0.0.1"]


class Hurried(HttpClient):
    """Gives a vendor that never answers up soon; all others may take their time."""

    silent: ClassVar[set[str]] = set()

    async def request(self, method: str, url: str, **more: Any) -> VendorAnswer:
        if url.startswith(tuple(self.silent)):
            more["timeout_s"] = ANSWER_S
        return await super().request(method, url, **more)


@pytest.fixture(params=PLACES.values(), ids=PLACES)
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[StillHub, Pairs]]:
    kind, names, hows = request.param
    monkeypatch.setattr(base, "EgressClient", _egress)
    monkeypatch.setattr(contexts, "HttpClient", Hurried)
    monkeypatch.setattr(vendor_http, "_CONNECT_S", CONNECT_S)
    monkeypatch.setattr(leases, "TERM_MS", 10**9)
    monkeypatch.setattr(Hurried, "silent", set())
    for name in names:
        sample_of(name).hurry(monkeypatch)
        if importlib.util.find_spec(f"channels.{name}.client"):  # slower than CONNECT_S
            importlib.import_module(f"channels.{name}.client")
    async with still_hub(kind, tmp_path, {name: SPECS[name] for name in names}) as still:
        yield still, list(itertools.product(names, hows))


def _egress(allow: object) -> EgressClient:
    return EgressClient(["127.0.0.1", "localhost"], resolver=_look_up)


@asynccontextmanager
async def _cells(still: StillHub, pairs: Pairs) -> AsyncIterator[list[Cell]]:
    """All of them at once, each with an answer on its way."""
    async with AsyncExitStack() as stack:
        yield [await _cell(still, stack, name, how) for name, how in pairs]


async def _cell(still: StillHub, stack: AsyncExitStack, name: str, how: str) -> Cell:
    sample = sample_of(name)
    vendor = await stack.enter_async_context(hostile_vendor(how, sample.error))
    if how == "timeout_after":
        Hurried.silent.add(vendor.base)
    inbox = await still.open(name, sample.config(vendor.base))
    to = sample.outbound.to
    if to.scope == "inbox":
        to = msgspec.structs.replace(to, scope=inbox.id)
    await still.hear(inbox, to)
    [talk] = await still.conversations(inbox)
    message = await still.answer(inbox, talk, to, "Hello")
    return Cell(how, sample, vendor, inbox, message)


async def _rows(still: StillHub, cells: list[Cell]) -> list[OutboxRow]:
    return await asyncio.gather(*(still.row(cell.message) for cell in cells))


async def test_each_fault_of_a_vendor_ends_in_the_right_state(
    place: tuple[StillHub, Pairs],
) -> None:
    still, pairs = place
    async with _cells(still, pairs) as cells:

        async def are_attempted() -> bool:
            rows = await _rows(still, cells)
            return not any(row.state in _WAITING for row in rows)

        await until(are_attempted, for_s=60)
        wrong = []
        for cell in cells:
            row, message, health = await cell.look(still)
            told = (row.state, row.reason, message.delivery, message.detail, health)
            said = (cell.inbox.channel, cell.how, *told)
            if not _is_right(still, cell, row, message, health):
                wrong.append(said)
            expected = 0 if cell.how in UNSEEN else 1
            if cell.vendor.posts != expected:
                wrong.append((*said, f"{cell.vendor.posts} attempts arrived"))
        assert wrong == []
        await _later(still, cells)


def _is_right(still: StillHub, cell: Cell, row: OutboxRow, message: Message, health: str) -> bool:
    """The cell's permitted errors by their codes; what each of them must look like."""
    permitted = {fault.code: fault for fault in _permitted(cell.how, cell.sample)}
    fault = permitted.get(row.reason)
    wait_ms = row.due_at - still.clock.now_ms()
    if fault is None or (health == "bad_credentials") != (fault is AuthFailed):
        return False
    if fault is OutcomeUnknown:
        shown = "sending" if row.ask_until else "unknown"
        return row.state == "unknown" and message.delivery == shown
    if fault is TransientFailure:
        first_ms = RETRY_S[0] * 1000
        is_soon = 0.8 * first_ms - 1 <= wait_ms <= 1.2 * first_ms
        return _is_retry(row, message) and row.attempts == 1 and is_soon
    if fault is RateLimited:
        return _is_retry(row, message) and row.attempts == 0 and wait_ms >= RETRY_AFTER_S * 1000
    if fault is AuthFailed:
        return _is_retry(row, message) and row.attempts == 0
    is_told = (message.delivery, message.reason) == ("failed", row.reason)
    return row.state == "failed" and is_told and bool(message.detail)


def _permitted(how: str, sample: Sample) -> frozenset[type[SendError]]:
    if how.isdigit() and int(how) in sample.not_accepted:
        return frozenset({TransientFailure})
    return PERMITTED[how]


def _is_retry(row: OutboxRow, message: Message) -> bool:
    return row.state == "retry" and (message.delivery, message.reason) == ("retry", row.reason)


async def _later(still: StillHub, cells: list[Cell]) -> None:
    """Not before the vendor's time: then what was surely not taken goes once more, nothing else."""
    before = {cell.message.id: await still.row(cell.message) for cell in cells}
    await still.clock.advance(RETRY_S[0] * 0.8 - 1)
    for cell in cells:
        assert await still.row(cell.message) == before[cell.message.id], cell.how
    passing = ("transient_failure", "rate_limited")
    again = [cell for cell in cells if before[cell.message.id].reason in passing]
    assert again

    async def are_repeated() -> bool:
        """Each of them is due, was taken up and has come to its end again."""
        await still.clock.advance(1)
        rows = await _rows(still, again)
        pairs = zip(rows, again, strict=True)
        return all(row.due_at > before[cell.message.id].due_at for row, cell in pairs)

    await until(are_repeated)
    for cell in cells:
        row, was = await still.row(cell.message), before[cell.message.id]
        if cell not in again:
            assert (row.state, row.reason, row.attempts) == (was.state, was.reason, was.attempts)
            assert cell.vendor.posts == 1, cell.how
        elif was.reason == "rate_limited":
            assert cell.vendor.posts >= 2
        else:
            assert row.attempts >= 2
