"""What agents do in conversations: answer, note, start, assign, label, snooze, close. Each is one
command.

Rights are checked by the caller's scope through `Reading.require`; the client's own id makes a
repeat harmless.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, Conflict
from hub.model.agent import Scope
from hub.model.contact import Address, Contact
from hub.model.conversation import Conversation, queue_of
from hub.model.events import AccessGained, DraftMoved, ReadMoved, TypingSeen
from hub.model.ids import local, message_id
from hub.model.inbox import Inbox
from hub.model.message import (
    DELIVERY_RANK,
    Attachment,
    Author,
    MailFacts,
    Message,
    QuickReply,
    Quoted,
)
from hub.model.template import TemplateUse, stored
from hub.ports.bus import Bus
from hub.ports.channel import Capabilities
from hub.ports.collections import DRAFTS, OUTBOX, READ_MARKS
from hub.ports.store import Delete, DocumentStore, Insert, Op, Patch
from hub.services.access import access_ops
from hub.services.changing import Changes as Changes
from hub.services.changing import change, open_again
from hub.services.contacts import Contacts
from hub.services.docs import clean_text, one_line, to_doc
from hub.services.joining import join_group_of
from hub.services.names import NameBook
from hub.services.outbox import Outbox
from hub.services.outbox_rows import OutboxRow, new_row, outbox_id
from hub.services.reading import Reading
from hub.services.routing.around import Around
from hub.services.routing.forms import require_outcome
from hub.services.routing.steps import assign, assigned_by
from hub.services.sketch import Sketch
from hub.services.splitting import Part, parts_of
from hub.services.text_limits import PREVIEW_CHARS, TEXT_MAX
from hub.services.timeline import Plan, Timeline, activity
from hub.services.timers import Timers

SNOOZE_TIMER = "snooze"

#: May this agent see this conversation? (workspace, agent id, conversation)
CanSee = Callable[[str, str, Conversation], Awaitable[bool]]
LookAround = Callable[[Conversation], Awaitable[Around]]


async def _alone(conversation: Conversation) -> Around:
    """Without queues."""
    return Around()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent wrote, already checked and sanitised by the web layer."""

    client_id: str
    kind: Literal["message", "note"] = "message"
    text: str
    html: str = ""
    subject: str = ""
    cc: list[str] = []
    attachments: list[Attachment] = []
    mentions: list[str] = []
    quick_replies: list[str] = []
    template: TemplateUse | None = None
    quoted: Quoted | None = None


class Route(msgspec.Struct, frozen=True):
    """A way to a contact: through this inbox to this address."""

    inbox: Inbox
    capabilities: Capabilities
    to: Address


