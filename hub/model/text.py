"""Folding and tokenizing of human text, the same for every store, opt-out words and bot menus.

`fold` maps a text to the form in which two spellings of one word are equal (kırmızı = KIRMIZI,
Łódź = lodz); `tokens` cuts a text into the folded words under which it is indexed, `query_tokens`
into those to look for. Raise the number in `text_version` when any outcome changes: the stores then
rebuild their text indexes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

TOKEN_CAP = 128
#: Longer words (keys, base64, URLs) are cut: nobody types them whole, and every index would bloat.
TOKEN_CHARS = 40

_LETTERS = str.maketrans(
    {"ı": "i", "İ": "i", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d"}
)
#: Accents of Latin, Greek and Cyrillic, Hebrew and Arabic points; not the vowel signs of India or
#: Thailand, nor the voicing marks of Japan, which make other words.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
#: Invisible characters inside words: soft hyphen, joiners, byte order mark.
_INVISIBLE = str.maketrans(dict.fromkeys((0xAD, 0x200C, 0x200D, 0x2060, 0xFEFF)))
_ASCII_WORD = re.compile("[a-z0-9]+")
_WORD = re.compile(r"[^\W_]+")
_SEPARATOR = re.compile(r"[\W_]")
#: Scripts that need the long way: combining marks inside words, or no spaces between them.
_SPECIAL = re.compile(
    "[\u0700-\u1dbf\u2e80-\ud7ff\uf900-\ufaff\U00010000-\U0001cfff\U00020000-\U0003ffff]"
)
#: Scripts written without spaces, which are searched by pairs of characters.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def text_version() -> str:
    """Names the rules that made a text index: ours, and Python's Unicode tables."""
    return f"2/{unicodedata.unidata_version}"


def fold(text: str) -> str:
    """Lower-case, without accents; letters that Unicode does not decompose are mapped by hand."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_LETTERS)))
    return unicodedata.normalize("NFC", bare.casefold().translate(_LETTERS))


def tokens(text: str, cap: int = TOKEN_CAP) -> list[str]:
    """The distinct words of `text` in their order, `cap` at most."""
    return _distinct(_pieces(text, ends=True), cap)


def query_tokens(text: str, cap: int = TOKEN_CAP) -> list[str]:
    """The words that a document must hold to be found by `text`; the last may be a prefix."""
    return _distinct(_pieces(text, ends=False), cap)


def _pieces(text: str, *, ends: bool) -> Iterable[str]:
    folded = fold(text)
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    folded = folded.translate(_INVISIBLE)
    if _SPECIAL.search(folded):
        return _special_pieces(folded, ends)
    return _WORD.findall(folded)


def _special_pieces(text: str, ends: bool) -> Iterator[str]:
    """Words with their marks; runs without spaces as pairs.

    With `ends` also the last character of a run: a search for one character finds the others as
    the beginning of a pair.
    """
    for word in _SEPARATOR.sub(_keep_marks, text).split():
        at = 0
        for run in _UNSPACED.finditer(word):
            if run.start() > at:
                yield word[at : run.start()]
            at = run.end()
            chars = run.group()
            yield from (chars[i : i + 2] for i in range(len(chars) - 1))
            if ends or len(chars) == 1:
                yield chars[-1]
        if at < len(word):
            yield word[at:]


def _keep_marks(found: re.Match[str]) -> str:
    """Python's `\\w` lacks combining marks, without which Hindi and Thai fall to pieces."""
    char = found.group()
    return char if unicodedata.category(char) in {"Mn", "Mc"} else " "


def _distinct(pieces: Iterable[str], cap: int) -> list[str]:
    return list(islice(dict.fromkeys([piece[:TOKEN_CHARS] for piece in pieces]), cap))
