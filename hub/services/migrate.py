"""Brings the store to the schema of this version: forward only, one hub at a time, resumable after
any crash.

The version stands in `META sys.schema`, with the cursor of a migration that was broken off. Hubs of
the version before may go on serving meanwhile. Called by the composition root before anything else
uses the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub import log
from hub.clock import Clock
from hub.errors import ConfigFault, Conflict, Unavailable
from hub.model.ids import new_key
from hub.ports.collections import LEASES, META
from hub.ports.migrations import Migration
from hub.ports.store import DocumentStore, Patch

SCHEMA_ID = "sys.schema"
LEASE_ID = "sys.migrate"
TERM_MS = 60_000
WAIT_S = 1.0
WAITS = 120
_log = log.get(__name__)


async def schema_version(store: DocumentStore) -> int:
    """0 for a store that was never migrated."""
    doc = await store.get(META, SCHEMA_ID)
    return 0 if doc is None else int(doc["version"])


async def forget_the_dead(store: DocumentStore) -> None:
    """For a store that only this process has open: whoever holds the lease was killed over it, and
    nobody need wait a minute for it to run out.
    """
    await store.patch(LEASES, LEASE_ID, Patch(set={"owner": "", "until": 0}))


async def migrate(store: DocumentStore, clock: Clock, migrations: Sequence[Migration]) -> int:
    """Run what is missing; how many that were.

    Raises `ConfigFault` when the store is newer than this hub, `Unavailable` when another hub has
    been migrating for two minutes.
    """
    newest = migrations[-1].number
    if await _missing(store, newest) == 0:
        return 0
    owner = new_key()
    await _take_lease(store, clock, owner)
    try:
        return await _run_all(store, clock, owner, migrations)
    finally:
        ended = Patch(set={"owner": "", "until": 0})
        await store.patch(LEASES, LEASE_ID, ended, expect={"owner": owner})


async def _run_all(
    store: DocumentStore, clock: Clock, owner: str, migrations: Sequence[Migration]
) -> int:
    await _missing(store, migrations[-1].number)
    done = 0
    for migration in migrations:
        doc = await _schema(store)
        if migration.number <= doc["version"]:
            continue
        _log.info("migration begins", number=migration.number, name=migration.name)
        cursor = doc["cursor"] if doc["running"] == migration.number else ""
        await migration.run(store, _Progress(store, clock, owner, migration.number, cursor))
        finished = {"version": migration.number, "running": 0, "cursor": ""}
        before = {"version": doc["version"]}
        if await store.patch(META, SCHEMA_ID, Patch(set=finished), expect=before) is None:
            raise Conflict("another hub migrated this store meanwhile; start again", "schema")
        done += 1
    return done


async def _missing(store: DocumentStore, newest: int) -> int:
    version = await schema_version(store)
    if version > newest:
        raise ConfigFault(
            [
                f"HUB_STORE: made by a newer Santral (schema {version}, this one knows {newest}): "
                "update first"
            ]
        )
    return newest - version


async def _schema(store: DocumentStore) -> dict[str, Any]:
    fresh = {"_id": SCHEMA_ID, "version": 0, "running": 0, "cursor": ""}
    doc = await store.get(META, SCHEMA_ID)
    if doc is None:
        await store.insert_many(META, [fresh])
        doc = fresh
    return doc


async def _take_lease(store: DocumentStore, clock: Clock, owner: str) -> None:
    await store.insert_many(LEASES, [{"_id": LEASE_ID, "owner": "", "until": 0}])
    for _ in range(WAITS):
        now = clock.now_ms()
        mine = Patch(set={"owner": owner, "until": now + TERM_MS})
        if await store.patch(LEASES, LEASE_ID, mine, expect={"until": {"$lt": now}}) is not None:
            return
        await clock.sleep(WAIT_S)
    raise Unavailable("another hub is migrating this store; wait until it is ready")


class _Progress:
    """`hub.ports.migrations.Progress` of one migration."""

    def __init__(
        self, store: DocumentStore, clock: Clock, owner: str, number: int, cursor: str
    ) -> None:
        self._store, self._clock, self._owner, self._number = store, clock, owner, number
        self._cursor = cursor

    @property
    def cursor(self) -> str:
        return self._cursor

    async def save(self, cursor: str) -> None:
        renewed = Patch(set={"until": self._clock.now_ms() + TERM_MS})
        owned = {"owner": self._owner}
        if await self._store.patch(LEASES, LEASE_ID, renewed, expect=owned) is None:
            raise Conflict("another hub took over the migration", "lease")
        place = Patch(set={"running": self._number, "cursor": cursor})
        await self._store.patch(META, SCHEMA_ID, place)
        self._cursor = cursor
