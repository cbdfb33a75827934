"""Automatic texts over both stores: who is told what, and who is never answered by a machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.hours import DAYS, Span
from hub.model.message import MailFacts
from hub.model.routing import Outside, Overflow
from hub.model.suppression import Proof
from tests.support.clock import ManualClock
from tests.support.core import running_core
from tests.support.crew import Crew, running_crew
from tests.support.loop_channel import chat_from, mail_from
from tests.support.phone_channel import Network, sms
from tests.support.stores import KINDS

HOUR_S = 3600
WELCOME = "Welcome!"
NIGHT = {"name": "Never", "time_zone": "UTC"}


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


class Ann:
    """A customer, and what she is told."""

    def __init__(self, crew: Crew, channel: str = "chat") -> None:
        self.crew, self.channel = crew, channel
        self._count = 0

    async def writes(self, text: str = "Hi", **more: Any) -> Conversation:
        self._count += 1
        core, now = self.crew.core, self.crew.clock.now_ms()
        inbox = core.inboxes[self.channel].id
        given = {"at": now, **more}
        if self.channel == "mail":
            event = mail_from("ann@customer.test", text, f"ann{self._count}", **given)
        else:
            event = chat_from(inbox, "ann", text, f"ann{self._count}", **given)
        await core.wire.receive(inbox, event)
        await core.settle()
        return (await core.conversations())[-1]

    @property
    def told(self) -> list[str]:
        return [message.text for message in self.crew.core.wire.sent]


async def inbox(crew: Crew, channel: str = "chat", **settings: Any) -> None:
    inboxes, id = crew.services.inboxes, crew.core.inboxes[channel].id
    await inboxes.change(crew.core.workspace, id, **settings)


async def closed_queue(crew: Crew, **settings: Any) -> Any:
    schedule = await crew.services.schedules.create(crew.core.workspace, NIGHT)
    return await crew.queue("Night", schedule_id=schedule.id, **settings)


async def test_a_conversation_that_begins_is_acknowledged_once(crew: Crew) -> None:
    await inbox(crew, acknowledgement="Hello from {{ workspace.name }}, we got it.")
    ann = Ann(crew)
    await ann.writes()
    conversation = await ann.writes("Anybody there?")
    assert ann.told == ["Hello from Shop, we got it."]
    [message] = [m for m in await crew.core.messages() if m.direction == "out"]
    assert (message.is_auto, message.author.kind) == (True, "system")
    assert message.details == {"auto": "acknowledgement"}
    # She waits on, and lists show what she said.
    assert conversation.waiting_since
    assert not conversation.has_answer
    assert conversation.preview == "Anybody there?"


async def test_outside_the_hours_the_queues_own_text_is_told_instead(crew: Crew) -> None:
    outside = Outside(text="{{ queue.name }} sleeps.")
    queue = await closed_queue(crew, outside=outside)
    await inbox(crew, acknowledgement=WELCOME, away_text="Away.", entry_queue_id=queue.id)
    ann = Ann(crew)
    await ann.writes()
    await ann.writes("Hello?")
    assert ann.told == ["Night sleeps."]
    await crew.later(4 * HOUR_S + 1)
    await ann.writes("Still nobody?")
    assert ann.told == ["Night sleeps."] * 2


async def test_or_that_of_the_inbox(crew: Crew) -> None:
    queue = await closed_queue(crew)
    await inbox(crew, acknowledgement=WELCOME, away_text="Away.", entry_queue_id=queue.id)
    ann = Ann(crew)
    await ann.writes()
    assert ann.told == ["Away."]


async def test_while_the_queue_is_open_nobody_is_away(crew: Crew) -> None:
    week = {day: [Span(0, 1440)] for day in DAYS}
    schedule = await crew.services.schedules.create(
        crew.core.workspace, {"name": "Always", "time_zone": "UTC", "week": week}
    )
    outside = Outside(text="Night.")
    queue = await crew.queue("Day", schedule_id=schedule.id, outside=outside)
    await inbox(crew, acknowledgement=WELCOME, away_text="Away.", entry_queue_id=queue.id)
    ann = Ann(crew)
    await ann.writes()
    assert ann.told == [WELCOME]


async def test_nobody_is_away_from_a_conversation_that_somebody_has(crew: Crew) -> None:
    queue = await closed_queue(crew)
    await inbox(crew, away_text="Away.", entry_queue_id=queue.id)
    ann = Ann(crew)
    conversation = await ann.writes()
    ada = await crew.sits_down("Ada")
    await crew.services.routing.take_over(ada, conversation, "client-take")
    await crew.later(5 * HOUR_S)
    await ann.writes("Are you there?")
    assert ann.told == ["Away."]


async def test_who_begins_to_wait_is_told_the_place(crew: Crew) -> None:
    text = "You are number {{ place }}; it takes {{ wait }}."
    queue = await crew.queue("Sales", waiting_text=text)
    await inbox(crew, acknowledgement=WELCOME, entry_queue_id=queue.id)
    ann = Ann(crew)
    await ann.writes()
    assert ann.told == [WELCOME, "You are number 1; it takes a little while."]


async def test_an_overflow_may_only_tell(crew: Crew) -> None:
    rule = Overflow(after_wait_s=60, action="message", text="Sorry, {{ contact.name }}!")
    await inbox(crew, entry_queue_id=(await crew.queue("Sales", overflow=[rule])).id)
    ann = Ann(crew)
    await ann.writes(sender_name="Ann")
    await crew.passes(61)
    await crew.core.settle()
    assert ann.told == ["Sorry, Ann!"]
    await crew.passes(600)
    assert ann.told == ["Sorry, Ann!"]


@pytest.mark.parametrize(
    "more",
    [
        {"is_auto": True},
        {"mail": MailFacts(kind="list")},
        {"mail": MailFacts(kind="auto_reply")},
        {"at": 1_000},
    ],
    ids=["machine", "list", "answering machine", "late"],
)
async def test_no_machine_is_answered(crew: Crew, more: dict[str, Any]) -> None:
    await inbox(crew, "mail", acknowledgement=WELCOME)
    ann = Ann(crew, "mail")
    await ann.writes(**more)
    assert ann.told == []


async def test_mail_is_answered_with_its_subject_and_as_a_machine(crew: Crew) -> None:
    await inbox(crew, "mail", acknowledgement=WELCOME)
    ann = Ann(crew, "mail")
    await ann.writes(subject="Broken")
    [sent] = crew.core.wire.sent
    assert (sent.subject, sent.is_auto, sent.text) == ("Broken", True, WELCOME)


async def test_spam_and_the_blocked_get_no_answer(crew: Crew) -> None:
    queue = await closed_queue(crew)
    await inbox(crew, away_text="Away.", entry_queue_id=queue.id)
    ann = Ann(crew)
    conversation = await ann.writes()
    autoreply = crew.core.hub.autoreply
    await crew.later(5 * HOUR_S)
    contacts = crew.services.contacts
    scope = await crew.agent("Root", "admin")
    await contacts.change(scope, conversation.contact_id, {"is_blocked": True})
    await autoreply.tell(conversation, "Hello", "away:again")
    await contacts.change(scope, conversation.contact_id, {"is_blocked": False})
    await autoreply.tell(await as_spam(crew, conversation), "Hello", "away:spam")
    await crew.core.settle()
    assert ann.told == ["Away."]
    await autoreply.tell(conversation, "Hello", "away:now")
    await crew.core.settle()
    assert ann.told == ["Away.", "Hello"]


async def as_spam(crew: Crew, conversation: Conversation) -> Conversation:
    return msgspec.structs.replace(conversation, is_spam=True)


async def test_a_repeat_after_a_crash_tells_it_once(tmp_path: Path) -> None:
    async with running_crew("sqlite", tmp_path) as crew:
        queue = await closed_queue(crew)
        await inbox(crew, away_text="Away.", entry_queue_id=queue.id)
        ann = Ann(crew)
        conversation = await ann.writes()
        await crew.later(5 * HOUR_S)
        for _ in range(3):
            await crew.core.hub.autoreply.tell(conversation, "Again", "away:cause")
        await crew.core.settle()
        assert ann.told == ["Away.", "Again"]


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[tuple[Crew, Network]]:
    clock, net = ManualClock(), Network()
    async with running_core("sqlite", tmp_path, clock, net) as core:
        yield Crew(core, clock), net


async def test_machines_on_phones_hear_one_text_an_hour(phones: tuple[Crew, Network]) -> None:
    crew, net = phones
    queue = await crew.queue("Sales", waiting_text="Wait.")
    await inbox(crew, "phone", acknowledgement=WELCOME, entry_queue_id=queue.id)
    for number in range(20):
        at = crew.clock.now_ms()
        await net.receive(crew.core.inboxes["phone"].id, sms("Hi", f"m{number}", at=at))
        await crew.core.settle()
    assert [message.text for message in net.sent] == [WELCOME]


async def test_who_opted_out_is_told_nothing(phones: tuple[Crew, Network]) -> None:
    crew, net = phones
    await inbox(crew, "phone", acknowledgement=WELCOME)
    address = Address("phone", "+48600100200")
    proof = Proof(at=1, is_opted_out=True, source="agent", text="", cause="t")
    await crew.services.suppressions.opt_out(crew.core.workspace, "", address, proof)
    await net.receive(crew.core.inboxes["phone"].id, sms("Hi", "m1", at=crew.clock.now_ms()))
    await crew.core.settle()
    assert net.sent == []


async def test_after_the_window_nothing_is_told(phones: tuple[Crew, Network]) -> None:
    crew, net = phones
    queue = await closed_queue(crew)
    await inbox(crew, "phone", away_text="Away.", entry_queue_id=queue.id)
    await net.receive(crew.core.inboxes["phone"].id, sms("Hi", "m1", at=crew.clock.now_ms()))
    await crew.core.settle()
    [conversation] = await crew.core.conversations()
    await crew.later(25 * HOUR_S)
    await crew.core.hub.autoreply.tell(conversation, "Late", "away:late")
    await crew.core.settle()
    assert [message.text for message in net.sent] == ["Away."]
