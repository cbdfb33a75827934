"""How a message of Telegram is named in the hub: `<chat>:<message>`, and for chats of a business
account `<chat>:<message>:<connection>`, since those count their messages apart from the bot's own.
"""

from __future__ import annotations

from typing import NamedTuple

from hub.model.contact import Address

#: User ids are the same for every bot.
SCOPE = "telegram"


class Ref(NamedTuple):
    """One message. `connection` is the business connection that leads to its chat, or ""."""

    chat: int
    message: int
    connection: str = ""

    def __str__(self) -> str:
        own = f"{self.chat}:{self.message}"
        return f"{own}:{self.connection}" if self.connection else own


def read_ref(provider_id: str) -> Ref | None:
    """None for what is no message of this channel."""
    chat, _, rest = provider_id.partition(":")
    message, _, connection = rest.partition(":")
    try:
        return Ref(int(chat), int(message), connection)
    except ValueError:
        return None


def address(chat: int) -> Address:
    """A person's private chat has the person's number; groups have negative ones."""
    return Address("handle", str(chat), SCOPE)


def chat_of(to: Address) -> int | None:
    """None for an address of another network: a phone number looks like a chat's."""
    if to.kind != "handle" or to.scope != SCOPE or not to.value.removeprefix("-").isdecimal():
        return None
    return int(to.value)
