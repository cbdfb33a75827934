"""Templates: messages that a network has approved beforehand, the only ones it takes outside its
reply window.
"""

from __future__ import annotations

from typing import Literal

import msgspec

TemplateState = Literal["approved", "pending", "rejected", "paused", "disabled"]
#: `text` is filled in by a person; the others name a file that goes with it.
SlotKind = Literal["text", "image", "video", "document"]


class TemplateSlot(msgspec.Struct, frozen=True):
    """One variable. `name` is the network's own ("1", "customer_name", "header.1", "button.0")."""

    name: str
    kind: SlotKind = "text"
    example: str = ""


class Template(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`id` and `inbox_id` are given by the hub. The parts hold `{{name}}` where a slot goes (in the
    header `{{1}}` stands for the slot `header.1`).
    """

    id: str = ""
    v: int = 1
    inbox_id: str = ""
    #: What the network calls it when it is sent (a name, or an opaque id).
    name: str
    #: What people call it, when that differs.
    title: str = ""
    language: str
    category: str = ""
    state: TemplateState
    reason: str = ""
    header: str = ""
    body: str
    footer: str = ""
    buttons: list[str] = []
    slots: list[TemplateSlot] = []
    updated_at: int = 0


def stored(use: TemplateUse) -> TemplateUse:
    """As a document can hold it: its keys may have no dots."""
    return _renamed(use, ".", "/")


def restored(use: TemplateUse) -> TemplateUse:
    """What `stored` was given."""
    return _renamed(use, "/", ".")


def _renamed(use: TemplateUse, old: str, new: str) -> TemplateUse:
    values = {name.replace(old, new): value for name, value in use.values.items()}
    return msgspec.structs.replace(use, values=values)


class TemplateUse(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it is sent: `values` by slot name; a file slot holds a file id."""

    name: str
    language: str
    values: dict[str, str] = {}
