"""`hub new-channel NAME`: the folder of a new channel and its tests, which work as they are and
pass the channel contract. Copies `templates/scaffold/channel`, with the channel's name put in.
"""

from __future__ import annotations

import re
from pathlib import Path

from hub import resources
from hub.errors import BadInput, Conflict

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_SUFFIX = ".tmpl"
#: Part of the template → where its files go.
_PLACES = {"channel": "channels", "tests": "tests/channels"}


def new_channel(name: str, root: Path) -> list[Path]:
    """The files written, below `root` (the repository). Raises `BadInput`, or `Conflict` when there
    is such a channel.
    """
    if not _NAME.fullmatch(name) or name.endswith("_"):
        raise BadInput("a channel's name is 2 to 31 of a-z, 0-9 and _, and begins with a letter")
    if not (root / "channels/__init__.py").is_file():
        raise BadInput(f"{root} is not Santral's repository: run this there, or say --into")
    folders = {part: root / place / name for part, place in _PLACES.items()}
    for folder in folders.values():
        if folder.exists():
            raise Conflict(f"{folder} exists already")
    return [
        _write(source, folder / source.relative_to(_template() / part), name)
        for part, folder in folders.items()
        for source in sorted((_template() / part).rglob(f"*{_SUFFIX}"))
    ]


def _template() -> Path:
    return resources.templates() / "scaffold/channel"


def _write(source: Path, target: Path, name: str) -> Path:
    title = name.replace("_", " ").capitalize()
    text = source.read_text("utf-8").replace("@name@", name).replace("@Title@", title)
    path = target.with_name(target.name.removesuffix(_SUFFIX))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
