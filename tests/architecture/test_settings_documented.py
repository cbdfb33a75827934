"""Every setting stands in docs/operations.md with its default, and nothing else does."""

import re
from pathlib import Path

from hub.config import SETTINGS
from tests.architecture.source import ROOT

PAGE = ROOT / "docs/operations.md"
ROW = re.compile(r"^\| `(HUB_[A-Z0-9_]+)` \| ([^|]*) \|", re.MULTILINE)
# Read by tests, benchmarks and the dev server, not by a running hub.
OTHERS = {"HUB_TEST_MONGODB_URI", "HUB_BENCH_DIR", "HUB_DEV_URL"}


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
    assert set(rows) == {setting.env for setting in SETTINGS}
    for setting in SETTINGS:
        if setting.default:
            assert f"`{setting.default}`" in rows[setting.env], setting.env


def test_documents_name_no_unknown_setting() -> None:
    known = {setting.env for setting in SETTINGS} | OTHERS
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "channels").rglob("*.md")]
    assert PAGE in pages
    found = {(page.name, name) for page in pages for name in names(page)}
    assert not {(page, name) for page, name in found if name not in known}


def names(page: Path) -> set[str]:
    return set(re.findall(r"\bHUB_[A-Z0-9_]+[A-Z]\b", page.read_text(encoding="utf-8")))