class Conversations:
    """The agents' verbs. Outbox rows and messages are written in one batch, then sent."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
        contacts: Contacts,
        names: NameBook,
        outbox: Outbox,
        timers: Timers,
        bus: Bus,
        clock: Clock,
        can_see: CanSee,
        look_around: LookAround = _alone,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._reading = reading
        self._contacts = contacts
        self._names = names
        self._outbox = outbox
        self._timers = timers
        self._bus = bus
        self._clock = clock
        self._can_see = can_see
        self._look_around = look_around
        timers.on(SNOOZE_TIMER, self._wake_up)

    async def reply(
        self, scope: Scope, conversation: Conversation, reply: Reply, route: Route
    ) -> Message:
        """Answer through `route`; the message is queued when this returns, or the first one of
        several where the channel cannot carry all of it in one. A repeat returns the first one.
        Raises `Conflict` when its client_id was used for another message, and in a conversation
        that goes on in another one.
        """
        if conversation.state == "merged":
            raise Conflict("this conversation goes on in another one; answer there", "merged")
        names = await self._names.of(scope.workspace)
        now = self._clock.now_ms()
        rows: list[OutboxRow] = []
        around = await self._look_around(conversation)

        def plan(current: Conversation) -> Plan:
            messages = _outbound(current, scope, reply, route, now)
            rows[:] = [new_row(message, route.to, now) for message in messages]
            sketch = Sketch(current, now, author_of(scope), offset=len(messages))
            _take(sketch, scope, around)
            facts = sketch.facts | _answered(current, reply, now)
            addressee = names.identity(route.to)
            if addressee not in current.identities:  # whoever we wrote to takes part
                facts["identities"] = [*current.identities, addressee]
            return Plan(
                facts=facts,
                messages=[*messages, *sketch.lines],
                before=[Insert(OUTBOX, to_doc(row)) for row in rows],
                after=_draft_gone(scope, current),
                needs_unmerged=True,
            )

        cause = f"agent:{scope.agent_id}:{conversation.id}:{reply.client_id}"
        written = await self._timeline.run(conversation.id, names.command_ref(cause), plan)
        message = written.messages[0]
        _require_same(message, reply)
        if written.is_repeat:
            for written_message in written.messages:
                if written_message.kind != "message":
                    continue
                await self._outbox.wake_again(outbox_id(written_message.id))
        else:
            for row in rows:
                self._outbox.wake(row)
            await self._mark_read(scope, conversation.id, written.messages[-1].seq)
        self._tell_draft_gone(scope, conversation.id)
        return message

    async def note(self, scope: Scope, conversation: Conversation, reply: Reply) -> Message:
        """A private text for colleagues; those mentioned gain access if they may be told at all."""
        names = await self._names.of(scope.workspace)
        now = self._clock.now_ms()

        def plan(current: Conversation) -> Plan:
            message = _note(current, scope, reply, now)
            rows = _draft_gone(scope, current)
            for agent_id in reply.mentions:
                rows += access_ops(current.id, agent_id, "mention", message.seq, now)
            return Plan(facts={"last_at": now}, messages=[message], after=rows)

        cause = f"agent:{scope.agent_id}:{conversation.id}:{reply.client_id}"
        written = await self._timeline.run(conversation.id, names.command_ref(cause), plan)
        _require_same(written.messages[0], reply)
        for agent_id in reply.mentions:
            event = AccessGained(conversation=written.conversation, agent_id=agent_id)
            self._bus.publish(scope.workspace, event)
        await self._mark_read(scope, conversation.id, written.messages[0].seq)
        self._tell_draft_gone(scope, conversation.id)
        return written.messages[0]

    def _tell_draft_gone(self, scope: Scope, conversation_id: str) -> None:
        """The draft went with the message it became: other windows must not go on showing it."""
        if scope.agent_id:
            event = DraftMoved(
                agent_id=scope.agent_id, conversation_id=conversation_id, has_draft=False
            )
            self._bus.publish(scope.workspace, event)

    async def begin(
        self, scope: Scope, inbox: Inbox, contact: Contact, client_id: str, subject: str
    ) -> Conversation:
        """The contact's open conversation, else a new one of the caller's. Safe to repeat."""
        names = await self._names.of(scope.workspace)
        cause = f"agent:{scope.agent_id}:start:{client_id}"
        group = join_group_of(inbox)
        id = await self._contacts.claim_open(contact.id, group, names.conversation(cause))
        if await self._timeline.get(id) is not None:
            return await self._reading.require(scope, id)
        now = self._clock.now_ms()
        begun = Conversation(
            id=id,
            contact_id=contact.id,
            contact_name=contact.name,
            home=inbox.id,
            inbox_id=inbox.id,
            channel=inbox.channel,
            channels=[inbox.channel],
            join_group=group,
            assignee_id=scope.agent_id,
            subject=one_line(subject, 500),
            created_at=now,
            last_at=now,
        )
        by = author_of(scope)

        def plan(current: Conversation) -> Plan:
            line = activity(current, at=now, what="created", by=by)
            return Plan(facts={"last_at": now}, messages=[line])

        written = await self._timeline.run(
            id, names.command_ref(f"{cause}:begin"), plan, create=begun
        )
        return written.conversation

    async def change(
        self, scope: Scope, conversation: Conversation, client_id: str, wanted: Changes
    ) -> Conversation:
        """Change facts; each real change leaves a line on the timeline. Raises `BadInput` on
        impossible ones.
        """
        names = await self._names.of(scope.workspace)
        now = self._clock.now_ms()
        await self._check(scope, conversation, wanted, now)
        around = await self._look_around(conversation)
        if wanted.state == "closed" and conversation.state != "closed" and not wanted.is_spam:
            require_outcome(around.queue, conversation)
        by = author_of(scope)

        def plan(current: Conversation) -> Plan:
            sketch = Sketch(current, now, by)
            change(sketch, scope, wanted, around)
            due = sketch.facts.get("snoozed_until")
            if due:
                sketch.after += self._timers.set_ops(SNOOZE_TIMER, current.id, due)
            return sketch.plan()

        if wanted.state == "open" and conversation.state == "closed":
            await self._reopen(conversation)
        cause = f"agent:{scope.agent_id}:{conversation.id}:{client_id}"
        written = await self._timeline.run(conversation.id, names.command_ref(cause), plan)
        changed = written.conversation
        if changed.state == "closed" and conversation.state != "closed":
            await self._contacts.release_open(changed.contact_id, changed.join_group, changed.id)
        if changed.state == "snoozed":
            self._timers.notice(SNOOZE_TIMER, changed.id, changed.snoozed_until)
        return changed

    async def _check(
        self, scope: Scope, conversation: Conversation, wanted: Changes, now: int
    ) -> None:
        if conversation.state == "merged":
            raise BadInput("this conversation was merged into another one", "state")
        until = wanted.snoozed_until if isinstance(wanted.snoozed_until, int) else 0
        if wanted.state == "snoozed" and until <= now:
            raise BadInput("choose a time in the future to snooze until", "snoozed_until")
        assignee = wanted.assignee_id if isinstance(wanted.assignee_id, str) else ""
        if assignee and not await self._can_see(scope.workspace, assignee, conversation):
            raise BadInput("this colleague may not see the conversation", "assignee_id")

    async def _reopen(self, conversation: Conversation) -> None:
        open_id = await self._contacts.claim_open(
            conversation.contact_id, conversation.join_group, conversation.id
        )
        if open_id == conversation.id:
            return
        other = await self._timeline.get(open_id)
        if other is not None and other.state in ("open", "snoozed"):
            raise BadInput("this contact has another open conversation; answer there", "state")
        await self._contacts.release_open(conversation.contact_id, conversation.join_group, open_id)
        await self._contacts.claim_open(
            conversation.contact_id, conversation.join_group, conversation.id
        )

    async def _wake_up(self, conversation_id: str) -> None:
        """The snooze is over: back into the open views."""
        conversation = await self._timeline.get(conversation_id)
        now = self._clock.now_ms()
        if conversation is None or conversation.state != "snoozed":
            return
        if conversation.snoozed_until > now:
            return
        names = await self._names.of(conversation_id.split(".", 1)[0])
        around = await self._look_around(conversation)

        def plan(current: Conversation) -> Plan:
            sketch = Sketch(current, now, Author("system"))
            if current.state == "snoozed":
                sketch.set(last_at=now)
                open_again(sketch, around)
            return sketch.plan()

        cause = f"woken:{conversation_id}:{conversation.snoozed_until}"
        await self._timeline.run(conversation_id, names.command_ref(cause), plan)

    async def mark_read(self, scope: Scope, conversation_id: str, seq: int) -> None:
        await self._mark_read(scope, conversation_id, seq)

    async def _mark_read(self, scope: Scope, conversation_id: str, seq: int) -> None:
        if not scope.agent_id:
            return
        row = f"{conversation_id}.{local(scope.agent_id)}"
        await self._store.patch(
            READ_MARKS, row, Patch(max={"seq": seq}), upsert={"_id": row, "seq": 0}
        )
        event = ReadMoved(agent_id=scope.agent_id, conversation_id=conversation_id, seq=seq)
        self._bus.publish(scope.workspace, event)

    def report_activity(
        self, scope: Scope, conversation: Conversation, *, is_viewing: bool, is_typing: bool
    ) -> None:
        """Tell colleagues who else looks at it; nothing is stored."""
        event = TypingSeen(
            conversation=conversation,
            agent_id=scope.agent_id,
            is_viewing=is_viewing,
            is_typing=is_typing,
        )
        self._bus.publish(scope.workspace, event)

    async def rename_contact(self, contact: Contact) -> None:
        """Lists show the contact's name: keep the open conversations in step."""
        names = await self._names.of(contact.id.split(".", 1)[0])
        for conversation_id in contact.open.values():
            current = await self._timeline.get(conversation_id)
            if current is None or current.contact_name == contact.name:
                continue
            cause = f"renamed:{conversation_id}:{contact.v}"

            def plan(now: Conversation) -> Plan:
                return Plan(facts={"contact_name": contact.name})

            await self._timeline.run(conversation_id, names.command_ref(cause), plan)


