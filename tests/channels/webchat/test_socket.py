"""The live half: catch-up, pushes, marks, and what a hostile or slow browser gets."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from channels.webchat import live
from channels.webchat.session import BUFFER_MAX_BYTES, Socket
from hub.model.contact import Address
from hub.model.message import QuickReply
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import DeliveryReported, ReadReported
from tests.channels.webchat.conftest import ORIGIN, Visitor, frames_until
from tests.support.chat_context import ChatContext


def texts(frames: list[dict[str, Any]]) -> list[str]:
    shown = [frame for frame in frames if frame["type"] == "messages"]
    return [message["text"] for frame in shown for message in frame["messages"]]


async def chatting(visitor: Visitor) -> Address:
    await visitor.open()
    await visitor.write("hello")
    return visitor.ctx.visitors()[0]


async def test_own_message_comes_back_with_its_client_id_and_answers_arrive(
    visitor: Visitor,
) -> None:
    await visitor.open()
    async with await visitor.socket() as ws:
        assert await frames_until(ws, "ready") == [
            {"type": "ready", "conversation": None, "seq": 0}
        ]
        await visitor.write("hello", "client-0007")
        [frame] = await frames_until(ws, "messages")
        assert frame["messages"][0]["client_id"] == "client-0007"
        me = visitor.ctx.visitors()[0]
        await visitor.ctx.answer(me, "hi", quick_replies=[QuickReply("Yes", "y")])
        [frame] = await frames_until(ws, "messages")
        [message] = frame["messages"]
        assert (message["text"], message["author"], message["seq"]) == ("hi", "Anna", 2)
        assert message["quick_replies"] == [{"text": "Yes", "payload": "y"}]
        await visitor.ctx.adapter.send_typing(me, True)
        assert await ws.receive_json() == {"type": "typing", "is_typing": True}


async def test_catch_up_gives_what_was_missed_in_order_page_by_page(visitor: Visitor) -> None:
    me = await chatting(visitor)
    for n in range(130):
        await visitor.ctx.answer(me, f"answer {n}")
    async with await visitor.socket() as ws:
        frames = await frames_until(ws, "ready")
    assert texts(frames) == ["hello", *(f"answer {n}" for n in range(130))]
    assert frames[-1]["seq"] == 131
    conversation = frames[-1]["conversation"]
    async with await visitor.socket(conversation=conversation, after=129) as ws:
        assert texts(await frames_until(ws, "ready")) == ["answer 128", "answer 129"]


async def test_catch_up_of_an_older_and_a_foreign_conversation(
    visitor: Visitor, stranger: Visitor
) -> None:
    me = await chatting(visitor)
    await stranger.open()
    await stranger.write("other", "client-0002")
    foreign = visitor.ctx.history.current_of[visitor.ctx.visitors()[1]]
    async with await visitor.socket(conversation=foreign, after=0) as ws:
        frames = await frames_until(ws, "ready")
    assert texts(frames) == ["hello"]
    assert frames[-1]["conversation"] == visitor.ctx.history.current_of[me]


async def test_both_tabs_see_everything(visitor: Visitor) -> None:
    await visitor.open()
    async with await visitor.socket() as one, await visitor.socket() as two:
        await frames_until(one, "ready")
        await frames_until(two, "ready")
        await visitor.write("hello")
        for ws in (one, two):
            assert texts(await frames_until(ws, "messages")) == ["hello"]


async def reports(ctx: ChatContext, kind: type, count: int) -> list[Any]:
    """Wait, turn by turn, until `count` events of a kind were accepted."""
    async with asyncio.timeout(5):
        while len(found := [event for event in ctx.events if isinstance(event, kind)]) < count:
            await asyncio.sleep(0)
    return found


async def test_delivered_is_reported_once_whatever_the_browser_repeats(visitor: Visitor) -> None:
    me = await chatting(visitor)
    async with await visitor.socket() as one, await visitor.socket() as two:
        await frames_until(one, "ready")
        await frames_until(two, "ready")
        answer = await visitor.ctx.answer(me, "hi")
        for ws in (one, two, one):
            seen = {"type": "seen", "conversation": answer.conversation_id, "seqs": [1, 2, 3, 99]}
            await ws.send_json(seen)
        await two.send_json({"type": "ping"})
        await frames_until(two, "pong")
        await one.send_json({"type": "ping"})
        await frames_until(one, "pong")
    found = await reports(visitor.ctx, DeliveryReported, 1)
    assert [(event.message_id, event.delivery) for event in found] == [(answer.id, "delivered")]


async def test_nobody_confirms_or_reads_what_he_was_not_shown(
    visitor: Visitor, stranger: Visitor
) -> None:
    me = await chatting(visitor)
    answer = await visitor.ctx.answer(me, "hi")
    await stranger.open()
    async with await stranger.socket() as ws:
        await frames_until(ws, "ready")
        conversation = answer.conversation_id
        await ws.send_json({"type": "seen", "conversation": conversation, "seqs": [1, 2]})
        await ws.send_json({"type": "read", "conversation": conversation, "seq": 2})
        await ws.send_json({"type": "ping"})
        await frames_until(ws, "pong")
    assert len(visitor.ctx.events) == 1


async def test_read_marks_move_forward_only_and_no_further_than_shown(visitor: Visitor) -> None:
    me = await chatting(visitor)
    answer = await visitor.ctx.answer(me, "hi")
    async with await visitor.socket() as ws:
        await frames_until(ws, "ready")
        for seq in (1, 50, 2, 1):
            await ws.send_json({"type": "read", "conversation": answer.conversation_id, "seq": seq})
        await ws.send_json({"type": "ping"})
        await frames_until(ws, "pong")
    read = [event for event in visitor.ctx.events if isinstance(event, ReadReported)]
    assert [event.seq for event in read] == [1, 2]


async def test_presence_follows_the_visible_page(visitor: Visitor) -> None:
    me = await chatting(visitor)
    assert not visitor.ctx.adapter.is_present(me)
    async with await visitor.socket() as ws:
        await frames_until(ws, "ready")
        assert visitor.ctx.adapter.is_present(me)
        await ws.send_json({"type": "visible", "is_visible": False})
        await ws.send_json({"type": "ping"})
        await frames_until(ws, "pong")
        assert not visitor.ctx.adapter.is_present(me)


async def test_answer_to_a_visitor_who_left_is_no_error(visitor: Visitor) -> None:
    me = await chatting(visitor)
    await visitor.ctx.answer(me, "are you there?")
    async with await visitor.socket() as ws:
        assert texts(await frames_until(ws, "ready")) == ["hello", "are you there?"]


async def closed_with(ws: Any) -> int:
    async with asyncio.timeout(5):
        while (await ws.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
            pass
    return int(ws.close_code)


BOMBS: dict[str, tuple[str | bytes, int]] = {
    "too large": ("x" * 70_000, 1009),
    "nested": ('{"type":"ping","a":' + "[" * 20_000 + "]" * 20_000 + "}", 1008),
    "not json": ("{", 1008),
    "unknown kind": ('{"type":"drop tables"}', 1008),
    "binary": (b"\x00\x01", 1008),
}


@pytest.mark.parametrize(("bomb", "code"), BOMBS.values(), ids=BOMBS.keys())
async def test_bombs_close_their_own_socket_only(
    visitor: Visitor, stranger: Visitor, bomb: str | bytes, code: int
) -> None:
    """S-44; the agents' socket: `tests/e2e/test_agent_socket.py`."""
    await visitor.open()
    await stranger.open()
    async with await visitor.socket() as ws, await stranger.socket() as other:
        await frames_until(ws, "ready")
        await frames_until(other, "ready")
        await (ws.send_str(bomb) if isinstance(bomb, str) else ws.send_bytes(bomb))
        assert await closed_with(ws) == code
        await other.send_json({"type": "ping"})
        await frames_until(other, "pong")


