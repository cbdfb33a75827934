"""What the API accepts: bodies (unknown fields are refused) and query strings, with
their limits.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hub.model.agent import Role, Theme
from hub.model.conversation import Priority

Short = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
Text = Annotated[str, Meta(max_length=100_000)]
Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9._-]+$")]
ClientId = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Limit = Annotated[int, Meta(ge=1, le=200)]
Told = Annotated[str, Meta(max_length=1000)]
Password = Annotated[str, Meta(min_length=10, max_length=200)]
View = Literal["mine", "unassigned", "all", "mentions", "snoozed", "closed", "spam"]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of query strings."""


class SignIn(Body, frozen=True, kw_only=True):
    email: Email
    password: Annotated[str, Meta(max_length=200)]


class AcceptToken(Body, frozen=True, kw_only=True):
    """Sets the password behind a one-time link and signs in."""

    token: Short
    password: Password
    name: Short = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    language: Short = ""


class ForgotPassword(Body, frozen=True, kw_only=True):
    email: Email


class TokenQuery(Query, frozen=True, kw_only=True):
    token: Short


class ChangeMe(Body, frozen=True, kw_only=True):
    name: Name | msgspec.UnsetType = msgspec.UNSET
    language: Literal["", "en", "tr", "pl"] | msgspec.UnsetType = msgspec.UNSET
    theme: Theme | msgspec.UnsetType = msgspec.UNSET
    signature: Annotated[str, Meta(max_length=5000)] | msgspec.UnsetType = msgspec.UNSET
    prefs: dict[Short, Annotated[str, Meta(max_length=2000)]] | msgspec.UnsetType = msgspec.UNSET


class ChangePassword(Body, frozen=True, kw_only=True):
    old: Annotated[str, Meta(max_length=200)]
    new: Password


class SwitchWorkspace(Body, frozen=True, kw_only=True):
    workspace_id: Id


class ListConversations(Query, frozen=True, kw_only=True):
    view: View = "all"
    inbox_id: Short = ""
    queue_id: Short = ""
    label: Short = ""
    channel: Short = ""
    assignee_id: Short = ""
    priority: Priority | None = None
    unread: bool = False
    after: Annotated[str, Meta(max_length=4000)] = ""
    limit: Limit = 50


class ChangeConversation(Body, frozen=True, kw_only=True):
    """Only what is given changes; each change leaves a line on the timeline."""

    client_id: ClientId
    state: Literal["open", "snoozed", "closed"] | msgspec.UnsetType = msgspec.UNSET
    snoozed_until: int | msgspec.UnsetType = msgspec.UNSET
    assignee_id: Short | msgspec.UnsetType = msgspec.UNSET
    priority: Priority | msgspec.UnsetType = msgspec.UNSET
    labels: Annotated[list[Id], Meta(max_length=30)] | msgspec.UnsetType = msgspec.UNSET
    is_spam: bool | msgspec.UnsetType = msgspec.UNSET
    subject: Annotated[str, Meta(max_length=500)] | msgspec.UnsetType = msgspec.UNSET


