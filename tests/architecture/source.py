"""Reads the source tree for the architecture tests: modules, imports, lengths."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hub", "channels", "voice", "bots")
LEFT_OUT = {"node_modules", "__pycache__", "static", "_templates"}


class Import(NamedTuple):
    """`importer` names `imported` in a line of its file; both dotted."""

    importer: str
    imported: str
    line: int


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    found = (path for folder in folders or PACKAGES for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if not LEFT_OUT & set(path.parts)))


@cache
def typescript_files() -> tuple[Path, ...]:
    """The inbox's own sources, without what is generated."""
    found = sorted((ROOT / "inbox_ui/src").rglob("*.ts*"))
    return tuple(path for path in found if ".gen." not in path.name)


def name(path: Path) -> str:
    """`hub.web.routes` of `hub/web/routes.py`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[Import]:
    """Every import of our own packages in the file, those inside functions too.

    `from hub import log` counts as `hub.log`; `from hub.model import contact` as
    `hub.model.contact`, which has the same layer as `hub.model`.
    """
    importer = name(path)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for imported in names:
            if imported.split(".")[0] in PACKAGES:
                yield Import(importer, imported, node.lineno)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function, decorators not counted."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