async def test_more_than_twenty_frames_a_second_close_the_socket(visitor: Visitor) -> None:
    await visitor.open()
    async with await visitor.socket() as ws:
        await frames_until(ws, "ready")
        for _ in range(21):
            await ws.send_json({"type": "ping"})
        assert await closed_with(ws) == 1008


@pytest.mark.parametrize("hello", [{"type": "ping"}, {"type": "hello", "token": "a.b.c"}, {}])
async def test_without_a_good_hello_nothing_is_shown(visitor: Visitor, hello: Any) -> None:
    async with await visitor.connect() as ws:
        await ws.send_json(hello)
        assert await closed_with(ws) == 1008
    assert len(visitor.ctx.adapter._chat.sockets) == 0


async def test_an_eleventh_tab_is_refused(visitor: Visitor) -> None:
    await visitor.open()
    tabs = [await visitor.socket() for _ in range(10)]
    for tab in tabs:
        await frames_until(tab, "ready")
    assert await closed_with(await visitor.socket()) == 1008
    await tabs[0].send_json({"type": "ping"})
    await frames_until(tabs[0], "pong")
    for tab in tabs:
        await tab.close()


class StuckWire:
    """Never finishes a write."""

    async def send_str(self, data: str) -> None:
        await asyncio.Event().wait()


