"""This folder's texts for what the hub cannot translate itself: the line above a quote, and errors
that people read. Called by `outbound.py` and `tokens.py`.
"""

from __future__ import annotations

import importlib.resources
import json

_LANGUAGES = ("en", "tr", "pl")


def text_of(language: str, key: str) -> str:
    """The text in `language` (a code, maybe with a region), English where there is none.

    `key` is one of `i18n/*.json`; as in the rest of this folder `email.` may stand before it.
    """
    folder = importlib.resources.files("channels.email") / "i18n"
    code = language[:2].lower() if language[:2].lower() in _LANGUAGES else "en"
    texts = json.loads((folder / f"{code}.json").read_text(encoding="utf-8"))
    return str(texts[key.removeprefix("email.")])
