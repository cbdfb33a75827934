"""Recently written documents as JSON bytes, up to a number of bytes.

The writer thread alone changes it, after each commit and before anybody is told of it; the event
loop reads it, so that a hot document costs no thread. It never holds anything that is not
committed.
"""

from __future__ import annotations

from collections import OrderedDict

Key = tuple[str, str]


class Cache:
    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._docs: OrderedDict[Key, bytes] = OrderedDict()

    def get(self, key: Key) -> bytes | None:
        return self._docs.get(key)

    def put(self, key: Key, raw: bytes | None) -> None:
        """Keep the newest state of a document; None when it was deleted."""
        old = self._docs.pop(key, None)
        if old is not None:
            self._size -= len(old)
        if raw is None or len(raw) > self._limit // 16:
            return
        self._docs[key] = raw
        self._size += len(raw)
        while self._size > self._limit:
            self._size -= len(self._docs.popitem(last=False)[1])

    def clear(self) -> None:
        self._docs.clear()
        self._size = 0
