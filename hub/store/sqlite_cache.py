"""Documents that were lately written or read, as JSON bytes, up to a number of bytes.

The writer thread puts in what it wrote, after each commit and before anybody is told of it; the
event loop reads, so that a hot document costs no thread, and offers what it had to fetch. It never
holds anything that is not committed, nor anything older than the last commit that the writer told.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

Key = tuple[str, str]


class Cache:
    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._docs: OrderedDict[Key, bytes] = OrderedDict()
        self._lock = threading.Lock()
        #: What was written since each fetch that is under way began.
        self._watches: list[set[Key]] = []

    def get(self, key: Key) -> bytes | None:
        with self._lock:
            return self._get(key)

    def get_many(self, keys: Iterable[Key]) -> list[bytes | None]:
        with self._lock:
            return [self._get(key) for key in keys]

    def put(self, docs: Mapping[Key, bytes | None]) -> None:
        """Keep the newest state of documents; None when one was deleted."""
        with self._lock:
            for written in self._watches:
                written.update(docs)
            for key, raw in docs.items():
                self._keep(key, raw)

    def watch(self) -> set[Key]:
        """Call before a fetch begins, and `offer` with the answer when it has ended."""
        written: set[Key] = set()
        with self._lock:
            self._watches.append(written)
        return written

    def offer(self, written: set[Key], found: dict[Key, bytes]) -> None:
        """What a fetch found; anything written since it began may be newer and is left alone."""
        with self._lock:
            self._watches = [one for one in self._watches if one is not written]
            for key, raw in found.items():
                if key not in written:
                    self._keep(key, raw)

    def _get(self, key: Key) -> bytes | None:
        raw = self._docs.get(key)
        if raw is not None:
            self._docs.move_to_end(key)
        return raw

    def _keep(self, key: Key, raw: bytes | None) -> None:
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
        with self._lock:
            self._docs.clear()
            self._size = 0