class SlotValue(Body, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    value: Annotated[str, Meta(max_length=1000)]


class UseTemplate(Body, frozen=True, kw_only=True):
    """A template of the inbox with its variables; a file slot takes a file id."""

    name: Annotated[str, Meta(min_length=1, max_length=512)]
    language: Short = ""
    values: Annotated[list[SlotValue], Meta(max_length=50)] = []


class StartConversation(Body, frozen=True, kw_only=True):
    """Write first: to an identity of a contact, or to a new address."""

    client_id: ClientId
    inbox_id: Id
    contact_id: Short = ""
    address: Annotated[str, Meta(max_length=254)] = ""
    name: Short = ""
    subject: Annotated[str, Meta(max_length=500)] = ""
    text: Text = ""
    html: Annotated[str, Meta(max_length=500_000)] = ""
    file_ids: Annotated[list[Id], Meta(max_length=20)] = []
    #: Instead of a text, where the channel takes nothing else at first.
    template: UseTemplate | None = None


class ListMessages(Query, frozen=True, kw_only=True):
    """Without `before`/`after`: the latest. `after` gives the next higher ones."""

    before: int = 0
    after: int = 0
    limit: Limit = 50


class SendMessage(Body, frozen=True, kw_only=True):
    """`client_id` makes a repeat harmless. `inbox_id` chooses the way; empty = where the customer
    wrote last.
    """

    client_id: ClientId
    kind: Literal["message", "note"] = "message"
    inbox_id: Short = ""
    #: Which address of the contact, where the inbox reaches several; empty = the best one.
    identity_id: Short = ""
    text: Text = ""
    html: Annotated[str, Meta(max_length=500_000)] = ""
    subject: Annotated[str, Meta(max_length=500)] = ""
    cc: Annotated[list[Email], Meta(max_length=20)] = []
    file_ids: Annotated[list[Id], Meta(max_length=20)] = []
    mentions: Annotated[list[Id], Meta(max_length=20)] = []
    quick_replies: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=10)
    ] = []
    #: Instead of a text: the only thing that some channels take when the customer wrote long ago.
    template: UseTemplate | None = None
    #: The message of this conversation that this one answers; 0 for none.
    reply_to_seq: Annotated[int, Meta(ge=0)] = 0


class EditMessage(Body, frozen=True, kw_only=True):
    """The new text of an answer that was sent."""

    text: Annotated[str, Meta(min_length=1, max_length=100_000)]


class React(Body, frozen=True, kw_only=True):
    """An emoji on the customer's message; "" takes it away."""

    emoji: Annotated[str, Meta(max_length=16)]


class ResolveMessage(Body, frozen=True, kw_only=True):
    """For a message in `unknown` or `failed`: send once more, or take it as sent (or failed)."""

    action: Literal["resend", "mark_sent", "mark_failed"]


class MarkRead(Body, frozen=True, kw_only=True):
    seq: Annotated[int, Meta(ge=0)]


class Activity(Body, frozen=True, kw_only=True):
    """What I do in this conversation now; lossy, shown to colleagues."""

    is_typing: bool = False
    is_viewing: bool = True


class SaveDraft(Body, frozen=True, kw_only=True):
    kind: Literal["message", "note"] = "message"
    text: Text = ""
    html: Annotated[str, Meta(max_length=500_000)] = ""
    subject: Annotated[str, Meta(max_length=500)] = ""
    inbox_id: Short = ""
    file_ids: Annotated[list[Id], Meta(max_length=20)] = []


class ListContacts(Query, frozen=True, kw_only=True):
    text: Short = ""
    after: Annotated[str, Meta(max_length=4000)] = ""
    limit: Limit = 50


class CreateContact(Body, frozen=True, kw_only=True):
    name: Name
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""


class ChangeContact(Body, frozen=True, kw_only=True):
    name: Name | msgspec.UnsetType = msgspec.UNSET
    language: Literal["", "en", "tr", "pl"] | msgspec.UnsetType = msgspec.UNSET
    company: Short | msgspec.UnsetType = msgspec.UNSET
    about: Annotated[str, Meta(max_length=5000)] | msgspec.UnsetType = msgspec.UNSET
    fields: dict[Short, Annotated[str, Meta(max_length=2000)]] | msgspec.UnsetType = msgspec.UNSET
    is_blocked: bool | msgspec.UnsetType = msgspec.UNSET
    is_vip: bool | msgspec.UnsetType = msgspec.UNSET


class AddIdentity(Body, frozen=True, kw_only=True):
    kind: Literal["email", "phone"]
    value: Annotated[str, Meta(min_length=3, max_length=254)]


