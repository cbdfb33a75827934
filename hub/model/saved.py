"""What agents keep to use again: macros (several steps in one) and views (a filter with a name)."""

from __future__ import annotations

from typing import Literal

import msgspec

StepKind = Literal[
    "reply", "note", "add_label", "remove_label", "assign", "assign_me", "queue", "priority",
    "snooze", "close",
]  # fmt: skip


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`value` by kind: a text, an id (local), a priority 0–4, minutes of snooze, or nothing."""

    kind: StepKind
    value: str = ""


class Macro(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    id: str
    v: int = 1
    name: str
    steps: list[Step] = []
    created_at: int = 0


class ViewFilter(msgspec.Struct, frozen=True, kw_only=True):
    """As the query of the conversation list; ids are local."""

    view: str = "all"
    inbox_id: str = ""
    queue_id: str = ""
    label: str = ""
    channel: str = ""
    assignee_id: str = ""
    priority: int | None = None
    unread: bool = False


class SavedView(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`agent_id` "" is everybody's."""

    id: str
    v: int = 1
    name: str
    filter: ViewFilter
    agent_id: str = ""
    created_at: int = 0
