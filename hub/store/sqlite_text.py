"""The text index of one collection: FTS5 without content, fed in batches after the documents are
stored.

The transaction that changes a document also writes its id into `__todo`, with the text it was
indexed under, so that nothing is missed after a crash and old words can be taken out again. `feed`
works that list off; searches feed first, so that what was acknowledged is found. FTS5 answers
newest first because the row number is made of the document's time: `text_time << 20 | counter`.
Words carry their partition, so no tenant's text slows or shows in another's search. All but
`search_query` runs in the writer thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from hub.model.text import query_tokens, tokens
from hub.ports.store import Coll, Doc, Where
from hub.store.check import text_of, value_at
from hub.store.sqlite_query import Query, conditions

Change = tuple[str, bytes | None, bytes | None]
_TIE_BITS = 20
_MAX_TIME = 2**42
_MAX_WORDS_KNOWN = 50_000
#: A prefix of more words than this is looked up by FTS5 itself: right, but it reads every hit.
MAX_EXPANSION = 64


class _Todo(msgspec.Struct, array_like=True):
    id: str
    old: dict[str, Any] | None
    doc: dict[str, Any] | None
    n: int | None


_decode_todo = msgspec.json.Decoder(list[_Todo]).decode
_decode_doc = msgspec.json.Decoder(dict[str, Any]).decode


class TextIndex:
    def __init__(self, db: sqlite3.Connection, coll: Coll) -> None:
        self._db, self._coll = db, coll
        self._words: set[str] = set()
        self._tie = 0
        name = coll.name
        columns = ["n", "id", *(f"f{i}" for i in range(len(coll.text_filters)))]
        self._sql_note = f"""INSERT OR IGNORE INTO "{name}__todo"
            SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"""
        self._sql_todo = f"""SELECT json_group_array(json_array(id, json(old), json(doc), n)) FROM (
            SELECT t.id, t.old, c.doc, m.n FROM (SELECT id, old FROM "{name}__todo" LIMIT ?) t
            LEFT JOIN "{name}" c ON c._id = t.id LEFT JOIN "{name}__map" m ON m.id = t.id)"""
        self._sql_done = f'DELETE FROM "{name}__todo" WHERE id IN (SELECT value FROM json_each(?))'
        self._sql_taken = f"""SELECT group_concat(n) FROM "{name}__map"
            WHERE n IN (SELECT value FROM json_each(?))"""
        values = ", ".join(f"json_extract(value, '$[{i}]')" for i in range(len(columns)))
        self._sql_map = f'INSERT INTO "{name}__map" SELECT {values} FROM json_each(?)'
        self._sql_unmap = f'DELETE FROM "{name}__map" WHERE n IN (SELECT value FROM json_each(?))'
        self._sql_add = f"""INSERT INTO "{name}__fts" (rowid, words)
            SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"""
        self._sql_remove = f"""INSERT INTO "{name}__fts" ("{name}__fts", rowid, words)
            SELECT 'delete', json_extract(value, '$[0]'), json_extract(value, '$[1]')
            FROM json_each(?)"""
        self._sql_words = f"""INSERT OR IGNORE INTO "{name}__words"
            SELECT value FROM json_each(?) ORDER BY 1"""
        #: Documents that wait to be indexed; the event loop reads it before a search.
        self.pending = self._count()

    def _count(self) -> int:
        query = f'SELECT count(*) FROM "{self._coll.name}__todo"'
        return int(self._db.execute(query).fetchone()[0])

    def recount(self) -> None:
        """After a rolled-back group."""
        self.pending = self._count()
        self._words.clear()

    def note(self, changes: Sequence[Change]) -> None:
        """Remember, in the same transaction, which documents search would see changed."""
        rows = [[id, old and old.decode()] for id, old, new in changes if self._differs(old, new)]
        if rows:
            self._db.execute(self._sql_note, (_json(rows),))
            self.pending += len(rows)

    def _differs(self, old: bytes | None, new: bytes | None) -> bool:
        if old is None or new is None:
            return True
        before, after = _decode_doc(old), _decode_doc(new)
        paths = (*self._coll.text, self._coll.text_time, *self._coll.text_filters)
        return any(value_at(before, path) != value_at(after, path) for path in paths)

    def feed(self, limit: int) -> int:
        """Index up to `limit` waiting documents in the current transaction; how many it were."""
        todo = _decode_todo(self._db.execute(self._sql_todo, (limit,)).fetchone()[0])
        self._remove([t for t in todo if t.n is not None])
        self._add([(t, words) for t in todo if t.doc and (words := self._words_of(t.doc))])
        if todo:
            self._db.execute(self._sql_done, (_json([t.id for t in todo]),))
        self.pending = self.pending - len(todo) if len(todo) == limit else 0
        return len(todo)

    def _remove(self, todo: list[_Todo]) -> None:
        if todo:
            rows = [[t.n, " ".join(self._words_of(t.old or {"_id": t.id}))] for t in todo]
            self._db.execute(self._sql_remove, (_json(rows),))
            self._db.execute(self._sql_unmap, (_json([t.n for t in todo]),))

    def _add(self, found: list[tuple[_Todo, list[str]]]) -> None:
        if not found:
            return
        numbers = self._numbers([t for t, _ in found])
        filters = self._coll.text_filters
        rows = [
            [n, t.id, *(value_at(t.doc or {}, path) for path in filters)]
            for n, (t, _) in zip(numbers, found, strict=True)
        ]
        self._db.execute(self._sql_map, (_json(rows),))
        texts = sorted([n, " ".join(words)] for n, (_, words) in zip(numbers, found, strict=True))
        self._db.execute(self._sql_add, (_json(texts),))
        self._learn({word for _, words in found for word in words} - self._words)

    def _learn(self, fresh: set[str]) -> None:
        if fresh:
            self._db.execute(self._sql_words, (_json(list(fresh)),))
            if len(self._words) > _MAX_WORDS_KNOWN:
                self._words.clear()
            self._words |= fresh

    def _numbers(self, todo: list[_Todo]) -> list[int]:
        """Free row numbers in the order of time; ties stand in the order of arrival."""
        while True:
            numbers = [self._number(t.doc or {}) for t in todo]
            taken = self._db.execute(self._sql_taken, (_json(numbers),)).fetchone()[0]
            if taken is None:
                return numbers

    def _number(self, doc: Doc) -> int:
        time = value_at(doc, self._coll.text_time)
        self._tie = (self._tie + 1) % (1 << _TIE_BITS)
        ms = min(max(time, 0), _MAX_TIME) if isinstance(time, int) else 0
        return ms << _TIE_BITS | self._tie

    def _words_of(self, doc: Doc) -> list[str]:
        text = text_of(doc, self._coll.text)
        prefix = scope(doc["_id"].partition(".")[0])
        return [prefix + token for token in tokens(text)]


@lru_cache(1024)
def scope(partition: str) -> str:
    """What stands before each word of a partition; in hex where FTS5 would fold or cut it."""
    plain = partition.isascii() and partition.isalnum() and partition.lower() == partition
    return (partition if plain else partition.encode().hex()) + "_"


def search_words(partition: str, text: str) -> list[str]:
    return [scope(partition) + token for token in query_tokens(text)]


def expansion_query(coll: Coll, prefix: str) -> Query:
    """The words that begin with `prefix`, joined by newlines, at most one more than are useful."""
    query = f"""SELECT group_concat(word, char(10)) FROM (SELECT word FROM "{coll.name}__words"
        WHERE word >= ? AND word < ? LIMIT ?)"""
    return query, [prefix, prefix + "\U0010ffff", MAX_EXPANSION + 1]


def match_of(words: Sequence[str], endings: Sequence[str]) -> str:
    """The MATCH expression: every word, the last by its `endings`. Tokens hold no quotes."""
    last = f'"{words[-1]}" *'
    if endings and len(endings) <= MAX_EXPANSION:
        last = "(" + " OR ".join(f'"{word}"' for word in endings) + ")"
    return " AND ".join([*(f'"{word}"' for word in words[:-1]), last])


def search_query(
    coll: Coll, partition: str, match: str, where: Where, before: int | None, limit: int
) -> Query:
    """Hits newest first, each line `<row number> TAB <document>`."""
    rest, params = conditions(where, "m.")
    name = coll.name
    query = f"""SELECT group_concat(n || char(9) || doc, char(10)) FROM (
        SELECT f.rowid AS n, c.doc FROM "{name}__fts" f
        CROSS JOIN "{name}__map" m ON m.n = f.rowid CROSS JOIN "{name}" c ON c._id = m.id
        WHERE "{name}__fts" MATCH ? AND f.rowid < ? AND m.id >= ? AND m.id < ? AND {rest}
        ORDER BY f.rowid DESC LIMIT ?)"""
    bounds = [match, (1 << 63) - 1 if before is None else before, f"{partition}.", f"{partition}/"]
    return query, [*bounds, *params, limit]


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()
