"""The core over both stores: one person, one conversation, nothing twice, nobody's history opened
by a claim.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import Conflict, NotFound
from hub.model.contact import Address
from hub.model.ids import local
from hub.model.message import Message
from hub.ports.inbound import DeliveryReported, DetailsClaimed, ReadReported
from hub.services.conversations import Changes, Reply, Route
from hub.services.reading import Filter
from tests.support.core import Core, running_core
from tests.support.loop_channel import chat_from, mail_from
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def core(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path) as core:
        yield core


async def _mail(core: Core, *args: object, **more: object) -> None:
    await core.wire.receive(core.inboxes["mail"].id, mail_from(*args, **more))  # type: ignore[arg-type]
    await core.settle()


async def _answer(core: Core, text: str = "Hello", client_id: str = "client-1") -> Message:
    """Ada answers the only conversation on the channel it came by."""
    conversation = (await core.conversations())[0]
    inbox = core.hub.services.inboxes.get(conversation.inbox_id)
    assert inbox is not None
    identities = await core.hub.services.contacts.identities(conversation.contact_id)
    spec = core.hub.services.inboxes.spec(inbox)
    route = Route(inbox, spec.capabilities, identities[0].address)
    reply = Reply(client_id=client_id, text=text)
    scope = core.agent()
    return await core.hub.services.conversations.reply(scope, conversation, reply, route)


async def test_a_message_delivered_ten_times_at_once_is_stored_once(core: Core) -> None:
    event = mail_from("ann@shop.example", "Hi", "m1")
    inbox = core.inboxes["mail"].id
    await asyncio.gather(*(core.wire.receive(inbox, event) for _ in range(10)))
    await core.wire.receive(inbox, event)
    await core.settle()
    assert [m.text for m in await core.messages()] == ["Hi"]
    assert len(await core.conversations()) == 1


async def test_twenty_messages_of_a_newcomer_make_one_contact_and_keep_their_order(
    core: Core,
) -> None:
    inbox = core.inboxes["mail"].id
    events = [mail_from("ann@shop.example", f"{n}", f"m{n:02d}", at=n) for n in range(20)]
    await core.wire.receive(inbox, *reversed(events))
    await core.settle()
    assert [m.text for m in await core.messages()] == [str(n) for n in range(20)]
    assert len(await core.conversations()) == 1


async def test_two_people_have_two_conversations(core: Core) -> None:
    await _mail(core, "ann@shop.example", "Hi", "m1")
    await _mail(core, "bob@shop.example", "Hi", "m2")
    assert len(await core.conversations()) == 2


async def test_the_same_provider_id_in_two_inboxes_is_two_messages(core: Core) -> None:
    """R-11."""
    await _mail(core, "ann@shop.example", "Hi", "m1")
    chat = core.inboxes["chat"].id
    await core.wire.receive(chat, chat_from(chat, "v1", "Hi", "m1"))
    await core.settle()
    assert len(await core.messages()) == 2


async def test_an_answer_goes_out_once_whatever_is_repeated(core: Core) -> None:
    """R-08."""
    await _mail(core, "ann@shop.example", "Hi", "m1")
    scope, conversation = core.agent(), (await core.conversations())[0]
    inbox = core.inboxes["mail"]
    route = Route(
        inbox,
        core.hub.services.inboxes.spec(inbox).capabilities,
        Address("email", "ann@shop.example"),
    )
    reply = Reply(client_id="client-1", text="Hello")
    verbs = core.hub.services.conversations
    answers = await asyncio.gather(
        *(verbs.reply(scope, conversation, reply, route) for _ in range(5))
    )
    await core.settle()
    assert {m.id for m in answers} == {answers[0].id}
    assert [m.text for m in core.wire.sent] == ["Hello"]
    other = Reply(client_id="client-1", text="Something else")
    with pytest.raises(Conflict):
        await verbs.reply(scope, conversation, other, route)
    with pytest.raises(Conflict):
        await verbs.note(scope, conversation, Reply(client_id="client-1", kind="note", text="Hm"))
    assert len(await core.messages("note")) == 0


async def test_the_token_of_an_answer_brings_a_stranger_into_the_conversation(core: Core) -> None:
    chat = core.inboxes["chat"].id
    await core.wire.receive(chat, chat_from(chat, "v1", "Where is my order?", "c1"))
    await core.settle()
    await _answer(core)
    await core.settle()
    token = core.wire.sent[0].reply_token
    await _mail(core, "ann@shop.example", "Thanks", "m1", tokens=[token])
    assert len(await core.conversations()) == 1
    assert [m.text for m in await core.messages()] == ["Where is my order?", "Hello", "Thanks"]
    contact_id = (await core.conversations())[0].contact_id
    proved = await core.hub.services.contacts.identities(contact_id)
    assert {(i.address.kind, i.is_verified) for i in proved} == {
        ("visitor", False),
        ("email", True),
    }


async def test_a_forged_token_opens_a_conversation_of_its_own(core: Core) -> None:
    """S-37."""
    await _mail(core, "ann@shop.example", "Hi", "m1")
    await _answer(core)
    await core.settle()
    good = core.wire.sent[0].reply_token
    forged = good[:-1] + ("a" if good[-1] != "a" else "b")
    await _mail(core, "eve@evil.example", "Hi", "m2", tokens=[forged])
    assert len(await core.conversations()) == 2


async def test_a_reference_joins_only_who_takes_part_and_is_not_disowned(core: Core) -> None:
    """S-37."""
    await _mail(core, "ann@shop.example", "Hi", "m1")
    await _answer(core)
    await core.settle()
    conversation = (await core.conversations())[0]
    closing = Changes(state="closed")
    await core.hub.services.conversations.change(core.agent(), conversation, "close-1", closing)
    reference = [core.wire.adapters[core.inboxes["mail"].id].provider_id(core.wire.sent[0].id)]
    await _mail(core, "eve@evil.example", "Psst", "m2", refs=reference)
    await _mail(core, "ann@shop.example", "Forged", "m3", refs=reference, auth="fail")
    assert len(await core.conversations()) == 3
    before = {c.id: c.seq for c in await core.conversations()}
    await _mail(core, "eve@evil.example", "Again", "m4", refs=reference)
    after = {c.id: c.seq for c in await core.conversations()}
    assert after[conversation.id] == before[conversation.id]


async def test_a_typed_address_opens_nobodys_history(core: Core) -> None:
    """S-36."""
    await _mail(core, "ann@shop.example", "My secret", "m1")
    chat = core.inboxes["chat"].id
    visitor = Address("visitor", "v1", chat)
    claim = DetailsClaimed(
        event_id="d1", sender=visitor, email="ann@shop.example", name="Ann", at=1
    )
    said = chat_from(chat, "v1", "I am Ann", "c1", claimed_email="ann@shop.example")
    await core.wire.receive(chat, said)
    await core.wire.receive(chat, claim)
    await core.settle()
    assert len(await core.conversations()) == 2
    history = core.wire.adapters[chat].ctx.history
    seen = await history.current(visitor)
    assert seen is not None
    assert [m.text for m in await history.messages(visitor, seen, 0, 50)] == ["I am Ann"]
    secret = next(c for c in await core.conversations() if c.id != seen)
    with pytest.raises(NotFound):
        await history.messages(visitor, secret.id, 0, 50)


async def test_a_closed_conversation_is_reopened_by_its_token_and_by_nothing_else(
    core: Core,
) -> None:
    await _mail(core, "ann@shop.example", "Hi", "m1")
    await _answer(core)
    await core.settle()
    token = core.wire.sent[0].reply_token
    conversation = (await core.conversations())[0]
    closing = Changes(state="closed")
    await core.hub.services.conversations.change(core.agent(), conversation, "close-1", closing)
    await _mail(core, "ann@shop.example", "One more thing", "m2", tokens=[token])
    assert [(c.id, c.state) for c in await core.conversations()] == [(conversation.id, "open")]
    reopened = (await core.conversations())[0]
    await core.hub.services.conversations.change(core.agent(), reopened, "close-2", closing)
    await _mail(core, "ann@shop.example", "Another matter", "m3")
    assert sorted(c.state for c in await core.conversations()) == ["closed", "open"]


async def test_a_person_has_at_most_one_open_conversation(core: Core) -> None:
    """A token of a closed conversation must not open a second one beside the contact's open one."""
    await _mail(core, "ann@shop.example", "Hi", "m1")
    await _answer(core)
    await core.settle()
    token = core.wire.sent[0].reply_token
    first = (await core.conversations())[0]
    closing = Changes(state="closed")
    await core.hub.services.conversations.change(core.agent(), first, "close-1", closing)
    await _mail(core, "ann@shop.example", "New matter", "m2")
    await _mail(core, "ann@shop.example", "About the old one", "m3", tokens=[token])
    assert sorted(c.state for c in await core.conversations()) == ["closed", "open"]


