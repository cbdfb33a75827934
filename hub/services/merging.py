"""The newest conversations over several homes: one index page of each, merged. Called by
`hub.services.reading` only, which knows what a view reads.

Of many homes few conversations each are among the newest, so a first round asks each for its share
and a little more; only homes whose page was used up are asked again. Of few, each is asked for a
whole page: an agent's own conversations are often all in one of them.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence

from hub.model.conversation import Conversation
from hub.ports.store import PageOf

#: A place in the list: `last_at` and id.
Place = tuple[int, str]
#: Asks for the page behind a cursor, of so many.
Ask = Callable[[str | None, int], Awaitable[PageOf[Conversation]]]
_FEW = 3
#: What one of many homes is asked for beyond its share: chance seldom gives one more than that.
_SPARE = 10


def place_of(conversation: Conversation) -> Place:
    return conversation.last_at, conversation.id


class Run:
    """One home's conversations below `bound`, newest first, as far as they were read."""

    def __init__(self, ask: Ask, bound: Place | None) -> None:
        self._ask, self._bound = ask, bound
        self._after: str | None = None
        self._is_over = False
        self.found: list[Conversation] = []

    def ask(self, limit: int) -> Awaitable[PageOf[Conversation]]:
        return self._ask(self._after, limit)

    def take(self, page: PageOf[Conversation]) -> None:
        bound = self._bound
        self.found += [c for c in page.items if bound is None or place_of(c) < bound]
        self._after, self._is_over = page.next, page.next is None

    def may_add_to(self, newest: Sequence[Conversation], limit: int) -> bool:
        """Whether what it has not read yet may belong among them."""
        if self._is_over:
            return False
        return (
            len(newest) < limit or not self.found or place_of(self.found[-1]) > place_of(newest[-1])
        )


async def merged(runs: Sequence[Run], limit: int) -> list[Conversation]:
    """The newest `limit` of all."""
    newest: list[Conversation] = []
    size = limit if len(runs) <= _FEW else min(limit, limit // len(runs) + _SPARE)
    while behind := [run for run in runs if run.may_add_to(newest, limit)]:
        pages = await asyncio.gather(*(run.ask(size) for run in behind))
        for run, page in zip(behind, pages, strict=True):
            run.take(page)
        every = itertools.chain.from_iterable(run.found for run in runs)
        newest = sorted(every, key=place_of, reverse=True)[:limit]
        size = limit
    return newest
