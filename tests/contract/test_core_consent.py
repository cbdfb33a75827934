"""Opting out, over both stores: words, networks, refusals and agents; every sender obeys, a machine
answers at most once an hour.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import OptedOut
from hub.model.contact import Address
from hub.model.message import Message
from hub.model.suppression import Proof, Suppression
from hub.ports.collections import SUPPRESSIONS
from hub.ports.inbound import ConsentChanged, DeliveryReported
from hub.services.conversations import Reply, Route
from hub.services.docs import from_doc
from tests.support.core import Core, running_core
from tests.support.loop_channel import mail_from
from tests.support.phone_channel import ANN, BOB, Network, sms
from tests.support.real_hub import JumpingClock
from tests.support.stores import KINDS


@pytest.fixture
def net() -> Network:
    return Network()


@pytest.fixture
def jumping() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(params=KINDS)
async def core(
    request: pytest.FixtureRequest, tmp_path: Path, net: Network, jumping: JumpingClock
) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path, jumping, net) as core:
        yield core


async def _receive(core: Core, *events: object) -> None:
    await core.wire.receive(core.inboxes["phone"].id, *events)  # type: ignore[arg-type]
    await core.settle()


async def _answer(core: Core, text: str, to: Address = ANN) -> Message:
    names = await core.hub.services.names.of(core.workspace)
    who = names.identity(to)
    conversation = next(c for c in await core.conversations() if who in c.identities)
    inbox = core.inboxes["phone"]
    route = Route(inbox, core.hub.services.inboxes.spec(inbox).capabilities, to)
    reply = Reply(client_id=f"client-{text}", text=text)
    message = await core.hub.services.conversations.reply(core.agent(), conversation, reply, route)
    await core.settle()
    return next(m for m in await core.messages() if m.id == message.id)


async def _entries(core: Core) -> list[Suppression]:
    page = await core.store.find(SUPPRESSIONS, core.workspace, {})
    return [from_doc(Suppression, doc) for doc in page.docs]


def _texts(net: Network) -> list[str]:
    return [message.text for message in net.sent]


async def test_stop_is_confirmed_once_and_then_there_is_silence(core: Core, net: Network) -> None:
    """R-48."""
    await _receive(core, sms("Hi", "m0"))
    for number in range(5):
        await _receive(core, sms("Stop", f"m{number + 1}", at=number + 2))
    await _receive(core, sms("Stop", "m1", at=2))
    assert len(_texts(net)) == 1
    assert "START" in _texts(net)[0]
    assert [m.activity for m in await core.messages("activity")] == ["opted_out"]
    refused = await _answer(core, "But why?")
    assert (refused.delivery, refused.reason) == ("failed", "opted_out")
    assert len(_texts(net)) == 1
    [entry] = await _entries(core)
    assert [(p.source, p.text, p.is_opted_out) for p in entry.history] == [("word", "Stop", True)]


async def test_start_undoes_and_the_proof_of_both_is_kept(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    await _receive(core, sms("İPTAL", "m1"))
    assert "START" in _texts(net)[0]
    assert "artık" in _texts(net)[0]
    jumping.jump(3600)
    await _receive(core, sms("START", "m2", at=5))
    assert (await _answer(core, "Welcome back")).delivery == "accepted"
    [entry] = await _entries(core)
    assert (entry.state, [p.is_opted_out for p in entry.history]) == ("released", [True, False])
    assert len(_texts(net)) == 3


async def test_machines_that_answer_each_other_fall_silent(core: Core, net: Network) -> None:
    """R-48: at most one automatic answer an hour, whatever is asked."""
    for number in range(10):
        word = ("STOP", "START", "HELP")[number % 3]
        await _receive(core, sms(word, f"m{number}", at=number + 1))
    assert len(_texts(net)) == 1


async def test_an_ordinary_yes_is_a_message(core: Core, net: Network) -> None:
    await _receive(core, sms("Yes", "m1"), sms("stop by tomorrow", "m2", at=2))
    assert (_texts(net), await _entries(core)) == ([], [])
    assert (await _answer(core, "Fine")).delivery == "accepted"


async def test_the_word_of_a_blocked_contact_counts_too(core: Core, net: Network) -> None:
    await _receive(core, sms("Hi", "m1"))
    contact_id = (await core.conversations())[0].contact_id
    contacts = core.hub.services.contacts
    await contacts.change(core.agent(role="admin"), contact_id, {"is_blocked": True})
    await _receive(core, sms("STOP", "m2", at=2))
    assert [entry.state for entry in await _entries(core)] == ["active"]
    assert _texts(net) == []


async def test_words_count_only_where_the_channel_has_opt_out(core: Core, net: Network) -> None:
    await core.wire.receive(core.inboxes["mail"].id, mail_from("ann@shop.example", "STOP", "e1"))
    await core.settle()
    assert (_texts(net), await _entries(core)) == ([], [])


async def test_what_the_network_tells_counts(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    out = ConsentChanged(
        event_id="c1", sender=ANN, is_opted_out=True, proof="user_preferences", at=3
    )
    await _receive(core, out)
    assert (await _answer(core, "One")).reason == "opted_out"
    back = ConsentChanged(event_id="c2", sender=ANN, is_opted_out=False, at=4)
    await _receive(core, back)
    assert (await _answer(core, "Two")).delivery == "accepted"
    told = [m.activity for m in await core.messages("activity")]
    assert [one for one in told if one != "assigned"] == ["opted_out", "opted_in"]


async def test_marketing_opt_outs_do_not_stop_answers(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    event = ConsentChanged(event_id="c1", sender=ANN, is_opted_out=True, scope="marketing", at=3)
    await _receive(core, event)
    assert (await _answer(core, "One")).delivery == "accepted"
    suppressions = core.hub.services.suppressions
    assert await suppressions.is_refused(core.workspace, "phone", ANN, is_marketing=True)
    assert not await suppressions.is_refused(core.workspace, "phone", ANN)


async def test_a_refusal_of_the_vendor_is_remembered(core: Core, net: Network) -> None:
    await _receive(core, sms("Hi", "m1"), sms("Hello", "m2", sender=BOB))
    net.faults = [OptedOut("21610 unsubscribed recipient")]
    first = await _answer(core, "One")
    assert (first.reason, first.detail) == ("opted_out", "21610 unsubscribed recipient")
    net.faults = []
    assert (await _answer(core, "Two")).reason == "opted_out"
    bob = await _answer(core, "Three", BOB)
    report = DeliveryReported(
        event_id="r1", provider_id=bob.provider_id, delivery="failed", reason="opted_out", at=9
    )
    await _receive(core, report)
    assert (await _answer(core, "Four", BOB)).reason == "opted_out"
    assert _texts(net) == ["Three"]
    assert {entry.history[0].source for entry in await _entries(core)} == {"refusal"}


async def test_an_agents_entry_holds_for_every_channel_of_that_kind(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    suppressions = core.hub.services.suppressions
    proof = Proof(at=1, is_opted_out=True, source="agent", text="by telephone", cause="agent:1")
    added = await suppressions.opt_out(core.workspace, "", ANN, proof)
    assert (await _answer(core, "One")).reason == "opted_out"
    taken = Proof(at=2, is_opted_out=False, source="agent", cause="agent:2")
    await suppressions.remove(core.workspace, added.id, taken)
    assert (await _answer(core, "Two")).delivery == "accepted"
    assert (await suppressions.page(core.workspace, None, 10)).items == []
