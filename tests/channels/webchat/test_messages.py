"""What a visitor sends by HTTP: stored once, under limits, answered only after the commit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from hub.model.message import Author
from hub.ports.channel import KnowsPresence, SendsTyping, ServesHttp, ShowsChanges
from hub.ports.inbound import DetailsClaimed, ReadReported
from tests.channels.webchat.conftest import Visitor
from tests.support.chat_context import ChatContext


def test_the_adapter_has_the_abilities_it_claims(ctx: ChatContext) -> None:
    for ability in (ServesHttp, SendsTyping, ShowsChanges, KnowsPresence):
        assert isinstance(ctx.adapter, ability)
    assert ctx.states == ["connected"]


async def test_five_equal_posts_are_one_message(visitor: Visitor) -> None:
    """R-08."""
    await visitor.open()
    said = await asyncio.gather(*(visitor.write("once") for _ in range(5)))
    assert {status for status, _ in said} == {200}
    assert [event.text for event in visitor.ctx.messages()] == ["once"]


async def test_the_same_client_id_of_two_visitors_is_two_messages(
    visitor: Visitor, stranger: Visitor
) -> None:
    for who in (visitor, stranger):
        await who.open()
        await who.write(f"from {who.token}")
    assert len(visitor.ctx.messages()) == 2


async def test_no_ok_without_commit(visitor: Visitor) -> None:
    """R-16, R-17; webhooks: `tests/e2e/test_webhooks.py`."""
    await visitor.open()
    visitor.ctx.is_down = True
    status, said = await visitor.write("hello")
    assert (status, said["error"]["code"]) == (503, "unavailable")
    visitor.ctx.is_down = False
    assert await visitor.write("hello") == (200, {"ok": True})
    assert len(visitor.ctx.messages()) == 1


async def test_history_shows_messages_only_and_nothing_internal(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.write("hello")
    [me] = visitor.ctx.visitors()
    note = visitor.ctx.history.add(
        me, kind="note", direction="none", author=Author("agent", "x", "Anna"), text="a secret note"
    )
    visitor.ctx.history.add(
        me,
        direction="out",
        author=Author("agent", "testwksp.agent", "Anna Nowak"),
        text="hi",
        address="support@shop.example",
        provider_id="prov-1",
        delivery="sent",
    )
    status, said = await visitor.call("GET", "messages?after=0")
    assert status == 200
    assert [(m["direction"], m["text"]) for m in said["messages"]] == [
        ("in", "hello"),
        ("out", "hi"),
    ]
    assert said["messages"][1]["author"] == "Anna"
    shown = json.dumps(said)
    for secret in (note.text, "Nowak", "testwksp.agent", "support@", "prov-1", me.value):
        assert secret not in shown


async def test_nobody_reads_a_strangers_conversation(visitor: Visitor, stranger: Visitor) -> None:
    await visitor.open()
    await visitor.write("private")
    await stranger.open()
    [conversation] = visitor.ctx.history.timelines
    path = f"messages?conversation={conversation}"
    assert (await stranger.call("GET", path))[0] == 404
    body = {"conversation_id": conversation, "seq": 1}
    assert (await stranger.call("POST", "read", json=body))[0] == 404
    assert not any(isinstance(event, ReadReported) for event in visitor.ctx.events)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"client_id":"client-0001","text":"\xff\xfe"}', "\ufffd\ufffd"),
        (b'{"client_id":"client-0001","text":"a\\u0000b"}', "a\ufffdb"),
        (b'{"client_id":"client-0001","text":"\\ud800x"}', "\ufffdx"),
        (b'{"client_id":"client-0001","text":"\\ud83d\\ude00"}', "😀"),
        ('{"client_id":"client-0001","text":"\u202egnp.exe"}'.encode(), "\u202egnp.exe"),
    ],
)
async def test_what_no_store_can_hold_is_replaced(
    visitor: Visitor, raw: bytes, expected: str
) -> None:
    """R-35."""
    await visitor.open()
    assert (await visitor.call("POST", "messages", data=raw))[0] == 200
    assert visitor.ctx.messages()[0].text == expected


REFUSED = {
    "not json": (b"{", 400),
    "not an object": (b"[]", 400),
    "deep": (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
    "deep arrays": (b"[" * 30_000 + b"]" * 30_000, 400),
    "too large": (b'{"client_id":"client-0001","text":"' + b"x" * 70_000 + b'"}', 413),
    "text too long": (b'{"client_id":"client-0001","text":"' + b"x" * 10_001 + b'"}', 400),
    "no client id": (b'{"text":"x"}', 400),
    "bad client id": (b'{"client_id":"../../x/y/z","text":"x"}', 400),
    "operator": (b'{"client_id":{"$ne":""},"text":"x"}', 400),
    "empty": (b'{"client_id":"client-0001","text":" \\n "}', 400),
    "number": (b'{"client_id":"client-0001","text":' + b"9" * 5000 + b"}", 400),
    "forged file": (b'{"client_id":"client-0001","text":"x","file_ids":["e30.abc"]}', 400),
}


@pytest.mark.parametrize(("raw", "status"), REFUSED.values(), ids=REFUSED.keys())
async def test_bad_bodies_get_a_clear_error_and_change_nothing(
    visitor: Visitor, raw: bytes, status: int
) -> None:
    await visitor.open()
    got, said = await visitor.call("POST", "messages", data=raw)
    assert got == status
    assert said["error"]["code"] in ("bad_input", "too_large")
    assert visitor.ctx.events == []


async def test_unknown_endpoints_are_404(visitor: Visitor) -> None:
    await visitor.open()
    assert (await visitor.call("POST", "nothing", json={}))[0] == 404
    assert (await visitor.call("DELETE", "messages"))[0] == 404


async def test_files_go_in_by_ticket_and_come_out_by_signed_link(visitor: Visitor) -> None:
    await visitor.open()
    status, said = await visitor.upload(b"price list", "cennik%20%C5%82.txt")
    assert status == 200
    assert said["file"]["name"] == "cennik ł.txt"
    assert (await visitor.write("see", file_ids=[said["file"]["id"]]))[0] == 200
    [event] = visitor.ctx.messages()
    assert event.attachments[0].size_bytes == 10
    _, history = await visitor.call("GET", "messages")
    reader = await visitor.ctx.history.reader_id(event.sender)
    url = history["messages"][0]["files"][0]["url"]
    assert url == visitor.ctx.files.link(event.attachments[0].file_id, reader)
    assert visitor.ctx.files.owners[event.attachments[0].file_id] == reader


async def test_a_ticket_is_worth_nothing_to_another_visitor(
    visitor: Visitor, stranger: Visitor
) -> None:
    await visitor.open()
    _, said = await visitor.upload(b"mine")
    await stranger.open()
    status, refused = await stranger.write("x", file_ids=[said["file"]["id"]])
    assert (status, refused["error"]["field"]) == (400, "file_ids")


async def test_names_of_files_reach_the_sink_as_one_line(visitor: Visitor) -> None:
    await visitor.open()
    _, said = await visitor.upload(b"x", "..%2F..%2Fetc%2Fpasswd%0D%0AX: y%00")
    assert said["file"]["name"] == "../../etc/passwd X: y"
    _, said = await visitor.upload(b"x", "n" * 3000)
    assert len(said["file"]["name"]) == 255


async def test_upload_limits(visitor: Visitor) -> None:
    await visitor.open()
    limit = visitor.ctx.adapter._chat.settings.upload_max_bytes

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(limit // 65_536 + 2):
            yield b"x" * 65_536

    assert (await visitor.upload(BytesIO(b"x" * (limit + 1))))[0] == 413
    assert (await visitor.upload(endless()))[0] == 413
    assert (await visitor.upload(b""))[0] == 400
    visitor.token = ""
    assert (await visitor.upload(b"x"))[0] == 401
    assert visitor.ctx.files.bytes == {}


async def test_a_flood_of_one_visitor_is_held_back_and_recovers(visitor: Visitor) -> None:
    """S-51."""
    await visitor.open()
    statuses = [(await visitor.write("x", f"client-{n:04d}"))[0] for n in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    await visitor.ctx.clock.advance(1)  # type: ignore[attr-defined]
    assert (await visitor.write("x", "client-9999"))[0] == 200


async def test_details_are_claims(visitor: Visitor) -> None:
    await visitor.open()
    body = {"client_id": "client-0001", "name": "Jan\nK", "email": "jan@Shop.Example"}
    assert (await visitor.call("POST", "details", json=body))[0] == 200
    [event] = visitor.ctx.events
    assert isinstance(event, DetailsClaimed)
    assert (event.name, event.email) == ("Jan K", "jan@shop.example")


@pytest.mark.parametrize(
    "email",
    ["x", "a@b", "a b@c.de", "a@b..de", "a@b.de,c@d.ef", "<a@b.de>", "a@b.de\r\nBcc: c@d.ef"],
)
async def test_what_is_no_address_is_refused(visitor: Visitor, email: str) -> None:
    await visitor.open()
    body = {"client_id": "client-0001", "email": email}
    status, said = await visitor.call("POST", "details", json=body)
    assert (status, said["error"]["field"]) == (400, "email")


async def test_offline_form_carries_the_address_with_the_message(visitor: Visitor) -> None:
    visitor.ctx.is_open = False
    assert (await visitor.open())["config"]["is_open"] is False
    await visitor.write("call me", email="jan@shop.example", name="Jan", language="pl-PL")
    [event] = visitor.ctx.messages()
    assert (event.claimed_email, event.claimed_name, event.language) == (
        "jan@shop.example",
        "Jan",
        "pl",
    )
    assert not event.is_verified


async def test_read_marks_and_typing_by_http(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.write("hello")
    [conversation] = visitor.ctx.history.timelines
    for _ in range(2):
        body = {"conversation_id": conversation, "seq": 1}
        assert (await visitor.call("POST", "read", json=body))[0] == 200
    await visitor.call("POST", "read", json={"conversation_id": conversation, "seq": 99})
    assert [event.seq for event in visitor.ctx.events if isinstance(event, ReadReported)] == [1]
    await visitor.call("POST", "typing", json={"is_typing": True})
    assert visitor.ctx.typed == [(visitor.ctx.visitors()[0], True)]


async def test_a_stopped_inbox_answers_503(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.ctx.adapter.stop()
    await visitor.ctx.adapter.stop()
    assert (await visitor.write("hello"))[0] == 503


def test_no_texts_are_missing() -> None:
    """Every field and fault of the settings form has a text in every language."""
    from channels.webchat.config import SPEC

    folder = Path(__file__).parents[3] / "channels/webchat/i18n"
    texts = {tag: json.loads((folder / f"{tag}.json").read_text()) for tag in ("en", "tr", "pl")}
    assert texts["en"].keys() == texts["tr"].keys() == texts["pl"].keys()
    for field in SPEC.fields:
        assert f"config.{field.name}" in texts["en"]
        for choice in field.choices:
            assert f"config.{field.name}.{choice}" in texts["en"]
    assert all(text.strip() for by_key in texts.values() for text in by_key.values())


async def test_answers_that_may_be_taken_back_are_not_shown(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.write("hello")
    [me] = visitor.ctx.visitors()
    author = Author("agent", "x", "Anna")
    for delivery in ("queued", "cancelled", "sending", "accepted"):
        visitor.ctx.history.add(
            me, direction="out", author=author, text=delivery, delivery=delivery
        )
    _, said = await visitor.call("GET", "messages")
    assert [message["text"] for message in said["messages"]] == ["hello", "sending", "accepted"]
