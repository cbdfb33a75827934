"""What every store accepts: one set of rules, checked before anything is sent to an engine.

MongoDB and SQLite differ in the odd corners (NaN, NUL, dots in keys, integers over 63 bits, objects
where a scalar is meant); all of those are refused here with `ValueError`, so that no adapter ever
sees them. Called by the adapters only.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from hub.ports.store import (
    Coll,
    Delete,
    Doc,
    Index,
    Insert,
    Op,
    Patch,
    PatchOp,
    Where,
    partition_of,
)

MAX_DOC_BYTES = 1_000_000
MAX_ID_CHARS = 400
MAX_DEPTH = 40
MAX_IN = 1000
INT_LIMIT = 2**63
#: Kept by the store itself.
HELPERS = frozenset({"p", "_tok", "_exp"})
RESERVED = HELPERS | {"_id", "v"}
RANGES = frozenset({"$gt", "$gte", "$lt", "$lte"})
BY_ID = Index(name="_id", fields=())

_NAME = re.compile("[a-z][a-z0-9_]*")
_PATH = re.compile("[A-Za-z0-9_]+([.][A-Za-z0-9_]+)*")

encode = msgspec.json.Encoder().encode


def check_doc(coll: Coll, doc: Doc) -> bytes:
    """Check a document to be stored and return it as JSON."""
    check_id(doc.get("_id"))
    if not HELPERS.isdisjoint(doc):
        raise ValueError(f"{coll.name}: {sorted(HELPERS)} are kept by the store")
    _check_items(doc, 0)
    for path in coll.fields:
        _check_declared(coll, path, value_at(doc, path))
    return encode_doc(coll, doc)


def _check_declared(coll: Coll, path: str, value: object) -> None:
    kind = type(value)
    if kind is dict or kind is list:
        raise ValueError(f"{coll.name}.{path} is declared, so it must hold a scalar")


def encode_doc(coll: Coll, doc: Doc) -> bytes:
    raw = encode_json(doc)
    if len(raw) > MAX_DOC_BYTES:
        raise ValueError(f"{coll.name}: a document of {len(raw)} bytes is over {MAX_DOC_BYTES}")
    return raw


def encode_json(value: object) -> bytes:
    """JSON of a checked value; its texts are checked here, all at once."""
    try:
        raw = encode(value)
    except UnicodeEncodeError:
        raise ValueError("a text holds a lone surrogate") from None
    if b"\\u0000" in raw and "\0" in raw.replace(b"\\\\", b"").replace(b"\\u0000", b"\0").decode():
        raise ValueError("a text holds a NUL character")
    return raw


def check_value(value: object, depth: int = 0) -> None:
    """Raise unless `value` is plain JSON that both engines keep; texts: see `encode_json`."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is int:
        if not -INT_LIMIT <= value < INT_LIMIT:  # type: ignore[operator]
            raise ValueError("an integer does not fit into 64 bits")
    elif kind is float:
        if not math.isfinite(value):  # type: ignore[arg-type]
            raise ValueError("a number is NaN or infinite")
    elif depth >= MAX_DEPTH:
        raise ValueError(f"a document is nested deeper than {MAX_DEPTH}")
    elif kind is dict:
        _check_items(value, depth)  # type: ignore[arg-type]
    elif kind is list:
        for item in value:  # type: ignore[attr-defined]
            check_value(item, depth + 1)
    else:
        raise ValueError(f"a document cannot hold a {kind.__name__}")


def _check_items(value: dict[Any, object], depth: int) -> None:
    """Runs for every document: its shape was mostly seen before, and most values are plain."""
    _check_keys(tuple(value))
    for item in value.values():
        kind = type(item)
        if kind is str or item is None or kind is bool:
            continue
        if kind is not int or not -INT_LIMIT <= item < INT_LIMIT:  # type: ignore[operator]
            check_value(item, depth + 1)


@functools.lru_cache(4096)
def _check_keys(keys: tuple[object, ...]) -> None:
    for key in keys:
        check_key(key)


def check_key(key: object) -> None:
    if type(key) is not str or not key or key[0] == "$" or "." in key or "\0" in key:
        raise ValueError(f"not a field name: {str(key)[:40]!r}")


def check_id(id: object) -> str:
    """An id names its partition; its characters are those that sort alike in both engines."""
    if type(id) is not str or len(id) > MAX_ID_CHARS or "\0" in id or not id.isprintable():
        raise ValueError(f"not an id: {str(id)[:40]!r}")
    partition_of(id)
    return id


def check_partition(partition: str) -> str:
    if type(partition) is not str or not partition or "." in partition or "\0" in partition:
        raise ValueError(f"not a partition: {str(partition)[:40]!r}")
    return partition


