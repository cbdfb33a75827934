"""HTML of mails made harmless and readable. nh3 cleans; then one walk over its well-formed
output keeps remote images from loading and folds the quoted part. Pure; called by `parse.py`,
`render.py` and by whoever shows or writes a mail. The page that shows the result still sets a
CSP without scripts (DESIGN §12.15)."""

from __future__ import annotations

import re

import msgspec

from channels.email import dom, html_rules
from channels.email.charset import clean
from channels.email.dom_text import to_text
from channels.email.limits import DEFAULT, Limits
from channels.email.quoted_html import drop_marks, fold_quote

REMOTE = "data-remote-src"
_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SELF_CLOSING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li td th tr dd dt "
    "option "
    "thead tbody tfoot html head body".split()
)
_MAX_OPEN = 500


class SafeHtml(msgspec.Struct, frozen=True):
    """What became of one HTML body; `text_new` is None when no quoted tail was found."""

    html: str
    text: str
    text_new: str | None
    remote_images: int
    content_ids: frozenset[str]
    is_too_complex: bool = False


def sanitise(html: str, limits: Limits = DEFAULT) -> SafeHtml:
    """Foreign HTML for showing: nothing runs, nothing loads, the quoted part folded."""
    html = clean(html)
    if len(html) > limits.html_chars or not _is_simple(html, limits):
        text = _bare_text(html[: limits.html_chars])
        return SafeHtml("", text, None, 0, frozenset(), is_too_complex=True)
    root = dom.parse(_cleaned(html))
    content_ids = _content_ids(root)
    remote_images = _park_remote_images(root)
    text = to_text(root)
    new = fold_quote(root)
    text_new = None if new is None else to_text(new)
    drop_marks(root)
    return SafeHtml(dom.serialise(root), text, text_new, remote_images, content_ids)


def sanitise_outgoing(html: str) -> str:
    """Agents' own HTML by the same rules, except that remote images may stay: it is they who send
    them."""
    html = clean(html)
    if len(html) > DEFAULT.html_chars or not _is_simple(html, DEFAULT):
        return ""
    root = dom.parse(_cleaned(html))
    drop_marks(root)
    return dom.serialise(root)


def text_of_html(html: str) -> str:
    """The readable text of any HTML, hidden parts left out."""
    return sanitise(html).text


def html_of_text(text: str) -> str:
    """Plain text as HTML with the same look."""
    root = dom.Element("", {}, [dom.Element("div", {"style": "white-space: pre-wrap"}, [text])])
    return dom.serialise(root)


def _cleaned(html: str) -> str:
    import nh3  # here: a hub at rest does without it

    return nh3.clean(
        html,
        tags=html_rules.TAGS,
        clean_content_tags=html_rules.DROPPED_WITH_CONTENT,
        attributes=html_rules.ATTRIBUTES,
        attribute_filter=html_rules.filter_attribute,
        filter_style_properties=html_rules.CSS_PROPERTIES,
        url_schemes=html_rules.SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )


def _is_simple(html: str, limits: Limits) -> bool:
    """Whether html5ever, which is quadratic in depth, will be done with this soon."""
    depth_of: dict[str, int] = {}
    total, tags = 0, 0
    for match in _OPENING.finditer(html):
        tags += 1
        tag = match[2].lower()
        if tag in _SELF_CLOSING:
            continue
        if not match[1]:
            depth_of[tag] = depth_of.get(tag, 0) + 1
            total += 1
        elif depth_of.get(tag, 0):
            depth_of[tag] -= 1
            total -= 1
        if total > _MAX_OPEN or tags > limits.html_tags:
            return False
    return True


def _bare_text(html: str) -> str:
    """Tags cut out by hand, for HTML that is too large or too deep to be read properly."""
    for tag in ("style", "script"):
        pieces = re.split(f"(?i)<(?={tag})", html)
        html = pieces[0] + "".join(re.split(f"(?i)</{tag}", p, maxsplit=1)[-1] for p in pieces[1:])
    lines = (" ".join(line.split()) for line in _ANY_TAG.sub(" ", html).split("\n"))
    return "\n".join(line for line in lines if line)


def _content_ids(root: dom.Element) -> frozenset[str]:
    return frozenset(
        node.attributes["src"][4:]
        for node, entering in dom.walk(root)
        if entering
        and isinstance(node, dom.Element)
        and node.tag == "img"
        and node.attributes.get("src", "").lower().startswith("cid:")
    )


def _park_remote_images(root: dom.Element) -> int:
    """Moves every image address that would leave the mail out of `src`; returns how many."""
    count = 0
    for node, entering in dom.walk(root):
        if not entering or not isinstance(node, dom.Element) or node.tag != "img":
            continue
        source = node.attributes.get("src", "")
        if source and not source.lower().startswith("cid:"):
            del node.attributes["src"]
            node.attributes[REMOTE] = source
            count += 1
    return count
