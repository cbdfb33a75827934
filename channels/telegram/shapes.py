"""What Telegram sends, as far as we read it (Bot API 10.1); `parse.py` and `content.py` work on
these. Numbers are bounded to what the API promises (at most 52 bits).
"""

from __future__ import annotations

from typing import Annotated

import msgspec

_MOST = 2**53
Id = Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
#: Seconds since 1970.
Time = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
Size = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]
Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class User(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    type: str
    title: str = ""
    first_name: str = ""
    last_name: str = ""

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def name(self) -> str:
        return self.title or f"{self.first_name} {self.last_name}".strip()


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    offset: Id
    length: Id
    url: str = ""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """Audio, animation, document, video, video note and voice alike."""

    file_id: str
    file_name: str = ""
    mime_type: str = ""
    file_size: Size = 0


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    file_id: str
    width: Size = 0
    height: Size = 0
    file_size: Size = 0


class Sticker(msgspec.Struct, frozen=True, kw_only=True):
    file_id: str
    is_animated: bool = False
    is_video: bool = False
    emoji: str = ""
    file_size: Size = 0
    thumbnail: Photo | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    latitude: Degrees
    longitude: Degrees


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    location: Place
    title: str = ""
    address: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A shared contact; `user_id` is Telegram's own knowledge of whose number it is."""

    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: Id = 0


class Button(msgspec.Struct, frozen=True, kw_only=True):
    text: str = ""
    callback_data: str = ""


class Keyboard(msgspec.Struct, frozen=True, kw_only=True):
    inline_keyboard: list[list[Button]] = []


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is only referred to; one that the bot cannot see has no more than this."""

    message_id: Id
    chat: Chat
    reply_markup: Keyboard | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    message_id: Id
    date: Time
    chat: Chat
    sender: User | None = None
    sender_chat: Chat | None = None
    business_connection_id: str = ""
    is_from_offline: bool = False
    edit_date: Time = 0
    media_group_id: str = ""
    reply_to_message: Mention | None = None
    text: str = ""
    entities: list[Entity] = []
    caption: str = ""
    caption_entities: list[Entity] = []
    animation: File | None = None
    audio: File | None = None
    document: File | None = None
    photo: list[Photo] = []
    sticker: Sticker | None = None
    video: File | None = None
    video_note: File | None = None
    voice: File | None = None
    location: Place | None = None
    venue: Venue | None = None
    contact: Card | None = None
    migrate_to_chat_id: Id = 0
    migrate_from_chat_id: Id = 0


class Pressed(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """A callback query: somebody pressed a button under a message."""

    id: str
    sender: User
    data: str = ""
    message: Mention | None = None


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    emoji: str = ""


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    chat: Chat
    message_id: Id
    date: Time
    new_reaction: list[Emoji]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    status: str


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """The bot's own standing in a chat changed."""

    chat: Chat
    date: Time
    new_chat_member: Standing


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    can_reply: bool = False


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The owner of a business account let the bot in, or out."""

    id: str
    date: Time
    is_enabled: bool
    rights: Rights | None = None


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    business_connection_id: str
    chat: Chat
    message_ids: list[Id]
