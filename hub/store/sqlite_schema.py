"""What a declared collection is in SQLite: one table of JSON texts, VIRTUAL columns for the
declared fields, indexes that start with the partition, and (for searched collections) the tables of
the text index.

Virtual columns cannot drift from the document and are added without rewriting a row. Clustered
collections are WITHOUT ROWID, so that the messages of a conversation stand together. `migrate`
makes the file fit the declarations and is run by the store at every open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from hub.errors import ConfigFault, Conflict
from hub.model.text import text_version
from hub.ports.store import Coll, Index
from hub.store.check import check_coll, members

#: Layout of the tables below; a file with a higher one is refused.
LAYOUT = 1


def name_of(path: str) -> str:
    """The SQL name of a declared field."""
    return '"_id"' if path == "_id" else f'"f.{path}"'


def literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value)) if isinstance(value, bool) else repr(value)


def partial_sql(where: Mapping[str, Any]) -> str:
    """The condition of a partial index. Only a query with this very text can use the index."""
    return " AND ".join(_partial(path, members(condition)) for path, condition in where.items())


def _partial(path: str, allowed: set[object] | None) -> str:
    if not allowed:
        raise ValueError(f"a partial index on {path!r} takes an equality or $in")
    if allowed == {None}:
        return f"{name_of(path)} IS NULL"
    if None in allowed:
        raise ValueError(f"a partial index on {path!r} cannot mix None with values")
    return f"{name_of(path)} IN ({','.join(sorted(map(literal, allowed)))})"


class Table:
    """One collection and the statements on it, made once at open."""

    def __init__(self, coll: Coll) -> None:
        check_coll(coll)
        self.coll = coll
        self.name = coll.name
        self.fields = coll.fields
        self.load = f"""
            SELECT group_concat(doc, char(10)) FROM "{self.name}"
            WHERE _id IN (SELECT value FROM json_each(?))"""
        self.write = f"""
            INSERT INTO "{self.name}" (_id, doc)
            SELECT json_extract(value, '$._id'), value FROM json_each(?) WHERE true
            ON CONFLICT (_id) DO UPDATE SET doc = excluded.doc"""
        self.delete = f'DELETE FROM "{self.name}" WHERE _id IN (SELECT value FROM json_each(?))'
        self.expired = f"""
            SELECT group_concat(_id, char(10)) FROM (SELECT _id FROM "{self.name}"
            INDEXED BY "{self.name}__expires"
            WHERE {name_of(coll.expires)} > 0 AND {name_of(coll.expires)} < ? LIMIT ?)"""

        self._keys = {
            ", ".join(
                f"{self.name}.{name}" for name in ["p", *(f"f.{f}" for f in i.fields)]
            ): i.name
            for i in coll.indexes
            if i.unique
        }

    def conflict(self, error: sqlite3.IntegrityError) -> Conflict:
        """SQLite names the columns of the unique index that an error is about."""
        columns = str(error).rpartition(": ")[2]
        key = self._keys.get(columns, "_id")
        return Conflict(f"{self.name}: {key} is taken already", key)

    def index_name(self, index: Index) -> str:
        return f"{self.name}__{index.name}"

    def create(self) -> str:
        rowid = " WITHOUT ROWID" if self.coll.clustered else ""
        return f"""CREATE TABLE IF NOT EXISTS "{self.name}" (
            _id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL,
            p TEXT AS (substr(_id, 1, instr(_id, '.') - 1)) VIRTUAL){rowid}"""

    def columns(self) -> dict[str, str]:
        """The virtual columns by name (unquoted) with their definitions."""
        paths = dict.fromkeys((*self.fields, *filter(None, [self.coll.expires])))
        return {
            f"f.{path}": f"AS (json_extract(doc, '{_json_path(path)}')) VIRTUAL" for path in paths
        }

    def indexes(self) -> dict[str, str]:
        """Index names with the statements that make them."""
        made = {self.index_name(i): self._index(i) for i in self.coll.indexes}
        if self.coll.expires:
            name, expires = f"{self.name}__expires", name_of(self.coll.expires)
            made[name] = f'CREATE INDEX "{name}" ON "{self.name}" ({expires}) WHERE {expires} > 0'
        return made

    def _index(self, index: Index) -> str:
        keys = ["p", *map(name_of, index.fields)] + ([] if index.unique else ["_id"])
        unique = "UNIQUE " if index.unique else ""
        where = f" WHERE {partial_sql(index.where)}" if index.where else ""
        name = self.index_name(index)
        return f'CREATE {unique}INDEX "{name}" ON "{self.name}" ({", ".join(keys)}){where}'


def migrate(db: sqlite3.Connection, tables: Iterable[Table]) -> None:
    """Make tables, columns and indexes as declared; idempotent, in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        _check_layout(db)
        for table in tables:
            db.execute(table.create())
            _add_columns(db, table)
            _fit_indexes(db, table)
            if table.coll.text:
                _fit_text(db, table)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _check_layout(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    found = get_meta(db, "layout")
    if found is not None and int(found) > LAYOUT:
        raise ConfigFault(["the database was written by a newer Santral: install that one"])
    set_meta(db, "layout", str(LAYOUT))


def get_meta(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM _meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (key, value))


def _add_columns(db: sqlite3.Connection, table: Table) -> None:
    there = {row[1] for row in db.execute(f'PRAGMA table_xinfo("{table.name}")')}
    for name, definition in table.columns().items():
        if name not in there:
            db.execute(f'ALTER TABLE "{table.name}" ADD COLUMN "{name}" {definition}')


def _fit_indexes(db: sqlite3.Connection, table: Table) -> None:
    wanted = table.indexes()
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql NOTNULL"
    )
    there = dict(db.execute(query, (table.name,)).fetchall())
    for name in there.keys() - {n for n, sql in wanted.items() if there.get(n) == sql}:
        db.execute(f'DROP INDEX "{name}"')
        del there[name]
    for name in wanted.keys() - there.keys():
        db.execute(wanted[name])


def _fit_text(db: sqlite3.Connection, table: Table) -> None:
    """Make the text index of a collection, or make it anew when its rules have changed."""
    coll, key = table.coll, f"text:{table.name}"
    rules = repr((text_version(), coll.text, coll.text_time, coll.text_filters))
    if get_meta(db, key) == rules:
        return
    name = table.name
    for part in ("fts", "map", "words", "todo"):
        db.execute(f'DROP TABLE IF EXISTS "{name}__{part}"')
    filters = "".join(f", {name_of(path)}" for path in coll.text_filters)
    db.execute(f"""CREATE VIRTUAL TABLE "{name}__fts" USING fts5(words, content='', detail=none,
        columnsize=0, tokenize="ascii tokenchars '_'")""")
    db.execute(
        f'CREATE TABLE "{name}__map" (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE{filters})'
    )
    db.execute(f'CREATE TABLE "{name}__words" (word TEXT PRIMARY KEY) WITHOUT ROWID')
    db.execute(f'CREATE TABLE "{name}__todo" (id TEXT PRIMARY KEY, old TEXT) WITHOUT ROWID')
    db.execute(f'INSERT INTO "{name}__todo" SELECT _id, NULL FROM "{name}"')
    set_meta(db, key, rules)


def _json_path(path: str) -> str:
    return "$" + "".join(f'."{key}"' for key in path.split("."))
