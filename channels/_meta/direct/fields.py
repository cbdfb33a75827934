"""Typed access to foreign JSON: every field is checked where it is taken, and a wrong type costs
the one item, not the batch. Used by the parsers of this package.
"""

from __future__ import annotations

from typing import Any

#: A time below this (in 1973 as milliseconds) must be seconds.
_SECONDS_BELOW = 100_000_000_000
_MAX_MS = 1 << 52


class Unreadable(ValueError):
    """This item has not the documented shape."""


def mapping(source: dict[str, Any], key: str) -> dict[str, Any]:
    """An object, {} when it is missing or null."""
    value = source.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{key} is no object")
    return value


def objects(source: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects, [] when it is missing or null."""
    value = source.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Unreadable(f"{key} is no list of objects")
    return value


def text(source: dict[str, Any], key: str) -> str:
    """A text; numbers become one (Meta writes ids both ways), "" when it is missing or null."""
    value = source.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable(f"{key} is no text")
    return str(value)


def required(source: dict[str, Any], key: str) -> str:
    """A text that must be there."""
    value = text(source, key)
    if not value:
        raise Unreadable(f"{key} is missing")
    return value


def moment(source: dict[str, Any], key: str, default: int = 0) -> int:
    """A time in ms. Meta's samples also hold seconds, and numbers as texts."""
    value = source.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:
        value = int(value)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MAX_MS:
        raise Unreadable(f"{key} is no time")
    return value * 1000 if value < _SECONDS_BELOW else value


def degrees(source: dict[str, Any], key: str, limit: float) -> float:
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        raise Unreadable(f"{key} is no coordinate")
    return float(value)


def is_set(source: dict[str, Any], key: str) -> bool:
    """A flag; Meta writes some as the text "true"."""
    return source.get(key) in (True, "true")
