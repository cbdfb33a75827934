"""Plain messages that are worked off together end as those that are worked off one by one do, and
one that cannot go along holds nobody up. On a shared store all go one by one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.events import ConversationChanged, MessageChanged
from hub.model.inbox import Inbox
from hub.model.message import Message
from hub.model.routing import SlaTargets
from hub.ports.collections import CONTACTS, IDENTITIES, JOURNAL, MESSAGES, TIMERS
from hub.ports.inbound import MessageReceived
from hub.services.conversations import Changes
from hub.services.docs import to_doc
from hub.services.journal import Row
from hub.services.plain import Stored
from hub.services.reports.buckets import summed
from hub.services.reports.grains import DAY_MS, floor
from hub.services.reports.recount import recount
from tests.support.clock import ManualClock
from tests.support.core import Core, running_core
from tests.support.crew import Crew, running_crew
from tests.support.loop_channel import chat_from, mail_from

PEOPLE = 40


@pytest.fixture
async def core(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Core]:
    async with running_core("sqlite", tmp_path, clock) as core:
        yield core


def singles(core: Core) -> list[str]:
    """Texts of the messages that are worked off one by one from now on."""
    intake, seen = core.hub.receiving.intake, list[str]()
    singly = intake._singly

    async def noted(row: Row, event: MessageReceived, inbox: Inbox) -> Stored | None:
        seen.append(event.text)
        return await singly(row, event, inbox)

    intake._singly = noted  # type: ignore[method-assign]
    return seen


def apart(core: Core) -> None:
    """From now on everything goes one by one."""
    core.hub.receiving.intake._plain = None


async def say(core: Core, *said: tuple[str, str], turn: int = 0) -> None:
    """(visitor, text) each, all at once."""
    inbox = core.inboxes["chat"].id
    events = [chat_from(inbox, who, text, f"{who}-{text}-{turn}", at=turn) for who, text in said]
    await core.wire.receive(inbox, *events)


async def threads(core: Core) -> dict[str, list[str]]:
    """The texts of each conversation, by its first one, in their order."""
    found: dict[str, list[Message]] = {}
    for message in await core.messages():
        found.setdefault(message.conversation_id, []).append(message)
    ordered = [sorted(some, key=lambda m: m.seq) for some in found.values()]
    assert all([m.seq for m in some] == [*range(1, len(some) + 1)] for some in ordered)
    return {some[0].text: [m.text for m in some] for some in ordered}


async def test_newcomers_and_those_who_go_on_are_worked_off_together(core: Core) -> None:
    alone = singles(core)
    for turn in range(3):
        await say(core, *((f"v{n}", f"{n}.{turn}") for n in range(PEOPLE)), turn=turn)
    await core.settle()
    assert not alone
    assert await threads(core) == {f"{n}.0": [f"{n}.{r}" for r in range(3)] for n in range(PEOPLE)}
    for conversation in await core.conversations():
        contact = await core.hub.services.contacts.require_raw(conversation.contact_id)
        assert contact.open == {"main": conversation.id}
        assert (conversation.state, conversation.seq) == ("open", 3)
    states = {doc["state"] for doc in (await core.store.dump(JOURNAL)).docs}
    assert states == {"done"}


async def test_whoever_has_no_open_conversation_gets_a_new_one(core: Core) -> None:
    await say(core, ("v1", "Hi"), ("v2", "Hello"))
    await core.settle()
    for number, conversation in enumerate(await core.conversations()):
        closed = Changes(state="closed")
        await core.hub.services.conversations.change(
            core.agent(), conversation, f"close-{number}", closed
        )
    alone = singles(core)
    await say(core, ("v1", "Again"), ("v2", "Me too"), turn=1)
    await core.settle()
    assert not alone
    assert await threads(core) == {t: [t] for t in ("Hi", "Hello", "Again", "Me too")}


async def test_one_that_fails_by_itself_holds_nobody_up(core: Core, clock: ManualClock) -> None:
    inbox = core.inboxes["chat"].id
    beyond = chat_from(inbox, "v0", "broken", "broken", at=2**63)
    fine = [chat_from(inbox, f"v{n}", f"{n}", f"e{n}") for n in range(1, 6)]
    await core.wire.receive(inbox, fine[0], beyond, *fine[1:])
    await asyncio.wait_for(_until_worked_off(core, 5), 30)
    settling = asyncio.ensure_future(core.settle())
    while not settling.done():
        await clock.advance(1)
    await settling
    assert await threads(core) == {f"{n}": [f"{n}"] for n in range(1, 6)}
    states = [doc["state"] for doc in (await core.store.dump(JOURNAL)).docs]
    assert sorted(states) == ["dead", *["done"] * 5]


async def _until_worked_off(core: Core, count: int) -> None:
    while len(await core.messages()) < count:
        await asyncio.sleep(0)


async def test_two_addresses_of_one_person_share_the_conversation(core: Core) -> None:
    inbox = core.inboxes["chat"].id
    first, second = (Address("visitor", who, inbox) for who in ("v1", "v2"))
    known = MessageReceived(event_id="k", sender=first, aliases=[second], at=0, text="Hi")
    await core.wire.receive(inbox, known)
    await core.settle()
    [conversation] = await core.conversations()
    await core.hub.services.conversations.change(
        core.agent(), conversation, "close", Changes(state="closed")
    )
    await say(core, ("v1", "one"), ("v2", "two"), turn=1)
    await core.settle()
    talks = await threads(core)
    assert talks.pop("Hi") == ["Hi"]
    [talk] = talks.values()
    assert sorted(talk) == ["one", "two"]


async def test_a_busy_conversation_is_waited_for_alone(core: Core) -> None:
    await say(core, ("v1", "Hi"), ("v2", "Hello"))
    await core.settle()
    alone = singles(core)
    busy = next(c for c in await core.conversations() if c.preview == "Hi")
    async with core.hub.services.timeline._lanes.hold(busy.id):
        await say(core, ("v1", "more"), ("v2", "and more"), turn=1)
        await asyncio.wait_for(_until_worked_off(core, 3), 30)
        assert await threads(core) == {"Hi": ["Hi"], "Hello": ["Hello", "and more"]}
    await core.settle()
    assert alone == ["more"]
    assert await threads(core) == {"Hi": ["Hi", "more"], "Hello": ["Hello", "and more"]}


async def test_a_write_of_somebody_else_is_noticed(core: Core) -> None:
    """As if another hub had written: what this one remembers is old."""
    await say(core, ("v1", "Hi"))
    await core.settle()
    [conversation] = await core.conversations()
    timeline = core.hub.services.timeline
    timeline._cache[conversation.id] = msgspec.structs.replace(conversation, v=conversation.v - 1)
    await say(core, ("v1", "more"), ("v2", "Hello"), turn=1)
    await core.settle()
    assert await threads(core) == {"Hi": ["Hi", "more"], "Hello": ["Hello"]}


async def test_what_is_not_plain_goes_by_itself(core: Core) -> None:
    alone = singles(core)
    inbox = core.inboxes["mail"].id
    await core.wire.receive(
        inbox,
        mail_from("ann@shop.example", "plain", "m1"),
        mail_from("bob@shop.example", "answer", "m2", refs=["m1"]),
        mail_from("cleo@shop.example", "named", "m3", claimed_name="Cleo"),
    )
    await core.settle()
    assert sorted(alone) == ["answer", "named"]
    assert len(await core.messages()) == 3


async def test_both_ways_leave_the_same_documents(tmp_path: Path) -> None:
    left = []
    for name in ("together", "singly"):
        (tmp_path / name).mkdir()
        async with running_core("sqlite", tmp_path / name, ManualClock()) as core:
            if name == "singly":
                apart(core)
            alone = singles(core)
            await say(core, *((f"v{n}", "first") for n in range(3)))
            await core.settle()
            await say(core, *((f"v{n}", "second") for n in range(4)), turn=1)
            await core.settle()
            left.append([await _documents(core, coll) for coll in (CONTACTS, IDENTITIES, MESSAGES)])
            left[-1].append([_masked(c) for c in await _conversations(core)])
            assert bool(alone) == (name == "singly")
    assert left[0] == left[1]


async def _conversations(core: Core) -> list[Conversation]:
    found = await core.conversations()
    return sorted(found, key=lambda one: (one.seq, one.preview))


async def _documents(core: Core, coll: Any) -> list[str]:
    """All of a workspace, without ids and versions."""
    page = await core.store.find(coll, core.workspace, {}, limit=100)
    return sorted(_masked({k: v for k, v in doc.items() if k != "v"}) for doc in page.docs)


def _masked(value: object) -> str:
    """Ids are another workspace's; versions count writes, of which the two ways need
    different numbers.
    """
    text = msgspec.json.encode(value, order="sorted").decode()
    return re.sub(r"l[0-9]{2}[.]|[a-z2-7]{8}[.][a-z2-7]{26}|(?<=\"v\":)\d+|[a-z2-7]{26}", "·", text)


async def test_a_shared_store_has_no_short_way(tmp_path: Path) -> None:
    async with running_core("mongo", tmp_path, ManualClock()) as core:
        alone = singles(core)
        await say(core, ("v1", "Hi"), ("v2", "Hello"))
        await core.settle()
        assert sorted(alone) == ["Hello", "Hi"]


async def test_routing_promises_reports_and_live_frames_see_them_as_single_ones(
    tmp_path: Path,
) -> None:
    days = []
    for name in ("together", "singly"):
        (tmp_path / name).mkdir()
        async with running_crew("sqlite", tmp_path / name) as crew:
            if name == "singly":
                apart(crew.core)
            alone = singles(crew.core)
            days.append(await _a_day(crew))
            # Even then one of many may find its conversation busy.
            assert len(alone) == 12 if name == "singly" else len(alone) < 6
    together, singly = days
    assert together.keys() == singly.keys()
    for what, seen in together.items():
        assert seen == singly[what], what


async def _a_day(crew: Crew) -> dict[str, list[str]]:
    """What a day leaves on which customers write, wait, are answered for and come again."""
    core, began, frames = crew.core, crew.clock.now_ms(), list[str]()

    def listen(workspace: str, event: object) -> None:
        if isinstance(event, ConversationChanged | MessageChanged):
            frames.append(_masked([type(event).__name__, to_doc(event)]))

    core.hub.services.bus.subscribe(listen)
    sla = SlaTargets(first_answer_s=20, next_answer_s=10, resolve_s=400, warn_percent=80)
    ada = await crew.sits_down("Ada")
    await crew.enters_by(
        await crew.queue("Sales", ada, accept="auto", sla=sla, waiting_text="A moment, please")
    )
    for turn in range(4):
        await say(core, *((f"v{n}", "Hello") for n in range(3)), turn=turn)
        await core.settle()
        await crew.route()
        await crew.passes(9)
        if turn == 2:
            for conversation in await core.conversations():
                await core.hub.services.conversations.change(
                    core.agent(), conversation, f"close {conversation.id}", Changes(state="closed")
                )
    counted = await recount(
        core.store, core.workspace, floor("day", began), floor("day", began) + DAY_MS, 2 * began
    )
    return {
        "conversations": sorted(_masked(to_doc(one)) for one in await core.conversations()),
        "told": sorted(_masked(to_doc(one)) for one in await core.messages("activity")),
        "said": sorted(_masked(to_doc(one)) for one in await core.messages()),
        "timers": sorted(_masked(doc) for doc in (await core.store.dump(TIMERS)).docs),
        "frames": sorted(frames),
        "counted": sorted(_masked(summed([one])) for one in counted.values()),
    }
