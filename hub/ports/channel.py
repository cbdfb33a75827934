"""The channel contract: what the hub asks of a channel folder, and what a channel may ask of the
hub.

One adapter object per configured inbox. The hub never asks for a channel's name: it asks its
`Capabilities` and which of the small optional Protocols it implements. Adapters never touch the
store, retry, or order messages: they turn the network's bytes into `InboundEvent`s and make exactly
one attempt to send.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import msgspec

from hub.clock import Clock
from hub.errors import OutcomeUnknown
from hub.model.contact import Address
from hub.model.inbox import InboxState
from hub.model.message import Attachment, Message, QuickReply
from hub.model.routing import WorkKind
from hub.model.template import Template, TemplateUse
from hub.ports.inbound import DeliveryReported, InboundEvent, MediaRef
from hub.tasks import Tasks

if TYPE_CHECKING:
    from aiohttp import web


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel can carry. The composer, the outbox and the bots ask these, never a name."""

    #: Kind of address it writes to: an identity of this kind makes a contact reachable here.
    address_kind: str
    text_max_chars: int = 4096
    #: The same in UTF-8 bytes, where the network counts those; 0: it does not.
    text_max_bytes: int = 0
    can_html: bool = False
    has_subject: bool = False
    can_attach: bool = True
    attachment_max_bytes: int = 25 * 1024 * 1024
    can_quick_replies: bool = False
    #: An agent may start a conversation with an address that never wrote.
    can_start: bool = False
    #: Somebody reads along live; when nobody does, the answer may follow on a channel that stores
    #: and forwards.
    is_live: bool = False
    has_typing: bool = False
    has_read_marks: bool = False
    #: Sending the same message id twice shows it once: after a crash it is sent again, not
    #: `unknown`.
    repeats_are_harmless: bool = False
    #: May serve as the way on for a live channel's unread answers.
    can_follow_up: bool = False
    #: Further kinds of address that it can write to, besides `address_kind`.
    also_writes_to: tuple[str, ...] = ()
    #: Files in one message; more make several messages.
    attachments_max: int = 10
    #: Text beside a file; a longer one is a message of its own.
    caption_max_chars: int = 1024
    #: Prefixes of media types it takes; empty: all.
    media_types: tuple[str, ...] = ()
    quick_replies_max: int = 0
    quick_reply_max_chars: int = 20
    #: Free text is allowed for so long after the customer's last message; 0: always.
    reply_window_h: int = 0
    #: A person may still answer for so long (a vendor's tag for human agents); 0: no longer.
    human_window_h: int = 0
    can_templates: bool = False
    can_quote: bool = False
    can_react: bool = False
    can_edit: bool = False
    can_delete: bool = False
    can_voice: bool = False
    #: Texts are counted and charged in SMS segments.
    counts_segments: bool = False
    #: Opt-out words (STOP) of this channel's customers count, and it obeys the suppression list.
    has_opt_out: bool = False
    #: What a conversation here takes of an agent.
    work: WorkKind = "chat"

    def takes(self, text: str) -> bool:
        """Is it short enough for one message?"""
        if len(text) > self.text_max_chars:
            return False
        return not self.text_max_bytes or len(text.encode()) <= self.text_max_bytes


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message to send, complete; `id` (conversation.seq) is the idempotency key for
    the vendor.
    """

    id: str
    conversation_id: str
    seq: int
    to: Address
    to_name: str = ""
    from_name: str = ""
    text: str = ""
    html: str = ""
    subject: str = ""
    cc: list[str] = []
    attachments: list[Attachment] = []
    quick_replies: list[QuickReply] = []
    #: Signed token that brings an answer back into this conversation (26 + 16 base32 characters).
    reply_token: str = ""
    #: Provider ids of the conversation's earlier messages in this channel, oldest first.
    refs: list[str] = []
    #: Quoted in channels that quote: the message answered, as (who, when ms, text).
    quote: tuple[str, int, str] | None = None
    is_auto: bool = False
    #: A live channel's answers going on by themselves: nobody may answer it by machine, but whether
    #: it arrives matters.
    is_follow_up: bool = False
    client_id: str = ""
    at: int = 0
    template: TemplateUse | None = None
    #: Provider id of the message that this one quotes.
    reply_to: str = ""
    #: When the customer last wrote by this inbox (ms), 0 for never: what reply windows count from.
    last_inbound_at: int = 0


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How fast an inbox may send; 0 means without limit. The outbox keeps to it."""

    per_second: float = 0
    burst: int = 1
    #: At most one message to the same recipient in so many seconds, `recipient_burst` at once.
    recipient_every_s: float = 0
    recipient_burst: int = 1


