"""What the API takes and shows about merging contacts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hub.model.merge import MergeState
from hub.web.requests import Body, Id
from hub.web.views import ContactRef, ContactView


class MergeContacts(Body, frozen=True, kw_only=True):
    """`other` goes into the contact of the path and becomes a pointer to it. `fields` are taken
    from the other: name, language, company, about, claimed_email, or `field:<own field>`; what the
    contact lacks it gets anyway.
    """

    other: Id
    fields: Annotated[list[Annotated[str, Meta(max_length=210)]], Meta(max_length=200)] = (
        msgspec.field(default_factory=list)
    )


class MergeView(msgspec.Struct, frozen=True, kw_only=True):
    """A merge of `loser` into `winner`, with their names as they were."""

    id: str
    state: MergeState
    winner: ContactRef
    loser: ContactRef
    at: int
    by: str
    undone_at: int
    undone_by: str
    #: Only the latest merge into a contact can be undone.
    can_undo: bool


class ReasonView(msgspec.Struct, frozen=True):
    """Why two contacts may be one person; `value` is what they have in common."""

    kind: Literal["network", "email", "phone", "company", "domain", "mailbox", "field"]
    value: str


class SuggestionView(msgspec.Struct, frozen=True, kw_only=True):
    contact: ContactView
    reasons: list[ReasonView]
