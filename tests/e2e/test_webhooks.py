"""The door of webhooks, on a running hub: forged ones (S-33), repeated ones (S-34), and that 2xx is
never said before the commit, whatever happens to the store (R-16, R-17, R-18).
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.bench import channel
from tests.support.mail_hub import until
from tests.support.relay import Relay
from tests.support.stores import KINDS, drop_database, mongo_database, mongo_uri
from tests.support.vendor import Vendor, payload, vendor
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
DAY = 120


@pytest.fixture(params=KINDS)
async def on_each(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vendor]:
    async with vendor(request.param, tmp_path) as running:
        yield running


@pytest.fixture
async def sender(tmp_path: Path) -> AsyncIterator[Vendor]:
    async with vendor("sqlite", tmp_path) as running:
        yield running


async def test_a_changed_bit_is_refused_and_leaves_nothing(sender: Vendor) -> None:
    """Of the body, of the signature, or all of it (S-33)."""
    body = payload(1)
    good = channel.sign(body)
    digest = good.removeprefix("sha256=")
    for at in range(len(body)):
        bad = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert await sender.post(bad, **{channel.SIGNATURE: good}) == 403, at
    for at, letter in enumerate(digest):
        other = "0" if letter != "0" else "1"
        forged = f"sha256={digest[:at]}{other}{digest[at + 1 :]}"
        assert await sender.post(body, **{channel.SIGNATURE: forged}) == 403, at
    for forged in ("", "sha256=", digest, f"sha1={digest}", good.upper(), good + good):
        assert await sender.post(body, **{channel.SIGNATURE: forged}) == 403, forged
    assert await sender.post(body) == 403
    assert await sender.rows() == {}
    assert await sender.send(1) == 200


async def test_what_cannot_be_read_is_refused_and_leaves_nothing(sender: Vendor) -> None:
    for body in (b"", b"{", b"null", b"[]", b'{"entry": 1}', b"\xff", b"[" * 50_000):
        assert await sender.post(body, **{channel.SIGNATURE: channel.sign(body)}) == 400, body[:9]
    large = b" " * (1024 * 1024 + 1)
    assert await sender.post(large, **{channel.SIGNATURE: channel.sign(large)}) == 413
    assert await sender.rows() == {}


async def test_a_day_that_is_replayed_twice_changes_nothing(on_each: Vendor) -> None:
    """S-34; in another order, and all at once."""
    for number in range(DAY):
        assert await on_each.send(number, f"message {number}") == 200
    await on_each.settle()
    before = await on_each.rows()
    assert len(await on_each.texts()) == DAY
    again = list(range(DAY)) * 2
    random.Random(34).shuffle(again)
    answers = await asyncio.gather(*(on_each.send(n, f"message {n}") for n in again))
    assert set(answers) == {200}
    await on_each.settle()
    assert await on_each.rows() == before


async def test_an_answer_waits_for_the_commit(
    on_each: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-16: however long the commit takes, 200 comes after it. How long: `hub bench ingest`."""
    store = on_each.hub.services.store
    insert_many = store.insert_many
    reached, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> Any:
        reached.set()
        await may_go_on.wait()
        return await insert_many(*given)

    monkeypatch.setattr(store, "insert_many", slow)
    sending = asyncio.ensure_future(on_each.send(1))
    await reached.wait()
    assert (await on_each.get("/live"))[0] == 200
    assert not sending.done()
    assert await on_each.rows() == {}
    may_go_on.set()
    assert await sending == 200
    await on_each.settle()
    assert len(await on_each.texts()) == 1


async def _raw(vendor: Vendor, number: int, version: str, *headers: str) -> list[bytes]:
    """Lines of the whole answer, read until the hub closes or the body is complete."""
    body = payload(number)
    lines = [
        f"POST {vendor.path} HTTP/{version}", "Host: hub", f"Content-Length: {len(body)}",
        f"{channel.SIGNATURE}: {channel.sign(body)}", *headers,
    ]  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", vendor.port)
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    is_kept = b"connection: close" not in head.lower() and version == "1.1"
    rest = await (reader.readexactly(3) if is_kept else reader.read())
    writer.close()
    return [*head.split(b"\r\n"), rest]


