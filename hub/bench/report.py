"""What a benchmark says: rows with value, floor, ratio and goal, and the report that is printed
(DESIGN §11).
"""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from statistics import median
from typing import Literal

import msgspec

Better = Literal["higher", "lower"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `value` and `floor` are medians of the rounds, `min` and `max` are those of the
    value.

    The goal is one for the ratio; for the value itself where there is no floor. A row without a
    goal informs.
    """

    name: str
    unit: str
    value: float
    floor: float | None
    ratio: float | None
    goal: float | None
    better: Better
    min: float
    max: float
    ok: bool


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    cpus: int
    system: str
    python: str
    sqlite: str
    load: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    schema: int = 1
    bench: str
    ok: bool
    scale: str
    machine: Machine
    results: list[Result]


def result(
    name: str,
    unit: str,
    values: Sequence[float],
    floors: Sequence[float] = (),
    *,
    goal: float | None = None,
    better: Better = "higher",
) -> Result:
    """The row of some rounds' values and, measured in turn with them, floors."""
    value = median(values)
    floor = median(floors) if floors else None
    ratio = value / floor if floor else None
    judged = value if ratio is None else ratio
    is_met = goal is None or (judged >= goal if better == "higher" else judged <= goal)
    return Result(
        name=name,
        unit=unit,
        value=_short(value),
        floor=None if floor is None else _short(floor),
        ratio=None if ratio is None else _short(ratio),
        goal=goal,
        better=better,
        min=_short(min(values)),
        max=_short(max(values)),
        ok=is_met,
    )


def machine() -> Machine:
    return Machine(
        cpus=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        load=round(os.getloadavg()[0], 2),
    )


def _short(number: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{number:.4g}")
