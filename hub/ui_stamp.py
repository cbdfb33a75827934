"""Tells whether the built inbox fits its sources; called by `hub serve` and tools/build_ui.py.

Standard library only: the build script runs before anything else is installed.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "hub/web/static"
STAMP = STATIC / "ui.stamp"
_LEFT_OUT = ("node_modules", "test-results")


def inputs(root: Path = ROOT) -> list[Path]:
    """The files that the build reads, sorted; generated ones (`*.gen.ts`) are not inputs."""
    found = [*_files(root / "inbox_ui"), *(root / "templates/i18n").rglob("*.json")]
    return sorted(path for path in found if _is_input(path))


def _files(folder: Path) -> Iterator[Path]:
    """All below `folder`, without a look at the tens of thousands of files of `node_modules`."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        yield from (Path(parent, name) for name in names)


def digest(root: Path = ROOT) -> str:
    """SHA-256 over names and contents of the inputs."""
    total = hashlib.sha256()
    for path in inputs(root):
        name = path.relative_to(root).as_posix()
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def is_stale() -> bool:
    """True when the sources are here and the built inbox is missing or older. False in a wheel."""
    if not (ROOT / "inbox_ui/package.json").exists():
        return False
    return not STAMP.exists() or STAMP.read_text().strip() != digest(ROOT)


def _is_input(path: Path) -> bool:
    if any(part in _LEFT_OUT for part in path.parts) or path.name.endswith(".gen.ts"):
        return False
    return path.is_file() and not path.name.startswith(".")
