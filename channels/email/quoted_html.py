"""The quoted part of an HTML reply: found by the marks that mail programs leave, and folded into
`<details>` so that it opens without any script. Bottom-posted and interleaved answers are left
alone.
"""

from __future__ import annotations

import re

from channels.email.dom import Element, Node, walk
from channels.email.dom_text import is_hidden, to_text

QUOTED = "data-quoted"
_BLOCK_CLASSES = frozenset(
    {"gmail_quote", "yahoo_quoted", "protonmail_quote", "zmail_extra", "tutanota_quote",
     "front-blockquote", "gmail_quote_container", "freebirdquote", "mail_quote"}
)  # fmt: skip
_REST_CLASSES = frozenset({"outlookmessageheader", "moz-cite-prefix", "moz-forward-container"})
_REST_IDS = frozenset(
    {"divrplyfwdmsg", "appendonsend", "olk_src_body_section", "stopspelling", "reply-intro",
     "mail-editor-reference-message-container", "isforwardcontent", "replysplit"}
)  # fmt: skip
_OUTLOOK_RULE = re.compile(
    r"border-top:\s*(?:solid\s+#?(?:e1e1e1|b5c4df|d1d1d1)|1px solid|1(?:\.0)?pt solid)"
    r"|border-top-color:\s*rgb\(229, ?229, ?229\)",
    re.IGNORECASE,
)
_PATH_LIMIT = 400


def fold_quote(root: Element) -> Element | None:
    """Wraps the quoted tail in place; returns a tree of what the person wrote now, None without
    a tail.
    """
    path = _path_to_quote(root)
    if not path:
        return None
    new = _copy_before(path)
    if not to_text(new).strip():
        return None
    tails = _tails(path)
    if not _is_rest(path[-1][0].children[path[-1][1]]) and _has_text_after(path):
        return None
    for parent, index in tails:
        _wrap(parent, index)
    return new


def _path_to_quote(root: Element) -> list[tuple[Element, int]]:
    """(parent, child index) steps from the root to the first quote mark."""
    stack: list[tuple[Element, int]] = [(root, 0)]
    while stack:
        parent, index = stack[-1]
        if index >= len(parent.children) or len(stack) > _PATH_LIMIT:
            stack.pop()
            if stack:
                stack[-1] = (stack[-1][0], stack[-1][1] + 1)
            continue
        child = parent.children[index]
        if isinstance(child, Element) and not is_hidden(child):
            if _is_quote(child) or _is_rest(child):
                return stack
            stack.append((child, 0))
        else:
            stack[-1] = (parent, index + 1)
    return []


def _is_quote(element: Element) -> bool:
    classes = element.attributes.get("class", "").lower().split()
    if element.tag == "blockquote":
        return bool(element.attributes.get("type") == "cite" or _BLOCK_CLASSES & set(classes))
    return any(name.removeprefix("x_") in _BLOCK_CLASSES for name in classes)


def _is_rest(node: Node) -> bool:
    """Marks after which everything is quoted."""
    if isinstance(node, str):
        return False
    marks = node.attributes
    if marks.get("id", "").lower().removeprefix("x_") in _REST_IDS:
        return True
    if any(c.removeprefix("x_") in _REST_CLASSES for c in marks.get("class", "").lower().split()):
        return True
    style = marks.get("style", "")
    if node.tag != "div" or not style or not _OUTLOOK_RULE.search(style):
        return False
    return to_text(node).count(":") >= 2


def _copy_before(path: list[tuple[Element, int]]) -> Element:
    """A tree that shares all nodes before the mark."""
    copy: Element | None = None
    for parent, index in reversed(path):
        shared = parent.children[:index] + ([copy] if copy else [])
        copy = Element(parent.tag, parent.attributes, shared)
    assert copy is not None
    return copy


def _tails(path: list[tuple[Element, int]]) -> list[tuple[Element, int]]:
    """Where to cut: at the mark, and after it in each ancestor that goes on with something
    visible.
    """
    innermost = path[-1]
    return [innermost, *((p, i + 1) for p, i in path[:-1] if _visible(p.children[i + 1 :]))]


def _has_text_after(path: list[tuple[Element, int]]) -> bool:
    return any(_visible(parent.children[index + 1 :]) for parent, index in path)


def _visible(nodes: list[Node]) -> bool:
    return bool(nodes) and bool(to_text(Element("", {}, nodes)).strip())


def _wrap(parent: Element, index: int) -> None:
    summary = Element("summary", {}, ["•••"])
    folded = Element("details", {QUOTED: ""}, [summary, *parent.children[index:]])
    parent.children[index:] = [folded]


def drop_marks(root: Element) -> None:
    """Removes class and id, which were kept only to find the quote."""
    for node, entering in walk(root):
        if entering and isinstance(node, Element):
            node.attributes.pop("class", None)
            node.attributes.pop("id", None)
