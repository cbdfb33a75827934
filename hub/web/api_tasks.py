"""API handlers: tasks and their reminders; what changed while the caller was away."""

from __future__ import annotations

from hub.errors import BadInput
from hub.model.ids import local
from hub.model.task import Task
from hub.services.docs import from_doc
from hub.services.task_list import NewTask, TaskChanges
from hub.web import routing_views as rv
from hub.web import views as v
from hub.web.reply_input import full
from hub.web.route import Call
from hub.web.show import task as show_task


async def list_tasks(call: Call) -> rv.TaskPage:
    """Mine by when they are due, or those of one conversation or contact."""
    query: rv.ListTasks = call.query
    if query.conversation_id and query.contact_id:
        raise BadInput("ask for a conversation or a contact, not both", "contact_id")
    tasks, after = call.hub.task_list, query.after or None
    if query.conversation_id:
        of = full(call, query.conversation_id)
        page = await tasks.of_conversation(call.scope, of, after, query.limit)
    elif query.contact_id:
        of = full(call, query.contact_id)
        page = await tasks.of_contact(call.scope, of, after, query.limit)
    else:
        page = await tasks.mine(call.scope, query.state, after, query.limit)
    return rv.TaskPage(items=[show_task(from_doc(Task, d)) for d in page.docs], next=page.next)


async def create_task(call: Call) -> rv.TaskView:
    """Something to do; the assignee is told at once, and reminded."""
    body: rv.SaveTask = call.body
    wanted = NewTask(
        text=body.text,
        assignee_id=full(call, body.assignee_id),
        conversation_id=full(call, body.conversation_id),
        contact_id=full(call, body.contact_id),
        due_at=body.due_at,
        remind_at=body.remind_at,
    )
    return show_task(await call.hub.task_list.create(call.scope, wanted))


async def change_task(call: Call) -> rv.TaskView:
    """Only what is given changes; `is_done` ends it or takes it up again."""
    body: rv.ChangeTask = call.body
    assignee = body.assignee_id
    wanted = TaskChanges(
        text=body.text,
        assignee_id=full(call, assignee) if isinstance(assignee, str) else assignee,
        due_at=body.due_at,
        remind_at=body.remind_at,
        is_done=body.is_done,
    )
    task_id = full(call, call.path["task_id"])
    return show_task(await call.hub.task_list.change(call.scope, task_id, wanted))


async def delete_task(call: Call) -> v.Ok:
    """Gone for everybody."""
    await call.hub.task_list.delete(call.scope, full(call, call.path["task_id"]))
    return v.Ok()


async def get_away(call: Call) -> rv.AwayView:
    """What changed for the caller since a time."""
    query: rv.AwayQuery = call.query
    found = await call.hub.while_away.since(call.scope, query.since)
    return rv.AwayView(
        since=query.since,
        assigned=[local(id) for id in found.assigned],
        taken=[local(id) for id in found.taken],
        mentioned=[local(id) for id in found.mentioned],
        answered=[local(id) for id in found.answered],
        tasks_due=await call.hub.task_list.count_due(call.scope),
        missed_offers=found.missed_offers,
    )
