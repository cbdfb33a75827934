"""API handlers: agents' presence and load, queues as they are now."""

from __future__ import annotations

from hub.errors import BadInput, NotFound
from hub.model.desk import Desk
from hub.model.ids import local
from hub.web import routing_views as rv
from hub.web import show_routing
from hub.web.reply_input import full
from hub.web.route import Call


def require_agent(call: Call) -> str:
    """The caller as an agent; an API key is nobody who could work."""
    if not call.scope.agent_id:
        raise BadInput("only an agent who signed in can do this", why="no_agent")
    return call.scope.agent_id


async def my_queues(call: Call) -> rv.MyQueuesView:
    """My presence, and the queues that I work in as they are now."""
    agent_id = require_agent(call)
    states = await call.hub.board.of_member(call.scope.workspace, agent_id)
    return rv.MyQueuesView(
        desk=await _shown(call, await call.hub.desks.get(agent_id)),
        queues=[show_routing.queue(state) for state in states],
    )


async def set_my_presence(call: Call) -> rv.DeskView:
    """I am there, or away for a reason."""
    body: rv.SetPresence = call.body
    desk = await call.hub.desks.set_presence(
        require_agent(call), body.presence, full(call, body.reason_id)
    )
    return await _shown(call, desk)


async def set_presence(call: Call) -> rv.DeskView:
    """A supervisor sets a colleague's presence."""
    body: rv.SetPresence = call.body
    agent = await call.hub.agents.require(call.scope.workspace, full(call, call.path["agent_id"]))
    desk = await call.hub.desks.set_presence(
        agent.id, body.presence, full(call, body.reason_id), by=call.scope.agent_id
    )
    details = {"presence": body.presence, "reason_id": body.reason_id}
    await call.hub.audit.add(call.scope, "agent.presence_set", local(agent.id), details, call.ip)
    return await _shown(call, desk)


async def list_desks(call: Call) -> list[rv.DeskView]:
    """Everybody who works here, by name: presence and load."""
    workspace, now = call.scope.workspace, call.hub.clock.now_ms()
    known = {desk.id: desk for desk in await call.hub.desks.all(workspace)}
    agents = await call.hub.agents.list_all(workspace)
    working = [agent.id for agent in agents if agent.is_active and agent.has_joined]
    return [show_routing.desk(known.get(id) or Desk(id=id), now) for id in working]


async def wallboard(call: Call) -> rv.WallboardView:
    """All queues and agents at this moment."""
    states = await call.hub.board.all(call.scope.workspace)
    return rv.WallboardView(
        at=call.hub.clock.now_ms(),
        queues=[show_routing.queue(state) for state in states],
        desks=await list_desks(call),
    )


async def queue_line(call: Call) -> list[rv.QueueLine]:
    """Who waits in a queue, in the order in which they will be served."""
    queue_id = full(call, call.path["queue_id"])
    if call.hub.queue_book.queue(queue_id) is None or not call.scope.sees_home(queue_id):
        raise NotFound("there is no such queue")
    line = await call.hub.board.line(queue_id)
    shown = []
    for place, one in enumerate(line, start=1):
        routing = one.routing
        if routing is None or not routing.state:
            continue
        offered = routing.offer.agent_ids if routing.offer else []
        shown.append(
            rv.QueueLine(
                conversation_id=local(one.id),
                contact_name=one.contact_name,
                channel=one.channel,
                entered_at=routing.entered_at,
                place=place,
                is_vip=routing.is_vip,
                priority=one.priority,
                state=routing.state,
                offered_to=[local(agent_id) for agent_id in offered],
            )
        )
    return shown


async def _shown(call: Call, desk: Desk) -> rv.DeskView:
    return show_routing.desk(desk, call.hub.clock.now_ms())
