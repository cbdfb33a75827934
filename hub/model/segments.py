"""How many SMS segments a text is charged as, and which characters make it dear.

A text whose every character is in GSM-7 has 160 septets (153 in each part of several); one foreign
character makes the whole of it UCS-2 with 70 (67) UTF-16 units. Neither an escape pair nor a
surrogate pair is split between parts. Source: 3GPP TS 23.038 and 23.040; the national shift tables
are left out, because carriers' APIs do not use them. The composer counts alike in
`inbox_ui/src/lib/segments.ts`, by the same vectors.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal

import msgspec

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Escaped: two septets each.
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | _EXTENSION
#: (alone, in each of several), in septets and in UTF-16 units.
_GSM_ROOM = (160, 153)
_UCS_ROOM = (70, 67)
#: What has no plain form by decomposition: letters of Turkish and Polish, and typography.
_PLAIN = {
    "ı": "i", "İ": "I", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": "'",
    "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...", "•": "-",
    "\t": " ", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "\u200b": "", "\u00ad": "", "\ufeff": "",
}  # fmt: skip


class Segments(msgspec.Struct, frozen=True):
    """`units` are septets or UTF-16 units; `offending` the characters that force UCS-2, each once,
    in order of appearance.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    offending: list[str] = []


def count(text: str) -> Segments:
    """An empty text is one segment."""
    offending = list(dict.fromkeys(char for char in text if char not in _GSM_7))
    if offending:
        units, parts = _packed((2 if char > "\uffff" else 1 for char in text), *_UCS_ROOM)
        return Segments("UCS-2", units, parts, offending)
    units, parts = _packed((2 if char in _EXTENSION else 1 for char in text), *_GSM_ROOM)
    return Segments("GSM-7", units, parts)


def plain_form(text: str) -> str | None:
    """The text with plain letters for those that force UCS-2 (ż → z), to be offered, never used
    unasked. None when nothing would change, or it would still be UCS-2.
    """
    plain = "".join(char if char in _GSM_7 else _plain(char) for char in text)
    is_cheap = all(char in _GSM_7 for char in plain)
    return plain if is_cheap and plain != text else None


def _plain(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    letters = unicodedata.normalize("NFD", char)
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] != "M")


def _packed(costs: Iterable[int], alone: int, each: int) -> tuple[int, int]:
    """(units in all, parts): a character that does not fit begins the next part."""
    total, parts, used = 0, 1, 0
    for cost in costs:
        total += cost
        if used + cost > each:
            parts, used = parts + 1, 0
        used += cost
    return total, parts if total > alone else 1
