"""Plain counters that services raise and `/metrics` shows; no library, so that services stay free
of one.
"""

from __future__ import annotations

from collections import Counter


class Counters:
    """Totals since the start of the process, by name and one optional label."""

    def __init__(self) -> None:
        self.totals: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, by: int = 1, label: str = "") -> None:
        if by:
            self.totals[name, label] += by

    def get(self, name: str, label: str = "") -> int:
        return self.totals[name, label]
