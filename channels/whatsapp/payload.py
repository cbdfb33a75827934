"""The shapes of Meta's webhook that we read, and only those: typed structs for msgspec. Items stay
raw until they are worked off, so that one that cannot be read does not cost the others. Used by the
parsing modules; numbers in strings (timestamps) become numbers.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    display_phone_number: str = ""
    phone_number_id: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    username: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `contacts`. Since usernames, `wa_id` may be missing."""

    wa_id: str = ""
    user_id: str = ""
    profile: Profile = Profile()


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """`value` of the fields that belong to one phone number."""

    metadata: Metadata = Metadata()
    contacts: list[Person] = []
    messages: list[msgspec.Raw] = []
    statuses: list[msgspec.Raw] = []
    message_echoes: list[msgspec.Raw] = []
    user_preferences: list[msgspec.Raw] = []
    user_id_update: list[msgspec.Raw] = []
    errors: list[msgspec.Raw] = []


class Change(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    value: msgspec.Raw


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    #: Seconds; only account events have it.
    time: int = 0
    changes: list[msgspec.Raw] = []


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    object: str
    entry: list[msgspec.Raw]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    body: str


class Media(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    mime_type: str = ""
    sha256: str = ""
    caption: str = ""
    filename: str = ""
    voice: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class CardName(msgspec.Struct, frozen=True, kw_only=True):
    formatted_name: str = ""
    first_name: str = ""
    last_name: str = ""


class CardPhone(msgspec.Struct, frozen=True, kw_only=True):
    phone: str = ""
    wa_id: str = ""


class CardEmail(msgspec.Struct, frozen=True, kw_only=True):
    email: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    name: CardName = CardName()
    phones: list[CardPhone] = []
    emails: list[CardEmail] = []
    vcard: str = ""


class Button(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    payload: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    description: str = ""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """`nfm_reply`: a filled-in Flow; `response_json` is JSON in a string."""

    response_json: str = ""
    body: str = ""
    name: str = ""


class Interactive(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: Form | None = None


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    message_id: str
    #: Missing or empty: taken away.
    emoji: str = ""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    product_retailer_id: str
    quantity: float = 1
    item_price: float = 0
    currency: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    text: str = ""
    product_items: list[Product] = []


class System(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""
    body: str = ""
    #: The new phone number; older versions wrote `new_wa_id`.
    wa_id: str = ""
    new_wa_id: str = ""
    user_id: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""


class Revoke(msgspec.Struct, frozen=True, kw_only=True):
    original_message_id: str


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """The new content, in the same form as a message of this type."""

    type: str
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    document: Media | None = None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    original_message_id: str
    message: Edited


class Unsupported(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    source_type: str = ""
    source_id: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """A message or an echo. `sender` is missing for people who hide their number."""

    id: str
    timestamp: int
    type: str
    sender: str = ""
    from_user_id: str = ""
    to: str = ""
    to_user_id: str = ""
    group_id: str = ""
    context: Context | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: Place | None = None
    contacts: list[Card] | None = None
    button: Button | None = None
    interactive: Interactive | None = None
    reaction: Reaction | None = None
    order: Order | None = None
    system: System | None = None
    edit: Edit | None = None
    revoke: Revoke | None = None
    unsupported: Unsupported | None = None
    referral: Referral | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    timestamp: int
    type: str = ""
    recipient_id: str = ""
    recipient_user_id: str = ""
    recipient_type: str = ""
    biz_opaque_callback_data: str = ""
    errors: list[dict[str, Any]] = []


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    timestamp: int
    wa_id: str = ""
    user_id: str = ""
    category: str = ""
    detail: str = ""


class IdPair(msgspec.Struct, frozen=True, kw_only=True):
    previous: str
    current: str


class IdUpdate(msgspec.Struct, frozen=True, kw_only=True):
    user_id: IdPair
    timestamp: int


def read(raw: msgspec.Raw | bytes, shape: type[T]) -> T:
    """Raises `msgspec.MsgspecError`."""
    try:
        return msgspec.json.decode(raw, type=shape, strict=False)
    except RecursionError as fault:
        raise msgspec.DecodeError("nested too deeply") from fault
    except UnicodeError as fault:
        raise msgspec.DecodeError("this is not UTF-8") from fault
