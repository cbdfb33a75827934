"""The commands that do one thing and end: init, migrate, backup, restore, replay."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from hub import __version__
from hub.app.blobs import open_blobs
from hub.app.build import build, open_store
from hub.bus.local import LocalBus
from hub.clock import Clock, SystemClock
from hub.config import Config
from hub.errors import BadInput
from hub.model.ids import LANES, lane_partition
from hub.ports.collections import ALL, JOURNAL, LEASES
from hub.ports.store import DocumentStore, Patch
from hub.services import backup as backups
from hub.services import migrate as migrations
from hub.services.people import make_people
from hub.services.vault import Vault
from hub.store.migrations import ALL as MIGRATIONS
from hub.store.open import make_store
from hub.store.snapshot import snapshot
from hub.tasks import Tasks

_PAGE = 500


def _say(text: str) -> None:
    print(text, file=sys.stdout, flush=True)  # noqa: T201 - the command's answer


def init(config: Config, *, link: bool) -> int:
    """Prepare the store and the first workspace; with `link` print a new sign-in link."""
    return asyncio.run(_init(config, link=link))


async def _init(config: Config, *, link: bool) -> int:
    clock, tasks = SystemClock(), Tasks()
    store = await open_store(config, clock)
    try:
        people = make_people(
            store,
            vault=Vault.load(config),
            clock=clock,
            bus=LocalBus(),
            tasks=tasks,
            public_url=config.public_url,
        )
        path = await people.welcome.first_start(config)
        if link:
            path = await people.welcome.recovery_link()
        _say(f"{config.public_url}{path}" if path else "The store is ready.")
    finally:
        await tasks.close()
        await store.close()
    return 0


def migrate(config: Config) -> int:
    """Bring the store to this version."""

    async def work(store: DocumentStore) -> None:
        _say(f"The store has schema {await migrations.schema_version(store)}.")

    return asyncio.run(_with_store(config, work))


def backup(config: Config, target: Path, *, fuzzy: bool, passphrase: str | None) -> int:
    """Write everything into one file, while the hub runs or not."""
    return asyncio.run(_backup(config, target, fuzzy=fuzzy, passphrase=passphrase))


async def _backup(config: Config, target: Path, *, fuzzy: bool, passphrase: str | None) -> int:
    """SQLite: of a snapshot, so exact. MongoDB: page by page, exact only while no hub runs."""
    clock = SystemClock()
    blobs = await open_blobs(config, clock)
    with tempfile.TemporaryDirectory(dir=config.data_dir) as folder:
        store = await _snapshot(config, Path(folder), clock)
        if store is None:
            store = await open_store(config, clock)
            await _check_still(store, clock, fuzzy=fuzzy)
        try:
            manifest = await backups.write_backup(
                store,
                blobs,
                target,
                clock=clock,
                version=__version__,
                passphrase=passphrase,
                key_file=config.secret_key_file,
                freeze=None if fuzzy else nullcontext(),
                fuzzy=fuzzy,
            )
        finally:
            await blobs.close()
            await store.close()
    _say(f"Written: {target} ({sum(manifest.documents.values())} documents)")
    return 0


async def _check_still(store: DocumentStore, clock: Clock, *, fuzzy: bool) -> None:
    """Nobody writes while no hub holds a lane."""
    lane = await store.get(LEASES, "sys.lane-00")
    if not fuzzy and lane is not None and lane["until"] > clock.now_ms():
        await store.close()
        raise BadInput("a hub is running: stop it, or say --fuzzy for a copy of a moving store")


async def _snapshot(config: Config, folder: Path, clock: Clock) -> DocumentStore | None:
    """A copy of the SQLite database as it is now, opened; None for other stores."""
    scheme, _, path = config.store.partition(":")
    if scheme != "sqlite":
        return None
    copy = folder / "snapshot.db"
    await snapshot(Path(path) if path else config.data_dir / "hub.db", copy)
    store = make_store(f"sqlite:{copy}", folder, clock)
    await store.open(ALL)
    return store


def restore(config: Config, source: Path, *, passphrase: str | None) -> int:
    """Read a backup into an empty store; outbound is held until an administrator releases it."""
    return asyncio.run(_restore(config, source, passphrase))


async def _restore(config: Config, source: Path, passphrase: str | None) -> int:
    clock = SystemClock()
    blobs = await open_blobs(config, clock)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    store = make_store(config.store, config.data_dir, clock)
    await store.open(ALL)
    try:
        manifest = await backups.read_backup(
            store,
            blobs,
            source,
            clock=clock,
            newest_schema=MIGRATIONS[-1].number,
            passphrase=passphrase,
            key_file=config.secret_key_file,
        )
        await migrations.migrate(store, clock, MIGRATIONS)
    finally:
        await blobs.close()
        await store.close()
    _say(
        f"Restored {sum(manifest.documents.values())} documents. "
        "Nothing is sent until an administrator releases it."
    )
    return 0


def replay(config: Config, *, inbox: str | None, since: str | None) -> int:
    """Hand journal rows that were set aside to the hub again; those done before change nothing."""
    try:
        start = datetime.fromisoformat(since) if since else datetime.fromtimestamp(0, UTC)
    except ValueError as fault:
        raise BadInput("--since wants a time like 2026-11-22T10:00", "since") from fault
    return asyncio.run(_replay(config, inbox, int(start.timestamp() * 1000)))


async def _replay(config: Config, inbox: str | None, since_ms: int) -> int:
    tasks = Tasks()
    hub = await build(config, SystemClock(), tasks)
    store = hub.services.store
    again = Patch(set={"state": "new", "expires_at": 0})
    count = 0
    try:
        for lane in range(LANES):
            after = None
            while True:
                where = {"_id": {"$gte": f"{lane_partition(lane)}."}}
                page = await store.find(
                    JOURNAL, lane_partition(lane), where, after=after, limit=_PAGE
                )
                for doc in page.docs:
                    is_wanted = doc["at"] >= since_ms and inbox in (None, doc["inbox_id"])
                    if is_wanted and doc["state"] != "new":
                        await store.patch(JOURNAL, doc["_id"], again)
                        count += 1
                after = page.next
                if after is None:
                    break
        await hub.leases.take_lanes()
        workspaces = await hub.services.workspaces.all()
        await hub.services.inboxes.load([w.id.split(".", 1)[1] for w in workspaces])
        hub.journal.start(hub.receiving.intake.handle)
        await hub.cluster.take_up([hub.journal])
        await hub.journal.settle()
    finally:
        await tasks.close()
        await hub.blobs.close()
        await store.close()
    _say(f"Worked off {count} events again.")
    return 0


async def _with_store(config: Config, work: Callable[[DocumentStore], Awaitable[None]]) -> int:
    store = await open_store(config, SystemClock())
    try:
        await work(store)
    finally:
        await store.close()
    return 0
