"""The documents that one group commit touches, changed in memory and written once.

A group loads all its documents with one statement per collection, runs its jobs on them one after
the other, and writes what changed with one statement per collection. So ten patches of one
conversation re-sort the inbox indexes once, and the interpreter lock changes hands a few times per
group instead of a few times per job.

Unique indexes are judged by SQLite: a group that breaks one is rolled back and run again
`careful`ly, each step written at once inside a savepoint. Runs in the writer thread only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from hub.errors import Conflict
from hub.ports.store import Coll, Doc
from hub.store.check import encode_doc
from hub.store.sqlite_cache import Cache, Key
from hub.store.sqlite_schema import Table
from hub.store.sqlite_text import TextIndex

T = TypeVar("T")
_decoder = msgspec.json.Decoder(dict[str, Any])
decode: Callable[[bytes | str], Doc] = _decoder.decode
decode_lines: Callable[[bytes | str], list[Doc]] = _decoder.decode_lines
_LOAD_CHUNK = 512


class Missed(Exception):
    """A required patch found nothing, so the batch stops."""


class Work:
    """The state of one group; a new one is made for each transaction."""

    def __init__(
        self,
        db: sqlite3.Connection,
        tables: Mapping[str, Table],
        texts: Mapping[str, TextIndex],
        cache: Cache,
        *,
        careful: bool = False,
    ) -> None:
        self._db, self._tables, self._texts, self._cache = db, tables, texts, cache
        self.careful = careful
        self._rows: dict[Key, bytes | None] = {}  # in this transaction
        self._raws: dict[Key, bytes | None] = {}  # as they shall become
        self._parsed: dict[Key, tuple[bytes, Doc]] = {}
        self._log: list[tuple[Key, bytes | None, bytes | None]] = []
        self._dirty: dict[str, set[str]] = {}
        self._written: set[Key] = set()
        self._forgotten: set[Key] = set()  # changed without being read

    def load(self, keys: Iterable[Key]) -> None:
        """Fetch the documents that are not known yet."""
        missing: dict[str, set[str]] = {}
        new = [key for key in dict.fromkeys(keys) if key not in self._rows]
        for key, raw in zip(new, self._cache.get_many(new), strict=True):
            self._rows[key] = self._raws[key] = None if key in self._forgotten else raw
            if self._rows[key] is None:
                missing.setdefault(key[0], set()).add(key[1])
        for name, ids in missing.items():
            ordered = sorted(ids)
            for at in range(0, len(ordered), _LOAD_CHUNK):
                self._fetch(self._tables[name], ordered[at : at + _LOAD_CHUNK])

    def _fetch(self, table: Table, ids: list[str]) -> None:
        (found,) = self._db.execute(table.load, (json_text(ids),)).fetchone()
        for text in found.split("\n") if found else ():
            raw, doc = text.encode(), decode(text)
            key = (table.name, doc["_id"])
            self._rows[key] = self._raws[key] = raw
            self._parsed[key] = raw, doc

    def raw(self, coll: Coll, id: str) -> bytes | None:
        return self._raws[coll.name, id]

    def doc(self, coll: Coll, id: str) -> Doc | None:
        """The document as it is now. It is shared: never change it in place."""
        key = (coll.name, id)
        raw = self._raws[key]
        if raw is None:
            return None
        known = self._parsed.get(key)
        if known is None or known[0] is not raw:
            known = self._parsed[key] = raw, decode(raw)
        return known[1]

    def put_raw(self, coll: Coll, id: str, raw: bytes | None) -> None:
        """Store JSON under `id`, or delete it."""
        key = (coll.name, id)
        self._log.append((key, self._rows[key], self._raws[key]))
        self._raws[key] = raw
        self._dirty.setdefault(coll.name, set()).add(id)

    def put(self, coll: Coll, doc: Doc) -> bytes:
        raw = encode_doc(coll, doc)
        self.put_raw(coll, doc["_id"], raw)
        self._parsed[coll.name, doc["_id"]] = raw, doc
        return raw

    def attempt(self, step: Callable[[], T]) -> T:
        """Run `step`; if it raises, leave nothing of it behind."""
        mark = len(self._log)
        if self.careful:
            self._db.execute("SAVEPOINT step")
        try:
            done = step()
            if self.careful:
                self.flush()
        except (Conflict, ValueError, Missed):
            self._undo(mark)
            if self.careful:
                self._db.execute("ROLLBACK TO step")
            raise
        finally:
            if self.careful and self._db.in_transaction:
                self._db.execute("RELEASE step")
        return done

    def _undo(self, mark: int) -> None:
        while len(self._log) > mark:
            key, self._rows[key], self._raws[key] = self._log.pop()
            self._dirty.setdefault(key[0], set()).add(key[1])

    def flush(self, only: Coll | None = None) -> None:
        """Write what has changed. A careful flush raises Conflict for a taken unique key."""
        for name in [only.name] if only else sorted(self._dirty):
            ids = self._dirty.pop(name, None)
            if ids:
                try:
                    self._write(self._tables[name], sorted(ids))
                except sqlite3.IntegrityError as error:
                    if not self.careful:
                        raise
                    self._dirty[name] = ids
                    raise self._tables[name].conflict(error) from None

    def _write(self, table: Table, ids: list[str]) -> None:
        rows, raws, name = self._rows, self._raws, table.name
        keys = [key for id in ids if raws[key := (name, id)] is not rows[key]]
        gone = [key[1] for key in keys if raws[key] is None]
        docs = [raw for key in keys if (raw := raws[key]) is not None]
        if gone:
            self._db.execute(table.delete, (json_text(gone),))
        if docs:
            self._db.execute(table.write, (f"[{b','.join(docs).decode()}]",))
        text = self._texts.get(name)
        if text is not None:
            text.note([(key[1], rows[key], raws[key]) for key in keys])
        for key in keys:
            self._log.append((key, rows[key], raws[key]))
            rows[key] = raws[key]
        self._written.update(keys)

    def set_many(self, coll: Coll, ids: list[str], values: Mapping[str, str | int]) -> None:
        """Change documents in the table itself. What was known of them is forgotten, so a later
        job of this group loads them anew.
        """
        paths = "".join(f", '$.{name}', ?" for name in values)
        statement = f"""UPDATE "{coll.name}"
            SET doc = json_set(doc, '$.v', json_extract(doc, '$.v') + 1{paths})
            WHERE _id IN (SELECT value FROM json_each(?))"""
        self._db.execute(statement, (*values.values(), json_text(ids)))
        keys = [(coll.name, id) for id in ids]
        self._forgotten.update(keys)
        for _, id in self._rows.keys() & keys:
            self._fetch(self._tables[coll.name], [id])

    def remember(self) -> None:
        """After the commit: put what was written into the cache. Clustered documents are read in
        ranges, hardly ever by their id, and would push out all others.
        """
        is_kept = {name: not table.coll.clustered for name, table in self._tables.items()}
        written = {key: self._rows[key] if is_kept[key[0]] else None for key in self._written}
        self._cache.put({**dict.fromkeys(self._forgotten), **written})


def json_text(values: object) -> str:
    return msgspec.json.encode(values).decode()
