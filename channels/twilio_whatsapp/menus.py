"""Buttons under a message. Twilio sends them only as content templates: one is made for each
different menu and used again; inside the reply window WhatsApp need not approve it. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from channels.twilio_whatsapp.config import MENU_MAX
from hub.errors import ContentRejected
from hub.model.message import QuickReply

#: Friendly names of our menus begin with it: they are no templates for people.
TITLE = "santral_menu_"
#: More options than buttons become a list.
BUTTONS_MAX = 3
_BUTTON_CHARS = 20
_ITEM_CHARS = 24
_BODY_CHARS = 1024
_ID_CHARS = 200
#: Twilio refuses variables with these (21656), so such a text stands in the template itself.
_NO_VARIABLE = re.compile(r"[\r\n\t]| {5,}")


class Menu(msgspec.Struct, frozen=True):
    """`content` is what the Content API makes of it under `key`; `values` are its variables."""

    key: str
    content: dict[str, Any]
    values: dict[str, str]


def menu(text: str, replies: Sequence[QuickReply], button: str) -> Menu:
    """`button` opens a list. Raises `ContentRejected` for what WhatsApp cannot show."""
    if not text.strip():
        raise ContentRejected("buttons need a text above them")
    if len(text) > _BODY_CHARS:
        raise ContentRejected(f"a text with buttons has at most {_BODY_CHARS} characters")
    if len(replies) > MENU_MAX:
        raise ContentRejected(f"more than {MENU_MAX} buttons")
    is_fixed = bool(_NO_VARIABLE.search(text))
    body = text.replace("{{", "{ {") if is_fixed else "{{1}}"
    options = [(_title(reply), (reply.payload or reply.text)[:_ID_CHARS]) for reply in replies]
    kind, parts = _parts(options, button)
    digest = hashlib.sha256(msgspec.json.encode([kind, body, parts])).hexdigest()[:20]
    content: dict[str, Any] = {
        "friendly_name": TITLE + digest,
        "language": "en",
        "types": {kind: {"body": body, **parts}},
    }
    if not is_fixed:
        content["variables"] = {"1": "…"}
    return Menu(digest, content, {} if is_fixed else {"1": text})


def _title(reply: QuickReply) -> str:
    title = " ".join(reply.text.split())
    if not title:
        raise ContentRejected("a button needs a text")
    return title.replace("{{", "{ {")


def _parts(options: Sequence[tuple[str, str]], button: str) -> tuple[str, dict[str, Any]]:
    if len(options) <= BUTTONS_MAX:
        actions = [
            {"type": "QUICK_REPLY", "title": title[:_BUTTON_CHARS], "id": id}
            for title, id in options
        ]
        return "twilio/quick-reply", {"actions": actions}
    items = [{"id": id, "item": title[:_ITEM_CHARS]} for title, id in options]
    return "twilio/list-picker", {"button": button[:_BUTTON_CHARS], "items": items}
