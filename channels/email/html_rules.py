"""What HTML of a mail may hold: the allow-lists given to nh3 and the filter for single
attributes. Nothing that loads, runs, submits, overlays or restyles the page around it."""

from __future__ import annotations

import re

TAGS = set(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code "
    "col colgroup "
    "dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i "
    "img ins kbd "
    "li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub summary "
    "sup table "
    "tbody td tfoot th thead time tr tt u ul var wbr".split()
)
DROPPED_WITH_CONTENT = set(
    "script style title template noscript noembed noframes iframe object embed applet svg math xmp "
    "plaintext textarea select datalist audio video canvas".split()
)
_CELL = {"align", "valign", "width", "height", "bgcolor", "colspan", "rowspan", "nowrap"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "class", "dir", "hidden", "id", "lang", "style", "title"},
    "a": {"href"},
    "img": {"alt", "border", "height", "src", "width"},
    "table": {"bgcolor", "border", "cellpadding", "cellspacing", "height", "width"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"bgcolor", "valign"},
    "col": {"span", "width"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "hr": {"size", "width"},
    "blockquote": {"type"},
}
SCHEMES = {"http", "https", "mailto", "tel", "cid"}
CSS_PROPERTIES = set(
    "background-color border border-bottom border-bottom-color border-bottom-style "
    "border-bottom-width "
    "border-collapse border-color border-left border-left-color border-left-style "
    "border-left-width "
    "border-radius border-right border-right-color border-right-style border-right-width "
    "border-spacing "
    "border-style border-top border-top-color border-top-style border-top-width border-width "
    "clear color "
    "direction display float font font-family font-size font-style font-variant font-weight height "
    "letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right "
    "margin-top "
    "max-height max-width min-height min-width opacity overflow padding padding-bottom "
    "padding-left "
    "padding-right padding-top text-align text-decoration text-indent text-transform unicode-bidi "
    "vertical-align visibility white-space width word-break word-spacing word-wrap".split()
)
_UNSAFE_CSS = re.compile(
    r"\\|/\*|[@<{}]|(?:url|image|image-set|src|expression|element|attr|var|env|cross-fade)\s*\("
    r"|javascript\s*:|vbscript\s*:|behavior\s*:|-moz-binding",
    re.IGNORECASE,
)
_PLAIN_VALUE = re.compile(r"[\w #%.,()'/+-]{0,200}")
_IMAGE_STARTS = ("http://", "https://", "cid:")
_LINK_STARTS = ("http://", "https://", "mailto:", "tel:")
_FREE_TEXT = frozenset({"alt", "title", "href", "src", "class", "id", "style"})


def filter_attribute(element: str, attribute: str, value: str) -> str | None:
    """The value to keep, or None to drop the attribute. Called by nh3 for each one it would
    allow."""
    if attribute == "style":
        return None if _UNSAFE_CSS.search(value) else value
    if attribute in ("src", "href"):
        return _link(element, value)
    if attribute in _FREE_TEXT or _PLAIN_VALUE.fullmatch(value):
        return value
    return None


def _link(element: str, value: str) -> str | None:
    """Images come from the mail or stand parked; links never carry cid: or control characters."""
    starts = _IMAGE_STARTS if element == "img" else _LINK_STARTS
    return value.strip() if value.strip().lower().startswith(starts) else None
