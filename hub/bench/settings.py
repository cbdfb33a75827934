"""How large a run is: its rounds, its data, and how much work each round does."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec


class CannotRunError(Exception):
    """Why a benchmark could not run; the exit status is 2."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the sample data and of one round."""

    name: str
    contacts: int
    conversations_each: int
    messages_each: int
    #: HTTP requests of one round, and queries.
    requests: int
    queries: int
    fan_out_events: int

    @property
    def conversations(self) -> int:
        return self.contacts * self.conversations_each

    @property
    def messages(self) -> int:
        return self.conversations * self.messages_each


SMALL = Scale(
    name="small",
    contacts=1_250,
    conversations_each=4,
    messages_each=5,
    requests=4_000,
    queries=100,
    fan_out_events=40,
)
FULL = Scale(
    name="full",
    contacts=250_000,
    conversations_each=4,
    messages_each=5,
    requests=20_000,
    queries=300,
    fan_out_events=200,
)
SCALES = {scale.name: scale for scale in (SMALL, FULL)}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark is given."""

    scale: Scale
    rounds: int

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that is gone afterwards, on the disk that a hub would use."""
        folder = Path(tempfile.mkdtemp(prefix="santral-bench-", dir=_base()))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sample_dir(self) -> Path:
        """Where the sample data of this scale stays from run to run."""
        return (_base() or Path("data-bench").absolute()) / self.scale.name


def _base() -> Path | None:
    chosen = os.environ.get("HUB_BENCH_DIR")
    if not chosen:
        return None
    folder = Path(chosen).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def say(text: str) -> None:
    """Progress, on stderr; stdout holds nothing but the report."""
    print(text, file=sys.stderr, flush=True)
