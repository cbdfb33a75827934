"""How conditions, pages, patches and helper fields of the port look to MongoDB. Pure; no driver
calls.

Three fields are stored beside each document and never shown: `p`, the partition out of its id
(first in every index and in every filter, so that a sharded cluster asks one shard); `_tok`, the
words it is found by; `_exp`, its end as the Date that a TTL index wants.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from hub.model.text import query_tokens, tokens
from hub.ports.store import Coll, Doc, Index, Patch, Where, partition_of
from hub.store.check import BY_ID, text_of, value_at
from hub.store.cursor import Scalar, pack, unpack

Filter = dict[str, Any]
Order = list[tuple[str, int]]
HELPERS = ("p", "_tok", "_exp")
_ANY = (str, int, float, bool)


def stored(coll: Coll, doc: Doc, version: int) -> Doc:
    """`doc` with its version and helper fields; a new dict, for the driver changes its own."""
    extra: Doc = {"v": version, "p": partition_of(doc["_id"])}
    if coll.text:
        extra["_tok"] = words_of(coll, doc)
    if coll.expires:
        extra["_exp"] = date_of(value_at(doc, coll.expires))
    return {**doc, **extra}


def shown(doc: Mapping[str, Any]) -> Doc:
    return {key: value for key, value in doc.items() if key not in HELPERS}


def words_of(coll: Coll, doc: Doc) -> list[str]:
    return tokens(text_of(doc, coll.text))


def date_of(ms: object) -> datetime.datetime | None:
    """An int of milliseconds as a Date, None for 0 (never); the far future where a Date ends."""
    if not isinstance(ms, int) or ms <= 0:
        return None
    seconds = min(max(ms, 0), 250_000_000_000_000) / 1000
    return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC)


def where_filter(where: Where) -> Filter:
    return {path: _condition(condition) for path, condition in where.items()}


def _condition(condition: Any) -> Any:
    if isinstance(condition, Mapping) and "$in" in condition:
        return {"$in": list(condition["$in"])}
    return dict(condition) if isinstance(condition, Mapping) else condition


def joined(*filters: Filter) -> Filter:
    """All of `filters`; as one object where their fields differ, which planners like best."""
    merged: Filter = {}
    for one in filters:
        if merged.keys() & one.keys():
            return {"$and": [f for f in filters if f]}
        merged |= one
    return merged


def partition_filter(partition: str, index: Index | None = None) -> Filter:
    if index is BY_ID:
        return {"p": partition, "_id": {"$gte": f"{partition}.", "$lt": f"{partition}/"}}
    return {"p": partition}


def order_of(index: Index, desc: bool) -> Order:
    """The order of the whole index, which is what the planner looks for."""
    fields = index.fields if index.unique else (*index.fields, "_id")
    return [(field, -1 if desc else 1) for field in ("p", *fields)]


def after_filter(fields: list[str], cursor: str, desc: bool) -> Filter:
    """Only what sorts behind the document of `cursor`."""
    values = unpack(cursor, [str if field == "_id" else _ANY for field in fields])
    return behind(fields, values, "$lt" if desc else "$gt")


def behind(fields: list[str], values: list[Scalar], operator: str) -> Filter:
    """(a, b, …) beyond (x, y, …) in lexical order, bounded by the first field for the planner."""
    ladder: list[Filter] = []
    for at, field in enumerate(fields):
        level: Filter = dict(zip(fields[:at], values, strict=False))
        ladder.append({**level, field: {operator: values[at]}})
    if len(ladder) == 1:
        return ladder[0]
    return {"$and": [{fields[0]: {operator + "e": values[0]}}, {"$or": ladder}]}


def cursor_of(doc: Doc, fields: list[str]) -> str:
    return pack([value_at(doc, field) for field in fields])


def search_filter(text: str) -> Filter | None:
    """Every word of `text`, the last as a prefix; None when it holds no word."""
    *words, last = query_tokens(text) or [""]
    if not last:
        return None
    prefix = {"_tok": {"$regex": "^" + re.escape(last)}}
    return {"$and": [*({"_tok": word} for word in words), prefix]} if words else prefix


def update_of(coll: Coll, patch: Patch) -> Doc:
    """The update of a patch that `needs_document` is false for."""
    sets = dict(patch.set)
    if coll.expires in sets:
        sets["_exp"] = date_of(sets[coll.expires])
    parts = {
        "$set": sets,
        "$inc": {**patch.inc, "v": 1},
        "$max": dict(patch.max),
        "$unset": dict.fromkeys(patch.unset, ""),
    }
    return {operator: changes for operator, changes in parts.items() if changes}


def needs_document(coll: Coll, patch: Patch) -> bool:
    """Whether a helper field depends on more than the patch itself says."""
    touched = [*patch.set, *patch.inc, *patch.max, *patch.unset]
    watched = list(coll.text)
    if coll.expires and coll.expires not in patch.set:
        watched.append(coll.expires)
    return any(_overlap(path, watch) for path in touched for watch in watched)


def _overlap(one: str, other: str) -> bool:
    one, other = f"{one}.", f"{other}."
    return one.startswith(other) or other.startswith(one)
