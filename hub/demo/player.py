"""Plays the sample conversations through the real services: customers write by the channels' own
ways in, agents answer by the same verbs as in the inbox, each at its moment of the past week.
"""

from __future__ import annotations

import msgspec

from channels.email.standin import StandIn, Written
from channels.email.standin_smtp import Fault
from hub.app.build import Hub
from hub.demo.clock import SampleClock
from hub.demo.pictures import sample_file
from hub.demo.script import Step, Talk
from hub.demo.shifts import Duty, carry_out, duties
from hub.demo.shop import Shop
from hub.model.agent import Scope
from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.ids import conversation_of, derived_key
from hub.model.inbox import Inbox
from hub.model.message import Attachment
from hub.ports.inbound import DetailsClaimed, InboundEvent, MessageReceived, ReadReported
from hub.services.conversations import Changes, Reply, Route
from hub.web.reply_input import choose

_MINUTE_MS = 60_000
#: So often what time asks for is done while the week passes.
_TICK_MS = 5 * _MINUTE_MS
_READ_AFTER_MIN = 0.4
#: The follow-up timer of the chat inbox is due a minute after an answer (`shop.py`).
_LEFT_MIN = 1.05
_CHANGES = ("assign", "priority", "label", "snooze", "close", "spam")
_PRIORITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}


class Moment(msgspec.Struct, frozen=True):
    """One step of one talk, at its time."""

    at: int
    talk: Talk
    number: int
    step: Step


def moments(talks: list[Talk], anchor: int) -> list[Moment]:
    """All steps in the order of their times; nothing lies after `anchor`."""
    found = [
        Moment(_time(talk, step, anchor), talk, number, step)
        for talk in talks
        for number, step in enumerate(_with_silences(talk))
    ]
    return sorted(found, key=lambda one: (one.at, one.talk.key, one.number))


def _time(talk: Talk, step: Step, anchor: int) -> int:
    wanted = talk.begins_at(anchor) + int(step.after_min * _MINUTE_MS)
    return min(wanted, anchor - 1)


def week(talks: list[Talk], anchor: int) -> list[Moment | Duty]:
    """All that happens, in its order."""
    every: list[Moment | Duty] = [*duties(anchor), *moments(talks, anchor)]
    return sorted(every, key=lambda one: one.at)


def known_steps() -> set[str]:
    """What a script may say."""
    return {"in", "mail", "out", "note", "refuse", "lose", *_CHANGES}


