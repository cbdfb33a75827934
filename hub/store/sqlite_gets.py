"""Documents by id, asked for one by one and fetched together.

What is asked for in one turn of the event loop is one query a collection, so that a thousand
callers do not cost a thousand changes of thread; what was found goes into the cache. Used by the
SQLite adapter only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hub.errors import Unavailable
from hub.ports.store import Coll, Doc
from hub.store.sqlite_cache import Cache, Key
from hub.store.sqlite_work import decode

#: More ids than this are fetched in parts, so that readers share the work.
TOGETHER = 64

Asked = dict[str, list["asyncio.Future[Doc | None]"]]
#: Starts a query for some ids of a collection in a reader thread; its result is JSON by lines.
Fetch = Callable[[Coll, list[str]], "asyncio.Future[str | None]"]


class Gets:
    """Waiting callers by collection and id."""

    def __init__(self, fetch: Fetch, cache: Cache) -> None:
        self._fetch = fetch
        self._cache = cache
        self._asked: dict[str, Asked] = {}

    async def get(self, coll: Coll, id: str) -> Doc | None:
        """The document as of a moment after this call; every caller gets one of their own."""
        loop = asyncio.get_running_loop()
        asked = self._asked.get(coll.name)
        if asked is None or len(asked) >= TOGETHER:
            asked = self._asked[coll.name] = {}
            loop.call_soon(self._start, coll, asked)
        future: asyncio.Future[Doc | None] = loop.create_future()
        asked.setdefault(id, []).append(future)
        return await future

    def _start(self, coll: Coll, asked: Asked) -> None:
        """This turn's callers have all asked."""
        if self._asked.get(coll.name) is asked:
            del self._asked[coll.name]
        written = self._cache.watch()
        try:
            fetching = self._fetch(coll, sorted(asked))
        except (Unavailable, RuntimeError):
            self._cache.offer(written, {})
            _fail(asked, Unavailable("the store is closed"))
        else:
            fetching.add_done_callback(lambda done: self._answer(coll, asked, written, done))

    def _answer(
        self, coll: Coll, asked: Asked, written: set[Key], done: asyncio.Future[str | None]
    ) -> None:
        fault = Unavailable("the store is closed") if done.cancelled() else done.exception()
        if fault is not None:
            self._cache.offer(written, {})
            _fail(asked, fault)
            return
        texts = (done.result() or "").split("\n")
        found = {decode(text)["_id"]: text for text in texts if text}
        self._cache.offer(written, {(coll.name, id): text.encode() for id, text in found.items()})
        for id, futures in asked.items():
            for future in futures:
                if not future.done():
                    future.set_result(decode(found[id]) if id in found else None)


def _fail(asked: Asked, fault: BaseException) -> None:
    for futures in asked.values():
        for future in futures:
            if not future.done():
                future.set_exception(fault)
