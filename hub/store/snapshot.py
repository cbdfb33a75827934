"""A copy of a SQLite store as of one moment, made while a hub goes on writing to it: what a backup
reads from.

SQLite's own `VACUUM INTO` runs in one read transaction and needs no lock of ours, so that `hub
backup` works beside `hub serve`. Called by the composition root.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from hub.errors import Unavailable

BUSY_S = 30.0


async def snapshot(database: Path, into: Path) -> None:
    """Copy `database` to the new file `into`. Raises `Unavailable` when it is missing or the
    disk refuses.
    """
    await asyncio.to_thread(_copy, database, into)


def _copy(database: Path, into: Path) -> None:
    if not database.exists():
        raise Unavailable(
            f"there is no database {database.name} to back up; was HUB_DATA_DIR meant?"
        )
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as db:
            db.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
            db.execute("VACUUM INTO ?", [str(into)])
    except sqlite3.Error as fault:
        into.unlink(missing_ok=True)
        raise Unavailable(f"the database could not be copied: {fault}") from fault