async def test_the_answer_is_whole_and_has_the_headers_of_every_other(sender: Vendor) -> None:
    """It is made beforehand and passes by the routes (ADR 0015)."""
    kept = await _raw(sender, 1, "1.1")
    closed = await _raw(sender, 2, "1.1", "Connection: close")
    old = await _raw(sender, 3, "1.0")
    for status, *head, body in (kept, closed, old):
        assert status in (b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK")
        assert body == b"ok\n"
        names = {line.partition(b":")[0].lower() for line in head if line}
        assert {b"date", b"content-length", b"content-type", b"content-security-policy"} <= names
        assert {b"x-content-type-options", b"x-frame-options", b"cache-control"} <= names
    refused = await sender.session.post(sender.url, data=b"{}")
    assert refused.status == 403
    shown = {line.partition(b":")[0].decode().lower() for line in kept[1:-1] if line}
    assert shown - {"date"} <= {name.lower() for name in refused.headers}
    await sender.settle()
    assert len(await sender.texts()) == 3


async def test_a_webhook_comes_to_the_agents_screen(sender: Vendor) -> None:
    """R-33, without its times: those are measured by `hub bench projection` and `fanout`."""
    async with sender.api.live() as socket:
        assert await sender.send(1, "parcel 4711") == 200
        async with asyncio.timeout(90):
            while "parcel 4711" not in await socket.receive_str():
                pass


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another program holds the file's write lock."""
    code = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "db.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"locked\n"
    try:
        yield
    finally:
        process.kill()
        await process.communicate()


async def _outage(running: Vendor, away: Any, others: Sequence[str] = ()) -> None:
    """Before, during and after a store that is away; nothing of what was acknowledged is lost."""
    assert await running.send(1, "before") == 200
    assert await running.get("/ready") == (200, "ok\n")
    async with away:
        for number in range(2, 5):
            assert await running.send(number, "during") == 503
        status, said = await running.get("/ready")
        while status == 200:  # it looks again after two seconds
            await asyncio.sleep(0.1)
            status, said = await running.get("/ready")
        assert (status, said) == (503, "store down\n")
        assert await running.get("/live") == (200, "ok\n")

    async def is_ready() -> bool:
        return (await running.get("/ready"))[0] == 200

    await until(is_ready)
    for number in range(1, 5):
        assert await running.send(number, "before" if number == 1 else "during") == 200
    expected = sorted(["before", "during", "during", "during", *others])

    async def are_there() -> bool:  # on a shared store lanes may have to be taken anew
        return len(await running.texts()) >= len(expected)

    await until(are_there)
    await running.settle()
    assert await running.texts() == expected


async def test_a_file_locked_by_another_program_is_an_outage_that_passes(
    tmp_path: Path, sender: Vendor
) -> None:
    """R-18; nobody is shown the words of the database: vendors, visitors, colleagues."""
    sender.hub.services.store._db.execute("PRAGMA busy_timeout = 1")
    visitor = Visitor(sender.session, sender.hub.url, await chat_hook(sender.hub))
    await visitor.say("hello")
    async with locked(tmp_path / "hub.db"):
        body = payload(99)
        refused = [
            await sender.refusal(sender.url, body, {channel.SIGNATURE: channel.sign(body)}),
            await sender.refusal(
                f"{await chat_hook(sender.hub)}/messages",
                b'{"client_id": "client-0001", "text": "x"}',
                {"Origin": sender.hub.url, "Authorization": f"Bearer {visitor.token}"},
            ),
            await sender.refusal(
                f"{sender.hub.url}/api/v1/auth/sign-in",
                b'{"email": "a@b.example", "password": "x"}',
                {"Origin": sender.hub.url, "Content-Type": "application/json"},
            ),
        ]
    assert [(status, "locked" in said or "store" in said) for status, said in refused] == [
        (503, False)
    ] * 3, refused
    await visitor.say("again")
    await _outage(sender, locked(tmp_path / "hub.db"), ["again", "hello"])


# PyMongo 4.20 leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_database_that_goes_away_is_an_outage_that_passes(tmp_path: Path) -> None:
    """R-17, through a relay that is cut."""
    name = f"test_{tmp_path.name[-20:].strip('_')}_{id(tmp_path):x}"
    url = mongo_database(mongo_uri(), name)
    async with Relay(url.split("/")[2]) as relay:
        through = url.replace(url.split("/")[2], relay.address)
        try:
            async with vendor("sqlite", tmp_path, HUB_STORE=through) as running:
                await _outage(running, relay.cut())
        finally:
            await drop_database(mongo_uri(), name)
