"""Copies of the SQLite store for backups."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.store.snapshot import snapshot


async def test_a_copy_holds_what_was_committed_and_later_writes_do_not_reach_it(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(tmp_path / "hub.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE t (n)")
        db.execute("INSERT INTO t VALUES (1)")
        await snapshot(tmp_path / "hub.db", tmp_path / "copy.db")
        db.execute("INSERT INTO t VALUES (2)")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT n FROM t").fetchall() == [(1,)]


async def test_a_missing_database_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="HUB_DATA_DIR"):
        await snapshot(tmp_path / "hub.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_no_database_leaves_no_copy(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"not a database" * 100)
    with pytest.raises(Unavailable):
        await snapshot(tmp_path / "hub.db", tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["hub.db"]
