"""The texts of channel folders (`channels/<name>/i18n/<language>.json`), read when Settings asks
for them.
"""

from __future__ import annotations

import json
from pathlib import Path

_FALLBACK = "en"


class ChannelTexts:
    """Texts by channel and language; a missing one comes in English, else as its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def get(self, channel: str, language: str, key: str, default: str | None = None) -> str:
        for tongue in (language, _FALLBACK):
            text = self._all(channel, tongue).get(key)
            if text is not None:
                return text
        return key if default is None else default

    def icon(self, channel: str) -> bytes:
        return (self._folder / channel / "icon.svg").read_bytes()

    def _all(self, channel: str, language: str) -> dict[str, str]:
        known = self._known.get((channel, language))
        if known is None:
            path = self._folder / channel / "i18n" / f"{language}.json"
            known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
            self._known[channel, language] = known
        return known