class SendResult(msgspec.Struct, frozen=True):
    """The vendor accepted. `provider_ids`, when it gives any: the first is the message's own."""

    provider_ids: list[str] = []


class FileSink(Protocol):
    """Where adapters put what arrives, before the event that names it is accepted."""

    async def save(
        self, data: bytes, name: str, *, declared_type: str = "", owner: str = ""
    ) -> Attachment:
        """Store bytes durably, sniff the type, make the name safe. Raises `TooLarge`."""

    async def read(self, file_id: str) -> bytes:
        """For sending. Raises `ContentRejected` when the file is gone, and `TransientFailure` while
        the bytes cannot be had.
        """

    def link(self, file_id: str, reader: str) -> str:
        """A signed path (`/files/…`) that opens this file for `reader` (an identity id) for some
        minutes; for "", a vendor who fetches it later, for a week.
        """


class History(Protocol):
    """What a live channel shows its reader: only messages (no notes) of conversations the reader
    took part in.
    """

    async def current(self, reader: Address) -> str | None:
        """Id of the reader's open (else latest) conversation, or None."""

    async def messages(
        self, reader: Address, conversation_id: str, after_seq: int, limit: int
    ) -> list[Message]:
        """Those with a higher seq, oldest first; `NotFound` when the reader took no part."""

    async def reader_id(self, reader: Address) -> str:
        """The identity id of an address (exists once it has written)."""


class Egress(Protocol):
    """The one way out to addresses that people may choose (DESIGN §4.7)."""

    async def resolve(self, host: str, port: int) -> str:
        """The allowed, pinned IP to connect to; raises `BadInput` for private or
        forbidden targets.
        """


class VendorAnswer(msgspec.Struct, frozen=True):
    """A vendor's answer, whole. Names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises `OutcomeUnknown` when it is no JSON: who knows what answered."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, RecursionError) as fault:
            raise OutcomeUnknown("the answer cannot be read") from fault


class VendorHttp(Protocol):
    """Calls of vendors' APIs, over connections that are kept. Passes the egress rules."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 30.0,
        max_bytes: int = 2 * 1024 * 1024,
        redirect_hosts: Collection[str] = (),
    ) -> VendorAnswer:
        """Exactly one attempt (a GET may be repeated on a connection that was found closed); any
        status is an answer.

        Raises `TransientFailure` when certainly nothing reached the vendor (name, connection, TLS),
        `OutcomeUnknown` when the request left and no whole answer came within `timeout_s`, and
        `ContentRejected` for an answer over `max_bytes` or an address that may not be called.
        Redirects of GET are followed to `redirect_hosts` (`*.example.com` is allowed), without
        `headers`.
        """


class FetchedMedia(msgspec.Struct, frozen=True):
    """A vendor's file. `name` and `media_type` as the vendor tells them, or ""."""

    data: bytes
    name: str = ""
    media_type: str = ""


class InboxFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The configured inbox as its adapter sees it; secrets in `config` are in the clear here."""

    id: str
    name: str
    address: str
    config: Mapping[str, Any]
    #: `https://host` under which the world reaches this hub, and the path of this inbox's hook.
    public_url: str
    hook_path: str
    workspace_name: str = ""
    language: str = "en"


class AdapterContext(Protocol):
    """Everything an adapter may ask of the hub; made by the hub, one per adapter."""

    @property
    def inbox(self) -> InboxFacts: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def tasks(self) -> Tasks: ...

    @property
    def files(self) -> FileSink: ...

    @property
    def history(self) -> History: ...

    @property
    def egress(self) -> Egress: ...

    @property
    def http(self) -> VendorHttp: ...

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        """Commit events to the journal. When it returns they are durable; only then acknowledge
        upstream.

        Raises `Unavailable`: do not acknowledge.
        """

    async def report(self, state: InboxState, detail: str = "") -> None:
        """Tell people how the inbox is doing; `detail` is a short text without secrets."""

    async def typing(self, sender: Address, is_typing: bool) -> None:
        """The reader types (lossy, not stored)."""

    async def remember(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep a small document for this inbox durably (IMAP positions)."""

    async def recall(self, name: str) -> dict[str, Any] | None: ...

    def sign(self, *parts: str) -> str:
        """26 base32 characters, an HMAC under a key of this inbox (visitor tokens, own mail
        markers).
        """


