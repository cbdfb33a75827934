"""The methods of the Bot API that the stand-in of Telegram serves, each a function of the bot and
its parameters. Wrong ones are refused in Telegram's own words.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.telegram.config import (
    CAPTION_MAX_CHARS,
    DOWNLOAD_MAX_BYTES,
    TEXT_MAX_CHARS,
    UPLOAD_MAX_BYTES,
)
from channels.telegram.standin_bot import Bot, Kept, Person

Params = Mapping[str, Any]
Method = Callable[[Bot, Params], Awaitable[Any]]
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_CALLBACK_MAX_BYTES = 64
_UPDATES_MAX = 100
#: Some of those that Telegram takes from bots.
REACTIONS = frozenset("👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🎉 🙏 👌 😢".split())


class Refused(Exception):
    """Telegram's error answer."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def _bad(words: str, **parameters: int) -> Refused:
    return Refused(400, f"Bad Request: {words}", **parameters)


def _person(bot: Bot, params: Params) -> Person:
    """Whoever never wrote to the bot, or blocked it, cannot be written to."""
    person = bot.people.get(int(params["chat_id"]))
    if person is None:
        raise _bad("chat not found")
    if person.moved_to:
        words = "group chat was upgraded to a supergroup chat"
        raise _bad(words, migrate_to_chat_id=person.moved_to)
    if person.is_blocked:
        raise Refused(403, "Forbidden: bot was blocked by the user")
    return person


def _own(bot: Bot, params: Params, what: str) -> dict[str, Any]:
    """One of the bot's own messages."""
    found = _person(bot, params).messages.get(int(params["message_id"]))
    if found is None:
        raise _bad(f"message to {what} not found")
    if found["from"]["id"] != bot.id:
        raise _bad(f"message can't be {what}{'d' if what.endswith('e') else 'ed'}")
    return found


def _common(person: Person, params: Params) -> dict[str, Any]:
    """What all messages may have: buttons, the quoted message, the business connection."""
    content: dict[str, Any] = {}
    markup = params.get("reply_markup")
    if markup:
        for button in (one for row in markup["inline_keyboard"] for one in row):
            if not 0 < len(button.get("callback_data", "-").encode()) <= _CALLBACK_MAX_BYTES:
                raise _bad("BUTTON_DATA_INVALID")
        content["reply_markup"] = markup
    reply = params.get("reply_parameters")
    if reply:
        quoted = person.messages.get(int(reply["message_id"]))
        if quoted is not None:
            content["reply_to_message"] = {
                key: value for key, value in quoted.items() if key != "reply_to_message"
            }
        elif not reply.get("allow_sending_without_reply"):
            raise _bad("message to be replied not found")
    connection = params.get("business_connection_id")
    if connection:
        content["business_connection_id"] = connection
    return content


def _checked_text(text: str, limit: int, what: str) -> str:
    if len(text) > limit:
        raise _bad(f"{what} is too long")
    return text


async def _send_message(bot: Bot, params: Params) -> dict[str, Any]:
    person = _person(bot, params)
    text = _checked_text(params.get("text", ""), TEXT_MAX_CHARS, "message")
    if not text.strip():
        raise _bad("message text is empty")
    return bot.message(person, bot.user, text=text, **_common(person, params))


def _send(kind: str) -> Method:
    async def send(bot: Bot, params: Params) -> dict[str, Any]:
        person = _person(bot, params)
        file = params[kind]
        if not isinstance(file, Kept):
            raise _bad("wrong remote file identifier specified: Wrong string length")
        if not file.data:
            raise _bad("file must be non-empty")
        if len(file.data) > UPLOAD_MAX_BYTES:
            raise Refused(413, "Request Entity Too Large")
        content = media(bot, kind, file) | _common(person, params)
        caption = _checked_text(params.get("caption") or "", CAPTION_MAX_CHARS, "message caption")
        if caption:
            content["caption"] = caption
        return bot.message(person, bot.user, **content)

    return send


def media(bot: Bot, kind: str, file: Kept) -> dict[str, Any]:
    """The part of a message that describes its file."""
    id = bot.keep(file.data, file.name, file.media_type)
    size = len(file.data)
    common = {"file_id": id, "file_unique_id": f"u{len(bot.files)}", "file_size": size}
    named = {"file_name": file.name, "mime_type": file.media_type}
    match kind:
        case "photo":
            small = {**common, "file_id": f"{id}-s", "width": 90, "height": 67}
            return {"photo": [small, {**common, "width": 1280, "height": 960}]}
        case "document":
            return {"document": {**common, **named}}
        case "audio":
            return {"audio": {**common, **named, "duration": 3}}
        case "voice":
            return {"voice": {**common, "mime_type": file.media_type, "duration": 3}}
        case "video_note":
            return {"video_note": {**common, "length": 240, "duration": 3}}
        case "sticker":
            looks = {"type": "regular", "is_animated": False, "is_video": False}
            return {"sticker": {**common, **looks, "width": 512, "height": 512}}
        case _:
            sides = {"width": 640, "height": 480, "duration": 3}
            whole = {**common, **named, **sides}
            document = {"document": {**common, **named}} if kind == "animation" else {}
            return {kind: whole, **document}


