"""What the API shows: shapes of answers, with ids local to the workspace. Made from the model by
`hub/web/show.py`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hub.model.agent import Role, Theme
from hub.model.conversation import Priority, State
from hub.model.inbox import InboxState
from hub.model.message import (
    Author,
    Delivery,
    Direction,
    Edit,
    Kind,
    Location,
    LostReason,
    QuickReply,
    Quoted,
    Reaction,
    SharedContact,
)
from hub.model.suppression import SuppressionScope, SuppressionSource
from hub.model.template import TemplateSlot, TemplateState
from hub.ports.channel import Capabilities
from hub.web.routing_views import RoutingView, SlaView


class Ok(msgspec.Struct, frozen=True):
    ok: bool = True


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    language: str
    time_zone: str
    #: How many of a kind of work fill an agent.
    capacity: dict[str, int]


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person: account, membership of the workspace in use, and what they may do."""

    account_id: str
    agent_id: str
    name: str
    email: str
    role: Role
    permissions: list[str]
    language: str
    theme: Theme
    signature: str
    prefs: dict[str, str]
    workspace: WorkspaceView
    workspaces: list[WorkspaceView]
    #: Send back as `X-CSRF-Token` with every write.
    csrf_token: str
    version: str
    is_demo: bool
    #: True after a restore: nothing goes out until an administrator releases it.
    is_outbound_held: bool


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    created_at: int
    last_seen_at: int
    user_agent: str
    ip: str
    is_current: bool


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a one-time link is for."""

    purpose: str  # setup | invitation | reset
    email: str
    name: str
    workspace_name: str
    language: str


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    email: str
    role: Role
    homes: list[str] | None
    is_active: bool
    has_joined: bool
    is_online: bool


class InviteView(msgspec.Struct, frozen=True, kw_only=True):
    """The link is shown once, for the case that no e-mail can be sent."""

    agent: AgentView
    link: str


class ContactRef(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to the asking agent."""

    read_seq: int
    has_draft: bool


class ConversationView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    rev: int
    contact: ContactRef
    inbox_id: str
    channel: str
    channels: list[str]
    state: State
    assignee_id: str
    priority: Priority
    labels: list[str]
    subject: str
    preview: str
    preview_from: str
    is_spam: bool
    seq: int
    inbound_seq: int
    #: Mine alone, so null in live events (keep what you have): unread when `inbound_seq` >
    #: `mine.read_seq`.
    mine: Mine | None
    last_at: int
    last_inbound_at: int
    waiting_since: int
    snoozed_until: int
    closed_at: int
    created_at: int
    #: Where it goes on, when its state is `merged`.
    merged_into: str = ""
    #: The queue's part; null when it was never in one.
    routing: RoutingView | None = None
    sla: SlaView | None = None
    disposition: str = ""
    form: dict[str, str] = {}


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """`cursor` is the live cursor read before the query: apply events after it."""

    items: list[ConversationView]
    next: str | None
    cursor: str


class ViewCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counted no further than 999."""

    mine: int
    unassigned: int
    all: int
    mentions: int
    snoozed: int


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    file_id: str
    name: str
    media_type: str
    size_bytes: int
    content_id: str
    is_inline: bool
    width: int
    height: int
    is_voice: bool
    is_sticker: bool
    #: `fetching`: the file is still with the vendor and has no id and no URL yet.
    state: Literal["ready", "fetching", "failed"]
    #: Why it failed; it may be asked for again unless it is too large or its inbox is gone.
    reason: LostReason = ""
    #: Opens with the session (or key) that may read the conversation.
    url: str
    thumbnail_url: str


class MailView(msgspec.Struct, frozen=True, kw_only=True):
    message_id: str
    from_: str = msgspec.field(name="from")
    to: list[str]
    cc: list[str]
    has_html: bool
    #: Its own page under its own policy, for a sandboxed frame; `?images=1` lets remote images in.
    body_url: str
    source_url: str
    quoted: str
    remote_images: int
    kind: str
    auth: str
    notices: list[str]
    calendar: dict[str, Any] | None


class SlotValue(msgspec.Struct, frozen=True):
    """A variable of a template, filled in; a file slot holds a file id."""

    name: str
    value: str


class TemplateUseView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    language: str
    values: list[SlotValue]


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    conversation_id: str
    seq: int
    rev: int
    kind: Kind
    direction: Direction
    author: Author
    inbox_id: str
    channel: str
    at: int
    sent_at: int
    text: str
    subject: str
    address: str
    attachments: list[AttachmentView]
    quick_replies: list[QuickReply]
    mail: MailView | None
    mentions: list[str]
    delivery: Delivery
    reason: str
    #: The vendor's own code and words about a failure.
    detail: str
    client_id: str
    activity: str
    details: dict[str, Any]
    is_auto: bool
    location: Location | None
    shared: list[SharedContact]
    #: One for each author, whose `by` is an identity id (the customer) or an agent id.
    reactions: list[Reaction]
    #: The message that this one answers; `seq` 0 when it stands in another conversation.
    quoted: Quoted | None
    #: What a pressed button stood for.
    payload: str
    template: TemplateUseView | None
    #: Name of a content that cannot be shown here ("poll", "order").
    unsupported: str
    #: Earlier versions, oldest first.
    edits: list[Edit]
    edited_at: int
    #: Taken back by its author: nothing of it is left.
    deleted_at: int


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first. `before` is the seq to ask for older ones with, None when there are none."""

    items: list[MessageView]
    before: int | None
    cursor: str


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    text: str
    html: str
    subject: str
    inbox_id: str
    file_ids: list[str]
    at: int


class ReplyTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox through which this contact can be answered now, and at which address."""

    inbox_id: str
    channel: str
    name: str
    address: str
    capabilities: Capabilities
    is_paused: bool
    #: Somebody reads along right now.
    is_present: bool


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    """A way to answer: through this inbox to this address, and whether it is open now."""

    inbox_id: str
    channel: str
    name: str
    #: For people to read; "" for addresses that say nothing to them.
    address: str
    #: "" for a typed, unproved address.
    identity_id: str
    state: Literal["ok", "window_closed", "opted_out", "unreachable", "paused", "bad_credentials"]
    #: Why it is unreachable: the code of the refusal ("landline"), "" where they left us.
    reason: str = ""
    #: Until when free text is taken (ms); 0 where the channel has no such limit.
    window_until: int
    is_present: bool
    capabilities: Capabilities


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """`{{name}}` in the parts is where a slot goes (in the header: `{{1}}` is `header.1`)."""

    id: str
    name: str
    title: str
    language: str
    category: str
    state: TemplateState
    reason: str
    header: str
    body: str
    footer: str
    buttons: list[str]
    slots: list[TemplateSlot]
    updated_at: int


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    at: int
    is_opted_out: bool
    source: SuppressionSource
    text: str
    inbox_id: str
    agent_id: str


class SuppressionView(msgspec.Struct, frozen=True, kw_only=True):
    """An address that must not be written to; `channel` "" means every channel of its kind."""

    id: str
    channel: str
    kind: str
    value: str
    scope: SuppressionScope
    at: int
    history: list[ProofView]


class SuppressionPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SuppressionView]
    next: str | None


class ConversationDetail(msgspec.Struct, frozen=True, kw_only=True):
    conversation: ConversationView
    draft: DraftView | None
    targets: list[ReplyTarget]
    participants: list[str]
    cursor: str


class IdentityView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    value: str
    is_verified: bool
    created_at: int


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    rev: int
    name: str
    claimed_email: str
    language: str
    company: str
    about: str
    fields: dict[str, str]
    is_blocked: bool
    is_vip: bool
    identities: list[IdentityView]
    created_at: int
    updated_at: int
    last_seen_at: int
    #: The contact that this one was found to be, in the live event that tells of it; else "".
    merged_into: str = ""


class ContactPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ContactView]
    next: str | None


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """`snippet` marks matches as [start, end) offsets in `marks`."""

    conversation: ConversationView
    message: MessageView
    snippet: str
    marks: list[tuple[int, int]]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SearchHit]
    next: str | None


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    media_type: str
    size_bytes: int
    width: int
    height: int
    url: str
    thumbnail_url: str


class LabelView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    color: str


class CannedView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    shortcut: str
    text: str


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    state: InboxState
    detail: str
    since: int
    last_in_at: int
    last_out_at: int
    last_error_at: int
    last_error: str
    #: Nothing came in for longer than the inbox's alarm allows.
    is_quiet: bool


class InboxView(msgspec.Struct, frozen=True, kw_only=True):
    """What every agent may know of an inbox."""

    id: str
    rev: int
    channel: str
    name: str
    address: str
    is_paused: bool
    capabilities: Capabilities
    health: HealthView


class InboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """For administrators. A secret field shows as "" and its name stands in `secrets_set` when it
    has a value.
    """

    inbox: InboxView
    config: dict[str, Any]
    secrets_set: list[str]
    join_group: str
    #: Tell people when nothing came in for so long; 0: never.
    alarm_after_minutes: int
    entry_queue_id: str
    acknowledgement: str
    away_text: str
    #: The address to enter at the vendor, or the snippet for the website.
    hook_url: str


class ConfigFieldView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    type: str
    label: str
    help: str
    is_required: bool
    default: Any
    choices: list[tuple[str, str]]
    when: dict[str, list[str]]
    group: str
    minimum: int | None
    maximum: int | None
    max_chars: int
    placeholder: str


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of inbox that can be opened; texts are in the language of the caller."""

    name: str
    title: str
    about: str
    icon_url: str
    capabilities: Capabilities
    fields: list[ConfigFieldView]


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    ok: bool
    #: Error code (`hub.errors`) and what to do, when not ok.
    code: str = ""
    message: str = ""


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    scopes: list[str]
    last_used_at: int
    expires_at: int
    created_at: int
    #: Only in the answer that made it.
    key: str = ""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: int
    actor: str
    action: str
    target: str
    details: dict[str, Any]
    ip: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[AuditEntry]
    next: str | None
    #: False when the hash chain of the entries shown does not hold.
    is_intact: bool


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Every error answer: a stable code, a text that says what to do, and the field at fault."""

    code: str
    message: str
    field: str = ""
    retry_after_s: float | None = None
