"""Task: something to do by a time, on a conversation or a contact (H7)."""

from __future__ import annotations

from typing import Literal

import msgspec


class Task(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Due at `due_at` (0: some time). The assignee is reminded at `remind_at`."""

    id: str
    v: int = 1
    text: str
    state: Literal["open", "done"] = "open"
    assignee_id: str = ""
    conversation_id: str = ""
    contact_id: str = ""
    #: As it was when the task was made.
    contact_name: str = ""
    due_at: int = 0
    remind_at: int = 0
    created_by: str = ""
    created_at: int = 0
    done_at: int = 0
    done_by: str = ""
