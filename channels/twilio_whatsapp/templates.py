"""Content templates of Twilio → the hub's `Template`s, and the values of one that is sent. Pure.

A template is known to Twilio by its SID; people know it by its friendly name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.model.template import SlotKind, Template, TemplateSlot, TemplateState

SID = re.compile(r"HX[0-9a-fA-F]{32}")
#: Stands before the names of slots that take a file, so that sending knows them without a look-up.
MEDIA_SLOT = "media."
_SLOT = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,16})\s*\}\}")
#: WhatsApp's decisions in Twilio's words; what was never handed in cannot be sent as a template.
_STATES: dict[str, TemplateState] = {
    "approved": "approved",
    "received": "pending",
    "pending": "pending",
    "in_appeal": "pending",
    "rejected": "rejected",
    "paused": "paused",
    "disabled": "disabled",
    "unsubmitted": "disabled",
}
#: The richest kind that we can show first; a template may hold one for each network.
_KINDS = (
    "whatsapp/card",
    "twilio/card",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/list-picker",
    "twilio/media",
    "whatsapp/authentication",
    "twilio/text",
)
_ENDINGS: dict[str, SlotKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp"), "image"),
    **dict.fromkeys(("mp4", "3gp"), "video"),
    **dict.fromkeys(("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx"), "document"),
}


def template(told: Mapping[str, Any]) -> Template | None:
    """None for what has no SID, or holds nothing that WhatsApp shows."""
    sid, types = told.get("sid"), told.get("types")
    if not isinstance(sid, str) or not SID.fullmatch(sid) or not isinstance(types, dict):
        return None
    kind = next((kind for kind in _KINDS if isinstance(types.get(kind), dict)), None)
    if kind is None:
        return None
    parts: dict[str, Any] = types[kind]
    approval = told.get("approval_requests")
    approval = approval if isinstance(approval, dict) else {}
    status = _text(approval, "status").lower()
    return Template(
        name=sid,
        title=_text(told, "friendly_name")[:200],
        language=_text(told, "language") or "en",
        category=_text(approval, "category").lower(),
        state=_STATES.get(status, "disabled"),
        reason=_reason(approval, status),
        header=_text(parts, "header_text") or _text(parts, "title"),
        body=_text(parts, "body") or _text(parts, "subtitle"),
        footer=_text(parts, "footer"),
        buttons=_buttons(parts),
        slots=_slots(told.get("variables"), parts),
        updated_at=_ms(_text(told, "date_updated")),
    )


def _reason(approval: Mapping[str, Any], status: str) -> str:
    told = " ".join(_text(approval, "rejection_reason").split())[:300]
    return told or ("" if status in ("approved", "received", "pending") else status)


def _buttons(parts: Mapping[str, Any]) -> list[str]:
    found = [*_list(parts, "actions"), *_list(parts, "items")]
    names = ("title", "item", "copy_code_text")
    titles = (next((_text(one, name) for name in names if _text(one, name)), "") for one in found)
    return [title for title in titles if title]


def _slots(variables: object, parts: Mapping[str, Any]) -> list[TemplateSlot]:
    """Declared variables in order; a medium that is one variable and nothing else takes a file."""
    examples = variables if isinstance(variables, dict) else {}
    whole = {
        found[1]
        for medium in parts.get("media") or []
        if isinstance(medium, str) and (found := _SLOT.fullmatch(medium.strip()))
    }
    names = sorted((str(name) for name in examples), key=_order)
    return [
        TemplateSlot(MEDIA_SLOT + name, _file_kind(str(examples[name])), str(examples[name])[:200])
        if name in whole
        else TemplateSlot(name, "text", str(examples[name])[:200])
        for name in names
    ]


def _order(name: str) -> tuple[int, str]:
    return (int(name) if name.isascii() and name.isdigit() else 10_000, name)


def _file_kind(example: str) -> SlotKind:
    ending = example.partition("?")[0].rpartition(".")[2].lower()
    return _ENDINGS.get(ending, "image")


def _list(parts: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = parts.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(parts: Mapping[str, Any], name: str) -> str:
    found = parts.get(name)
    return found if isinstance(found, str) else ""


def _ms(date: str) -> int:
    try:
        return int(datetime.fromisoformat(date).timestamp() * 1000)
    except ValueError:
        return 0
