"""Patches and conditions in memory, with MongoDB's meaning.

The SQLite adapter runs them in its writer thread, the MongoDB adapter for the first document of an
upsert. Inputs were checked by `hub.store.check`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

from hub.ports.store import Doc, Patch, Where
from hub.store.check import INT_LIMIT, value_at

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


def patched(doc: Doc, patch: Patch) -> Doc:
    """A copy of `doc` with the patch applied and `v` one higher; the unchanged is shared."""
    new = {**doc, "v": doc.get("v", 0) + 1}
    owned: dict[str, Doc] = {}
    for path, value in patch.set.items():
        parent, key = _place(new, path, owned)
        parent[key] = value
    for path, step in patch.inc.items():
        parent, key = _place(new, path, owned)
        parent[key] = _sum(parent.get(key, 0), step, path)
    for path, value in patch.max.items():
        parent, key = _place(new, path, owned)
        parent[key] = _max(parent.get(key), value, path)
    for path in patch.unset:
        if _has(new, path):
            parent, key = _place(new, path, owned)
            parent.pop(key, None)
    return new


def matches(doc: Mapping[str, Any], where: Where) -> bool:
    return all(_holds(value_at(doc, path), condition) for path, condition in where.items())


def _place(doc: Doc, path: str, owned: dict[str, Doc]) -> tuple[Doc, str]:
    """The object that holds the last key of `path`, copied (once per patch) or made on the way."""
    if "." not in path:
        return doc, path
    keys = path.split(".")
    parent, walked = doc, ""
    for key in keys[:-1]:
        walked = f"{walked}.{key}"
        child = owned.get(walked)
        if child is None:
            inner = parent.get(key, {})
            if not isinstance(inner, dict):
                raise ValueError(f"cannot patch {path!r}: {walked[1:]!r} is not an object")
            child = owned[walked] = parent[key] = dict(inner)
        parent = child
    return parent, keys[-1]


def _has(doc: Mapping[str, Any], path: str) -> bool:
    *parents, last = path.split(".")
    holder = value_at(doc, ".".join(parents)) if parents else doc
    return isinstance(holder, dict) and last in holder


def _sum(old: object, step: int, path: str) -> int:
    if type(old) is not int:
        raise ValueError(f"cannot increment {path!r}: it does not hold an integer")
    total = old + step
    if not -INT_LIMIT <= total < INT_LIMIT:
        raise ValueError(f"cannot increment {path!r}: it would not fit into 64 bits")
    return total


def _max(old: object, value: int, path: str) -> int:
    if old is None:
        return value
    if type(old) is not int:
        raise ValueError(f"cannot raise {path!r}: it does not hold an integer")
    return max(old, value)


def _holds(value: object, condition: object) -> bool:
    if not isinstance(condition, Mapping):
        return value == condition
    if "$in" in condition:
        return value in condition["$in"]
    return all(_in_range(value, op, bound) for op, bound in condition.items())


def _in_range(value: Any, operator: str, bound: Any) -> bool:
    """Values of another type are never in a range."""
    if isinstance(value, str) != isinstance(bound, str) or value is None:
        return False
    return _COMPARE[operator](value, bound)
