"""The HTML of one mail as a page of its own: pictures of the mail from our files, remote ones only
when asked for.

Pure. The HTML was sanitised at intake; this changes nothing but the addresses of `<img>`. No script
runs here: the page's own policy forbids it, and quoted text folds by `<details>`. Called by
`hub.web.api_mail`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from urllib.parse import unquote

#: Where intake parked the address of a remote image.
_REMOTE = "data-remote-src"
CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_IMAGE = re.compile(r'<img((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*/?>', re.IGNORECASE)
_SOURCE = re.compile(r'\s(src|data-remote-src)="([^"]*)"', re.IGNORECASE)
#: A mail that paints itself was made for white paper.
_OWN_COLOURS = re.compile(r"bgcolor=|background(?:-color)?\s*:|[\s\";]color\s*[:=]", re.IGNORECASE)
_STYLE = """
body { margin: 0; padding: 12px 16px; font: 14px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
img:not([src]) { min-width: 1.5em; min-height: 1.5em; outline: 1px dashed #8888; }
table { max-width: 100%; }
pre { white-space: pre-wrap; }
blockquote { margin: 0 0 0 4px; padding-left: 12px; border-left: 2px solid #8886; }
details > summary { cursor: pointer; width: max-content; padding: 0 8px; margin: 8px 0;
  border-radius: 8px; background: #8883; list-style: none; }
.text { white-space: pre-wrap; }
@media print { details > summary { display: none; } }
"""

#: From the address of a remote image to where our page may load it.
Proxied = Callable[[str], str]


def mail_page(
    *,
    html: str,
    text: str,
    quoted: str,
    title: str,
    files_by_content_id: Mapping[str, str],
    remote: Proxied | None,
) -> str:
    """The whole page. `remote` None leaves remote images out."""
    body = _with_images(html, files_by_content_id, remote) if html else _plain(text, quoted)
    scheme = "light" if html and _OWN_COLOURS.search(html) else "light dark"
    return (
        "<!doctype html>\n<html><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<meta name='color-scheme' content='{scheme}'><meta name='referrer' content='no-referrer'>"
        f"<title>{escape(title)}</title><base target='_blank'>"
        f"<style>:root {{ color-scheme: {scheme}; }}{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _plain(text: str, quoted: str) -> str:
    page = f"<div class='text'>{escape(text)}</div>"
    if quoted.strip():
        page += f"<details><summary>•••</summary><div class='text'>{escape(quoted)}</div></details>"
    return page


def _with_images(html: str, files: Mapping[str, str], remote: Proxied | None) -> str:
    return _IMAGE.sub(lambda image: f"<img{_sources(image[1], files, remote)}>", html)


def _sources(attributes: str, files: Mapping[str, str], remote: Proxied | None) -> str:
    """The attributes of one image; a source that leads nowhere is dropped."""

    def changed(found: re.Match[str]) -> str:
        name, value = found[1].lower(), unescape(found[2])
        if name == _REMOTE:
            if remote is None:
                return found[0]
            return f' src="{escape(remote(value))}" referrerpolicy="no-referrer" loading="lazy"'
        scheme, _, rest = value.partition(":")
        url = files.get(unquote(rest).strip("<> ")) if scheme.lower() == "cid" else None
        return f' src="{escape(url)}"' if url else ""

    return _SOURCE.sub(changed, attributes)