class Search(Query, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: Literal["", "message", "note"] = ""
    inbox_id: Short = ""
    channel: Short = ""
    state: Literal["", "open", "snoozed", "closed"] = ""
    since: int = 0
    until: int = 0
    after: Annotated[str, Meta(max_length=4000)] = ""
    limit: Limit = 25


class SaveLabel(Body, frozen=True, kw_only=True):
    name: Name
    color: Annotated[str, Meta(max_length=20)] = "gray"


class SaveCanned(Body, frozen=True, kw_only=True):
    shortcut: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w-]+$")]
    text: Annotated[str, Meta(min_length=1, max_length=20_000)]


class CreateInbox(Body, frozen=True, kw_only=True):
    channel: Short
    name: Name
    config: dict[str, Any] = {}
    join_group: Literal["main", "none"] = "main"


class ChangeInbox(Body, frozen=True, kw_only=True):
    """Secret fields left out keep their value; `null` removes one."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    config: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    is_paused: bool | msgspec.UnsetType = msgspec.UNSET
    join_group: Literal["main", "none"] | msgspec.UnsetType = msgspec.UNSET
    #: Tell people when nothing came in for so long; 0: never.
    alarm_after_minutes: Annotated[int, Meta(ge=0, le=43_200)] | msgspec.UnsetType = msgspec.UNSET
    #: Where new conversations go; "": into the unassigned list.
    entry_queue_id: Short | msgspec.UnsetType = msgspec.UNSET
    #: Told when a conversation begins, and when it begins outside the queue's hours.
    acknowledgement: Told | msgspec.UnsetType = msgspec.UNSET
    away_text: Told | msgspec.UnsetType = msgspec.UNSET


class TestInbox(Body, frozen=True, kw_only=True):
    """Checks the credentials; with `to`, also sends a test message there."""

    to: Annotated[str, Meta(max_length=254)] = ""


class InviteAgent(Body, frozen=True, kw_only=True):
    email: Email
    name: Name
    role: Role = "agent"
    homes: list[Id] | None = None


class ChangeAgent(Body, frozen=True, kw_only=True):
    name: Name | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    homes: list[Id] | msgspec.UnsetType | None = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET


class ChangeWorkspace(Body, frozen=True, kw_only=True):
    name: Name | msgspec.UnsetType = msgspec.UNSET
    language: Literal["en", "tr", "pl"] | msgspec.UnsetType = msgspec.UNSET
    time_zone: Short | msgspec.UnsetType = msgspec.UNSET
    #: How many of a kind of work fill an agent; what is left out has its default.
    capacity: (
        dict[Literal["call", "chat", "mail"], Annotated[int, Meta(ge=1, le=1000)]]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class CreateApiKey(Body, frozen=True, kw_only=True):
    name: Name
    scopes: Annotated[list[Short], Meta(min_length=1, max_length=40)]
    expires_at: int = 0


class ListSuppressions(Query, frozen=True, kw_only=True):
    """`search`: the beginning of an address, or words of it; numbers may be written in any way."""

    search: Annotated[str, Meta(max_length=254)] = ""
    after: Annotated[str, Meta(max_length=4000)] = ""
    limit: Limit = 50


class AddSuppression(Body, frozen=True, kw_only=True):
    """Write to this address no more; `channel` "" means every channel of its kind."""

    kind: Literal["email", "phone"]
    value: Annotated[str, Meta(min_length=3, max_length=254)]
    channel: Short = ""
    scope: Literal["all", "marketing"] = "all"
    #: How we know: kept as proof.
    reason: Annotated[str, Meta(max_length=1000)] = ""


class ListAudit(Query, frozen=True, kw_only=True):
    after: Annotated[str, Meta(max_length=4000)] = ""
    limit: Limit = 50


class LiveQuery(Query, frozen=True, kw_only=True):
    """Where the snapshot was read; empty = from now on."""

    cursor: Annotated[str, Meta(max_length=64)] = ""


class UploadQuery(Query, frozen=True, kw_only=True):
    """The body is the file itself; `name` is what it was called."""

    name: Annotated[str, Meta(min_length=1, max_length=1000)]