async def test_an_automatic_mail_reopens_nothing(core: Core) -> None:
    await _mail(core, "ann@shop.example", "Hi", "m1")
    await _answer(core)
    await core.settle()
    token = core.wire.sent[0].reply_token
    conversation = (await core.conversations())[0]
    closing = Changes(state="closed")
    await core.hub.services.conversations.change(core.agent(), conversation, "close-1", closing)
    await _mail(core, "ann@shop.example", "I am away", "m2", tokens=[token], is_auto=True)
    assert [c.state for c in await core.conversations()] == ["closed"]
    assert [m.text for m in await core.messages()][-1] == "I am away"


async def test_a_blocked_contact_is_heard_no_more(core: Core) -> None:
    await _mail(core, "ann@shop.example", "Hi", "m1")
    conversation = (await core.conversations())[0]
    scope = core.agent(role="admin")
    contacts = core.hub.services.contacts
    await contacts.change(scope, conversation.contact_id, {"is_blocked": True})
    await _mail(core, "ann@shop.example", "Spam", "m2")
    assert [m.text for m in await core.messages()] == ["Hi"]
    assert core.hub.counters.get("blocked_messages") == 1


async def test_delivery_only_moves_up_in_any_order_of_reports(core: Core) -> None:
    await _mail(core, "ann@shop.example", "Hi", "m1")
    answer = await _answer(core)
    await core.settle()
    reports = [
        DeliveryReported(event_id=f"r{n}", message_id=answer.id, delivery=state, at=1)
        for n, state in enumerate(("read", "delivered", "sent", "failed"))
    ]
    await core.wire.receive(core.inboxes["mail"].id, *reports)
    await core.settle()
    assert next(m for m in await core.messages() if m.id == answer.id).delivery == "read"


