"""The live socket of agents: rights at the door and at every change of rights, heartbeat, catching
up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from hub.model.conversation import Access
from hub.model.events import RightsChanged
from hub.ports.collections import ACCESS
from hub.services.docs import from_doc
from hub.services.limits import LIVE_FRAMES
from hub.web.live import LiveHub, Socket, text_frame, write_transport
from hub.web.route import Call

if TYPE_CHECKING:
    from hub.web.services import Services

PING_S = 20.0
SILENCE_S = 40.0
#: How long a client may take to answer our closing frame.
CLOSING_S = 3.0
CLOSE_SIGNED_OUT = 4401
_MAX_FRAME_BYTES = 4096
_MAX_GRANTED = 5_000
_PING = text_frame(b'{"type":"ping"}')


async def live_socket(call: Call) -> web.WebSocketResponse:
    """Live events from `?cursor=` on, as described in `live_events`."""
    response = web.WebSocketResponse(
        compress=False,
        max_msg_size=_MAX_FRAME_BYTES,
        autoping=True,
        heartbeat=None,
        timeout=CLOSING_S,
    )
    await response.prepare(call.request)
    socket = Socket(call.scope, call.session_id, write_transport(call.request))
    if call.scope.homes is not None:
        socket.granted = await _granted(call)
    live = call.hub.live
    live.join(socket, call.query.cursor)
    try:
        await _serve(call, response, socket)
    finally:
        live.leave(socket)
    return response


async def _serve(call: Call, response: web.WebSocketResponse, socket: Socket) -> None:
    """Until either side ends it. Clients send nothing but pongs."""
    spawn = call.hub.tasks.spawn
    closing = spawn("live closing", socket.closing.wait())
    silence_s = 0.0
    receiving = spawn("live receiving", response.receive())
    try:
        while True:
            done, _ = await asyncio.wait(
                {closing, receiving}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED
            )
            if closing in done:
                await _close(response, socket)
                return
            if receiving in done:
                if receiving.result().type is not WSMsgType.TEXT:
                    return
                if not call.hub.limits.try_take(LIVE_FRAMES, call.session_id):
                    await response.close(code=WSCloseCode.POLICY_VIOLATION, drain=False)
                    return
                silence_s = 0.0
                receiving = spawn("live receiving", response.receive())
                continue
            silence_s += PING_S
            if silence_s >= SILENCE_S:
                await response.close(code=WSCloseCode.GOING_AWAY, drain=False)
                return
            socket.transport.write(_PING)
    finally:
        closing.cancel()
        receiving.cancel()


async def _close(response: web.WebSocketResponse, socket: Socket) -> None:
    """Say goodbye; cut the line of who does not read, else what waits for them waits for ever."""
    await response.close(code=socket.close_code, drain=False)
    if socket.transport.get_write_buffer_size():
        socket.transport.abort()


async def _granted(call: Call) -> set[str]:
    page = await call.hub.store.find(
        ACCESS,
        call.scope.workspace,
        {"agent_id": call.scope.agent_id},
        index="by_agent",
        desc=True,
        limit=_MAX_GRANTED,
    )
    return {from_doc(Access, doc).conversation_id for doc in page.docs}


def follow_rights(live: LiveHub, services: Services) -> None:
    """Sockets obey a change of rights or the end of their session at once."""

    def changed(workspace: str, event: RightsChanged) -> None:
        for socket in live.sockets_of(workspace, event.agent_id):
            if event.session_id and socket.session_id == event.session_id:
                socket.close(CLOSE_SIGNED_OUT)
            else:
                _ = services.tasks.spawn("check socket rights", _check(live, services, socket))

    live.when_rights_change(changed)


async def _check(live: LiveHub, services: Services, socket: Socket) -> None:
    scope = await services.agents.scope(socket.scope.agent_id)
    if scope is None or not scope.can("conversation:read"):
        socket.close(CLOSE_SIGNED_OUT)
        return
    if msgspec.structs.asdict(scope) != msgspec.structs.asdict(socket.scope):
        socket.scope = scope
        live.resync(socket)