async def test_a_reader_who_does_not_read_is_cut_off_at_one_megabyte(ctx: ChatContext) -> None:
    class Transport(asyncio.WriteTransport):
        is_aborted = False

        def get_write_buffer_size(self) -> int:
            return 0

        def abort(self) -> None:
            self.is_aborted = True

    transport = Transport()
    socket = Socket(StuckWire(), transport)
    writer = ctx.tasks.spawn("test.writer", socket.run())
    frame = "x" * 65_536
    for _ in range(BUFFER_MAX_BYTES // len(frame)):
        socket.push(frame)
    assert not transport.is_aborted
    socket.push(frame)
    assert transport.is_aborted
    await asyncio.wait_for(socket.drained(), 1)
    writer.cancel()


async def test_a_line_that_carries_nothing_any_more_is_noticed(
    visitor: Visitor, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-31: whoever answers no ping is gone after one and a half heartbeats."""
    assert live.HEARTBEAT_S * 1.5 <= 45
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.1)
    me = await chatting(visitor)
    headers = {"Origin": ORIGIN}
    async with http.ws_connect(f"{visitor.base}/socket", headers=headers, autoping=False) as ws:
        await ws.send_json({"type": "hello", "token": visitor.token})
        await frames_until(ws, "ready")
        assert visitor.ctx.adapter.is_present(me)
        async with asyncio.timeout(90):
            while visitor.ctx.adapter.is_present(me):
                await asyncio.sleep(0.01)


async def test_stop_says_restart_and_leaves_no_task(visitor: Visitor) -> None:
    await visitor.open()
    async with await visitor.socket() as ws:
        await frames_until(ws, "ready")
        stopping = asyncio.ensure_future(visitor.ctx.adapter.stop())
        assert await closed_with(ws) == 1012
        await stopping
    async with asyncio.timeout(5):
        while len(visitor.ctx.tasks):
            await asyncio.sleep(0)
    assert len(visitor.ctx.adapter._chat.sockets) == 0


async def test_cards_show_a_product_and_refuse_script_links(visitor: Visitor) -> None:
    me = await chatting(visitor)
    picture = await visitor.ctx.files.save(b"png", "mug.png", declared_type="image/png")
    async with await visitor.socket() as ws:
        await frames_until(ws, "ready")
        card = {"title": "Mug", "price": "12 €", "file_id": picture.file_id}
        for url in ("https://shop.example/mug", "javascript:alert(1)"):
            details = {"card": {**card, "url": url}}
            await visitor.ctx.answer(me, "look", attachments=[picture], details=details)
        shown = [(await frames_until(ws, "messages"))[0]["messages"][0]["card"] for _ in range(2)]
    assert shown[0]["url"] == "https://shop.example/mug"
    assert shown[0]["image"].startswith("/files/")
    assert "url" not in shown[1]


async def test_deleted_messages_show_nothing_of_what_they_said(visitor: Visitor) -> None:
    me = await chatting(visitor)
    answer = await visitor.ctx.answer(me, "wrong window: the password is 1234")
    changed = visitor.ctx.history.change(answer.id, deleted_at=1)
    assert changed is not None
    async with await visitor.socket() as ws:
        await frames_until(ws, "ready")
        await visitor.ctx.adapter.show(me, changed)
        [frame] = await frames_until(ws, "messages")
    assert frame["messages"][0]["is_deleted"]
    assert "text" not in frame["messages"][0]


async def test_send_is_success_without_a_conversation_partner(ctx: ChatContext) -> None:
    to = Address("visitor", "nobody", ctx.inbox.id)
    conversation = "testwksp.c"
    message = OutboundMessage(
        id=f"{conversation}.0000000001", conversation_id=conversation, seq=1, to=to, text="hi"
    )
    assert (await ctx.adapter.send(message)).provider_ids == []
