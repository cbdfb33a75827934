"""A Telegram inbox by webhook: what goes out, what comes in, and each way in which it can fail."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from channels.telegram.ids import address
from channels.telegram.parse import WANTED
from channels.telegram.signature import HEADER, secret_of
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TooLarge,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.ports.inbound import (
    AddressMoved,
    MediaRef,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachabilityChanged,
    Reacted,
)
from tests.channels.telegram.conftest import MakeWorld, World
from tests.channels.telegram.sample import SOMEBODY, TOKEN
from tests.support.channel_sample import text_to


def received(world: World) -> MessageReceived:
    event = world.event()
    assert isinstance(event, MessageReceived)
    return event


async def attached(world: World, media_type: str, data: bytes = b"data", **more: Any) -> Attachment:
    saved = await world.ctx.files.save(data, 'żółw "1".bin', declared_type=media_type)
    return msgspec.structs.replace(saved, **more)


async def test_starting_sets_the_webhook(world: World) -> None:
    assert world.calls == ["setWebhook"]
    assert world.bot.webhook == world.hook.url + world.ctx.inbox.hook_path
    assert world.bot.secret == secret_of(TOKEN, world.ctx.inbox.id)
    assert world.bot.wanted == list(WANTED)
    assert TOKEN not in world.bot.webhook + world.bot.secret


async def test_starting_twice_and_stopping_twice_is_as_good_as_once(world: World) -> None:
    await world.adapter.start()
    assert len(world.ctx.tasks.names()) == 1
    await world.adapter.stop()
    await world.adapter.stop()
    assert world.ctx.tasks.names() == []


async def test_what_waited_while_the_hub_was_away_comes_with_the_webhook(
    make_world: MakeWorld,
) -> None:
    async with make_world(is_started=False) as world:
        await world.customer(text="Is anybody there?")
        assert world.ctx.events == []
        await world.adapter.start()
        assert received(world).text == "Is anybody there?"
        assert world.bot.updates == []


async def test_a_text_goes_out(world: World) -> None:
    result = await world.adapter.send(text_to(world.to, "Dzień dobry <b>👋</b>"))
    assert result.provider_ids == world.vendor.desk.accepted == [f"{SOMEBODY}:101"]
    (shown,) = await world.phone()
    assert (shown["text"], shown["is_ours"]) == ("Dzień dobry <b>👋</b>", True)


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "photo"), ("image/gif", "animation"), ("video/mp4", "video"),
        ("audio/mpeg", "audio"), ("application/pdf", "document"), ("text/html", "document"),
    ],
)  # fmt: skip
async def test_each_kind_of_file_goes_out_whole(world: World, media_type: str, kind: str) -> None:
    data = bytes(range(256)) * 50
    file = await attached(world, media_type, data)
    replies = [QuickReply("Good")]
    message = text_to(world.to, "Look: ż", attachments=[file], quick_replies=replies)
    await world.adapter.send(message)
    assert world.calls[-1].lower() == f"send{kind}"
    (shown,) = await world.phone()
    assert shown["text"] == "Look: ż"
    assert shown["quick_replies"] == [{"id": "Good", "title": "Good"}]
    # A quotation mark would end the header it stands in.
    assert shown["file_name"] == "żółw _1_.bin"
    (kept,) = world.bot.files.values()
    assert kept.data == data


async def test_a_voice_note_goes_out_as_one(world: World) -> None:
    file = await attached(world, "audio/ogg", is_voice=True)
    await world.adapter.send(text_to(world.to, "", attachments=[file]))
    assert world.calls[-1] == "sendVoice"


async def test_a_file_that_is_gone_is_said_to_be(world: World) -> None:
    file = Attachment(file_id="gone", name="a", media_type="image/png", size_bytes=1)
    with pytest.raises(ContentRejected):
        await world.adapter.send(text_to(world.to, "", attachments=[file]))
    assert world.calls == ["setWebhook"]


async def test_a_pressed_button_comes_back_and_stops_turning(world: World) -> None:
    replies = [QuickReply("Where is it?", "track:7"), QuickReply("No")]
    await world.adapter.send(text_to(world.to, "More?", quick_replies=replies))
    for reply_to in ("101", ""):
        await world.customer(payload="track:7", reply_to=reply_to)
        event = received(world)
        assert (event.text, event.payload) == ("Where is it?", "track:7")
        assert event.reply_to == f"{SOMEBODY}:101"
    assert list(world.bot.presses.values()) == [True, True]
    assert "answerCallbackQuery" not in world.calls, "it went along with the answer to the webhook"


async def test_a_reply_quotes_both_ways(world: World) -> None:
    question = await world.customer(text="When?")
    asked = received(world)
    await world.adapter.send(text_to(world.to, "Today", reply_to=asked.event_id))
    answer = (await world.phone(question))[0]
    assert answer["reply_to"] == question
    await world.customer(text="Good", reply_to=answer["id"])
    assert received(world).reply_to == f"{SOMEBODY}:{answer['id']}"


async def test_a_quoted_message_that_is_gone_does_not_hold_the_answer_back(world: World) -> None:
    await world.adapter.send(text_to(world.to, "Today", reply_to=f"{SOMEBODY}:99"))
    assert len(world.vendor.desk.accepted) == 1


async def test_edit_delete_and_react(world: World) -> None:
    sent = await world.adapter.send(text_to(world.to, "Wrogn"))
    (ref,) = sent.provider_ids
    for _ in range(2):
        await world.adapter.edit(ref, text_to(world.to, "Wrong"))
    (shown,) = await world.phone()
    assert (shown["text"], shown["is_edited"]) == ("Wrong", True)
    for _ in range(2):
        await world.adapter.delete(world.to, ref)
    assert await world.phone() == []
    theirs = await world.customer(text="Thanks")
    for emoji in ("👍", ""):
        await world.adapter.react(world.to, f"{SOMEBODY}:{theirs}", emoji)
        assert (await world.phone())[0]["reaction"] == emoji
    with pytest.raises(ContentRejected, match="REACTION_INVALID"):
        await world.adapter.react(world.to, f"{SOMEBODY}:{theirs}", "🦖")
    with pytest.raises(ContentRejected):
        await world.adapter.edit(f"{SOMEBODY}:{theirs}", text_to(world.to, "x"))
    with pytest.raises(ContentRejected):
        await world.adapter.edit("wamid.1", text_to(world.to, "x"))


async def test_captions_are_edited_where_there_is_a_file(world: World) -> None:
    file = await attached(world, "image/png")
    sent = await world.adapter.send(text_to(world.to, "Old", attachments=[file]))
    await world.adapter.edit(sent.provider_ids[0], text_to(world.to, "New", attachments=[file]))
    assert (await world.phone())[0]["text"] == "New"


async def test_typing_is_shown_and_never_in_the_way(world: World) -> None:
    await world.adapter.send_typing(world.to, True)
    await world.adapter.send_typing(world.to, False)
    assert world.bot.people[SOMEBODY].typing == 1
    await world.adapter.send_typing(address(5), True)
    for kind in ("drop", "garbage", "status"):
        world.fault(kind, "sendChatAction")
        await world.adapter.send_typing(world.to, True)
    assert world.calls.count("sendChatAction") == 5


async def test_each_kind_of_file_comes_in(world: World) -> None:
    for kind in ("photo", "video", "animation", "audio", "voice", "video_note", "sticker"):
        await world.send_file(kind.encode(), "image/webp", "a.webp", as_file={"kind": kind})
        (ref,) = received(world).media
        found = await world.adapter.fetch(ref)
        assert found.data == kind.encode()
        assert (ref.is_voice, ref.is_sticker) == (kind == "voice", kind == "sticker")
    await world.send_file(b"%PDF", "application/pdf", "faktura ż.pdf", text="Proszę")
    event = received(world)
    found = await world.adapter.fetch(event.media[0])
    assert (found.name, found.data, event.text) == ("faktura ż.pdf", b"%PDF", "Proszę")
    assert TOKEN not in repr(world.ctx.events) + repr(found)


async def test_albums_places_and_cards_come_in(world: World) -> None:
    for name in "ab":
        await world.send_file(b"x", "image/png", name, album="77")
    assert [e.album_id for e in world.ctx.events if isinstance(e, MessageReceived)] == ["77", "77"]
    await world.customer(location=[41.01, 28.97])
    assert received(world).location is not None
    await world.customer(contact=["Zoë", "+48501000002"])
    assert received(world).aliases == [Address("phone", "+48501000002")]
    await world.customer(contact=["Jan", "+48501000009"])
    assert received(world).aliases == []


async def test_changes_come_in(world: World) -> None:
    id = await world.customer(text="Wrogn")
    await world.customer("edits", id=id, text="Wrong")
    edited = world.event()
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_id, edited.text) == (f"{SOMEBODY}:{id}", "Wrong")
    for emoji in ("❤", ""):
        await world.customer("reactions", id=id, emoji=emoji)
        reacted = world.event()
        assert isinstance(reacted, Reacted)
        assert (reacted.provider_id, reacted.emoji) == (edited.provider_id, emoji)
    for is_subscribed in (False, True):
        await world.customer("subscription", is_subscribed=is_subscribed)
        change = world.event()
        assert isinstance(change, ReachabilityChanged)
        assert (change.sender, change.is_reachable) == (world.to, is_subscribed)


async def test_a_business_account_is_answered_in_its_own_chat(world: World) -> None:
    id = await world.customer(text="Hello", connection="bc_1")
    asked = received(world)
    assert (asked.event_id, asked.sender) == (f"{SOMEBODY}:{id}:bc_1", world.to)
    sent = await world.adapter.send(text_to(world.to, "Hi", refs=[asked.event_id]))
    (ref,) = sent.provider_ids
    number = int(ref.split(":")[1])
    kept = world.bot.people[SOMEBODY].messages[number]
    assert kept["business_connection_id"] == "bc_1" and ref.endswith(":bc_1")
    await world.adapter.mark_read(world.to, asked.event_id)
    assert world.bot.people[SOMEBODY].read == [int(id)]
    await world.adapter.mark_read(world.to, f"{SOMEBODY}:1")
    assert world.bot.people[SOMEBODY].read == [int(id)]
    await world.customer(text="I am on it", connection="bc_1", is_owner=True)
    echo = world.event()
    assert isinstance(echo, MessageEchoed) and echo.sender == world.to
    with pytest.raises(ContentRejected):
        await world.adapter.react(world.to, asked.event_id, "👍")
    await world.customer("deletions", id=id)
    gone = world.event()
    assert isinstance(gone, MessageDeleted) and gone.provider_id == asked.event_id
    await world.adapter.delete(world.to, ref)
    assert number not in world.bot.people[SOMEBODY].messages


async def test_a_moved_group_is_followed(world: World) -> None:
    old, new = -500000001, -1001000000001
    world.bot.meet(old, "Customers").moved_to = new
    world.bot.meet(new, "Customers")
    with pytest.raises(TransientFailure):
        await world.adapter.send(text_to(address(old), "Hi"))
    moved = world.event()
    assert isinstance(moved, AddressMoved)
    assert (moved.sender, moved.new) == (address(old), address(new))
    assert world.vendor.desk.accepted == []
    sent = await world.adapter.send(text_to(address(old), "Hi"))
    assert sent.provider_ids[0].startswith(f"{new}:")
    fresh = type(world.adapter)(world.ctx)
    await fresh.send(text_to(address(old), "After a restart"))
    assert len(world.vendor.desk.accepted) == 2


async def test_a_group_that_moved_twice_is_followed(world: World) -> None:
    chats = (-5, -1001, -1002)
    for chat, moved_to in zip(chats, (-1001, -1002, 0), strict=True):
        world.bot.meet(chat, "Customers").moved_to = moved_to
    for _ in range(2):
        with pytest.raises(TransientFailure):
            await world.adapter.send(text_to(address(-5), "Hi"))
    sent = await world.adapter.send(text_to(address(-5), "Hi"))
    assert sent.provider_ids[0].startswith("-1002:")


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        ({"kind": "drop"}, OutcomeUnknown, 0),
        ({"kind": "accept_then_drop"}, OutcomeUnknown, 1),
        ({"kind": "garbage"}, OutcomeUnknown, 0),
        ({"kind": "status", "status": 400}, RecipientUnreachable, 0),
        ({"kind": "status", "status": 401}, AuthFailed, 0),
        ({"kind": "status", "status": 403}, RecipientUnreachable, 0),
        ({"kind": "status", "status": 404}, AuthFailed, 0),
        ({"kind": "status", "status": 409}, TransientFailure, 0),
        ({"kind": "status", "status": 429, "retry_after_s": 35}, RateLimited, 0),
        ({"kind": "status", "status": 500}, OutcomeUnknown, 0),
        ({"kind": "status", "status": 502}, OutcomeUnknown, 0),
    ],
)
async def test_each_fault_is_the_right_error(
    world: World, fault: dict[str, Any], error: type[SendError], accepted: int
) -> None:
    world.fault(**fault)
    with pytest.raises(error) as raised:
        await world.adapter.send(text_to(world.to, "Hi"))
    assert len(world.vendor.desk.accepted) == accepted
    assert world.calls == ["setWebhook", "sendMessage"], "exactly one attempt"
    assert TOKEN not in str(raised.value)
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after_s == 35


async def test_a_vendor_that_hangs_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.adapter.probe()
    client = await world.adapter._bot()
    monkeypatch.setattr(client._session, "timeout", 0.05)
    world.fault("hang")
    with pytest.raises(OutcomeUnknown):
        await world.adapter.send(text_to(world.to, "Hi"))


async def test_who_cannot_be_written_to(world: World) -> None:
    await world.customer("subscription", is_subscribed=False)
    with pytest.raises(RecipientUnreachable, match="blocked"):
        await world.adapter.send(text_to(world.to, "Hi"))
    with pytest.raises(RecipientUnreachable, match="chat not found"):
        await world.adapter.send(text_to(address(5), "Hi"))
    for other in (
        Address("phone", f"+{SOMEBODY}"), Address("phone", str(SOMEBODY)),
        Address("handle", str(SOMEBODY), "inbox"), Address("handle", "x", "telegram"),
    ):  # fmt: skip
        with pytest.raises(RecipientUnreachable):
            await world.adapter.send(text_to(other, "Hi"))
        count = len(world.calls)
        await world.adapter.send_typing(other, True)
        assert len(world.calls) == count


async def test_what_can_never_be_sent(world: World) -> None:
    for text in ("", " ", "x" * 4097):
        with pytest.raises(ContentRejected):
            await world.adapter.send(text_to(world.to, text))
    empty = await attached(world, "application/pdf", b"")
    with pytest.raises(ContentRejected, match="non-empty"):
        await world.adapter.send(text_to(world.to, "", attachments=[empty]))
    file = await attached(world, "application/pdf")
    with pytest.raises(ContentRejected, match="caption is too long"):
        await world.adapter.send(text_to(world.to, "x" * 1025, attachments=[file]))


async def test_files_that_cannot_be_had(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound):
        await world.adapter.fetch(MediaRef(ref="gone"))
    await world.send_file(b"x" * 100, "application/pdf", "a.pdf")
    (ref,) = received(world).media
    for kind, path in (("drop", "getFile"), ("drop", "/file/"), ("status", "/file/")):
        # aiohttp repeats a GET whose kept connection closed.
        world.fault(kind, path, status=502, count=2)
        with pytest.raises(TransientFailure):
            await world.adapter.fetch(ref)
        world.vendor.desk.faults.clear()
    world.fault("status", "getFile", status=401)
    with pytest.raises(AuthFailed):
        await world.adapter.fetch(ref)
    world.fault("status", "/file/", status=404)
    with pytest.raises(NotFound):
        await world.adapter.fetch(ref)
    monkeypatch.setattr("channels.telegram.client.DOWNLOAD_MAX_BYTES", 99)
    with pytest.raises(TooLarge):
        await world.adapter.fetch(ref)
    monkeypatch.setattr("channels.telegram.standin_methods.DOWNLOAD_MAX_BYTES", 99)
    with pytest.raises(TooLarge):
        await world.adapter.fetch(ref)


async def test_a_download_that_grows_is_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.send_file(b"x" * 100, "application/pdf", "a.pdf")
    (ref,) = received(world).media
    (kept,) = world.bot.files.values()
    client = await world.adapter._bot()
    path = f"documents/{ref.ref}/a.pdf"
    monkeypatch.setattr("channels.telegram.client.DOWNLOAD_MAX_BYTES", 200)
    kept.data = b"x" * 201
    with pytest.raises(TooLarge):
        await client._download(path)


async def test_a_wrong_secret_is_refused(world: World) -> None:
    url = world.hook.url + world.ctx.inbox.hook_path
    for headers in ({}, {HEADER: "x"}, {HEADER: world.bot.secret[:-1]}):
        async with world.http.post(url, data=b"{}", headers=headers) as answer:
            assert answer.status == 403
    assert world.ctx.events == []


async def test_webhooks_that_are_not_taken_come_again(world: World) -> None:
    world.hook.statuses += [503, 503]
    await world.customer(text="one")
    assert world.ctx.events == []
    await world.ctx.until(lambda: bool(world.ctx.events))
    await world.customer(text="two")
    texts = [e.text for e in world.ctx.events if isinstance(e, MessageReceived)]
    assert texts == ["one", "two"]


async def test_a_webhook_that_fails_is_told(world: World) -> None:
    world.hook.statuses += [500] * 100_000
    await world.customer(text="one")
    failing = "telegram.state.webhook_failing: Wrong response from the webhook: 500"
    await world.ctx.until(lambda: world.ctx.states[-1] == ("error", failing))
    world.hook.statuses.clear()
    await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))
    assert received(world).text == "one"


async def test_a_webhook_that_somebody_took_is_told_not_fought(world: World) -> None:
    own, world.bot.webhook = world.bot.webhook, "https://other.example/hook"
    await world.ctx.until(lambda: world.ctx.states[-1] == ("error", "telegram.state.taken"))
    assert world.bot.webhook == "https://other.example/hook"
    world.bot.webhook = ""
    await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))
    assert world.bot.webhook == own


async def test_a_revoked_token_is_told_at_the_start_and_later(make_world: MakeWorld) -> None:
    async with make_world(is_started=False) as world:
        world.vendor.revoked.add(TOKEN)
        for call in (world.adapter.start, world.adapter.probe):
            with pytest.raises(AuthFailed):
                await call()
        world.vendor.revoked.clear()
        await world.adapter.probe()
        assert world.ctx.states == []
        await world.adapter.start()
        world.vendor.revoked.add(TOKEN)
        refused = ("bad_credentials", "telegram.state.token")
        await world.ctx.until(lambda: world.ctx.states[-1] == refused)
        world.vendor.revoked.clear()
        await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))


async def test_telegram_may_be_away_at_the_start(make_world: MakeWorld) -> None:
    async with make_world(is_started=False) as world:
        world.fault("drop", "setWebhook", count=2)
        await world.adapter.start()
        assert world.ctx.states[0] == ("disconnected", "telegram.state.lost")
        await world.ctx.until(lambda: ("connected", "") in world.ctx.states)
        assert world.bot.webhook


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"kind": "drop"}, TransientFailure), ({"kind": "status", "status": 400}, SendError)],
)
async def test_a_probe_tells_what_is_wrong(
    make_world: MakeWorld, fault: dict[str, Any], error: type[Exception]
) -> None:
    async with make_world(is_started=False) as world:
        world.fault(**fault, path="getMe")
        with pytest.raises(error):
            await world.adapter.probe()
        assert world.bot.webhook == ""


async def test_an_address_that_may_not_be_called_is_bad_input(make_world: MakeWorld) -> None:
    async with make_world(is_started=False, api_base="http://10.0.0.1") as world:
        with pytest.raises(BadInput):
            await world.adapter.probe()


async def test_repeated_and_shuffled_webhooks_are_the_same_events(world: World) -> None:
    world.vendor.desk.disorder.repeat = 3
    world.vendor.desk.disorder.is_shuffled = True
    world.hook.statuses += [503] * 3
    for text in ("one", "two", "three"):
        await world.customer(text=text)
    assert len({event.event_id for event in world.ctx.events}) == 3
    assert len(world.ctx.events) >= 9
