"""Telegram's formatted texts as plain ones: formatting goes, the addresses behind links stay."""

from __future__ import annotations

from collections.abc import Sequence

from channels.telegram.shapes import Entity

_CODEC = "utf-16-le"


def plain(text: str, entities: Sequence[Entity]) -> str:
    """`text` with the address behind each linked word after it, in brackets.

    Offsets are UTF-16 units (https://core.telegram.org/bots/api#messageentity); wrong ones are
    passed over.
    """
    links = [one for one in entities if one.type == "text_link" and one.url]
    if not links:
        return text
    units = text.encode(_CODEC, "replace")
    for link in sorted(links, key=lambda one: one.offset + one.length, reverse=True):
        end = 2 * (link.offset + link.length)
        if not 0 <= 2 * link.offset < end <= len(units) or _is_half(units[end : end + 2]):
            continue
        words = units[2 * link.offset : end].decode(_CODEC, "replace")
        if not _says(words, link.url):
            units = units[:end] + f" ({link.url})".encode(_CODEC, "replace") + units[end:]
    return units.decode(_CODEC, "replace")


def _is_half(unit: bytes) -> bool:
    """The second half of a character: nothing may come before it."""
    return len(unit) == 2 and 0xDC <= unit[1] <= 0xDF


def _says(words: str, url: str) -> bool:
    """The linked words are the address already."""
    return words.strip().rstrip("/") in (url.rstrip("/"), url.partition("://")[2].rstrip("/"))
