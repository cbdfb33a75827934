"""Queries of pages, checked and made once for each shape of question.

A question's shape is its collection, index, direction, fields, operators and types of values; the
SQL text and most checks depend on nothing else. What is asked a thousand times a second differs in
its values only, so those alone are looked at again. Used by the SQLite adapter only.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.ports.store import Index, Where
from hub.store import check
from hub.store.cursor import unpack
from hub.store.sqlite_query import Query, cursor_kinds, id_range, page_query
from hub.store.sqlite_schema import Table

_SCALARS = frozenset({str, int, float, bool, type(None)})
_MAX_KNOWN = 1000
Shape = tuple[Any, ...]


class _Known(msgspec.Struct, frozen=True):
    index: Index
    #: Types of a cursor's values.
    kinds: list[Any]
    #: The SQL by the clause that bounds the ids, which depends on values too; "" if there is none.
    texts: dict[str, str]


class Pages:
    def __init__(self) -> None:
        self._known: dict[Shape, _Known] = {}

    def query(
        self,
        table: Table,
        partition: str,
        where: Where,
        index: str,
        desc: bool,
        after: str | None,
        limit: int,
    ) -> tuple[Index, Query]:
        """The index that was meant, and the query for `limit` documents and one more."""
        values: list[Any] = []
        shape = _shape(where, values)
        key = (table.name, index, desc, after is None, shape)
        known = self._known.get(key) if shape is not None else None
        if known is None:
            used = check.check_find(table.coll, partition, where, index, limit)
            query = page_query(table, partition, used, where, desc, after, limit + 1)
            if shape is not None and _depends_on_shape(used, where):
                self._learn(key, used, where, query)
            return used, query
        check.check_partition(partition)
        check.check_limit(limit)
        for value in values:
            if type(value) is not str or not value.isascii() or "\0" in value:
                check.check_scalar(value)
        behind = [] if after is None else unpack(after, known.kinds)
        if known.index is not check.BY_ID:
            return known.index, (known.texts[""], [partition, *values, *behind, limit + 1])
        clause, bounds = id_range(
            partition, where.get("_id"), str(behind[0]) if behind else None, desc
        )
        text = known.texts.get(clause)
        if text is None:
            text, _ = page_query(table, partition, known.index, where, desc, after, limit + 1)
            known.texts[clause] = text
        return known.index, (text, [*bounds, limit + 1])

    def _learn(self, key: Shape, used: Index, where: Where, query: Query) -> None:
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        kinds = cursor_kinds(check.sort_fields(used, where))
        self._known[key] = _Known(used, kinds, {} if used is check.BY_ID else {"": query[0]})


def _depends_on_shape(index: Index, where: Where) -> bool:
    """Whether another question of the same shape has the same SQL, but for a range of ids."""
    if index is check.BY_ID:
        return not where or (len(where) == 1 and type(where.get("_id")) is dict)
    return not index.where


def _shape(where: Where, values: list[Any]) -> Shape | None:
    """The shape of a condition, None for an odd one; `values` are appended in the SQL's order."""
    shape: list[Any] = []
    for path, condition in where.items():
        kind = type(condition)
        if kind in _SCALARS:
            shape += path, kind
            if condition is not None:
                values.append(condition)
        elif kind is dict and "$in" not in condition:
            shape += path, tuple([(operator, type(bound)) for operator, bound in condition.items()])
            values += condition.values()
        else:
            return None
    return tuple(shape)
