"""What an agent opens all day: a page of a view, and the last messages of a conversation."""

from __future__ import annotations

import heapq
from typing import Any

from hub.bench.reading import Bench, Pair, compare, opened
from hub.bench.report import Result
from hub.bench.settings import Settings
from hub.model.ids import message_id, message_range
from hub.model.message import Author, Message
from hub.ports.collections import MESSAGES
from hub.services.docs import to_doc
from hub.services.reading import Filter

PAGE = 50
_TALKS, _TALK_MESSAGES = 50, 120
#: Views with the condition that narrows them further; the agent's id stands for "?".
VIEWS = {"all": None, "mine": "?", "unassigned": ""}


async def run(settings: Settings) -> list[Result]:
    rows = []
    async with opened(settings) as bench:
        for view in VIEWS:
            rows += await compare(f"page_{view}", settings, lambda v=view: _page(bench, v))  # type: ignore[misc]
        talks = await _long_talks(bench)
        rows += await compare("last_50_messages", settings, lambda: _history(bench, talks))
    return rows


def _page(bench: Bench, view: str) -> Pair:
    scope = bench.scope()
    assignee = VIEWS[view]
    wanted = Filter(view=view)
    index, field = ("by_home", "home") if assignee is None else ("by_assignee", "assignee_id")
    query = f"""SELECT "f.last_at", _id, doc FROM conversations INDEXED BY conversations__{index}
        WHERE p = ? AND "f.{field}" = ? AND "f.state" = 'open'
        ORDER BY "f.last_at" DESC, _id DESC LIMIT {PAGE}"""

    async def product() -> int:
        return len((await bench.reading.find(scope, wanted, None, PAGE)).conversations)

    def floor() -> int:
        if assignee is None:
            of = list(bench.sample.inboxes)
        else:
            of = [assignee.replace("?", scope.agent_id)]
        pages = [bench.rows(query, [scope.workspace, value]) for value in of]
        return len(heapq.nlargest(PAGE, (row for page in pages for row in page)))

    return product, floor


async def _long_talks(bench: Bench) -> list[str]:
    """Conversations of some hundred messages among the short ones of the sample; made once."""
    found = []
    for number in range(_TALKS):
        id = f"{bench.sample.workspace}.{number:02d}{'talk' * 6}"
        author = Author("agent", bench.agents[0], "Agent")
        docs = [
            to_doc(
                Message(
                    id=message_id(id, seq),
                    conversation_id=id,
                    seq=seq,
                    kind="message",
                    direction="out",
                    author=author,
                    at=1_700_000_000_000 + seq,
                    text=f"Message {seq} of a talk that went on for longer than most of them do.",
                )
            )
            for seq in range(1, _TALK_MESSAGES + 1)
        ]
        await bench.store.insert_many(MESSAGES, docs)
        found.append(id)
    return found


def _history(bench: Bench, talks: list[str]) -> Pair:
    id = bench.chance.choice(talks)
    bounds = message_range(id)

    async def product() -> int:
        return len(await bench.reading.messages(id, limit=PAGE))

    def floor() -> int:
        query = f"""SELECT doc FROM messages WHERE _id >= ? AND _id < ?
            ORDER BY _id DESC LIMIT {PAGE}"""
        params: list[Any] = [bounds["$gte"], bounds["$lt"]]
        return len(bench.rows(query, params))

    return product, floor
