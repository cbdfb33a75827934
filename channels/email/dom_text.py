"""Plain text of a cleaned HTML tree: paragraphs, lists, tables in lines, block quotes as "> ",
hidden parts (preheaders) left out. Pure; called by `html.py`."""

from __future__ import annotations

import re

from channels.email.dom import Element, walk

_BLOCKS = frozenset(
    "address article aside blockquote caption center dd details div dl dt figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot "
    "thead tr ul".split()
)
_SPACED = frozenset("p h1 h2 h3 h4 h5 h6 blockquote ul ol table pre".split())
_HIDING = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|max-height|opacity)"
    r"\s*:\s*0(?:\.0*)?(?:px|pt|em|%)?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_MAX_QUOTE_DEPTH = 9


def is_hidden(element: Element) -> bool:
    """Whether a mail program would not show this element."""
    if "hidden" in element.attributes:
        return True
    style = element.attributes.get("style")
    return bool(style and _HIDING.search(style))


class _Lines:
    """Collects words into lines; knows the quote depth and how many blank lines are due."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.depth = 0
        self.last_depth = 0
        self.prefix = ""
        self.is_gap_due = False

    def add(self, text: str, is_verbatim: bool) -> None:
        if is_verbatim:
            first, *others = text.split("\n")
            self.words.append(first)
            for line in others:
                self.end_line(is_forced=True)
                self.words.append(line)
            return
        collapsed = _BLANKS.sub(" ", text)
        if collapsed == " " and (not self.words or self.words[-1].endswith(" ")):
            return
        self.words.append(collapsed if self.words else collapsed.lstrip(" "))

    def end_line(self, is_forced: bool = False) -> None:
        line = "".join(self.words).rstrip()
        self.words = []
        if not line and not is_forced:
            return
        if self.is_gap_due and self.lines:
            self.lines.append(_quote(min(self.depth, self.last_depth)).rstrip())
        self.is_gap_due = False
        self.lines.append((_quote(self.depth) + self.prefix + line).rstrip())
        self.prefix = ""
        self.last_depth = self.depth


def _quote(depth: int) -> str:
    return "> " * min(depth, _MAX_QUOTE_DEPTH)


def to_text(root: Element) -> str:
    """The readable text of the tree."""
    lines = _Lines()
    hidden: Element | None = None
    verbatim = 0
    for node, entering in walk(root):
        if isinstance(node, str):
            if hidden is None:
                lines.add(node, verbatim > 0)
            continue
        if node is hidden:
            hidden = None
        elif hidden is None and entering and is_hidden(node):
            hidden = node
        elif hidden is None:
            verbatim += (node.tag == "pre") * (1 if entering else -1)
            _structure(node.tag, entering, lines)
    lines.end_line()
    return "\n".join(lines.lines).strip("\n")


def _structure(tag: str, entering: bool, lines: _Lines) -> None:
    if tag == "br":
        if entering:
            lines.end_line(is_forced=True)
    elif tag in ("td", "th"):
        lines.add(" ", False)
    elif tag in _BLOCKS:
        lines.end_line()
        lines.is_gap_due = lines.is_gap_due or tag in _SPACED
        if tag == "blockquote":
            lines.depth += 1 if entering else -1
        elif tag == "li":
            lines.prefix = "- " if entering else ""
