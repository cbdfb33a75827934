"""The words by which customers opt out, come back or ask for help: a message that is one of them
and nothing else. Pure; called by `hub.services.consent`.

The English ones are those of the North American carriers' rules and of the vendors (STOP, STOPALL,
UNSUBSCRIBE, END, QUIT, CANCEL, REVOKE, OPTOUT; START, YES, UNSTOP; HELP, INFO; read 2026-11).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.text import fold

Wish = Literal["out", "in", "help"]

_MAX_CHARS = 40
_WORDS: dict[tuple[Wish, str], str] = {
    ("out", "en"): "stop stopall unsubscribe end quit cancel revoke optout",
    ("out", "pl"): "rezygnuje koniec wypisz",
    ("out", "tr"): "ret red iptal dur durdur",
    ("in", "en"): "start yes unstop",
    ("in", "pl"): "wznow",
    ("in", "tr"): "baslat",
    ("help", "en"): "help info",
    ("help", "pl"): "pomoc",
    ("help", "tr"): "yardim bilgi",
}
_MEANING = {
    word: (wish, language) for (wish, language), words in _WORDS.items() for word in words.split()
}


class Word(msgspec.Struct, frozen=True):
    """`language` is a hint: "" for words that every language shares."""

    wish: Wish
    language: str


def word_of(text: str) -> Word | None:
    """What the text asks for when it is one of the words; case, accents, spaces and punctuation
    around it do not count.
    """
    if len(text) > _MAX_CHARS:
        return None
    found = _MEANING.get(fold(text).strip(" \t\r\n.,;:!?'\"„”“’«»()[]-_*"))
    if found is None:
        return None
    wish, language = found
    return Word(wish, "" if language == "en" else language)
