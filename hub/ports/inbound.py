"""What may come in from a channel: the closed list of events that `parse` yields and the journal
keeps.

All are facts in the past tense, told by the network; `event_id` is the provider's own key, so that
the same id is the same event for ever. Used by channels (which make them) and
`hub.services.intake` (which works them off).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.contact import Address
from hub.model.message import Attachment, Delivery, Location, MailFacts, SharedContact
from hub.model.template import TemplateState


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """What has its default is not written down: the journal keeps millions of them."""


class MediaRef(Fact, frozen=True, kw_only=True):
    """A file that the vendor keeps: fetched (`FetchesMedia`) after the message is stored.

    `ref` is the vendor's id or address, understood by its adapter only.
    """

    ref: str
    name: str = ""
    media_type: str = ""
    size_bytes: int = 0
    #: Lower-case hex, checked after fetching when given.
    sha256: str = ""
    is_voice: bool = False
    is_sticker: bool = False


class ThreadHints(Fact, frozen=True, kw_only=True):
    """What may tie an inbound message to a conversation. The hub verifies tokens; a subject only
    suggests.
    """

    #: Reply tokens as found (26 + 16 base32 characters), unverified.
    tokens: list[str] = []
    #: Provider ids of messages it answers, the nearest first.
    refs: list[str] = []
    #: Did the network prove the sender (DMARC)? "fail" may join nothing.
    auth: Literal["pass", "fail", "none"] = "none"


class MessageReceived(Fact, frozen=True, kw_only=True, tag="message"):
    """Somebody wrote. `event_id` is the provider's own key: the same id is the same message for
    ever.
    """

    event_id: str
    sender: Address
    sender_name: str = ""
    #: The network (or an HMAC) proves that the sender owns the address.
    is_verified: bool = False
    at: int
    text: str = ""
    subject: str = ""
    attachments: list[Attachment] = []
    #: Further provider ids under which later messages may refer to this one (an e-mail's
    #: Message-ID).
    refs: list[str] = []
    thread: ThreadHints | None = None
    mail: MailFacts | None = None
    #: Written by a machine: stored, never answered automatically, reopens nothing.
    is_auto: bool = False
    #: The sender's own id for it, echoed back.
    client_id: str = ""
    #: A typed, unproved e-mail address and name: somewhere to write to.
    claimed_email: str = ""
    claimed_name: str = ""
    language: str = ""
    media: list[MediaRef] = []
    location: Location | None = None
    shared: list[SharedContact] = []
    #: Provider id of the message that it answers or quotes.
    reply_to: str = ""
    #: What the pressed button stood for; `text` is its title.
    payload: str = ""
    #: Messages of one sender with the same album are one message with several files.
    album_id: str = ""
    #: Further addresses that the network states to be the same sender's.
    aliases: list[Address] = []
    #: Name of a content that cannot be shown ("poll", "order"): the message is kept all the same.
    unsupported: str = ""


class MessageEchoed(Fact, frozen=True, kw_only=True, tag="echo"):
    """The business wrote to the customer with another tool (the vendor's own app).

    What we sent ourselves comes back as this too at some vendors: the hub knows it by `event_id` or
    `message_id`.
    """

    event_id: str
    #: The customer: `sender` orders events, whoever wrote.
    sender: Address
    sender_name: str = ""
    #: Our own message id, where the vendor gives it back.
    message_id: str = ""
    at: int
    text: str = ""
    media: list[MediaRef] = []
    location: Location | None = None
    app: str = ""


class MessageEdited(Fact, frozen=True, kw_only=True, tag="edited"):
    """The author changed the text; `provider_id` names the message."""

    event_id: str
    provider_id: str
    sender: Address
    at: int
    text: str


class MessageDeleted(Fact, frozen=True, kw_only=True, tag="deleted"):
    """The author took the message back: our copy of its content goes, too."""

    event_id: str
    provider_id: str
    sender: Address
    at: int


class Reacted(Fact, frozen=True, kw_only=True, tag="reacted"):
    """An emoji on a message; an empty one takes the earlier away."""

    event_id: str
    provider_id: str
    sender: Address
    emoji: str = ""
    at: int


class DeliveryReported(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="delivery"
):
    """The provider tells how far one of our messages got."""

    event_id: str
    #: The id that `send` returned (or `NamesMessages` gave), or our own message id in `message_id`.
    provider_id: str = ""
    message_id: str = ""
    delivery: Delivery
    #: Of a failure: a code of the closed list in `hub.errors` ("opted_out", "outside_window", …).
    reason: str = ""
    #: The vendor's own code and words, for people who want to look it up.
    detail: str = ""
    #: Whom it is about, where the network names one: a message may have several recipients.
    recipient: Address | None = None
    at: int


class ReachedUpTo(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="reached_up_to"
):
    """Everything sent to `sender` in this inbox until `up_to` (a watermark) got so far."""

    event_id: str
    sender: Address
    delivery: Literal["delivered", "read"]
    up_to: int
    at: int


class ReachabilityChanged(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="reachability"
):
    """The customer blocked or left the business here, or came back."""

    event_id: str
    sender: Address
    is_reachable: bool
    at: int


class ConsentChanged(Fact, frozen=True, kw_only=True, tag="consent"):
    """The network tells that somebody opted out or in again; `proof` is what it said."""

    event_id: str
    sender: Address
    is_opted_out: bool
    #: "marketing": only campaigns are refused.
    scope: Literal["all", "marketing"] = "all"
    proof: str = ""
    at: int


class AddressMoved(Fact, frozen=True, kw_only=True, tag="moved"):
    """The network says that `sender` has a new address; the old one stays as an alias."""

    event_id: str
    sender: Address
    new: Address
    at: int


class TemplateReported(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="template"
):
    """The network decided about a template, or paused it."""

    event_id: str
    name: str
    language: str
    state: TemplateState
    reason: str = ""
    at: int


class AccountAlert(Fact, frozen=True, kw_only=True, tag="alert"):
    """Something about the account that a person must see (banned, quality fell, token expires)."""

    event_id: str
    #: i18n key `<channel>.alert.<…>`, at times with the vendor's words behind a colon.
    detail: str
    at: int


class ReadReported(Fact, frozen=True, kw_only=True, tag="read"):
    """The reader has seen everything up to `seq` in the conversation."""

    event_id: str
    sender: Address
    conversation_id: str
    seq: int
    at: int


class DetailsClaimed(Fact, frozen=True, kw_only=True, tag="details"):
    """The sender typed a name or an address: a claim, never a proof."""

    event_id: str
    sender: Address
    name: str = ""
    email: str = ""
    language: str = ""
    at: int


#: Reason of what names an account that is not this inbox's.
OTHER_ACCOUNT = "other_account"


class Ignored(Fact, frozen=True, kw_only=True, tag="ignored"):
    """Authentic, and of no use to us; counted by `reason`."""

    event_id: str = ""
    reason: str


InboundEvent = (
    MessageReceived
    | MessageEchoed
    | MessageEdited
    | MessageDeleted
    | Reacted
    | DeliveryReported
    | ReachedUpTo
    | ReachabilityChanged
    | ConsentChanged
    | AddressMoved
    | TemplateReported
    | AccountAlert
    | ReadReported
    | DetailsClaimed
    | Ignored
)
