"""The database file: connections and their settings, and the lock against a second process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

from hub.errors import ConfigFault

BUSY_MS = 2000


def connect(path: Path, *, writer: bool, synchronous: str = "FULL") -> sqlite3.Connection:
    """A connection in autocommit mode that may be used from any one thread at a time."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    settings = {"busy_timeout": BUSY_MS, "temp_store": "MEMORY"}
    if writer:
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        settings |= {
            "synchronous": synchronous,
            "cache_size": -32_000,
            "wal_autocheckpoint": 4000,
            "journal_size_limit": 64 << 20,
            "secure_delete": "FAST",
        }
    else:
        settings |= {"query_only": 1, "cache_size": -8_000}
    for name, value in settings.items():
        db.execute(f"PRAGMA {name} = {value}").fetchall()
    return db


class FileLock:
    """Holds `<file>.lock` while the store is open; the kernel frees it with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._fd = -1

    def take(self) -> None:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(fd, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(fd)
            fault = f"the database is in use by another hub (process {owner}): stop it first"
            raise ConfigFault([fault]) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