def check_scalar(value: object) -> None:
    """Conditions compare with scalars: an object from a request must never become an operator."""
    if isinstance(value, dict | list):
        raise ValueError("a condition compares with a text, number, bool or None only")  # noqa: TRY004 - the port's word
    check_value(value)
    if isinstance(value, str):
        encode_json(value)


def check_where(coll: Coll, where: Where, also: frozenset[str] = frozenset({"_id"})) -> None:
    """Raise unless each condition is a known operator over scalars on a declared field."""
    for path, condition in where.items():
        if path not in coll.fields and path not in also:
            raise ValueError(f"{coll.name} declares no field {str(path)[:60]!r}")
        if isinstance(condition, Mapping):
            _check_operators(condition)
        else:
            check_scalar(condition)


def _check_operators(condition: Mapping[str, Any]) -> None:
    if not condition or not condition.keys() <= RANGES | {"$in"}:
        raise ValueError("a condition is a scalar, {'$in': [...]} or a range")
    if "$in" in condition and len(condition) > 1:
        raise ValueError("$in stands alone")
    for operator, operand in condition.items():
        if operator == "$in":
            if not isinstance(operand, list | tuple | set | frozenset) or len(operand) > MAX_IN:
                raise ValueError(f"$in takes a list of at most {MAX_IN} scalars")
            for item in operand:
                check_scalar(item)
        else:
            if operand is None:
                raise ValueError("a range cannot end at None")
            check_scalar(operand)


def check_patch(coll: Coll, patch: Patch) -> None:
    _check_paths((*patch.set, *patch.inc, *patch.max, *patch.unset))
    for path, value in patch.set.items():
        if type(value) is not str:
            check_value(value)
            if path in coll.fields:
                _check_declared(coll, path, value)
    if patch.set:
        encode_json(patch.set)
    for value in (*patch.inc.values(), *patch.max.values()):
        if type(value) is not int:
            raise ValueError("inc and max take integers")
        check_value(value)


@functools.lru_cache(4096)
def _check_paths(paths: tuple[object, ...]) -> None:
    for path in paths:
        _check_path(path)
    # Two changes of one place have no defined order; MongoDB refuses them too.
    ordered = sorted(f"{path}." for path in paths)
    for path, following in itertools.pairwise(ordered):
        if following.startswith(path):
            raise ValueError(f"a patch changes {path[:-1]!r} twice")


@functools.lru_cache(4096)
def _check_path(path: object) -> None:
    if type(path) is not str:
        raise ValueError("a path is a text")
    keys = path.split(".")
    for key in keys:
        check_key(key)
    if keys[0] in RESERVED or len(keys) > MAX_DEPTH:
        raise ValueError(f"{path[:60]!r} cannot be patched")


def check_op(op: Op) -> None:
    """Check one op of `apply`, except for the document of an insert (`check_doc` does that)."""
    match op:
        case Insert():
            pass
        case PatchOp():
            check_id(op.id)
            check_patch(op.coll, op.patch)
            if op.expect is not None:
                check_expect(op.expect)
        case Delete():
            check_id(op.id)


def check_expect(expect: Where) -> None:
    """Any path may be expected: one document is looked at, so no index is needed."""
    for path, condition in expect.items():
        if path not in ("_id", "v"):
            _check_path(path)
        if isinstance(condition, Mapping):
            _check_operators(condition)
        else:
            check_scalar(condition)


def check_patch_call(
    coll: Coll, id: str, patch: Patch, expect: Where | None, upsert: Doc | None
) -> None:
    """The arguments of `DocumentStore.patch`."""
    check_id(id)
    check_patch(coll, patch)
    if expect is not None:
        check_expect(expect)
    if upsert is not None:
        if expect is not None:
            raise ValueError("expect and upsert cannot be combined")
        if upsert.get("_id") != id:
            raise ValueError("the document to upsert has another _id")
        check_doc(coll, upsert)


def check_query(coll: Coll, partition: str, where: Where) -> None:
    check_partition(partition)
    check_where(coll, where)


def check_find(coll: Coll, partition: str, where: Where, index: str, limit: int) -> Index:
    """The arguments of `DocumentStore.find`; the index that was meant."""
    check_query(coll, partition, where)
    used = index_of(coll, index)
    if not implies(where, used.where or {}):
        raise ValueError(f"{coll.name}: a query on {index!r} must repeat its condition")
    check_limit(limit)
    return used


