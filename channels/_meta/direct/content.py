"""What a direct message holds: text, files, a place, a pressed button. Pure; used for received
messages and for echoes alike.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from channels._meta.direct.fields import Unreadable, degrees, is_set, mapping, objects, text
from channels._meta.direct.media import is_vendors
from hub.model.message import Location
from hub.ports.inbound import MediaRef

_PLAIN = frozenset({"image", "video", "audio", "file"})
#: Attachments that bring something of Instagram or Facebook along; the file is named after them.
_SHARED = {
    "story_mention": "story-mention",
    "ig_story": "story",
    "ig_reel": "reel",
    "reel": "reel",
    "ig_post": "post",
    "share": "post",
}
_KIND = re.compile(r"[a-z_]{1,40}")
_LIKE_HEART = "❤️"
_URL_MAX = 4000


class Content(msgspec.Struct, frozen=True, kw_only=True):
    text: str = ""
    media: list[MediaRef] = []
    location: Location | None = None
    payload: str = ""
    reply_to: str = ""
    unsupported: str = ""


class _Gathered(msgspec.Struct):
    """Filled attachment by attachment."""

    lines: list[str]
    media: list[MediaRef] = []
    location: Location | None = None
    unsupported: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.lines or self.media or self.location)

    def add(self, *lines: str) -> None:
        """Lines that the text does not hold already."""
        self.lines += [
            line for line in lines if line and not any(line in one for one in self.lines)
        ]


def read(message: dict[str, Any], origin: str) -> Content:
    """Raises `Unreadable`. `origin`: where files may lie besides Meta's network."""
    written = text(message, "text")
    gathered = _Gathered([written] if written else [])
    for attachment in objects(message, "attachments"):
        _take(attachment, gathered, origin)
    answered = mapping(message, "reply_to")
    story = text(mapping(answered, "story"), "url")
    if is_vendors(story, origin):
        gathered.media.append(MediaRef(ref=story[:_URL_MAX], name="story"))
    payload = text(mapping(message, "quick_reply"), "payload")
    if is_set(message, "is_unsupported") or (gathered.is_empty and not payload):
        gathered.unsupported = gathered.unsupported or "unknown"
    return Content(
        text="\n".join(gathered.lines),
        media=gathered.media,
        location=gathered.location,
        payload=payload,
        reply_to=text(answered, "mid"),
        unsupported=gathered.unsupported,
    )


def _take(attachment: dict[str, Any], into: _Gathered, origin: str) -> None:
    kind = text(attachment, "type")
    payload = attachment.get("payload")
    facts = payload if isinstance(payload, dict) else {}
    url = (text(facts, "url") or text(attachment, "url"))[:_URL_MAX]
    if kind in _PLAIN and url:
        into.media.append(_file(kind, facts, url))
    elif kind == "location":
        into.location = _place(attachment, facts)
    elif kind == "template":
        into.add(*_template_lines(facts))
        into.media += _template_images(facts, origin)
    elif kind == "like_heart":
        into.add(_LIKE_HEART)
    elif kind in _SHARED or kind == "fallback":
        _take_shared(kind, attachment, facts, url, into, origin)
    else:
        into.unsupported = kind if _is_name(kind) else "unknown"
        if is_vendors(url, origin):
            into.media.append(MediaRef(ref=url))


def _is_name(kind: str) -> bool:
    return kind != "unsupported_type" and _KIND.fullmatch(kind) is not None


def _file(kind: str, facts: dict[str, Any], url: str) -> MediaRef:
    """People's audio is a recording: neither app lets them attach sound files."""
    return MediaRef(ref=url, is_voice=kind == "audio", is_sticker="sticker_id" in facts)


def _take_shared(
    kind: str,
    attachment: dict[str, Any],
    facts: dict[str, Any],
    url: str,
    into: _Gathered,
    origin: str,
) -> None:
    """A file where Meta gives one, else a link."""
    into.add(text(facts, "title") or text(attachment, "title"))
    if is_vendors(url, origin):
        into.media.append(MediaRef(ref=url, name=_SHARED.get(kind, "")))
    elif url.startswith(("https://", "http://")):
        into.add(url)
    elif not into.lines:
        into.unsupported = kind


def _place(attachment: dict[str, Any], facts: dict[str, Any]) -> Location:
    at = mapping(facts, "coordinates")
    return Location(
        degrees(at, "lat", 90), degrees(at, "long", 180), name=text(attachment, "title")
    )


def _template_lines(facts: dict[str, Any]) -> list[str]:
    """A template in words: its text, its elements, its buttons' titles."""
    lines = [text(facts, "text"), text(facts, "title")]
    for element in _elements(facts):
        lines.append(" · ".join(filter(None, (text(element, "title"), text(element, "subtitle")))))
        lines += [f"[{text(button, 'title')}]" for button in objects(element, "buttons")]
    lines += [f"[{text(button, 'title')}]" for button in objects(facts, "buttons")]
    return lines


def _template_images(facts: dict[str, Any], origin: str) -> list[MediaRef]:
    urls = [text(element, "image_url")[:_URL_MAX] for element in _elements(facts)]
    return [MediaRef(ref=url) for url in urls if is_vendors(url, origin)]


def _elements(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a product template or a generic one, wherever Meta put them."""
    for holder in (mapping(facts, "product"), mapping(facts, "generic"), facts):
        found = holder.get("elements")
        if isinstance(found, list):
            if not all(isinstance(item, dict) for item in found):
                raise Unreadable("elements")
            return found
    return []
