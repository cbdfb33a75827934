"""Searches of rare, common and ever-present words, and of two at once: the newest 50 messages that
hold them.
"""

from __future__ import annotations

from hub.bench.reading import Bench, Pair, compare, opened
from hub.bench.report import Result
from hub.bench.sample import word
from hub.bench.settings import Settings
from hub.store.sqlite_text import scope as text_scope

PAGE = 50
#: Names with the ranges of the words' ranks.
QUERIES: dict[str, list[tuple[int, int]]] = {
    "rare_word": [(5_000, 10_000)],
    "common_word": [(200, 400)],
    "everywhere": [(5, 15)],
    "two_words": [(20, 60), (60, 120)],
}


async def run(settings: Settings) -> list[Result]:
    rows = []
    async with opened(settings) as bench:
        for name, ranks in QUERIES.items():
            rows += await compare(name, settings, lambda r=ranks: _pair(bench, r))  # type: ignore[misc]
    return rows


def _pair(bench: Bench, ranks: list[tuple[int, int]]) -> Pair:
    words = [word(bench.chance.randrange(*between)) for between in ranks]
    scope = bench.scope()
    prefix = text_scope(bench.sample.workspace)
    match = " AND ".join(f'"{prefix}{one}"' for one in words)

    async def product() -> int:
        hits, _ = await bench.reading.search(
            scope,
            " ".join(words),
            kind="message",
            accepts=lambda c, m: True,
            after=None,
            limit=PAGE,
        )
        return len(hits)

    def floor() -> int:
        query = f"""SELECT c.doc FROM messages__fts f
            CROSS JOIN messages__map m ON m.n = f.rowid CROSS JOIN messages c ON c._id = m.id
            WHERE messages__fts MATCH ? ORDER BY f.rowid DESC LIMIT {PAGE}"""
        return len(bench.rows(query, [match]))

    return product, floor
