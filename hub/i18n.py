"""Texts for people, from `templates/i18n/<language>/<area>.json` in the form of i18next v4.

The same files serve the inbox (TypeScript) and the server: nested keys with dots, `{{name}}`,
plural suffixes `_zero _one _few _many _other` after CLDR. What is missing in a language comes in
English, else as its key.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from hub.resources import templates

LANGUAGES = ("en", "tr", "pl")
DEFAULT = "en"
_HOLE = re.compile(r"{{-?\s*([\w.]+)\s*}}")


class Texts:
    """Reads a file when it is first asked for. One instance serves the process."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or templates() / "i18n"
        self._areas: dict[tuple[str, str], dict[str, str]] = {}

    def text(
        self, language: str, area: str, key: str, *, count: int | None = None, **values: object
    ) -> str:
        """The text called `key`; `count` chooses the plural form and fills `{{count}}`."""
        found = self.find(language, area, key, count=count, **values)
        return f"{area}:{key}" if found is None else found

    def find(
        self, language: str, area: str, key: str, *, count: int | None = None, **values: object
    ) -> str | None:
        """Like `text`; None when neither the language nor English has it."""
        if count is not None:
            values["count"] = count
        for tongue in dict.fromkeys((language, DEFAULT)):
            texts = self._area(tongue, area)
            for name in _names(tongue, key, count):
                if name in texts:
                    return fill(texts[name], values)
        return None

    def area(self, language: str, area: str) -> dict[str, str]:
        """All texts of an area, English where the language lacks one: for templates."""
        return {**self._area(DEFAULT, area), **self._area(language, area)}

    def _area(self, language: str, area: str) -> dict[str, str]:
        where = (language, area)
        if where not in self._areas:
            path = self._root / language / f"{area}.json"
            is_there = language in LANGUAGES and path.is_file()
            self._areas[where] = _flat(json.loads(path.read_text("utf-8"))) if is_there else {}
        return self._areas[where]


def fill(text: str, values: dict[str, Any]) -> str:
    """`text` with `{{name}}` filled in; a name without a value stays as it is."""
    return _HOLE.sub(lambda hole: str(values.get(hole[1], hole[0])), text)


@cache
def plural_form(language: str, count: int) -> str:
    """The CLDR cardinal category of a whole number."""
    n = abs(count)
    if n == 1:
        return "one"
    if language != "pl":
        return "other"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"


def choose_language(accept_language: str) -> str:
    """The best of our languages for an `Accept-Language` header."""
    wanted: list[tuple[float, int, str]] = []
    for place, item in enumerate(accept_language[:500].split(",")):
        tag, _, weight = item.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            wanted.append((-_quality(weight), place, language))
    return min(wanted)[2] if wanted else DEFAULT


def _quality(weight: str) -> float:
    try:
        return float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def _names(language: str, key: str, count: int | None) -> list[str]:
    if count is None:
        return [key]
    exact = [f"{key}_zero"] if count == 0 else []
    return [*exact, f"{key}_{plural_form(language, count)}", f"{key}_other", key]


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = str(value)
    return flat
