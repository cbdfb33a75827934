"""The adapter against Meta's stand-in over real HTTP: sending, files both ways, marks, templates,
the webhook's registration.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.whatsapp.adapter import Adapter
from channels.whatsapp.standin import WhatsAppStandin
from hub.clock import SystemClock
from hub.errors import AuthFailed, BadInput, ConfigFault, ContentRejected, NotFound
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.model.template import TemplateUse
from hub.ports import channel as ports
from hub.ports.channel import RawRequest
from hub.ports.inbound import MediaRef, MessageReceived
from hub.standin import Fault
from tests.channels.whatsapp.sample import SAMPLE, signed
from tests.channels.whatsapp.schema import check
from tests.channels.whatsapp.support import PERSON, TOKEN, WORD, config, connected
from tests.support.adapter_context import MemoryContext
from tests.support.channel_sample import text_to

HIDDEN = Address("handle", "US.13491208655302741918", "inbox")


def checked() -> WhatsAppStandin:
    """Every body must pass the schema."""
    return WhatsAppStandin(SystemClock(), token=TOKEN, is_lively=False, check=check)


async def stored(ctx: MemoryContext, media_type: str, **more: Any) -> Attachment:
    file = await ctx.files.save(b"some bytes", "bill.pdf", declared_type=media_type)
    return msgspec.structs.replace(file, **more)


def test_the_adapter_has_the_abilities_that_whatsapp_has() -> None:
    adapter = Adapter(MemoryContext(config()))
    has = [
        ports.ReceivesWebhooks, ports.AnswersWebhooks, ports.FetchesMedia, ports.MarksRead,
        ports.SendsTyping, ports.Reacts, ports.SendsTemplates,
    ]  # fmt: skip
    assert all(isinstance(adapter, ability) for ability in has)
    lacks = [ports.EditsMessages, ports.DeletesMessages, ports.Reconciles]
    assert not any(isinstance(adapter, ability) for ability in lacks)


def test_a_config_without_its_secret_makes_no_adapter() -> None:
    for name in ("app_secret", "access_token", "verify_token"):
        with pytest.raises(ConfigFault):
            Adapter(MemoryContext({**config(), name: ""}))


async def test_a_text_arrives_once_with_our_id() -> None:
    async with connected(checked()) as (adapter, meta, _):
        result = await adapter.send(text_to(PERSON, "Zażółć 👋"))
        assert result.provider_ids == meta.desk.accepted
        (held,) = meta.messages
        assert (held.person, held.text) == (PERSON.value, "Zażółć 👋")
        assert held.callback == text_to(PERSON).id


async def test_people_without_a_number_are_reached() -> None:
    async with connected(checked()) as (adapter, meta, _):
        await adapter.send(text_to(HIDDEN))
        assert meta.messages[0].person == HIDDEN.value


@pytest.mark.parametrize(
    ("media_type", "kind", "uploaded"),
    [
        ("image/jpeg", "image", "image/jpeg"),
        ("image/png", "image", "image/png"),
        ("video/mp4", "video", "video/mp4"),
        ("audio/mpeg", "audio", "audio/mpeg"),
        ("application/pdf", "document", "application/pdf"),
        ("text/csv", "document", "text/plain"),
        ("image/webp", "document", "image/webp"),
    ],
)
async def test_each_kind_of_file_is_uploaded_and_sent(
    media_type: str, kind: str, uploaded: str
) -> None:
    async with connected(checked()) as (adapter, meta, ctx):
        file = await stored(ctx, media_type)
        await adapter.send(text_to(PERSON, "", attachments=[file]))
        (held,) = meta.messages
        (media,) = meta.media.values()
        assert (held.content["type"], media.media_type) == (kind, uploaded)
        assert media.data == b"some bytes"


async def test_a_voice_note_and_a_sticker_keep_their_form() -> None:
    async with connected(checked()) as (adapter, meta, ctx):
        voice = await stored(ctx, "audio/ogg", is_voice=True)
        sticker = await stored(ctx, "image/webp", is_sticker=True)
        await adapter.send(text_to(PERSON, "", attachments=[voice]))
        await adapter.send(text_to(PERSON, "", attachments=[sticker]))
        assert meta.messages[0].content["audio"]["voice"] is True
        assert meta.messages[1].content["type"] == "sticker"


async def test_a_file_sent_to_many_is_uploaded_once_a_day() -> None:
    async with connected(checked()) as (adapter, meta, ctx):
        file = await stored(ctx, "image/png")
        for _ in range(3):
            await adapter.send(text_to(PERSON, "Look", attachments=[file]))
        assert len(meta.media) == 1
        assert len(meta.messages) == 3


async def test_a_file_that_is_gone_is_told_and_nothing_is_sent() -> None:
    async with connected(checked()) as (adapter, meta, _):
        missing = Attachment(file_id="no", name="a", media_type="image/png", size_bytes=1)
        with pytest.raises(ContentRejected, match="gone"):
            await adapter.send(text_to(PERSON, "", attachments=[missing]))
        assert meta.desk.ledger == []


async def test_a_kind_that_meta_does_not_take_is_refused_in_its_words() -> None:
    async with connected(checked()) as (adapter, meta, ctx):
        file = await stored(ctx, "application/zip")
        with pytest.raises(ContentRejected, match="one of the following types"):
            await adapter.send(text_to(PERSON, "", attachments=[file]))
        assert meta.desk.accepted == []


async def test_buttons_and_lists_arrive_and_the_list_speaks_the_language() -> None:
    async with connected(checked()) as (adapter, meta, _):
        for count in (3, 10):
            replies = [QuickReply(f"Answer {number}", f"p{number}") for number in range(count)]
            await adapter.send(text_to(PERSON, "Which?", quick_replies=replies))
        assert [len(held.quick_replies) for held in meta.messages] == [3, 10]
        assert meta.messages[1].content["interactive"]["action"]["button"] == "Choose"


async def test_reactions_come_and_go() -> None:
    async with connected(checked()) as (adapter, meta, _):
        sent = await adapter.send(text_to(PERSON))
        await adapter.react(PERSON, sent.provider_ids[0], "👍")
        assert meta.messages[0].reaction == "👍"
        await adapter.react(PERSON, sent.provider_ids[0], "")
        assert meta.messages[0].reaction == ""
        with pytest.raises(ContentRejected):
            await adapter.react(PERSON, "wamid.nobody", "👍")


async def test_reading_and_typing_hang_on_the_customers_latest_message() -> None:
    async with connected(checked()) as (adapter, meta, ctx):
        await adapter.send_typing(PERSON, True)
        assert meta.marks == []
        assert SAMPLE.inbound is not None
        adapter.parse(SAMPLE.inbound(ctx.inbox, ctx.clock))
        await adapter.send_typing(PERSON, True)
        await adapter.send_typing(PERSON, False)
        await adapter.mark_read(PERSON, "wamid.second")
        await adapter.send_typing(PERSON, True)
        assert meta.marks == [
            ("wamid.first", True), ("wamid.second", False), ("wamid.second", True),
        ]  # fmt: skip


async def test_a_read_mark_that_fails_disturbs_nobody() -> None:
    async with connected() as (adapter, meta, _):
        meta.desk.faults.append(Fault(kind="status", status=500))
        await adapter.mark_read(PERSON, "wamid.first")
        meta.desk.faults.append(Fault(kind="drop"))
        await adapter.mark_read(PERSON, "wamid.first")
        assert meta.marks == []


async def test_all_pages_of_templates_are_listed() -> None:
    async with connected() as (adapter, meta, _):
        found = await adapter.templates()
        assert [(one.name, one.state) for one in found] == [
            ("order_shipped", "approved"), ("welcome_back", "approved"), ("spring_sale", "paused"),
        ]  # fmt: skip
        asked = [entry for entry in meta.desk.ledger if "message_templates" in entry.path]
        assert len(asked) == 2
        assert not any(TOKEN in entry.path for entry in asked)


async def test_a_template_is_sent_with_its_values_and_its_file() -> None:
    row = {"id": "9", "name": "bill", "language": "pl", "status": "APPROVED", "components": []}
    meta = WhatsAppStandin(
        SystemClock(), token=TOKEN, is_lively=False, check=check, templates=[row]
    )
    async with connected(meta) as (adapter, _, ctx):
        file = await ctx.files.save(b"\x89PNG...", "bill.png")
        values = {"1": "Ada", "header:image": file.file_id, "button.0": "1042"}
        use = TemplateUse(name="bill", language="pl", values=values)
        await adapter.send(text_to(PERSON, "", template=use))
        assert meta.messages[0].content["template"]["name"] == "bill"
        (media,) = meta.media.values()
        assert media.media_type == "image/png"
        other = TemplateUse(name="bill", language="tr", values={})
        with pytest.raises(ContentRejected, match="132001"):
            await adapter.send(text_to(PERSON, "", template=other))


async def test_a_customers_file_is_fetched_and_one_that_expired_is_not_found() -> None:
    async with connected() as (adapter, meta, _):
        id = meta.keep(b"picture", "image/jpeg")
        fetched = await adapter.fetch(MediaRef(ref=id, name="a.jpg"))
        assert (fetched.data, fetched.name, fetched.media_type) == (
            b"picture", "a.jpg", "image/jpeg",
        )  # fmt: skip
        with pytest.raises(NotFound):
            await adapter.fetch(MediaRef(ref="404"))


async def test_the_token_goes_to_metas_hosts_only() -> None:
    """A media address of somebody else's is not even called."""
    seen: list[str] = []

    async def canary(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(body=b"secret page")

    app = web.Application()
    app.router.add_get("/{tail:.*}", canary)
    async with TestServer(app) as other, connected() as (_adapter, meta, _):

        async def lie(request: web.Request) -> web.Response:
            return web.json_response({"url": str(other.make_url("/file")), "id": "1"})

        meta._object = lie  # type: ignore[method-assign]
        async with TestServer(meta.app()) as server:
            ctx = MemoryContext(config(str(server.make_url(""))))
            with pytest.raises(ContentRejected):
                await Adapter(ctx).fetch(MediaRef(ref="1"))
            await ctx.http.close()
        assert seen == []


async def test_starting_looks_at_the_account_and_reports_connected() -> None:
    async with connected(register_webhook=False) as (adapter, meta, ctx):
        await adapter.start()
        assert ctx.states == [("connected", "")]
        assert [entry.method for entry in meta.desk.ledger] == ["GET"]


async def test_starting_with_a_bad_token_or_another_number_raises() -> None:
    async with connected(access_token="EAAGwrong") as (adapter, _, _ctx):
        with pytest.raises(AuthFailed):
            await adapter.start()
    async with connected(phone="+48999999999") as (adapter, _, _ctx):
        with pytest.raises(BadInput, match="belongs to"):
            await adapter.probe()
    async with connected(phone_number_id="99999999") as (adapter, _, _ctx):
        with pytest.raises(AuthFailed):
            await adapter.probe()


async def test_starting_while_meta_is_away_still_receives() -> None:
    async with connected(register_webhook=False) as (adapter, meta, ctx):
        meta.desk.faults.append(Fault(kind="status", status=503))
        await adapter.start()
        assert ctx.states == [("connected", "")]


async def hooked(adapter: Adapter) -> TestServer:
    """A hub that answers the handshake by the adapter."""

    async def hook(request: web.Request) -> web.Response:
        raw = RawRequest(request.method, request.path, request.query_string, {}, b"")
        answer = adapter.handshake(raw)
        assert answer is not None
        return web.Response(status=answer.status, text=answer.body)

    app = web.Application()
    app.router.add_get("/hooks/test/x", hook)
    server = TestServer(app)
    await server.start_server()
    return server


async def test_meta_is_told_where_this_numbers_webhooks_go() -> None:
    async with connected() as (adapter, meta, ctx):
        hub = await hooked(adapter)
        ctx.inbox = ports.InboxFacts(
            id=ctx.inbox.id, name="x", address="", config=ctx.inbox.config,
            public_url=str(hub.make_url("")).rstrip("/"), hook_path="/hooks/test/x",
        )  # fmt: skip
        meta.desk.faults.append(Fault(kind="drop", path="subscribed_apps"))
        await adapter.start()
        assert adapter._registering is not None
        await asyncio.wait_for(adapter._registering, 10)
        assert meta.is_subscribed
        assert meta.hook is not None
        assert meta.hook.url.endswith("/hooks/test/x")
        assert ctx.states == [("connected", "")]
        await hub.close()


async def test_people_are_told_when_meta_does_not_take_the_address() -> None:
    async with connected() as (adapter, _, ctx):
        await adapter.start()
        assert adapter._registering is not None
        await asyncio.wait_for(adapter._registering, 10)
        assert ctx.states[-1][0] == "connected"
        assert ctx.states[-1][1].startswith("whatsapp.state.webhook_not_set: ")


async def test_nothing_is_registered_without_a_public_address() -> None:
    ctx = MemoryContext(config())
    assert not Adapter(ctx)._may_register()


async def test_stopping_twice_leaves_no_task() -> None:
    async with connected() as (adapter, meta, ctx):
        meta.desk.faults.append(Fault(kind="hang", path="subscribed_apps"))
        await adapter.start()
        await adapter.stop()
        await adapter.stop()
        assert ctx.tasks.names() == []


async def test_a_webhook_is_verified_and_parsed() -> None:
    adapter = Adapter(MemoryContext(config()))
    assert SAMPLE.inbound is not None
    request = SAMPLE.inbound(adapter._ctx.inbox, SystemClock())
    adapter.verify(request)
    (event,) = adapter.parse(request)
    assert isinstance(event, MessageReceived)
    assert (event.text, event.sender, event.sender_name) == ("Zażółć 👋", PERSON, "Ada")
    assert adapter.answer(request).status == 200


async def test_the_handshake_gives_the_challenge_back() -> None:
    adapter = Adapter(MemoryContext(config()))
    query = f"hub.mode=subscribe&hub.verify_token={WORD}&hub.challenge=1158"
    answer = adapter.handshake(RawRequest("GET", "/hooks/x", query, {}, b""))
    assert answer is not None
    assert (answer.status, answer.body) == (200, "1158")
    assert adapter.handshake(signed({})) is None
