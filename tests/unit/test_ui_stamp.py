"""The stamp over the inbox's sources changes with what the build reads, and with nothing else."""

from pathlib import Path

import pytest

from hub import ui_stamp


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("inbox_ui/package.json", "inbox_ui/src/main.tsx", "templates/i18n/en/inbox.json"):
        write(tmp_path / name, "1")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    "name",
    ["inbox_ui/src/main.tsx", "inbox_ui/src/new.ts", "templates/i18n/en/inbox.json"],
)
def test_a_changed_source_changes_the_stamp(root: Path, name: str) -> None:
    before = ui_stamp.digest(root)
    write(root / name, "2")
    assert ui_stamp.digest(root) != before


@pytest.mark.parametrize(
    "name", ["inbox_ui/src/api/schema.gen.ts", "inbox_ui/node_modules/x/index.js", "hub/app.py"]
)
def test_generated_and_foreign_files_do_not(root: Path, name: str) -> None:
    before = ui_stamp.digest(root)
    write(root / name, "2")
    assert ui_stamp.digest(root) == before


def test_a_moved_file_changes_the_stamp(root: Path) -> None:
    before = ui_stamp.digest(root)
    (root / "inbox_ui/src/main.tsx").rename(root / "inbox_ui/src/app.tsx")
    assert ui_stamp.digest(root) != before


def test_stale_until_the_stamp_fits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = root / "ui.stamp"
    monkeypatch.setattr(ui_stamp, "ROOT", root)
    monkeypatch.setattr(ui_stamp, "STAMP", stamp)
    assert ui_stamp.is_stale()
    stamp.write_text(ui_stamp.digest(root) + "\n")
    assert not ui_stamp.is_stale()
    write(root / "inbox_ui/src/main.tsx", "2")
    assert ui_stamp.is_stale()
    (root / "inbox_ui/package.json").unlink()
    assert not ui_stamp.is_stale(), "a wheel has no sources that could be newer"
