"""A light tree over HTML that nh3 has cleaned, and therefore over well-formed HTML only: never
give it raw mail. All walks are loops, so that depth cannot exhaust the stack. Used by `html.py`
and `quoted_html.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*+")*+)>')
_ATTRIBUTE = re.compile(r'([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"]*+)")?')
VOID = frozenset({"br", "hr", "img", "wbr", "col"})


@dataclass(slots=True)
class Element:
    """One element; a child is an element or a piece of unescaped text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)


Node = Element | str
Step = tuple[Node, bool]


def parse(clean_html: str) -> Element:
    """The tree of well-formed HTML under a nameless root."""
    root = Element("")
    open_elements = [root]
    position = 0
    for match in _TAG.finditer(clean_html):
        if match.start() > position:
            open_elements[-1].children.append(unescape(clean_html[position : match.start()]))
        position = match.end()
        tag = match[2].lower()
        if match[1]:
            if len(open_elements) > 1 and open_elements[-1].tag == tag:
                open_elements.pop()
            continue
        attributes = {name.lower(): unescape(value) for name, value in _ATTRIBUTE.findall(match[3])}
        element = Element(tag, attributes)
        open_elements[-1].children.append(element)
        if tag not in VOID:
            open_elements.append(element)
    if position < len(clean_html):
        open_elements[-1].children.append(unescape(clean_html[position:]))
    return root


def walk(root: Element) -> Iterator[Step]:
    """Every node in document order: (node, True) on entering and (element, False) on leaving."""
    stack: list[Step] = [(child, True) for child in reversed(root.children)]
    while stack:
        node, entering = stack.pop()
        yield node, entering
        if entering and isinstance(node, Element):
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(node.children))


def serialise(root: Element) -> str:
    """HTML of the tree; text and attribute values are escaped anew."""
    out: list[str] = []
    for node, entering in walk(root):
        if isinstance(node, str):
            out.append(escape(node, quote=False))
        elif entering:
            attributes = "".join(f' {k}="{escape(v)}"' for k, v in node.attributes.items())
            out.append(f"<{node.tag}{attributes}>")
        elif node.tag not in VOID:
            out.append(f"</{node.tag}>")
    return "".join(out)