class ChannelAdapter(Protocol):
    """Constructed without I/O as `Adapter(ctx)`."""

    async def start(self) -> None:
        """Begin to receive, and report `connected` as soon as messages do come in.

        Transient trouble goes to `ctx.report`; only a config that cannot work raises.
        """

    async def stop(self) -> None:
        """Idempotent, bounded in time, leaves no task."""

    async def probe(self) -> None:
        """Are address and credentials good? No side effect. Raises `AuthFailed`,
        `TransientFailure`, `BadInput`.
        """

    async def send(self, message: OutboundMessage) -> SendResult:
        """Exactly one attempt; raises only from the closed list of `SendError`s."""


class RawRequest(msgspec.Struct, frozen=True):
    """A webhook as it came: verify before anything is parsed."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """`/hooks/<channel>/<inbox_id>`: limit → verify → parse → journal → 2xx, done once for all by
    the hub.
    """

    max_body_bytes: int

    def verify(self, request: RawRequest) -> None:
        """Raises `BadSignature`."""

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        """Pure. Unknown kinds become `Ignored`; unreadable input raises `BadInput`."""


class HookAnswer(msgspec.Struct, frozen=True):
    """What a vendor wants to read."""

    status: int = 200
    body: str = "ok\n"
    media_type: str = "text/plain"


@runtime_checkable
class AnswersWebhooks(Protocol):
    """A receiver of webhooks whose vendor expects more than a plain 200."""

    def handshake(self, request: RawRequest) -> HookAnswer | None:
        """Answer a request that carries no events (a GET that proves the address), None when it is
        an ordinary webhook. Raises `BadSignature`.
        """

    def answer(self, request: RawRequest) -> HookAnswer:
        """The 2xx after the events are on disk."""


@runtime_checkable
class SharesWebhooks(Protocol):
    """A receiver whose vendor may send the events of several accounts to one address: each inbox
    takes its own (`ChannelSpec.account_keys`) and ignores the others' as `OTHER_ACCOUNT`.
    """

    def addressees(self, request: RawRequest) -> frozenset[str]:
        """Keys of the accounts that a request names. Pure; none for what cannot be read."""


@runtime_checkable
class KnowsNames(Protocol):
    async def profile(self, sender: Address) -> str:
        """The name that the network shows for somebody, "" when it tells none. Raises
        `SendError`s.
        """


@runtime_checkable
class FetchesMedia(Protocol):
    async def fetch(self, media: MediaRef) -> FetchedMedia:
        """Raises `NotFound` when the vendor has it no more, `TooLarge`, `AuthFailed`,
        `TransientFailure`.
        """


@runtime_checkable
class MarksRead(Protocol):
    async def mark_read(self, to: Address, provider_id: str) -> None:
        """Tell the customer that everything up to this message was read. Best effort."""


@runtime_checkable
class EditsMessages(Protocol):
    async def edit(self, provider_id: str, message: OutboundMessage) -> None:
        """Replace the text of a message that we sent. Raises `SendError`s."""


@runtime_checkable
class DeletesMessages(Protocol):
    async def delete(self, to: Address, provider_id: str) -> None:
        """Take back a message that we sent. Raises `SendError`s."""


@runtime_checkable
class Reacts(Protocol):
    async def react(self, to: Address, provider_id: str, emoji: str) -> None:
        """Put an emoji on the customer's message; "" takes it away. Raises `SendError`s."""


@runtime_checkable
class SendsTemplates(Protocol):
    async def templates(self) -> list[Template]:
        """All templates that the network knows for this inbox, whatever their state."""


@runtime_checkable
class Reconciles(Protocol):
    """The vendor lists what it has: asked after an outage, and about rows that are `unknown`."""

    async def missed(self, since_ms: int) -> list[InboundEvent]:
        """What came in since then, under the same `event_id`s as by webhook."""

    async def outcome(self, message: OutboundMessage) -> DeliveryReported | None:
        """What the vendor knows of a message whose answer was lost; None when it has none."""


