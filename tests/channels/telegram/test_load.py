"""Loading the SDK: done once, and never looked at again by the garbage collector."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import gc
from channels.telegram.adapter import load_client
load_client()
first = gc.get_freeze_count()
kept = [[] for _ in range(1000)]
load_client()
print(first, gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_the_sdk_leaves_is_not_collected_again() -> None:
    """In a process of its own: here it is loaded already."""
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, check=True)
    first, second, left = map(int, done.stdout.split())
    assert first > 100_000
    assert second <= first, "what is made later is collected as ever"
    assert left < first / 10
