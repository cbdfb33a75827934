"""API handlers: queues, and the hours they keep."""

from __future__ import annotations

import msgspec

from hub.model.hours import Schedule
from hub.model.ids import local
from hub.model.routing import Queue
from hub.web import routing_views as rv
from hub.web import show_queues, views
from hub.web.reply_input import full
from hub.web.route import Call


def _queue(call: Call, queue: Queue) -> rv.QueueView:
    board, book = call.hub.board, call.hub.queue_book
    return show_queues.queue(
        queue,
        board.of(queue),
        waiting=board.waiting(queue.id),
        is_mine=queue.id in book.queue_ids_of(call.scope.agent_id),
        is_open=book.is_open(queue, call.hub.clock.now_ms()),
    )


async def list_queues(call: Call) -> list[rv.QueueView]:
    """All queues by their position, and how each stands at this moment."""
    found = await call.hub.queues.all(call.scope.workspace)
    return [_queue(call, queue) for queue in found]


async def create_queue(call: Call) -> rv.QueueView:
    """Make a queue; work can go into it at once."""
    settings = show_queues.queue_settings(call.body, call.scope.workspace)
    queue = await call.hub.queues.create(call.scope.workspace, settings)
    await _audit(call, "queue.created", queue.id, queue.name)
    return _queue(call, queue)


async def save_queue(call: Call) -> rv.QueueView:
    """Change all settings of a queue; in force at once, also for who waits in it."""
    settings = show_queues.queue_settings(call.body, call.scope.workspace)
    queue_id = full(call, call.path["queue_id"])
    queue = await call.hub.queues.save(call.scope.workspace, queue_id, settings)
    await _audit(call, "queue.changed", queue.id, queue.name)
    return _queue(call, queue)


async def delete_queue(call: Call) -> views.Ok:
    """Delete a queue that nobody waits in and nothing leads to; its conversations stay."""
    queue_id = full(call, call.path["queue_id"])
    queue = await call.hub.queues.delete(call.scope.workspace, queue_id)
    await _audit(call, "queue.deleted", queue.id, queue.name)
    return views.Ok()


async def restore_queue(call: Call) -> rv.QueueView:
    """Bring a deleted queue back, under its id."""
    queue_id = full(call, call.path["queue_id"])
    queue = await call.hub.queues.restore(call.scope.workspace, queue_id)
    await _audit(call, "queue.restored", queue.id, queue.name)
    return _queue(call, queue)


def _schedule(call: Call, schedule: Schedule) -> rv.ScheduleView:
    hours = call.hub.queue_book.schedule(schedule.id)
    return show_queues.schedule(schedule, hours, call.hub.clock.now_ms())


async def list_schedules(call: Call) -> list[rv.ScheduleView]:
    """All hours of work by name, whether they are open now, and the holidays of a year."""
    found = await call.hub.schedules.all(call.scope.workspace)
    return [_schedule(call, schedule) for schedule in found]


async def create_schedule(call: Call) -> rv.ScheduleView:
    """Make hours of work for queues."""
    settings = msgspec.structs.asdict(call.body)
    schedule = await call.hub.schedules.create(call.scope.workspace, settings)
    await _audit(call, "schedule.created", schedule.id, schedule.name)
    return _schedule(call, schedule)


async def save_schedule(call: Call) -> rv.ScheduleView:
    """Change hours of work; in force at once."""
    settings = msgspec.structs.asdict(call.body)
    schedule_id = full(call, call.path["schedule_id"])
    schedule = await call.hub.schedules.save(call.scope.workspace, schedule_id, settings)
    await _audit(call, "schedule.changed", schedule.id, schedule.name)
    return _schedule(call, schedule)


async def delete_schedule(call: Call) -> views.Ok:
    """Delete hours that no queue keeps."""
    schedule_id = full(call, call.path["schedule_id"])
    schedule = await call.hub.schedules.delete(call.scope.workspace, schedule_id)
    await _audit(call, "schedule.deleted", schedule.id, schedule.name)
    return views.Ok()


async def _audit(call: Call, action: str, target: str, name: str) -> None:
    await call.hub.audit.add(call.scope, action, local(target), {"name": name}, call.ip)