@runtime_checkable
class KnowsStaffing(Protocol):
    """An optional ability of the context: can it tell whether people are there to answer?"""

    async def is_staffed(self) -> bool:
        """Is an agent available now who may answer in this inbox?"""


@runtime_checkable
class TakesTurns(Protocol):
    """An optional ability of the context: of several hubs that run an inbox, one polls."""

    def is_our_turn(self) -> bool: ...


def is_our_turn(context: object) -> bool:
    """Ask before each round of polling; while it is another hub's turn, only send."""
    return not isinstance(context, TakesTurns) or context.is_our_turn()


@runtime_checkable
class ServesHttp(Protocol):
    """Owns what lies below `/hooks/<channel>/<inbox_id>/…` (a live channel's sockets and files)."""

    async def handle(self, request: web.Request, tail: str) -> web.StreamResponse: ...


@runtime_checkable
class NamesMessages(Protocol):
    """Can tell the provider id before sending, so that replies and bounces of a lost answer still
    match.
    """

    def provider_id(self, message_id: str) -> str: ...


@runtime_checkable
class SendsTyping(Protocol):
    async def send_typing(self, to: Address, is_typing: bool) -> None: ...


@runtime_checkable
class TellsPlace(Protocol):
    async def tell_place(self, to: Address, place: int, wait_s: int | None) -> None:
        """Show whoever waits for an agent their place in the line (0: they wait no more) and, where
        it is known, about how long it takes. Lossy.
        """


@runtime_checkable
class KnowsPresence(Protocol):
    """A live channel that knows whether somebody reads along now."""

    def is_present(self, to: Address) -> bool: ...


@runtime_checkable
class CatchesUp(Protocol):
    """A live channel that can show its connected readers what events did not tell it."""

    async def catch_up(self) -> None: ...


@runtime_checkable
class ShowsChanges(Protocol):
    """A live channel that mirrors what else appears or changes on the timeline to its reader.

    The hub calls it for the reader's own messages once they are stored, for answers sent on other
    channels, and for changed delivery.
    """

    async def show(self, reader: Address, message: Message) -> None: ...


class ConfigField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an inbox's settings form. Texts are i18n keys
    `<channel>.config.<name>[.help]`.
    """

    name: str
    type: Literal["text", "secret", "number", "boolean", "choice", "list", "long_text", "color"] = (
        "text"
    )
    is_required: bool = False
    default: Any = None
    choices: list[str] = []
    #: Shown only when another field has one of these values: {"receive": ["imap"]}.
    when: dict[str, list[str]] = {}
    group: str = ""
    minimum: int | None = None
    maximum: int | None = None
    max_chars: int = 1000
    placeholder: str = ""


class ChannelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """`channels/<name>/config.py: SPEC`. Imports no SDK, so that Settings can list
    every channel.
    """

    name: str
    capabilities: Capabilities
    fields: list[ConfigField]
    #: Checks a config as a whole; returns {field: i18n key of the fault}.
    check: Callable[[Mapping[str, Any]], dict[str, str]]
    #: The public address of an inbox, out of its config (shown in lists).
    address: Callable[[Mapping[str, Any]], str]
    #: How fast an inbox with this config may send.
    rates: Callable[[Mapping[str, Any]], Rates] = lambda config: Rates()
    #: What a website must include to show this inbox: (public URL, inbox id) → HTML; "" for none.
    snippet: Callable[[str, str], str] | None = None
    #: What one inbox can do, where that depends on its config; else `capabilities`.
    capabilities_of: Callable[[Mapping[str, Any]], Capabilities] | None = None
    #: Keys under which webhooks may name an inbox's account (`SharesWebhooks`).
    account_keys: Callable[[Mapping[str, Any]], frozenset[str]] | None = None
    #: Imports the adapter class when the first inbox of this channel starts.
    load: Callable[[], Callable[[AdapterContext], ChannelAdapter]]

    def capabilities_with(self, config: Mapping[str, Any]) -> Capabilities:
        """Of an inbox with this config."""
        return self.capabilities_of(config) if self.capabilities_of else self.capabilities
