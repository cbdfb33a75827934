"""Every regular expression of the hub and its channels, fed 50 kB that are made to be expensive
(S-45). What looks at the clock is the process's own CPU timer, and only to give up: a pattern that
needs a second here would need minutes for a little more.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import channels
import hub
from tests.architecture.source import name as module_name
from tests.architecture.source import python_files

SIZE = 50_000
CPU_S = 1.0
#: Started from a path or an argument, not meant to be imported.
PROGRAMS = ("__main__",)
#: Sees nothing but what nh3 has written, in which every "<" begins a whole tag.
BEHIND_NH3 = "channels.email.dom._TAG "
UNITS = (
    "a", " ", "\n", "\r\n", "0", "1.", "-", "_", "=", "=?utf-8?q?a?= ", "<a ", "</", "&#", "> ",
    "\n> ", '"', "\\", "/", "http://", ":", ";", ",", ".", "@", "a@", "a@a.", "(", "[", "{", "%0",
    "*", "```\n", "On 1 Jan 2026, a@b wrote:\n", "From: a\n", "<a@b> ", "\u2028", "ł", "😀", "a b ",
    "x=y; ", "Re: ", "cid:", "url(", "550 ", "\x00", "\x1b[",
)  # fmt: skip
TAIL = "!\x00"
METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "split")
_CALL = re.compile(rf"\b(\w+)\.({'|'.join(METHODS)})\(")
Pattern = re.Pattern[str] | re.Pattern[bytes]


class TooSlowError(Exception):
    pass


def modules() -> Iterator[str]:
    for package in (hub, channels):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.rpartition(".")[2] not in PROGRAMS:
                yield found.name


def patterns() -> dict[str, tuple[Pattern, frozenset[str]]]:
    """Each with the methods that are called on it anywhere, by where it stands."""
    calls: dict[str, set[str]] = defaultdict(set)
    for path in python_files():
        for name, method in _CALL.findall(path.read_text("utf-8")):
            calls[f"{module_name(path)}{name}" if name.startswith("_") else name].add(method)
    found = {}
    for module in modules():
        for name, value in vars(importlib.import_module(module)).items():
            for pattern in _inside(value):
                key = f"{module}{name}" if name.startswith("_") else name
                is_direct = isinstance(value, re.Pattern) and key in calls
                methods = frozenset(calls[key] if is_direct else METHODS)
                found[f"{module}.{name} {pattern.pattern!r:.60}"] = (pattern, methods)
    return found


def _inside(value: object, depth: int = 3) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from _inside(one, depth - 1)
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _inside(one, depth - 1)


@contextmanager
def at_most(cpu_s: float) -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def is_slow(pattern: Pattern, methods: frozenset[str], text: str) -> bool:
    is_bytes = isinstance(pattern.pattern, bytes)
    data: Any = text.encode() if is_bytes else text
    try:
        with at_most(CPU_S):
            for method in methods:
                if method == "sub":
                    pattern.sub(b"" if is_bytes else "", data)  # type: ignore[arg-type]
                else:
                    found: Any = getattr(pattern, method)(data)
                    if method == "finditer":
                        all(found)
    except TooSlowError:
        return True
    return False


def test_the_check_sees_an_expensive_pattern() -> None:
    match, search = frozenset({"match"}), frozenset({"search"})
    assert is_slow(re.compile(r"(a+)+$"), match, "a" * 50 + "!")
    assert is_slow(re.compile(r"\s*,"), search, " " * SIZE * 4)
    assert not is_slow(re.compile(r"\s*,"), match, " " * SIZE)


def test_there_is_something_to_check() -> None:
    assert len(patterns()) > 60


def test_no_text_makes_a_pattern_expensive() -> None:
    slow = {
        name: unit
        for name, (pattern, methods) in patterns().items()
        if not name.startswith(BEHIND_NH3)
        for unit in UNITS
        if is_slow(pattern, methods, unit * (SIZE // len(unit)) + TAIL)
    }
    assert slow == {}