def author_of(scope: Scope) -> Author:
    return Author("agent", scope.agent_id, scope.name)


def _draft_gone(scope: Scope, current: Conversation) -> list[Op]:
    """The draft goes with the message it became; API keys have none."""
    return [Delete(DRAFTS, f"{current.id}.{local(scope.agent_id)}")] if scope.agent_id else []


def _outbound(
    current: Conversation, scope: Scope, reply: Reply, route: Route, now: int
) -> list[Message]:
    """The answer in as many messages as the channel needs for it; the first is the answer's."""
    parts = parts_of(clean_text(reply.text, TEXT_MAX), reply.attachments, route.capabilities)
    return [
        _part(current, scope, reply, route, now, offset, part)
        for offset, part in enumerate(parts, start=1)
    ]


def _part(
    current: Conversation,
    scope: Scope,
    reply: Reply,
    route: Route,
    now: int,
    offset: int,
    part: Part,
) -> Message:
    seq = current.seq + offset
    is_first = offset == 1
    mail = None
    if route.capabilities.can_html:
        mail = MailFacts(to=[route.to.value], cc=reply.cc, html=reply.html)
    subject = reply.subject or (current.subject if route.capabilities.has_subject else "")
    return Message(
        id=message_id(current.id, seq),
        conversation_id=current.id,
        seq=seq,
        kind="message",
        direction="out",
        author=author_of(scope),
        inbox_id=route.inbox.id,
        channel=route.inbox.channel,
        at=now,
        text=part.text,
        subject=one_line(subject, 500),
        attachments=part.attachments,
        quick_replies=[QuickReply(text) for text in reply.quick_replies] if part.is_last else [],
        mail=mail,
        address=route.to.value if route.to.kind in ("email", "phone") else "",
        delivery="queued",
        delivery_rank=DELIVERY_RANK["queued"],
        client_id=reply.client_id if is_first else "",
        template=stored(reply.template) if reply.template and is_first else None,
        quoted=reply.quoted if is_first else None,
        details=answer_details(current, now) if is_first else {},
    )


