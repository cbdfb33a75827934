"""File names of attachments that cannot leave their folder, hide their ending or hold controls."""

from __future__ import annotations

import re
from mimetypes import guess_extension

from channels.email.params import file_name_text

_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_MAX_NAME = 120
_ENDINGS = {
    "message/rfc822": ".eml", "text/calendar": ".ics", "text/plain": ".txt", "image/jpeg": ".jpg",
    "text/html": ".html", "audio/mpeg": ".mp3", "application/octet-stream": ".bin",
}  # fmt: skip


def safe_file_name(raw: str, media_type: str, number: int) -> str:
    """The last path segment of `raw`, cleaned and shortened; a made-up name when nothing is
    left."""
    name = _SEPARATORS.split(file_name_text(raw[:4000]))[-1]
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if _RESERVED.match(name):
        name = "_" + name
    if len(name) > _MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        short = dot and len(ending) <= 10
        name = f"{stem[: _MAX_NAME - len(ending) - 1]}.{ending}" if short else name[:_MAX_NAME]
    return name or f"attachment-{number}{_ending(media_type)}"


def _ending(media_type: str) -> str:
    return _ENDINGS.get(media_type) or guess_extension(media_type) or ".bin"