class Player:
    """Everything is found again by names that derive from talk and step, so that any step may be
    repeated.
    """

    def __init__(
        self,
        hub: Hub,
        clock: SampleClock,
        world: StandIn,
        shop: Shop,
        staff: dict[str, Scope],
        anchor: int,
        lunch_id: str,
    ) -> None:
        self._hub = hub
        self._services = hub.services
        self._clock = clock
        self._world = world
        self._shop = shop
        self._staff = staff
        self._anchor = anchor
        self._lunch_id = lunch_id
        #: Up to when time has passed.
        self._passed = 0

    async def play(self, event: Moment | Duty) -> None:
        await self._pass_until(event.at)
        if isinstance(event, Duty):
            scope = self._staff[event.who]
            await carry_out(self._services.desks, event, scope, self._lunch_id)
        else:
            await self._step(event)

    async def _pass_until(self, at: int) -> None:
        """Timers fire on the way: promises are broken and wrap-ups end when they should."""
        for moment in range(self._passed or at, at, _TICK_MS):
            self._clock.set(moment)
            await self._hub.timers.run_due()
        self._clock.set(at)
        self._passed = at

    async def _step(self, moment: Moment) -> None:
        match moment.step.words:
            case ["in", *files] if moment.talk.via == "chat":
                await self._chat(moment, files)
            case ["in", *files]:
                await self._mail(moment, files, answers=0)
            case ["mail"]:
                latest = self._world.box.latest_to(moment.talk.email)
                await self._mail(moment, [], answers=latest.id if latest else 0)
            case ["out", who, *more]:
                await self._answer(moment, self._staff[who], more)
            case ["note", who, *mentioned]:
                await self._note(moment, self._staff[who], mentioned)
            case ["read"]:
                await self._read(moment)
            case ["left"]:
                await self._hub.timers.run_due()
                await self._services.outbox.settle()
            case [("refuse" | "lose") as what]:
                self._world.sink.faults.append(_fault(moment.talk, what))
            case [what, who, *value]:
                await self._change(moment, self._staff[who], what, " ".join(value))

    async def mark_read(self, talks: list[Talk]) -> None:
        """Colleagues have seen all but the newest."""
        for talk in talks:
            if not talk.is_unread:
                conversation = await self._conversation(talk)
                for scope in self._staff.values():
                    await self._services.conversations.mark_read(
                        scope, conversation.id, conversation.seq
                    )

    async def _chat(self, moment: Moment, files: list[str]) -> None:
        talk = moment.talk
        ref = _ref(talk, moment.number)
        event = MessageReceived(
            event_id=ref,
            sender=self._visitor(talk),
            at=moment.at,
            text=moment.step.text,
            attachments=[await self._file(name, "") for name in files],
            refs=[ref],
            language=talk.language,
        )
        await self._accept(self._shop.chat, event)
        if not moment.number:
            await self._introduce(moment)

    async def _introduce(self, moment: Moment) -> None:
        """The visitor types who they are, and where an answer may follow to."""
        talk = moment.talk
        event = DetailsClaimed(
            event_id=f"{_ref(talk, 0)}:details",
            sender=self._visitor(talk),
            name=talk.name,
            email=talk.email,
            language=talk.language,
            at=moment.at,
        )
        await self._accept(self._shop.chat, event)

    async def _mail(self, moment: Moment, files: list[str], *, answers: int) -> None:
        talk = moment.talk
        await self._world.write(
            Written(
                from_=talk.email,
                name=talk.name,
                subject="" if answers else talk.subject,
                text=moment.step.text,
                answers=answers,
                message_id=_ref(talk, moment.number),
                files=[sample_file(name.lstrip("+")) for name in files],
            )
        )
        await self._services.journal.settle()

    async def _read(self, moment: Moment) -> None:
        conversation = await self._conversation(moment.talk)
        event = ReadReported(
            event_id=_ref(moment.talk, moment.number),
            sender=self._visitor(moment.talk),
            conversation_id=conversation.id,
            seq=conversation.seq,
            at=moment.at,
        )
        await self._accept(self._shop.chat, event)

    async def _accept(self, inbox: Inbox, event: InboundEvent) -> None:
        await self._services.journal.accept(inbox, [event])
        await self._services.journal.settle()

    async def _answer(self, moment: Moment, scope: Scope, more: list[str]) -> None:
        conversation = await self._conversation(moment.talk)
        target = choose(await self._services.ways.of(conversation), "")
        names = [word for word in more if word.startswith("+")]
        files = [await self._file(name, scope.agent_id) for name in names]
        reply = Reply(
            client_id=_ref(moment.talk, moment.number),
            text=moment.step.text,
            attachments=await self._attached(files, conversation, scope),
        )
        route = Route(target.inbox, target.capabilities, target.to)
        await self._services.conversations.reply(scope, conversation, reply, route)
        await self._services.outbox.settle()

    async def _attached(
        self, files: list[Attachment], conversation: Conversation, scope: Scope
    ) -> list[Attachment]:
        ids = [file.file_id for file in files]
        return await self._services.files.attach(
            self._shop.workspace, ids, conversation.id, owners={scope.agent_id}
        )

    async def _note(self, moment: Moment, scope: Scope, mentioned: list[str]) -> None:
        conversation = await self._conversation(moment.talk)
        mentions = [self._staff[word.lstrip("@")].agent_id for word in mentioned]
        reply = Reply(
            client_id=_ref(moment.talk, moment.number),
            kind="note",
            text=moment.step.text,
            mentions=mentions,
        )
        await self._services.conversations.note(scope, conversation, reply)

    async def _change(self, moment: Moment, scope: Scope, what: str, value: str) -> None:
        conversation = await self._conversation(moment.talk)
        client_id = _ref(moment.talk, moment.number)
        if what == "close" and value:
            await self._services.routing.wrap_up(
                scope, conversation, f"{client_id}:outcome", value, {}, is_finished=False
            )
        wanted = self._wanted(what, value, conversation)
        await self._services.conversations.change(scope, conversation, client_id, wanted)

    def _wanted(self, what: str, value: str, conversation: Conversation) -> Changes:
        match what:
            case "close":
                return Changes(state="closed")
            case "spam":
                return Changes(is_spam=True)
            case "assign":
                return Changes(assignee_id=self._staff[value].agent_id)
            case "priority":
                return Changes(priority=_PRIORITIES[value])
            case "label":
                added = [self._shop.labels[name.strip()] for name in value.split(",")]
                return Changes(labels=[*conversation.labels, *added])
            case "snooze":
                hours = int(value.removesuffix("h"))
                until = self._anchor + hours * 60 * _MINUTE_MS
                return Changes(state="snoozed", snoozed_until=until)
        raise ValueError(f"no such step: {what}")

    async def _conversation(self, talk: Talk) -> Conversation:
        """By its first message."""
        names = await self._services.names.of(self._shop.workspace)
        inbox = self._shop.chat if talk.via == "chat" else self._shop.mail
        found = await self._services.timeline.find_by_ref(
            names.provider_ref(inbox.id, _ref(talk, 0))
        )
        conversation = await self._services.timeline.get(conversation_of(found)) if found else None
        if conversation is None:
            raise ValueError(f"{talk.key} did not arrive")
        return conversation

    def _visitor(self, talk: Talk) -> Address:
        """A browser of its own for each person, the same at every visit."""
        value = derived_key(b"sample visitor", talk.name)
        return Address("visitor", value, self._shop.chat.id)

    async def _file(self, name: str, owner: str) -> Attachment:
        file_name, media_type, content = sample_file(name.lstrip("+"))
        saved = await self._services.files.save(
            self._shop.workspace, content, file_name, declared_type=media_type, owner=owner
        )
        return Attachment(
            file_id=saved.id,
            name=saved.name,
            media_type=saved.media_type,
            size_bytes=saved.size_bytes,
            width=saved.width,
            height=saved.height,
        )


def _ref(talk: Talk, number: int) -> str:
    """The name of a step: event id, Message-ID and the client's id at once."""
    return f"<demo.{talk.key}.{number}@mailbox.example>"


def _with_silences(talk: Talk) -> list[Step]:
    """The steps, and what follows an answer in the chat: it is read, or it goes out by e-mail."""
    steps: list[Step] = []
    for step in talk.steps:
        steps.append(step)
        if talk.via == "chat" and step.words[0] == "out":
            is_left = "left" in step.words
            after = step.after_min + (_LEFT_MIN if is_left else _READ_AFTER_MIN)
            steps.append(Step(after, "left" if is_left else "read"))
    return steps


def _fault(talk: Talk, what: str) -> Fault:
    if what == "lose":
        return Fault(stage="dropped", recipient=talk.email, times=1)
    answer = "550 5.1.1 There is no such mailbox here"
    return Fault(stage="rcpt", recipient=talk.email, answer=answer, times=1)