def answer_details(current: Conversation, now: int) -> dict[str, Any]:
    """Of the message that ends the customer's wait: reports count it."""
    if not current.waiting_since:
        return {}
    return {
        "answer": "next" if current.has_answer else "first",
        "answer_ms": now - current.waiting_since,
        "queue_id": local(queue_of(current)) if queue_of(current) else "",
    }


def _note(current: Conversation, scope: Scope, reply: Reply, now: int) -> Message:
    seq = current.seq + 1
    return Message(
        id=message_id(current.id, seq),
        conversation_id=current.id,
        seq=seq,
        kind="note",
        direction="none",
        author=author_of(scope),
        at=now,
        text=clean_text(reply.text, TEXT_MAX),
        attachments=reply.attachments,
        mentions=reply.mentions,
        client_id=reply.client_id,
    )


def _take(sketch: Sketch, scope: Scope, around: Around) -> None:
    """Who answers what is nobody's has it; the answer tells that."""
    if not sketch.conversation.assignee_id and scope.agent_id:
        by = assigned_by(scope)
        assign(sketch, scope.agent_id, by, queue=around.queue, told_by="answer")


def _answered(current: Conversation, reply: Reply, now: int) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "preview": one_line(reply.text or _names_of(reply.attachments), PREVIEW_CHARS),
        "preview_from": "agent",
        "last_at": now,
        "waiting_since": 0,
        "has_answer": True,
    }
    if not current.subject and reply.subject:
        facts["subject"] = one_line(reply.subject, 500)
    return facts


def _names_of(attachments: list[Attachment]) -> str:
    return ", ".join(attachment.name for attachment in attachments)


def _require_same(message: Message, reply: Reply) -> None:
    """A client_id that comes again must mean the message that it meant first."""
    if message.kind != reply.kind or message.text != clean_text(reply.text, TEXT_MAX):
        raise Conflict("this client_id was used for another message", "client_id")
