"""What a person does on the demo phone: the `/_customer/…` routes of Telegram's stand-in.

Bodies are JSON with `address` (the person's number) and, where there are several bots, `bot` (the
bot's). Whatever the person does comes to the bot as an update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from channels.telegram.standin_bot import Bot, Kept, Person
from channels.telegram.standin_methods import media
from hub.standin import CustomerFile

if TYPE_CHECKING:
    from channels.telegram.standin import Standin

_KINDS = ("photo", "video", "animation", "audio", "voice", "video_note", "document", "sticker")
#: The owner of the business account.
_OWNER = {"id": 700_000_100, "is_bot": False, "first_name": "Owner"}


class File(CustomerFile, frozen=True):
    """`kind`: how it is sent, else by its type."""

    kind: str = ""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer writes, or the data of the button that one presses (`payload`)."""

    address: str
    bot: int = 0
    name: str = ""
    text: str = ""
    payload: str = ""
    file: File | None = None
    is_voice: bool = False
    is_sticker: bool = False
    location: tuple[float, float] | None = None
    #: Name and phone number of a card; the customer's own, when it has the customer's name.
    contact: tuple[str, str] | None = None
    reply_to: str = ""
    #: Files with one album belong together.
    album: str = ""
    #: To the business account of this connection instead of the bot; or by its owner.
    connection: str = ""
    is_owner: bool = False


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A customer reacts to, edits or takes back the message `id`, or blocks the bot."""

    address: str
    bot: int = 0
    id: str = ""
    emoji: str = ""
    text: str = ""
    is_subscribed: bool = True


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One message on a customer's phone."""

    id: str
    is_ours: bool
    at: int
    text: str = ""
    #: [{"id", "title"}] of buttons.
    quick_replies: list[dict[str, str]] = []
    #: Where the file can be had.
    file: str = ""
    file_type: str = ""
    file_name: str = ""
    reply_to: str = ""
    #: Ours, to the customer's message.
    reaction: str = ""
    is_edited: bool = False


def routes(standin: Standin) -> list[web.RouteDef]:
    phone = Phone(standin)
    return [
        web.post("/_customer/messages", phone.write),
        web.get("/_customer/messages", phone.show),
        web.get("/_customer/media/{id}", phone.show_file),
        web.post("/_customer/reactions", phone.react),
        web.post("/_customer/edits", phone.edit),
        web.post("/_customer/deletions", phone.delete),
        web.post("/_customer/subscription", phone.subscribe),
        web.post("/_customer/read", phone.read),
    ]


class Phone:
    """The handlers."""

    def __init__(self, standin: Standin) -> None:
        self._standin = standin

    def _bot(self, id: int) -> Bot:
        bots = list(self._standin.bots.values())
        found = [bot for bot in bots if bot.id == id] if id else bots[-1:]
        if not found:
            raise web.HTTPConflict(text="no bot has called yet")
        return found[0]

    async def _touched(self, request: web.Request) -> tuple[Touched, Bot, Person]:
        touched = msgspec.json.decode(await request.read(), type=Touched)
        bot = self._bot(touched.bot)
        return touched, bot, bot.meet(int(touched.address))

    async def _tell(self, bot: Bot, kind: str, body: dict[str, Any]) -> web.Response:
        bot.tell(kind, body)
        await self._standin.flush(bot)
        return web.json_response({"id": str(body.get("message_id", ""))})

    async def write(self, request: web.Request) -> web.Response:
        written = msgspec.json.decode(await request.read(), type=Written)
        bot = self._bot(written.bot)
        person = bot.meet(int(written.address), written.name)
        if written.payload:
            return await self._tell(bot, "callback_query", _press(bot, person, written))
        sender = _OWNER if written.is_owner else person.user
        message = bot.message(person, sender, **_content(bot, person, written))
        kind = "business_message" if written.connection else "message"
        return await self._tell(bot, kind, message)

    async def react(self, request: web.Request) -> web.Response:
        touched, bot, person = await self._touched(request)
        change = {
            "chat": person.chat,
            "message_id": _require(person, touched.id)["message_id"],
            "user": person.user,
            "date": bot.now_s(),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": touched.emoji}] if touched.emoji else [],
        }
        return await self._tell(bot, "message_reaction", change)

    async def edit(self, request: web.Request) -> web.Response:
        touched, bot, person = await self._touched(request)
        message = _require(person, touched.id)
        name = "text" if "text" in message else "caption"
        message |= {name: touched.text, "edit_date": bot.now_s()}
        is_business = "business_connection_id" in message
        kind = "edited_business_message" if is_business else "edited_message"
        return await self._tell(bot, kind, message)

    async def delete(self, request: web.Request) -> web.Response:
        """Telegram tells bots of it in business chats only."""
        touched, bot, person = await self._touched(request)
        message = _require(person, touched.id)
        del person.messages[message["message_id"]]
        if "business_connection_id" not in message:
            return web.json_response({"id": touched.id})
        gone = {
            "business_connection_id": message["business_connection_id"],
            "chat": person.chat,
            "message_ids": [message["message_id"]],
        }
        return await self._tell(bot, "deleted_business_messages", gone)

    async def subscribe(self, request: web.Request) -> web.Response:
        """Block the bot, or let it in again."""
        touched, bot, person = await self._touched(request)
        person.is_blocked = not touched.is_subscribed
        banned = {"status": "kicked", "user": bot.user, "until_date": 0}
        member = {"status": "member", "user": bot.user}
        change = {
            "chat": person.chat,
            "from": person.user,
            "date": bot.now_s(),
            "old_chat_member": member if person.is_blocked else banned,
            "new_chat_member": banned if person.is_blocked else member,
        }
        return await self._tell(bot, "my_chat_member", change)

    async def read(self, request: web.Request) -> web.Response:
        """Telegram never tells bots what was read."""
        return web.Response(status=204)

    async def show(self, request: web.Request) -> web.Response:
        """The chat as the person sees it, after the message `after`."""
        bot = self._bot(int(request.query.get("bot") or 0))
        person = bot.people.get(int(request.query["address"]))
        after = int(request.query.get("after") or 0)
        messages = list(person.messages.values()) if person else []
        seen = [_shown(bot, person, m) for m in messages if person and m["message_id"] > after]
        return web.Response(body=msgspec.json.encode(seen), content_type="application/json")

    async def show_file(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        file = next((bot.files[id] for bot in self._standin.bots.values() if id in bot.files), None)
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=file.media_type.partition(";")[0])


