"""The SQL of the reading half of the SQLite adapter: pages in index order, capped counts,
conditions.

Everything a caller gives is bound as a parameter; only names that were declared and the conditions
of partial indexes stand in the text. `INDEXED BY` makes a missing plan an error instead of a scan.
Each query answers with one row, documents joined by newlines (JSON never holds a raw one): a row
costs a hand-over of the interpreter lock, so fifty rows would cost fifty.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from hub.ports.store import Doc, Index, PageOf, Where
from hub.store.check import BY_ID, implies, members, sort_fields, value_at
from hub.store.cursor import Scalar, pack, unpack
from hub.store.sqlite_schema import Table, name_of, partial_sql

T = TypeVar("T")
_OPERATORS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_LOWER, _UPPER = ("$gt", "$gte"), ("$lt", "$lte")
_ANY = (str, int, float, bool)
Query = tuple[str, list[Any]]
Scalars = Sequence[Scalar]
#: Reads documents joined by newlines.
Decode = Callable[[str], list[T]]
#: A field and operators on it.
Loose = tuple[str, Sequence[str]] | None


def conditions(where: Where, prefix: str = "", loose: Loose = None) -> Query:
    """`where` as SQL joined by AND (never empty), and its parameters; `prefix` names the table.

    A range in `loose` (field, operators) is only checked, never searched by: of two bounds on one
    side SQLite searches by whichever stands first, so a page's cursor must not have a rival.
    """
    clauses: list[str] = ["true"]
    params: list[Any] = []
    for path, condition in where.items():
        checked = loose[1] if loose and loose[0] == path else ()
        for clause, bound in _clauses(prefix + name_of(path), condition, checked):
            clauses.append(clause)
            params.extend(bound)
    return " AND ".join(clauses), params


def _clauses(
    name: str, condition: Any, checked: Sequence[str] = ()
) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(condition, Mapping):
        yield (f"{name} IS NULL", []) if condition is None else (f"{name} = ?", [condition])
    elif "$in" in condition:
        values = [v for v in condition["$in"] if v is not None]
        clause = f"{name} IN ({','.join('?' * len(values))})"
        yield (f"({clause} OR {name} IS NULL)" if None in condition["$in"] else clause), values
    else:
        for operator, bound in condition.items():
            plus = "+" if operator in checked else ""
            yield f"{plus}{name} {_OPERATORS[operator]} ?", [bound]
        # SQLite sorts numbers before texts; a range holds values of its bounds' type only.
        yield f"+{name} {'>=' if isinstance(bound, str) else '<'} ''", []


def id_range(partition: str, condition: Any, after: str | None, desc: bool) -> Query:
    """The ids of a partition ('/' follows '.') that satisfy a range and stand after a cursor, as
    one lower and one upper bound: SQLite would search by the first of several, however wide.
    """
    lower, upper = [(f"{partition}.", ">=")], [(f"{partition}/", "<")]
    for operator, bound in (condition or {}).items():
        (lower if operator in _LOWER else upper).append((bound, _OPERATORS[operator]))
    if after is not None:
        (upper if desc else lower).append((after, "<" if desc else ">"))
    low = max(lower, key=lambda one: (one[0], one[1] == ">"))
    high = min(upper, key=lambda one: (one[0], one[1] == "<="))
    return f"_id {low[1]} ? AND _id {high[1]} ?", [low[0], high[0]]


def source(
    table: Table,
    partition: str,
    index: Index,
    where: Where,
    after: Scalars = (),
    desc: bool = False,
) -> Query:
    """FROM and WHERE of a query on `index`, behind the cursor `after` if there is one."""
    if index is BY_ID:
        of_id = where.get("_id")
        if isinstance(of_id, Mapping) and "$in" not in of_id:
            where = {path: one for path, one in where.items() if path != "_id"}
        else:
            of_id = None
        clause, bound = id_range(partition, of_id, str(after[0]) if after else None, desc)
        rest, params = conditions(where)
        return f'FROM "{table.name}" WHERE {clause} AND {rest}', bound + params
    fields = sort_fields(index, where)
    loose = (fields[0], _UPPER if desc else _LOWER) if after else None
    rest, params = conditions(where, loose=loose)
    if after:
        names = ", ".join(map(name_of, fields))
        rest += f" AND ({names}) {'<' if desc else '>'} ({', '.join('?' * len(fields))})"
        params += after
    partial = f"{partial_sql(index.where)} AND " if index.where else ""
    name = table.index_name(index)
    return f'FROM "{table.name}" INDEXED BY "{name}" WHERE {partial}p = ? AND {rest}', [
        partition,
        *params,
    ]


def page_query(
    table: Table,
    partition: str,
    index: Index,
    where: Where,
    desc: bool,
    after: str | None,
    limit: int,
    column: str = "doc",
) -> Query:
    """One page of documents (or ids) in index order."""
    fields = sort_fields(index, where)
    behind = [] if after is None else unpack(after, cursor_kinds(fields))
    text, params = source(table, partition, index, where, behind, desc)
    order = ", ".join(f"{name_of(f)} {'DESC' if desc else 'ASC'}" for f in fields)
    params.append(limit)
    return joined(f"SELECT {column} {text} ORDER BY {order} LIMIT ?", column), params


def cursor_kinds(fields: Sequence[str]) -> list[Any]:
    """What a cursor of a page in the order of `fields` holds."""
    return [str if field == "_id" else _ANY for field in fields]


def joined(query: str, column: str = "doc") -> str:
    """The one column of `query`, all rows in one."""
    return f"SELECT group_concat({column}, '\n') FROM ({query})"


def page_of(
    decode: Decode[T], lines: str | None, limit: int, index: Index, where: Where
) -> PageOf[T]:
    """The page of what `page_query` found, having looked for one document more than `limit`."""
    items = decode(lines) if lines else []
    if lines is None or len(items) <= limit:
        return PageOf(items)
    last: Doc = msgspec.json.decode(lines.rsplit("\n", 2)[-2])
    values: list[Scalar] = [value_at(last, field) for field in sort_fields(index, where)]
    return PageOf(items[:limit], pack(values))


@functools.lru_cache(64)
def decoder(kind: type[T]) -> Decode[T]:
    """What reads documents joined by newlines straight into their kind.

    Made by the event loop's thread alone: msgspec keeps what it has learnt of a struct at its class
    where other threads see it half learnt, and reading by that ends the process.
    """
    return msgspec.json.Decoder(kind).decode_lines


decode_docs: Decode[Doc] = decoder(Doc)


def count_query(table: Table, partition: str, where: Where, cap: int) -> Query:
    text, params = source(table, partition, best_index(table.coll.indexes, where), where)
    return f"SELECT count(*) FROM (SELECT 1 {text} LIMIT ?)", [*params, cap]


def best_index(indexes: Sequence[Index], where: Where) -> Index:
    """The index that narrows `where` the most: pinned leading fields, then a partial condition."""

    def pinned(index: Index) -> int:
        return next(
            (n for n, f in enumerate(index.fields) if not _pins(where, f)), len(index.fields)
        )

    usable = [i for i in indexes if implies(where, i.where or {})]
    best = max(usable, key=lambda i: 2 * pinned(i) + bool(i.where), default=BY_ID)
    return best if pinned(best) or best.where else BY_ID


def _pins(where: Where, field: str) -> bool:
    return field in where and members(where[field]) is not None
