"""Merging contacts and undoing it, on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import BadInput, Conflict, NotFound
from hub.model.contact import Address, Contact
from hub.model.events import ContactChanged, ConversationChanged, Event
from hub.model.ids import new_id
from hub.ports.collections import AUDIT, CLAIMS, CONVERSATIONS, MERGES
from hub.ports.store import Patch
from hub.services.conversations import Changes, Reply, Route
from tests.support.core import Core, running_core
from tests.support.loop_channel import chat_from
from tests.support.merging import check_reachable, contact_of, documents, dump, merge, write
from tests.support.stores import KINDS

ANN, BOB, CEM, DEE = (f"{name}@shop.example" for name in ("ann", "bob", "cem", "dee"))


@pytest.fixture(params=KINDS)
async def core(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path) as core:
        yield core


@pytest.fixture
async def both(core: Core) -> Core:
    """Ann wrote, then Bob."""
    await write(core, ANN, "from Ann", "m1")
    await write(core, BOB, "from Bob", "m2")
    return core


async def _change(core: Core, who: str, **changes: object) -> Contact:
    contact = await contact_of(core, who)
    return await core.hub.services.contacts.change(core.agent(), contact.id, changes)


async def _undo(core: Core, merge_id: str) -> None:
    await core.hub.services.merges.undo(core.agent(), merge_id)


async def _states(core: Core) -> list[tuple[str, str]]:
    return sorted((c.preview, c.state) for c in await core.conversations())


async def test_a_merge_makes_one_person_of_two_and_loses_nothing(both: Core) -> None:
    core = both
    ann, bob = await contact_of(core, ANN), await contact_of(core, BOB)
    await merge(core, ANN, BOB)
    one = await contact_of(core, BOB)
    assert one.id == ann.id
    assert one.addresses == [ANN, BOB]
    owned = await core.hub.services.contacts.identities(ann.id)
    assert {i.address.value for i in owned} == {ANN, BOB}
    assert (await core.hub.services.contacts.require(core.agent(), bob.id)).id == ann.id
    assert await _states(core) == [("from Ann", "merged"), ("from Bob", "open")]
    older, newer = sorted(await core.conversations(), key=lambda c: c.last_at)
    assert older.merged_into == newer.id == one.open["main"]
    assert {c.contact_id for c in (older, newer)} == {ann.id}
    assert {c.contact_name for c in (older, newer)} == {ann.name}
    await check_reachable(core)


async def test_an_undo_restores_every_document(both: Core) -> None:
    core = both
    await _change(core, ANN, name="Ann", company="Shop", fields={"size": "M"})
    await _change(core, BOB, name="Bob", about="tall", fields={"size": "L", "shoe": "44"})
    before = await documents(core.store)
    made = await merge(core, ANN, BOB, "name", "field:size")
    one = await contact_of(core, ANN)
    assert (one.name, one.company, one.about) == ("Bob", "Shop", "tall")
    assert one.fields == {"size": "L", "shoe": "44"}
    assert all(c.contact_name == "Bob" for c in await core.conversations() if c.state == "open")
    await _undo(core, made.id)
    assert await documents(core.store) == before
    await check_reachable(core)


async def test_what_both_have_is_kept_and_what_one_lacks_is_filled_in(both: Core) -> None:
    core = both
    await _change(core, ANN, company="Shop")
    await _change(core, BOB, name="Bob", company="Other", language="pl")
    await merge(core, ANN, BOB)
    one = await contact_of(core, ANN)
    assert (one.name, one.company, one.language) == ("Bob", "Shop", "pl")


async def test_messages_after_the_merge_join_the_one_open_conversation(both: Core) -> None:
    core = both
    await merge(core, ANN, BOB)
    await write(core, ANN, "Ann again", "m3")
    await write(core, BOB, "Bob again", "m4")
    assert await _states(core) == [("Bob again", "open"), ("from Ann", "merged")]
    await check_reachable(core)


async def test_pointers_stand_in_no_list_and_no_search(both: Core) -> None:
    core = both
    bob = await contact_of(core, BOB)
    await merge(core, ANN, BOB)
    contacts, scope = core.hub.services.contacts, core.agent()
    listed = (await contacts.find(scope, "", None, 50)).docs
    found = (await contacts.find(scope, "bob", None, 50)).docs
    assert bob.id not in {doc["_id"] for doc in (*listed, *found)}
    assert len(listed) == len(found) == 1


async def test_what_came_later_stays_where_it_belongs(both: Core) -> None:
    core = both
    services, scope = core.hub.services, core.agent()
    ann, bob = await contact_of(core, ANN), await contact_of(core, BOB)
    made = await merge(core, ANN, BOB)
    [open_one] = [c for c in await core.conversations() if c.state == "open"]
    closing = Changes(state="closed")
    await services.conversations.change(scope, open_one, "close-one", closing)
    await write(core, BOB, "new matter of Bob", "m5")
    await services.contacts.add_address(scope, ann.id, Address("email", DEE))
    await services.contacts.change(scope, ann.id, {"company": "Since"})
    await _undo(core, made.id)
    after = {c.preview: c for c in await core.conversations()}
    assert after["new matter of Bob"].contact_id == bob.id
    assert after["from Bob"].contact_id == bob.id
    assert (after["from Ann"].contact_id, after["from Ann"].state) == (ann.id, "open")
    assert (await contact_of(core, DEE)).id == ann.id
    assert set((await contact_of(core, ANN)).addresses) == {ANN, DEE}
    assert (await contact_of(core, ANN)).company == "Since"
    assert (await contact_of(core, BOB)).company == ""
    await check_reachable(core)


async def test_two_conversations_of_the_loser_do_not_stay_open_after_an_undo(core: Core) -> None:
    """Bob's older one closed into Ann's; then that was closed and Bob began another."""
    await write(core, BOB, "from Bob", "m1")
    await write(core, ANN, "from Ann", "m2")
    made = await merge(core, ANN, BOB)
    [open_one] = [c for c in await core.conversations() if c.state == "open"]
    verbs = core.hub.services.conversations
    await verbs.change(core.agent(), open_one, "close-one", Changes(state="closed"))
    await write(core, BOB, "later", "m3")
    await _undo(core, made.id)
    after = {c.preview: c for c in await core.conversations()}
    assert (after["later"].state, after["from Bob"].state) == ("open", "merged")
    assert after["from Bob"].merged_into == after["later"].id
    await check_reachable(core)


async def test_chains_are_undone_from_their_end(both: Core) -> None:
    core = both
    await write(core, CEM, "from Cem", "m3")
    before = await documents(core.store)
    first = await merge(core, BOB, ANN)
    between = await documents(core.store)
    second = await merge(core, CEM, BOB, "name")
    assert len({(await contact_of(core, who)).id for who in (ANN, BOB, CEM)}) == 1
    with pytest.raises(Conflict):
        await _undo(core, first.id)
    await _undo(core, second.id)
    assert await documents(core.store) == between
    await _undo(core, first.id)
    assert await documents(core.store) == before
    with pytest.raises(Conflict):
        await _undo(core, first.id)


async def test_two_merges_into_one_person_are_undone_the_latest_first(both: Core) -> None:
    core = both
    await write(core, CEM, "from Cem", "m3")
    before = await documents(core.store)
    first, second = await merge(core, ANN, BOB, "name"), await merge(core, ANN, CEM, "name")
    with pytest.raises(Conflict):
        await _undo(core, first.id)
    await _undo(core, second.id)
    await _undo(core, first.id)
    assert await documents(core.store) == before


async def test_crossing_merges_are_refused_and_leave_nothing(both: Core) -> None:
    core = both
    await write(core, CEM, "from Cem", "m3")
    results = await asyncio.gather(
        merge(core, BOB, ANN), merge(core, CEM, BOB), return_exceptions=True
    )
    refused = [r for r in results if isinstance(r, Conflict)]
    assert len(refused) <= 1
    assert all(isinstance(r, Conflict) for r in results if isinstance(r, BaseException))
    await check_reachable(core)
    assert await dump(core.store, CLAIMS) == []
    assert all(doc["state"] == "merged" for doc in await dump(core.store, MERGES))
    assert len(await dump(core.store, MERGES)) == 2 - len(refused)


async def test_a_merge_claimed_by_another_one_is_refused(both: Core) -> None:
    core = both
    bob = await contact_of(core, BOB)
    made = await merge(core, ANN, BOB)
    await core.store.patch(MERGES, made.id, Patch(set={"state": "undoing"}))
    key = f"{core.workspace}.merge-{bob.id.split('.')[1]}"
    await core.store.insert(CLAIMS, {"_id": key, "owner": made.id})
    await write(core, CEM, "from Cem", "m3")
    cem = await contact_of(core, CEM)
    before = await documents(core.store)
    merges = core.hub.services.merges
    # A record that claims Bob already: only the claim can refuse this.
    with pytest.raises(Conflict):
        await merges._rows.lock(
            type(made)(id=new_id(core.workspace), winner_id=cem.id, loser_id=bob.id, at=1)
        )
    assert await documents(core.store) == before
    assert [doc["_id"] for doc in await dump(core.store, CLAIMS)] == [key]


async def test_impossible_merges_change_nothing(both: Core) -> None:
    core = both
    ann, bob = await contact_of(core, ANN), await contact_of(core, BOB)
    before = await documents(core.store)
    merges, scope = core.hub.services.merges, core.agent()
    with pytest.raises(BadInput):
        await merges.merge(scope, ann.id, ann.id, [])
    with pytest.raises(BadInput):
        await merges.merge(scope, ann.id, bob.id, ["is_blocked"])
    with pytest.raises(NotFound):
        await merges.merge(scope, ann.id, new_id(core.workspace), [])
    with pytest.raises(NotFound):
        await merges.merge(scope, ann.id, new_id("otherone"), [])
    with pytest.raises(NotFound):
        await merges.undo(scope, new_id(core.workspace))
    assert await documents(core.store) == before
    await merges.merge(scope, ann.id, bob.id, [])
    with pytest.raises(BadInput):
        await merges.merge(scope, ann.id, bob.id, [])


async def test_nobody_answers_in_a_conversation_that_goes_on_elsewhere(both: Core) -> None:
    core = both
    await merge(core, ANN, BOB)
    [gone] = [c for c in await core.conversations() if c.state == "merged"]
    inbox = core.inboxes["mail"]
    route = Route(inbox, core.hub.services.inboxes.spec(inbox).capabilities, Address("email", ANN))
    verbs = core.hub.services.conversations
    with pytest.raises(Conflict):
        await verbs.reply(core.agent(), gone, Reply(client_id="client-1", text="Hi"), route)
    with pytest.raises(BadInput):
        await verbs.change(core.agent(), gone, "reopen-1", Changes(state="open"))
    assert len(await core.messages()) == 2


async def test_a_conversation_begun_in_the_moment_of_the_merge_follows(both: Core) -> None:
    """Somebody read the contact before it became a pointer, and began a conversation after."""
    core = both
    bob = await contact_of(core, BOB)
    await merge(core, ANN, BOB)
    ann = await contact_of(core, ANN)
    [open_one] = [c for c in await core.conversations() if c.state == "open"]
    verbs = core.hub.services.conversations
    await verbs.change(core.agent(), open_one, "close-one", Changes(state="closed"))
    late = await verbs.begin(core.agent(), core.inboxes["mail"], bob, "late-one", "Late")
    while (await core.store.get(CONVERSATIONS, late.id) or {})["contact_id"] != ann.id:
        await asyncio.sleep(0)
    await check_reachable(core)


async def test_everybody_is_told(both: Core) -> None:
    core = both
    told: list[Event] = []
    ann, bob = await contact_of(core, ANN), await contact_of(core, BOB)
    end = core.hub.services.bus.subscribe(lambda _, event: told.append(event))
    made = await merge(core, ANN, BOB)
    contacts = {e.contact.id: e.contact for e in told if isinstance(e, ContactChanged)}
    assert contacts[bob.id].merged_into == ann.id
    assert contacts[ann.id].addresses == [ANN, BOB]
    moved = {
        e.conversation.state: e.conversation for e in told if isinstance(e, ConversationChanged)
    }
    assert moved["merged"].merged_into == moved["open"].id
    told.clear()
    await _undo(core, made.id)
    contacts = {e.contact.id: e.contact for e in told if isinstance(e, ContactChanged)}
    assert contacts[bob.id].merged_into is None
    assert contacts[ann.id].addresses == [ANN]
    end()
    rows = await dump(core.store, AUDIT)
    assert [row["action"] for row in rows] == ["contact.merged", "contact.unmerged"]
    assert all(row["details"]["merge"] == made.id and row["actor"] == "Ada" for row in rows)


async def test_people_of_two_channels_become_one_and_two_again(core: Core) -> None:
    chat = core.inboxes["chat"].id
    await core.wire.receive(chat, chat_from(chat, "v1", "from the website", "c1"))
    await write(core, ANN, "from Ann", "m1")
    before = await documents(core.store)
    visitor = next(c for c in await core.conversations() if c.channel == "chat")
    ann = await contact_of(core, ANN)
    merges = core.hub.services.merges
    made = await merges.merge(core.agent(), ann.id, visitor.contact_id, [])
    _, history = await merges.of_contact(core.agent(), visitor.contact_id)
    assert [(m.id, m.state) for m in history] == [(made.id, "merged")]
    await check_reachable(core)
    await _undo(core, made.id)
    assert await documents(core.store) == before


async def test_a_snoozed_conversation_sleeps_on_after_an_undo(both: Core) -> None:
    core = both
    until = core.hub.services.clock.now_ms() + 3_600_000
    ann = next(c for c in await core.conversations() if c.preview == "from Ann")
    wanted = Changes(state="snoozed", snoozed_until=until)
    await core.hub.services.conversations.change(core.agent(), ann, "snooze-1", wanted)
    before = await documents(core.store)
    await write(core, BOB, "Bob again", "m3")
    made = await merge(core, ANN, BOB)
    assert (await core.store.get(CONVERSATIONS, ann.id) or {})["state"] == "merged"
    await _undo(core, made.id)
    key = f"conversations {ann.id}"
    assert (await documents(core.store))[key] == before[key]