def _require(person: Person, id: str) -> dict[str, Any]:
    if int(id or 0) not in person.messages:
        raise web.HTTPNotFound(text="there is no such message")
    return person.messages[int(id)]


def _press(bot: Bot, person: Person, written: Written) -> dict[str, Any]:
    """Of the button under the message `reply_to`, else of the last one that has it."""
    having = [str(m["message_id"]) for m in person.messages.values() if _has(m, written.payload)]
    id = str(4_382_000_000 + len(bot.presses))
    bot.presses[id] = False
    return {
        "id": id,
        "from": person.user,
        "message": _require(person, written.reply_to or "".join(having[-1:])),
        "chat_instance": "-3847563847563847",
        "data": written.payload,
    }


def _has(message: dict[str, Any], data: str) -> bool:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def _content(bot: Bot, person: Person, written: Written) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if written.reply_to:
        quoted = _require(person, written.reply_to)
        content["reply_to_message"] = {
            key: value for key, value in quoted.items() if key != "reply_to_message"
        }
    if written.connection:
        content["business_connection_id"] = written.connection
    if written.location:
        latitude, longitude = written.location
        content["location"] = {"latitude": latitude, "longitude": longitude}
    elif written.contact:
        content["contact"] = _card(person, *written.contact)
    elif written.file:
        file = written.file
        kept = Kept(file.data, file.name, file.media_type)
        content |= media(bot, file.kind or _kind(written), kept)
        content |= {"caption": written.text} if written.text else {}
        content |= {"media_group_id": written.album} if written.album else {}
    else:
        content["text"] = written.text
    return content


def _card(person: Person, name: str, phone: str) -> dict[str, Any]:
    own = {"user_id": person.id} if name == person.first_name else {}
    return {"phone_number": phone, "first_name": name, **own}


def _kind(written: Written) -> str:
    if written.is_voice or written.is_sticker:
        return "voice" if written.is_voice else "sticker"
    major = written.file.media_type.partition("/")[0] if written.file else ""
    return {"image": "photo", "video": "video", "audio": "audio"}.get(major, "document")


def _shown(bot: Bot, person: Person, message: dict[str, Any]) -> Shown:
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    kind = next((kind for kind in _KINDS if kind in message), "")
    file: dict[str, Any] = {}
    if kind:
        file = message[kind][-1] if kind == "photo" else message[kind]
    id = file.get("file_id", "")
    kept = bot.files.get(id)
    return Shown(
        id=str(message["message_id"]),
        is_ours=message["from"]["id"] != person.id,
        at=message["date"] * 1000,
        text=message.get("text") or message.get("caption") or "",
        quick_replies=[
            {"id": button.get("callback_data", ""), "title": button["text"]}
            for row in keyboard
            for button in row
        ],
        file=f"/_customer/media/{id}" if id else "",
        file_type=kept.media_type if kept else "",
        file_name=kept.name if kept else "",
        reply_to=str(message.get("reply_to_message", {}).get("message_id", "")),
        reaction=person.reactions.get(message["message_id"], ""),
        is_edited="edit_date" in message,
    )
