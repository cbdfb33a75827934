"""What a person wrote now, parted from the quotation and signature that trail it. Each line gets
a kind, the kinds form a short string, and a few cuts are made on it; all passes are linear. Only
trailing quotes go: answers between quoted lines stay. The order of the cuts follows Discourse's
email_reply_trimmer, whose corpus is the test. Pure; called by `parse.py`.
"""

from __future__ import annotations

import re

import msgspec

from channels.email import quote_marks as marks

EMPTY, DELIMITER, SIGNATURE, INTRO, HEADER, QUOTE, TEXT = "edsbhqt"
_MAX_INTRO_LINES = 5
_MAX_LINES = 5_000
_MAX_JOINS = 400
_MAX_SIGNATURE_LINES = 12
_SIGNATURE_MARK = re.compile(r"\s{0,3}(?:--|–|―|—{1,9}|_{5,99})\s{0,3}")
_BOTTOM_POSTED = re.compile("[de]*b[bdeqhs]*q[bdeqhs]*(?=t[tesd]*$)")


class Split(msgspec.Struct, frozen=True):
    """`new` is what was written now (never empty if the mail was not), `quoted` the rest in its
    order.
    """

    new: str
    quoted: str


class _Line(msgspec.Struct):
    kind: str
    text: str


def split_reply(text: str) -> Split:
    """Parts `text`; gives all of it back as new when a cut would leave nothing."""
    text = text.replace("\r\n", "\n")
    lines = _classified(text.split("\n", _MAX_LINES))
    kept, dropped = _cut(lines)
    new = "\n".join(line.text for line in kept).strip("\n")
    if not new.strip():
        return Split(text.strip("\n"), "")
    return Split(new.rstrip(), "\n".join(line.text for line in dropped).strip("\n"))


def _classified(rows: list[str]) -> list[_Line]:
    lines: list[_Line] = []
    index, is_code = 0, False
    joins_left = _MAX_JOINS
    fences_left = sum(row.lstrip().startswith("```") for row in rows)
    while index < len(rows):
        if rows[index].lstrip().startswith("```"):
            fences_left -= 1
            is_code = not is_code and fences_left > 0
            kind, taken = TEXT, 1
        elif is_code:
            kind, taken = TEXT, 1
        else:
            may_join = joins_left > 0 and _may_join(rows[index])
            joins_left -= may_join
            kind, taken = _kind_at(rows, index, may_join)
        lines.append(_Line(kind, "\n".join(rows[index : index + taken])))
        index += taken
    return lines


def _may_join(row: str) -> bool:
    return len(row) <= marks.MAX_LINE and marks.may_open_intro(row)


def _kind_at(rows: list[str], index: int, may_join: bool) -> tuple[str, int]:
    """The kind of the line at `index` and over how many lines it goes."""
    row = rows[index]
    if not row.strip(" \t\xa0\u200b\ufeff>") and not row.strip().startswith(">"):
        return EMPTY, 1
    if marks.is_reply_above(row) or marks.is_intro(row):
        return INTRO, 1
    taken = _intro_span(rows, index) if may_join else 0
    if taken:
        return INTRO, taken
    if marks.is_delimiter(row):
        return DELIMITER, 1
    if marks.is_mobile_signature(row):
        return SIGNATURE, 1
    if marks.is_quote(row):
        return QUOTE, 1
    return (HEADER if marks.is_header(row) else TEXT), 1


def _intro_span(rows: list[str], index: int) -> int:
    """How many lines an announcement that mail programs have wrapped takes, 0 if there is none."""
    joined = first = rows[index].strip()
    blanks = 0
    for taken in range(2, _MAX_INTRO_LINES + 2):
        position = index + taken - 1
        if position >= len(rows) or len(joined) > marks.MAX_LINE:
            return 0
        piece = rows[position].strip(" \t>-")[: marks.MAX_LINE]
        if marks.opens_with_date(piece) and marks.is_intro(piece):
            return 0
        blanks += not piece
        if blanks > 1:
            return 0
        joined += " " + piece
        rest = joined[len(first) + 1 :].strip()
        if piece and marks.is_intro(joined):
            return 0 if not marks.opens_with_date(first) and marks.is_intro(rest) else taken
    return 0


def _cut(lines: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    dropped_late: list[_Line] = []
    kinds = "".join(line.kind for line in lines)
    bottom = _BOTTOM_POSTED.match(kinds)
    if bottom:
        above, lines = lines[: bottom.end()], lines[bottom.end() :]
        kept, dropped = _cut(lines)
        return kept, above + dropped
    intro = _first_intro_after_text(kinds)
    if intro is not None and _is_tail(kinds, intro):
        lines, dropped_late = lines[:intro], lines[intro:]
    lines, signature = _without_signature(lines)
    header = _header_block("".join(line.kind for line in lines))
    if header is not None:
        dropped_late = lines[header:] + signature + dropped_late
        lines, signature = lines[:header], []
    loose = [x for x in lines if x.kind in (INTRO, SIGNATURE)] if _has_text(lines) else []
    lines = [x for x in lines if not loose or x.kind not in (INTRO, SIGNATURE)]
    end = _end_without_quote(lines)
    return lines[:end], loose + lines[end:] + signature + dropped_late


def _has_text(lines: list[_Line]) -> bool:
    return any(line.kind == TEXT for line in lines)


def _first_intro_after_text(kinds: str) -> int | None:
    """The first announcement with some text before it."""
    text = kinds.find(TEXT)
    intro = kinds.find(INTRO, text + 1) if text >= 0 else -1
    return None if intro < 0 else intro


def _is_tail(kinds: str, intro: int) -> bool:
    """Whether what follows the announcement is one quotation and not answers woven into it."""
    after = kinds[intro + 1 :]
    return QUOTE not in after or TEXT not in after.partition(QUOTE)[2]


def _without_signature(lines: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Cuts at a "-- " line, unless what follows is too long to be a signature; lone rules go
    too.
    """
    left = sum(line.kind not in (EMPTY, DELIMITER) for line in lines)
    is_after_text = False
    for index, line in enumerate(lines):
        is_after_text = is_after_text or line.kind == TEXT
        left -= line.kind not in (EMPTY, DELIMITER)
        is_mark = line.kind == DELIMITER and _SIGNATURE_MARK.fullmatch(line.text)
        if is_mark and is_after_text and left <= _MAX_SIGNATURE_LINES:
            return lines[:index], lines[index:]
    return lines, []


def _header_block(kinds: str) -> int | None:
    """Where a block of at least three mail headers begins that has text before it."""
    for match in re.finditer(r"h[ht]{0,3}h[ht]{0,3}h", kinds):
        if TEXT in kinds[: match.start()]:
            return match.start()
    return None


def _end_without_quote(lines: list[_Line]) -> int:
    """The length without trailing quotes, rules and blanks, if any text is left then."""
    if not _has_text(lines):
        return len(lines)
    end = len(lines)
    while end and lines[end - 1].kind in (EMPTY, QUOTE, DELIMITER, SIGNATURE, INTRO):
        end -= 1
    return end
