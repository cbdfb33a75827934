"""A queue's outcomes and form: what may be chosen and answered, and what must be."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.routing import FormField, Queue

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def check(
    queue: Queue | None, disposition: str, answers: Mapping[str, str], *, is_finished: bool
) -> None:
    """Raises `BadInput` naming the field."""
    known = {one.id for one in queue.dispositions} if queue is not None else set()
    if disposition and disposition not in known:
        raise BadInput("this outcome does not exist any more", "disposition")
    if is_finished and queue is not None and queue.is_disposition_required and not disposition:
        raise BadInput("choose an outcome first", "disposition", why="disposition_required")
    fields = {field.key: field for field in queue.form} if queue is not None else {}
    for key, answer in answers.items():
        if key not in fields or not _fits(fields[key], answer):
            raise BadInput("this answer does not fit the question", f"form.{key}", why="form")
    for key, field in fields.items():
        if is_finished and field.is_required and not answers.get(key, "").strip():
            raise BadInput("answer this first", f"form.{key}", why="form_required")


def require_outcome(queue: Queue | None, conversation: Conversation) -> None:
    """Before it is closed."""
    is_asked = queue is not None and queue.is_disposition_required
    if is_asked and not conversation.disposition:
        raise BadInput("choose an outcome first", "disposition", why="disposition_required")


def _fits(field: FormField, answer: str) -> bool:
    if not answer:
        return True
    match field.kind:
        case "number":
            return _NUMBER.fullmatch(answer.strip()) is not None
        case "date":
            return _DATE.fullmatch(answer) is not None
        case "choice":
            return answer in field.options
        case "yes_no":
            return answer in ("yes", "no")
        case _:
            return True
