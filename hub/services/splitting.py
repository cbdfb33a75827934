"""One answer of an agent as the messages that a channel can carry: no more files in one than it
takes, and no text beside a file that is longer than a caption. Pure; called by the reply verb.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.model.message import Attachment
from hub.ports.channel import Capabilities


class Part(msgspec.Struct, frozen=True):
    """Text and files of one message; `is_last` carries the buttons."""

    text: str
    attachments: list[Attachment]
    is_last: bool = True


def parts_of(text: str, attachments: Sequence[Attachment], can: Capabilities) -> list[Part]:
    """In the order in which they are sent; the text comes first. A mail is never cut."""
    files = list(attachments)
    if can.has_subject or not files:
        return [Part(text, files)]
    size = max(1, can.attachments_max)
    groups = [files[at : at + size] for at in range(0, len(files), size)]
    is_caption = len(text) <= can.caption_max_chars and can.takes(text)
    texts = [text, *[""] * (len(groups) - 1)] if is_caption else [""] * len(groups)
    parts = [Part(said, group) for said, group in zip(texts, groups, strict=True)]
    if not is_caption:
        parts.insert(0, Part(text, []))
    last = len(parts) - 1
    return [Part(one.text, one.attachments, at == last) for at, one in enumerate(parts)]
