"""A stretch of text around the first match of a search, with the places of all matches in it."""

from __future__ import annotations

import re

import msgspec

from hub.model.text import query_tokens, tokens

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_BEFORE, _LENGTH = 60, 240


class Snippet(msgspec.Struct, frozen=True):
    """`marks` are [start, end) offsets into `text`."""

    text: str
    marks: list[tuple[int, int]]


def snippet_of(text: str, query: str) -> Snippet:
    """Words that equal a word of the query, or begin like its last one, in any case and with any
    accents.
    """
    wanted = query_tokens(query)
    flat = " ".join(text.split())
    found = [m.span() for m in _WORD.finditer(flat[:20_000]) if _matches(m[0], wanted)]
    start = max(0, found[0][0] - _BEFORE) if found else 0
    if start:
        start = flat.find(" ", start) + 1
    end = start + _LENGTH
    cut = flat[start:end]
    lead, tail = ("…" if start else ""), ("…" if end < len(flat) else "")
    shift = len(lead) - start
    marks = [(a + shift, b + shift) for a, b in found if a >= start and b <= end]
    return Snippet(f"{lead}{cut}{tail}", marks)


def _matches(word: str, wanted: list[str]) -> bool:
    if not wanted:
        return False
    folded = tokens(word)
    return any(piece in wanted or piece.startswith(wanted[-1]) for piece in folded)
