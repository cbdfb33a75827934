"""Telegram's refusals as the hub's `SendError`s, row by row. Telegram has no codes of its own: its
words are what it tells causes apart by. Knows no SDK; used by `session.py`.
"""

from __future__ import annotations

from hub.errors import (
    AuthFailed,
    ContentRejected,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
    UnreachableNow,
)

_WORDS_MAX = 300
#: Where Telegram asks to wait and names no time.
WAIT_S = 5.0


class Taken(TransientFailure):
    """Another program takes this bot's updates, or has set its webhook (409)."""


class Moved(TransientFailure):
    """The group has become a supergroup: nothing was sent, its new number is `chat`."""

    def __init__(self, message: str, chat: int) -> None:
        super().__init__(message)
        self.chat = chat


#: Part of the description, in lower case → what it means to the outbox. The first that fits counts.
#: Sources: Bot API server (tdlib/telegram-bot-api), core.telegram.org/api/errors, 2026-11.
TABLE: tuple[tuple[str, type[SendError]], ...] = (
    # Who cannot be written to by this bot, or at all; what the bot may not do passes.
    ("bot was blocked by the user", RecipientUnreachable),
    ("user is deactivated", RecipientUnreachable),
    ("input_user_deactivated", RecipientUnreachable),
    ("user_is_blocked", RecipientUnreachable),
    ("bot was kicked", RecipientUnreachable),
    ("bot is not a member", RecipientUnreachable),
    ("bot can't initiate conversation", RecipientUnreachable),
    ("bot can't send messages to", RecipientUnreachable),
    ("chat not found", RecipientUnreachable),
    ("user not found", RecipientUnreachable),
    ("peer_id_invalid", RecipientUnreachable),
    ("group chat was deactivated", RecipientUnreachable),
    ("group chat was deleted", RecipientUnreachable),
    ("have no rights to send", UnreachableNow),
    ("not enough rights", UnreachableNow),
    ("need administrator rights", UnreachableNow),
    ("chat_write_forbidden", UnreachableNow),
    ("chat_restricted", UnreachableNow),
    ("chat_admin_required", UnreachableNow),
    ("topic_closed", UnreachableNow),
    # Business chats: only while the customer wrote within a day, and while the owner lets us.
    ("business_peer_usage_missing", OutsideWindow),
    ("business_peer_invalid", RecipientUnreachable),
    ("business connection not found", UnreachableNow),
    ("business_connection_invalid", UnreachableNow),
    ("business_connection_not_allowed", UnreachableNow),
    # What can never be sent so.
    ("message is too long", ContentRejected),
    ("caption is too long", ContentRejected),
    ("media_caption_too_long", ContentRejected),
    ("text is empty", ContentRejected),
    ("text must be non-empty", ContentRejected),
    ("can't parse entities", ContentRejected),
    ("file is too big", ContentRejected),
    ("too big for a photo", ContentRejected),
    ("file must be non-empty", ContentRejected),
    ("photo_invalid_dimensions", ContentRejected),
    ("photo_ext_invalid", ContentRejected),
    ("photo_save_file_invalid", ContentRejected),
    ("image_process_failed", ContentRejected),
    ("wrong file identifier", ContentRejected),
    ("wrong remote file identifier", ContentRejected),
    ("voice_messages_forbidden", ContentRejected),
    ("restricted receiving of v", ContentRejected),
    ("message to be replied not found", ContentRejected),
    ("button_data_invalid", ContentRejected),
    ("reaction_invalid", ContentRejected),
    ("message can't be edited", ContentRejected),
    ("message to edit not found", ContentRejected),
    ("message can't be deleted", ContentRejected),
    # The bot was taken to another Bot API server.
    ("logged out", AuthFailed),
)
_BY_STATUS: dict[int, type[SendError]] = {
    401: AuthFailed,
    # An address of the Bot API is a token: what is not found is the bot.
    404: AuthFailed,
    403: RecipientUnreachable,
    409: Taken,
}
#: Of an edit or a deletion: it is as it should be.
ALREADY_DONE = ("message is not modified", "message to delete not found")


def words(text: str) -> str:
    """The vendor's words, one line for people."""
    return " ".join(text.split())[:_WORDS_MAX] or "refused"


def refusal(status: int, description: str, *, retry_after_s: float = 0) -> SendError:
    """What an answer of 4xx means to the outbox."""
    said = words(f"({status}) {description}")
    if status == 429:
        return RateLimited(said, retry_after_s or WAIT_S)
    low = description.lower()
    by_words = next((error for part, error in TABLE if part in low), None)
    return (by_words or _BY_STATUS.get(status, ContentRejected))(said)


def is_done(fault: SendError) -> bool:
    """A refusal of an edit or deletion that was done before."""
    return any(part in str(fault).lower() for part in ALREADY_DONE)
