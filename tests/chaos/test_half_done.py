"""What a crash between two writes of one command leaves (only MongoDB can) is finished when it is
repeated: the answer goes out, replies find their message.
"""

from pathlib import Path

import pytest

from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.ids import LANES
from hub.ports.collections import JOURNAL, MESSAGE_REFS, MESSAGES
from hub.ports.store import Patch
from hub.services.conversations import Reply, Route
from tests.support.core import Core, running_core
from tests.support.loop_channel import mail_from


async def _one_mail(core: Core) -> Conversation:
    await core.wire.receive(core.inboxes["mail"].id, mail_from("ann@shop.example", "Hi", "m1"))
    await core.settle()
    [conversation] = await core.conversations()
    return conversation


async def test_a_repeated_answer_goes_out_when_the_first_try_ended_before_its_wake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_core("sqlite", tmp_path) as core:
        conversation, inbox = await _one_mail(core), core.inboxes["mail"]
        services, agent = core.hub.services, core.agent()
        capabilities = services.inboxes.spec(inbox).capabilities
        route = Route(inbox, capabilities, Address("email", "ann@shop.example"))
        reply = Reply(client_id="client-1", text="Good day")
        with monkeypatch.context() as broken:
            broken.setattr(services.outbox, "wake", lambda row: None)
            first = await services.conversations.reply(agent, conversation, reply, route)
        for _ in range(3):
            again = await services.conversations.reply(agent, conversation, reply, route)
            assert again.id == first.id
        await core.settle()
        assert [sent.id for sent in core.wire.sent] == [first.id]


async def test_a_repeated_mail_is_found_by_its_message_id(tmp_path: Path) -> None:
    async with running_core("sqlite", tmp_path) as core:
        await _one_mail(core)
        names = await core.hub.services.names.of(core.workspace)
        ref = names.provider_ref(core.inboxes["mail"].id, "m1")
        [message], [row] = await core.messages(), (await core.store.dump(JOURNAL)).docs
        await core.store.delete(MESSAGE_REFS, ref)
        await core.store.delete(MESSAGES, message.id)
        await core.store.patch(JOURNAL, row["_id"], Patch(set={"state": "new"}))
        await core.hub.journal.take_up(range(LANES))
        await core.settle()
        assert [m.id for m in await core.messages()] == [message.id]
        assert await core.hub.services.timeline.find_by_ref(ref) == message.id