def _edit(name: str, limit: int) -> Method:
    async def edit(bot: Bot, params: Params) -> dict[str, Any]:
        message = _own(bot, params, "edit")
        text = _checked_text(params.get(name) or "", limit, "message")
        markup = params.get("reply_markup")
        if (message.get(name), message.get("reply_markup")) == (text, markup):
            raise _bad("message is not modified: specified new message content is the same")
        message |= {name: text, "edit_date": bot.now_s()}
        message.pop("reply_markup", None)
        if markup:
            message["reply_markup"] = markup
        return message

    return edit


async def _delete(bot: Bot, params: Params) -> bool:
    message = _own(bot, params, "delete")
    del bot.people[message["chat"]["id"]].messages[message["message_id"]]
    return True


async def _delete_business(bot: Bot, params: Params) -> bool:
    for person in bot.people.values():
        for id in params["message_ids"]:
            found = person.messages.get(id, {})
            if found.get("business_connection_id") == params["business_connection_id"]:
                del person.messages[id]
    return True


async def _read_business(bot: Bot, params: Params) -> bool:
    _person(bot, params).read.append(int(params["message_id"]))
    return True


async def _react(bot: Bot, params: Params) -> bool:
    person = _person(bot, params)
    id = int(params["message_id"])
    if id not in person.messages:
        raise _bad("message to react not found")
    emojis = [one["emoji"] for one in params.get("reaction") or []]
    if any(emoji not in REACTIONS for emoji in emojis):
        raise _bad("REACTION_INVALID")
    person.reactions[id] = "".join(emojis)
    return True


async def _answer_press(bot: Bot, params: Params) -> bool:
    id = params["callback_query_id"]
    if id not in bot.presses:
        raise _bad("query is too old and response timeout expired or query ID is invalid")
    bot.presses[id] = True
    return True


async def _type(bot: Bot, params: Params) -> bool:
    _person(bot, params).typing += 1
    return True


async def _get_file(bot: Bot, params: Params) -> dict[str, Any]:
    id = str(params["file_id"])
    file = bot.files.get(id)
    if file is None:
        raise _bad("wrong file_id or the file is temporarily unavailable")
    if len(file.data) > DOWNLOAD_MAX_BYTES:
        raise _bad("file is too big")
    path = f"documents/{id}/{file.name or 'file'}"
    return {
        "file_id": id,
        "file_unique_id": f"u{id}",
        "file_size": len(file.data),
        "file_path": path,
    }


async def _get_me(bot: Bot, params: Params) -> dict[str, Any]:
    return {
        **bot.user,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": True,
        "has_main_web_app": False,
    }


async def _set_webhook(bot: Bot, params: Params) -> bool:
    secret = params.get("secret_token") or ""
    if not _SECRET.fullmatch(secret):
        raise _bad("secret token contains unallowed characters")
    bot.webhook, bot.secret = params["url"], secret
    bot.wanted = list(params.get("allowed_updates") or bot.wanted)
    if params.get("drop_pending_updates"):
        bot.updates.clear()
    bot.wake()
    return True


async def _delete_webhook(bot: Bot, params: Params) -> bool:
    bot.webhook = bot.secret = ""
    if params.get("drop_pending_updates"):
        bot.updates.clear()
    return True


async def _webhook_info(bot: Bot, params: Params) -> dict[str, Any]:
    info: dict[str, Any] = {
        "url": bot.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
        "max_connections": 40,
    }
    if bot.wanted:
        info["allowed_updates"] = bot.wanted
    if bot.last_error_at:
        info |= {"last_error_date": bot.last_error_at, "last_error_message": bot.last_error}
    return info


async def _get_updates(bot: Bot, params: Params) -> list[dict[str, Any]]:
    """What is older than `offset` is confirmed; waits up to `timeout` seconds for something."""
    if bot.webhook:
        raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
    bot.polls += 1
    own = bot.polls
    bot.wake()
    offset = params.get("offset") or 0
    bot.wanted = list(params.get("allowed_updates") or bot.wanted)
    bot.updates = [one for one in bot.updates if one["update_id"] >= offset]
    deadline = asyncio.get_running_loop().time() + (params.get("timeout") or 0)
    while not bot.updates and asyncio.get_running_loop().time() < deadline:
        try:
            async with asyncio.timeout_at(deadline):
                await bot.changed.wait()
        except TimeoutError:
            break
        if bot.polls != own or bot.webhook:
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot"
                " instance is running",
            )
    return bot.updates[: min(params.get("limit") or _UPDATES_MAX, _UPDATES_MAX)]


#: Names in lower case: Telegram does not mind.
METHODS: Mapping[str, Method] = {
    "getme": _get_me,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _webhook_info,
    "getupdates": _get_updates,
    "sendmessage": _send_message,
    **{
        f"send{kind}": _send(kind)
        for kind in ("photo", "voice", "audio", "video", "animation", "document")
    },
    "sendchataction": _type,
    "editmessagetext": _edit("text", TEXT_MAX_CHARS),
    "editmessagecaption": _edit("caption", CAPTION_MAX_CHARS),
    "deletemessage": _delete,
    "deletebusinessmessages": _delete_business,
    "readbusinessmessage": _read_business,
    "setmessagereaction": _react,
    "answercallbackquery": _answer_press,
    "getfile": _get_file,
}
