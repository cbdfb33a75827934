"""Subjects without the reply and forward marks of the mail programs of a dozen languages. Pure."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"\s*(?:re|r|fwd?|fw|odp|pd|aw|antw|antwort|wg|ynt|yan|[iİı]lt|sv|vs|vl|vb|tr|rv|res|enc|rif|doorst|"
    r"atb|cevap|пересл|отв|回复|回覆|答复|转发|轉寄)\s{0,3}(?:[\[(]\d{1,3}[\])]|\^\d{1,3})?\s{0,3}[:：]",
    re.IGNORECASE,
)
_MAX_MARKS = 30


def base_subject(subject: str) -> str:
    """`subject` with all leading marks removed; tags in brackets stay."""
    position = 0
    for _ in range(_MAX_MARKS):
        match = _MARK.match(subject, position)
        if not match:
            break
        position = match.end()
    return subject[position:].strip()