def check_set_many(coll: Coll, ids: Collection[str], values: Mapping[str, str | int]) -> Patch:
    """The arguments of `DocumentStore.set_many`, as the patch that each document gets."""
    for id in ids:
        check_id(id)
    patch = Patch(set=dict(values))
    check_patch(coll, patch)
    unique = {field for index in coll.indexes if index.unique for field in index.fields}
    barred = {path.partition(".")[0] for path in (*coll.text, *coll.text_filters)} | unique
    for path, value in values.items():
        if "." in path or path in barred or type(value) not in (str, int):
            raise ValueError(f"{coll.name}: {path!r} cannot be set in many documents at once")
    return patch


def check_claim(
    coll: Coll, partition: str, where: Where, patch: Patch, index: str, limit: int
) -> Index:
    """The arguments of `DocumentStore.claim`; the index that was meant."""
    check_patch(coll, patch)
    touched = {
        path.partition(".")[0] for path in (*patch.set, *patch.inc, *patch.max, *patch.unset)
    }
    if touched & {path.partition(".")[0] for path in coll.text}:
        raise ValueError(f"{coll.name}: a claim cannot change searched texts")
    return check_find(coll, partition, where, index, limit)


def check_search(coll: Coll, partition: str, where: Where, limit: int) -> None:
    if not coll.text:
        raise ValueError(f"{coll.name} declares no text")
    check_partition(partition)
    check_limit(limit)
    check_where(coll, where, also=frozenset())
    for path, condition in where.items():
        if path not in coll.text_filters or members(condition) is None:
            raise ValueError(f"search in {coll.name} cannot be restricted by {path!r} like that")


def check_limit(limit: int) -> int:
    if type(limit) is not int or not 1 <= limit <= 10_000:
        raise ValueError("limit is between 1 and 10,000")
    return limit


def index_of(coll: Coll, name: str) -> Index:
    if name == "_id":
        return BY_ID
    for index in coll.indexes:
        if index.name == name:
            return index
    raise ValueError(f"{coll.name} declares no index {name[:60]!r}")


def sort_fields(index: Index, where: Where) -> list[str]:
    """What orders a page: the fields of the index that the query leaves open, then the id."""
    open_fields = [f for f in index.fields if f not in where or isinstance(where[f], Mapping)]
    return open_fields if index.unique and open_fields else [*open_fields, "_id"]


def implies(where: Where, condition: Mapping[str, Any]) -> bool:
    """Whether `where` lets only documents through that satisfy `condition` (equality and $in)."""
    return all(
        path in where
        and (given := members(where[path])) is not None
        and given <= (members(allowed) or set())
        for path, allowed in condition.items()
    )


def members(condition: object) -> set[object] | None:
    """The values that an equality or $in lets through; None for a range."""
    if not isinstance(condition, Mapping):
        return {condition}
    return set(condition["$in"]) if "$in" in condition else None


def value_at(doc: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None when it is missing."""
    if "." not in path:
        return doc.get(path)
    value: Any = doc
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_of(doc: Mapping[str, Any], paths: Sequence[str]) -> str:
    """What search sees of a document: its texts, and lists of texts, a line each."""
    lines: list[str] = []
    for path in paths:
        value: object = value_at(doc, path)
        several = value if isinstance(value, list) else [value]
        lines += [text for text in several if isinstance(text, str)]
    return "\n".join(lines)


def check_coll(coll: Coll) -> None:
    """Raise unless a declaration is sound: it is code, so this shows at the first start."""
    names = [coll.name, *(index.name for index in coll.indexes)]
    if not all(map(_NAME.fullmatch, names)) or "__" in coll.name:
        raise ValueError(f"names of collections and indexes are lower_snake: {names}")
    single = [path for path in (coll.text_time, coll.expires) if path]
    paths = [*coll.fields, *coll.text, *coll.text_filters, *single]
    if not all(map(_PATH.fullmatch, paths)) or RESERVED & {*paths}:
        raise ValueError(f"not a field path in {coll.name}: {paths}")
    for index in coll.indexes:
        if not {*index.fields, *(index.where or {})} <= {*coll.fields}:
            raise ValueError(f"{coll.name}.{index.name} is on undeclared fields")
        if any(not members(condition) for condition in (index.where or {}).values()):
            raise ValueError(f"{coll.name}.{index.name}: where takes equality or $in")
    if len({(index.fields, repr(index.where)) for index in coll.indexes}) < len(coll.indexes):
        raise ValueError(f"{coll.name} declares one index twice (MongoDB refuses that)")
    if not {*coll.text_filters} <= {*coll.fields} or bool(coll.text) != bool(coll.text_time):
        raise ValueError(f"{coll.name}: text needs text_time, and text_filters must be declared")