async def test_reading_marks_the_answers_up_to_there(core: Core) -> None:
    chat = core.inboxes["chat"].id
    await core.wire.receive(chat, chat_from(chat, "v1", "Hi", "c1"))
    await core.settle()
    answer = await _answer(core)
    await core.settle()
    report = ReadReported(
        event_id="r1",
        sender=Address("visitor", "v1", chat),
        conversation_id=answer.conversation_id,
        seq=answer.seq,
        at=1,
    )
    stranger = ReadReported(
        event_id="r2",
        sender=Address("visitor", "v2", chat),
        conversation_id=answer.conversation_id,
        seq=answer.seq,
        at=1,
    )
    await core.wire.receive(chat, stranger)
    await core.settle()
    assert (await core.messages())[-1].delivery == "accepted"
    await core.wire.receive(chat, report)
    await core.settle()
    assert (await core.messages())[-1].delivery == "read"


async def test_an_agent_sees_only_granted_inboxes_and_mentions(core: Core) -> None:
    await _mail(core, "ann@shop.example", "zebra question", "m1")
    conversation = (await core.conversations())[0]
    reading = core.hub.services.reading
    outsider = core.agent("Bob", homes={core.inboxes["chat"].id})
    insider = core.agent("Ada", homes={core.inboxes["mail"].id})
    assert (await reading.require(insider, conversation.id)).id == conversation.id
    with pytest.raises(NotFound):
        await reading.require(outsider, conversation.id)
    assert (await reading.find(outsider, Filter(), None, 50)).conversations == []

    async def hits(scope: object) -> int:
        found, _ = await reading.search(
            scope, "zebra", kind="", accepts=lambda c, m: True, after=None, limit=10
        )  # type: ignore[arg-type]
        return len(found)

    assert (await hits(insider), await hits(outsider)) == (1, 0)
    note = Reply(client_id="note-1", kind="note", text="Look", mentions=[outsider.agent_id])
    await core.hub.services.conversations.note(insider, conversation, note)
    assert (await reading.require(outsider, conversation.id)).id == conversation.id
    mentions = await reading.find(outsider, Filter(view="mentions"), None, 50)
    assert [c.id for c in mentions.conversations] == [conversation.id]
    assert await hits(outsider) >= 1


async def test_views_hold_what_they_say(core: Core) -> None:
    for n in range(7):
        await _mail(core, f"p{n}@shop.example", f"Question {n}", f"m{n}")
    ada = core.agent("Ada")
    items = await core.conversations()
    verbs = core.hub.services.conversations
    reading = core.hub.services.reading
    await verbs.change(ada, items[0], "c-assign-1", Changes(state="closed"))
    await verbs.change(ada, items[1], "c-assign-2", Changes(is_spam=True))
    await verbs.change(ada, items[2], "c-assign-3", Changes(labels=["vip"], priority=4))

    async def view(**wanted: object) -> list[str]:
        found: list[str] = []
        after = None
        while True:
            page = await reading.find(ada, Filter(**wanted), after, 2)  # type: ignore[arg-type]
            found += [local(c.id) for c in page.conversations]
            after = page.next
            if after is None:
                return found

    assert len(await view(view="all")) == 5
    assert await view(view="closed") == [local(items[0].id)]
    assert await view(view="spam") == [local(items[1].id)]
    assert await view(view="all", label="vip") == [local(items[2].id)]
    assert await view(view="all", priority=4) == [local(items[2].id)]
    assert len(await view(view="unassigned")) == 5
    assert await view(view="mine") == []
