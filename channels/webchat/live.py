"""The socket of one visitor: hello, catch-up from the history, then live until it ends.

The order that loses nothing: the socket joins the live pushes first, then reads the history; the
browser keeps the higher `rev` of each (conversation, seq). The `ready` frame names the number up
to which the history was complete; the browser comes back with it. Called by `http.Api` after the
origin was checked.
"""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from channels.webchat import parse
from channels.webchat.chat import PAGE, Chat
from channels.webchat.limits import Buckets
from channels.webchat.session import POLICY, Socket
from channels.webchat.signature import Reader
from hub import log
from hub.errors import BadInput, HubError, NotFound, NotSignedIn, TooMany, Unavailable

HEARTBEAT_S = 25.0
HELLO_WITHIN_S = 10.0
FRAMES_PER_S = 20

_log = log.get(__name__)


async def serve(chat: Chat, request: web.Request) -> web.WebSocketResponse:
    """Run one socket to its end."""
    ws = web.WebSocketResponse(
        max_msg_size=parse.BODY_MAX_BYTES, heartbeat=HEARTBEAT_S, compress=False, timeout=3.0
    )
    await ws.prepare(request)
    try:
        hello = await _hello(ws)
        reader = chat.reader(hello.token)
        socket = chat.sockets.join(reader.address, ws, request)
    except NotSignedIn:
        await ws.close(code=POLICY, message=b"token")
    except TooMany:
        await ws.close(code=POLICY, message=b"sockets")
    except (BadInput, TimeoutError):
        await ws.close(code=POLICY, message=b"hello")
    else:
        await _run(chat, ws, socket, reader, hello)
    return ws


async def _hello(ws: web.WebSocketResponse) -> parse.Hello:
    message = await ws.receive(timeout=HELLO_WITHIN_S)
    if message.type is not WSMsgType.TEXT:
        raise BadInput("The first frame must be hello.")
    frame = parse.decode_frame(message.data.encode("utf-8", "replace"))
    if not isinstance(frame, parse.Hello):
        raise BadInput("The first frame must be hello.")
    return frame


async def _run(
    chat: Chat, ws: web.WebSocketResponse, socket: Socket, reader: Reader, hello: parse.Hello
) -> None:
    socket.is_visible = hello.is_visible
    writer = chat.ctx.tasks.spawn("webchat.socket", socket.run())
    catching_up = chat.ctx.tasks.spawn(
        "webchat.catch_up", _catch_up(chat, ws, socket, reader, hello)
    )
    try:
        await _listen(chat, ws, socket, reader)
    finally:
        chat.sockets.leave(reader.address, socket)
        catching_up.cancel()
        writer.cancel()
        await asyncio.gather(writer, catching_up, return_exceptions=True)


async def _catch_up(
    chat: Chat, ws: web.WebSocketResponse, socket: Socket, reader: Reader, hello: parse.Hello
) -> None:
    try:
        current = await chat.ctx.history.current(reader.address)
        if hello.conversation and hello.conversation != current:
            await _send_after(chat, socket, reader, hello.conversation, hello.after)
        known = hello.after if hello.conversation == current else 0
        last = await _send_after(chat, socket, reader, current, known) if current else 0
    except Unavailable:
        await ws.close(code=1013, message=b"unavailable")
        return
    socket.push(chat.frame({"type": "ready", "conversation": current, "seq": max(last, known)}))


async def _send_after(
    chat: Chat, socket: Socket, reader: Reader, conversation_id: str, after: int
) -> int:
    """All messages after `after`, page by page; the number of the last one."""
    while True:
        await socket.drained()
        try:
            page = await chat.ctx.history.messages(reader.address, conversation_id, after, PAGE)
        except NotFound:
            return after
        if page:
            chat.show_page(socket, page, await chat.link_for(reader.address, page))
            after = page[-1].seq
        if len(page) < PAGE:
            return after


async def _listen(chat: Chat, ws: web.WebSocketResponse, socket: Socket, reader: Reader) -> None:
    allowance = Buckets(chat.ctx.clock, FRAMES_PER_S, FRAMES_PER_S)
    async for message in ws:
        if message.type is not WSMsgType.TEXT:
            await ws.close(code=POLICY, message=b"text only")
            return
        try:
            allowance.take("")
            frame = parse.decode_frame(message.data.encode("utf-8", "replace"))
        except TooMany:
            await ws.close(code=POLICY, message=b"too many frames")
            return
        except BadInput:
            await ws.close(code=POLICY, message=b"bad frame")
            return
        try:
            await _take(chat, socket, reader, frame)
        except HubError as error:
            # Marks are repeated by the browser after it reconnects; the socket itself is fine.
            _log.info("web chat frame not taken", code=error.code, inbox=chat.ctx.inbox.id)


async def _take(chat: Chat, socket: Socket, reader: Reader, frame: parse.Frame) -> None:
    match frame:
        case parse.Ping():
            socket.push('{"type":"pong"}')
        case parse.Typing(is_typing=is_typing):
            await chat.ctx.typing(reader.address, is_typing)
        case parse.Visible(is_visible=is_visible):
            socket.is_visible = is_visible
        case parse.Seen(conversation=conversation, seqs=seqs):
            await chat.mark_delivered(socket, conversation, seqs)
        case parse.Read(conversation=conversation, seq=seq):
            seq = min(seq, socket.shown.get(conversation, 0))
            if seq:
                await chat.mark_read(reader, conversation, seq)
        case parse.Hello():
            pass
