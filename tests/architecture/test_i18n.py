"""Every text exists in English, Turkish and Polish, with each language's plural forms.

The files are i18next v4: nested objects, `{{name}}` for values, `_one`, `_few`, … for plurals.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture import source

# The cardinal plural categories of Unicode CLDR that i18next asks for.
FORMS = ("zero", "one", "two", "few", "many", "other")
PLURALS = {"en": {"one", "other"}, "tr": {"one", "other"}, "pl": {"one", "few", "many", "other"}}
SUFFIX = re.compile(r"_(zero|one|two|few|many|other)$")
PLACEHOLDER = re.compile(r"\{\{-?\s*([\w.]+)")
USED_IN_TS = re.compile(r"""(?<![\w.])t\(\s*["']([\w-]+(?:[.:][\w-]+)*)["']""")


class Area(NamedTuple):
    """One text file in its three languages: `inbox` of templates, or a channel's own."""

    name: str
    files: dict[str, Path]


def areas() -> Iterator[Area]:
    texts = source.ROOT / "templates/i18n"
    names = {path.stem for language in PLURALS for path in (texts / language).glob("*.json")}
    for name in sorted(names):
        yield Area(name, {code: texts / code / f"{name}.json" for code in PLURALS})
    for folder in sorted((source.ROOT / "channels").glob("*/i18n")):
        yield Area(f"channels/{folder.parent.name}", {c: folder / f"{c}.json" for c in PLURALS})


def flat(value: object, prefix: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {
            k: v for key, item in value.items() for k, v in flat(item, f"{prefix}.{key}").items()
        }
    assert isinstance(value, str), f"{prefix[1:]} is not a text"
    return {prefix[1:]: value}


def texts(path: Path) -> dict[str, str]:
    return flat(json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_no_repeats))


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice among {keys}"
    return dict(pairs)


def stems(found: dict[str, str]) -> set[str]:
    """Keys without their plural endings."""
    plural = {SUFFIX.sub("", key) for key in found if f"{SUFFIX.sub('', key)}_other" in found}
    return {stem if (stem := SUFFIX.sub("", key)) in plural else key for key in found}


def faults(area: Area) -> Iterator[str]:
    missing = [code for code, path in area.files.items() if not path.exists()]
    if missing:
        yield f"{area.name}: no file for {', '.join(missing)}"
        return
    by_language = {code: texts(path) for code, path in area.files.items()}
    english = by_language["en"]
    for code, found in by_language.items():
        for key in sorted(stems(english) ^ stems(found)):
            yield f"{area.name}: {key} is not in both en and {code}"
        yield from (
            f"{area.name}: {key} is empty in {code}" for key, text in found.items() if not text
        )
        yield from plural_faults(area.name, code, found)
        yield from placeholder_faults(area.name, code, english, found)


def plural_faults(area: str, code: str, found: dict[str, str]) -> Iterator[str]:
    plural = {key.removesuffix("_other") for key in found if key.endswith("_other")}
    for stem in sorted(plural):
        forms = {form for form in FORMS if f"{stem}_{form}" in found}
        if forms - {"zero"} != PLURALS[code]:
            yield f"{area}: {stem} has the forms {sorted(forms)} in {code}"


def placeholder_faults(
    area: str, code: str, english: dict[str, str], found: dict[str, str]
) -> Iterator[str]:
    def names(among: dict[str, str]) -> dict[str, set[str]]:
        plural = stems(among)
        result: dict[str, set[str]] = {}
        for key, text in among.items():
            stem = SUFFIX.sub("", key)
            result.setdefault(stem if stem in plural else key, set()).update(
                PLACEHOLDER.findall(text)
            )
        return result

    theirs = names(found)
    for key, wanted in names(english).items():
        if key in theirs and theirs[key] != wanted:
            yield f"{area}: {key} takes {sorted(theirs[key])} in {code}, {sorted(wanted)} in en"


def test_every_text_exists_in_all_languages() -> None:
    all_areas = list(areas())
    assert all_areas, "the test looked at nothing"
    found = [fault for area in all_areas for fault in faults(area)]
    assert not found, "\n".join(found)


def test_every_key_that_the_inbox_uses_exists() -> None:
    known: set[str] = set()
    for area in areas():
        if area.files["en"].exists():
            keys = texts(area.files["en"])
            plain = set(keys) | stems(keys)
            known |= plain | {f"{area.name}:{key}" for key in plain}
    used = {
        (source.shown(path), key)
        for path in source.typescript_files()
        if ".test." not in path.name
        for key in USED_IN_TS.findall(path.read_text(encoding="utf-8"))
    }
    assert used, "the test looked at nothing"
    assert not sorted((path, key) for path, key in used if key not in known)


@pytest.mark.parametrize(
    ("tr", "fault"),
    [
        ({"a": "x {{n}}", "c_one": "1", "c_other": "{{count}}"}, None),
        ({"a": "x", "c_one": "1", "c_other": "{{count}}"}, "takes"),
        ({"a": "x {{n}}", "c_other": "{{count}}"}, "forms"),
        ({"a": "", "c_one": "1", "c_other": "{{count}}"}, "empty"),
        ({"c_one": "1", "c_other": "{{count}}"}, "not in both"),
    ],
)
def test_the_check_finds_faults(tmp_path: Path, tr: dict[str, str], fault: str | None) -> None:
    en = {"a": "x {{n}}", "c_one": "1", "c_other": "{{count}}"}
    pl = {"a": "x {{n}}"} | {f"c_{form}": "{{count}}" for form in PLURALS["pl"]}
    files = {code: tmp_path / f"{code}.json" for code in PLURALS}
    for code, content in (("en", en), ("tr", tr), ("pl", pl)):
        files[code].write_text(json.dumps(content))
    found = list(faults(Area("sample", files)))
    assert (fault is None and not found) or any(fault and fault in told for told in found)
