"""Checks calls, answers and updates of Telegram's Bot API against its machine-readable description
(`specs/telegram/api.json`), field by field.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from channels.telegram.standin_bot import Kept
from tests.support.specs import require

_PLAIN: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Float": (int, float),
    "Boolean": bool,
    "InputFile": Kept,
}
_ARRAY = "Array of "
#: Lengths that the description tells in words only.
_LONGEST = {
    ("sendMessage", "text"): 4096,
    ("editMessageText", "text"): 4096,
    ("InlineKeyboardButton", "callback_data"): 64,
    ("setWebhook", "secret_token"): 256,
}


class BotApi:
    """`call`, `answer` and `value` list what is wrong, as paths with words."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._types = spec["types"]
        self._methods = {name.lower(): method for name, method in spec["methods"].items()}

    def fields_of(self, kind: str) -> list[str]:
        return [field["name"] for field in self._types[kind]["fields"]]

    def call(self, name: str, params: Mapping[str, Any]) -> list[str]:
        method = self._methods.get(name.lower())
        if method is None:
            return [f"{name} is no method"]
        return self._fields(method["name"], method.get("fields", []), params, method["name"])

    def answer(self, name: str, result: Any) -> list[str]:
        return self._one_of(self._methods[name.lower()]["returns"], result, name)

    def value(self, kind: str, value: Any, at: str = "") -> list[str]:
        """`kind` as the description writes types: "Integer", "Array of User", …"""
        at = at or kind
        if kind.startswith(_ARRAY):
            if not isinstance(value, list):
                return [f"{at} is no list"]
            inner = kind.removeprefix(_ARRAY)
            return [
                f for n, item in enumerate(value) for f in self.value(inner, item, f"{at}[{n}]")
            ]
        if kind in _PLAIN:
            is_right = isinstance(value, _PLAIN[kind])
            is_right = is_right and (kind == "Boolean") == isinstance(value, bool)
            return [] if is_right else [f"{at} is no {kind}: {value!r}"]
        about = self._types[kind]
        if "subtypes" in about:
            return self._one_of(about["subtypes"], value, at)
        if not isinstance(value, dict):
            return [f"{at} is no {kind}"]
        return self._fields(kind, about.get("fields", []), value, at)

    def _one_of(self, kinds: list[str], value: Any, at: str) -> list[str]:
        found = [self.value(kind, value, at) for kind in kinds]
        return min(found, key=len)

    def _fields(
        self, owner: str, fields: list[dict[str, Any]], value: Mapping[str, Any], at: str
    ) -> list[str]:
        known = {field["name"]: field for field in fields}
        faults = [f"{at}.{name} does not exist" for name in value.keys() - known.keys()]
        for name, field in known.items():
            if name in value:
                faults += self._one_of(field["types"], value[name], f"{at}.{name}")
                limit = _LONGEST.get((owner, name))
                if limit and isinstance(value[name], str) and len(value[name].encode()) > 4 * limit:
                    faults.append(f"{at}.{name} is too long")
            elif field["required"]:
                faults.append(f"{at}.{name} is missing")
        return faults


@functools.cache
def bot_api() -> BotApi:
    """Skips the calling test where the description is missing."""
    return BotApi(json.loads(require("telegram/api.json").read_text("utf-8")))


@functools.cache
def examples() -> dict[str, dict[str, Any]]:
    """`updates` and `api_responses` by name."""
    found: dict[str, dict[str, Any]] = json.loads(
        require("telegram/updates_examples.json").read_text("utf-8")
    )
    return found
