"""The whole inbox as the hub uses it: real worker process, real servers on both sides."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from channels.email.adapter import EmailAdapter
from channels.email.config import SPEC
from channels.email.parse import parse_with_files
from channels.email.shared import shared
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    OutcomeUnknown,
    RecipientUnreachable,
)
from hub.model.contact import Address
from hub.model.ids import message_id, new_key
from hub.model.message import Attachment
from hub.ports.channel import ChannelAdapter, NamesMessages, OutboundMessage
from hub.ports.inbound import DeliveryReported, MessageReceived
from tests.channels.email_io.support import ADDRESS, config, imap_config, mail, subjects
from tests.support.adapter_context import MemoryContext
from tests.support.dovecot import Dovecot, require_dovecot
from tests.support.mail_sink import MailSink

TOKEN = "a" * 26 + "b" * 16
CUSTOMER = Address("email", "ayse@customer.test")


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with MailSink() as sink:
        yield sink


@pytest.fixture
async def inbox(sink: MailSink) -> AsyncIterator[tuple[MemoryContext, EmailAdapter]]:
    ctx = MemoryContext(config(smtp_port=sink.port))
    adapter = EmailAdapter(ctx)
    await adapter.start()
    yield ctx, adapter
    await adapter.stop()
    assert len(ctx.tasks) == 0


def message(ctx: MemoryContext, seq: int = 7, **fields: Any) -> OutboundMessage:
    conversation = f"{ctx.inbox.id.split('.')[0]}.{new_key()}"
    return OutboundMessage(
        **{
            "id": message_id(conversation, seq),
            "conversation_id": conversation,
            "seq": seq,
            "to": CUSTOMER,
            "to_name": "Ayşe",
            "text": "Hello",
            "subject": "Re: Order",
            "at": 1_790_000_000_000,
            **fields,
        }
    )


async def test_an_answer_carries_everything_that_brings_the_reply_back(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    refs = [f"<m{number}@customer.test>" for number in range(60)] + ["thread-index:abc", "<odd id>"]
    out = message(
        ctx,
        from_name="Deniz",
        html="<p>Hello <script>x</script></p>",
        reply_token=TOKEN,
        refs=refs,
        quote=("Ayşe", 1_780_000_000_000, "Where is it?"),
    )
    result = await adapter.send(out)
    (got,) = sink.mails
    read = parse_with_files(got.raw).mail
    assert result.provider_ids == [read.message_id] == [adapter.provider_id(out.id)]
    assert read.from_ is not None
    assert (read.from_.name, read.from_.address) == ("Deniz", ADDRESS)
    assert [a.address for a in read.reply_to] == [f"support+{TOKEN}@shop.test"]
    assert read.in_reply_to == ["<m59@customer.test>"]
    assert read.references == ["<m0@customer.test>", *refs[40:60]]
    assert read.text_new == "Hello"
    assert "Where is it?" in read.text_quoted
    assert b"script" not in got.raw
    assert read.own_marker
    assert b"Auto-Submitted" not in got.raw
    assert got.sender == ADDRESS


async def test_files_and_inline_pictures_go_along(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    picture = await ctx.files.save(b"\x89PNG", "p.png", declared_type="image/png")
    report = await ctx.files.save(b"%PDF", "zażółć.pdf", declared_type="application/pdf")
    inline = Attachment(
        file_id=picture.file_id,
        name="p.png",
        media_type="image/png",
        size_bytes=4,
        content_id="pic1",
        is_inline=True,
    )
    await adapter.send(
        message(ctx, html='<p>See <img src="cid:pic1"></p>', attachments=[inline, report])
    )
    found = parse_with_files(sink.mails[0].raw)
    assert sorted(part.file_name for part in found.mail.attachments) == ["p.png", "zażółć.pdf"]
    assert sorted(found.files) == [b"%PDF", b"\x89PNG"]
    gone = Attachment(file_id="gone", name="x", media_type="text/plain", size_bytes=1)
    with pytest.raises(ContentRejected):
        await adapter.send(message(ctx, attachments=[gone]))


@pytest.mark.parametrize("language", ["en", "tr", "pl", "de"])
async def test_our_own_quotes_are_folded_again_when_they_come_back(
    sink: MailSink, language: str
) -> None:
    ctx = MemoryContext(config(smtp_port=sink.port))
    ctx.inbox = msgspec.structs.replace(ctx.inbox, language=language)
    adapter = EmailAdapter(ctx)
    await adapter.send(message(ctx, quote=("Ayşe", 1_780_000_000_000, "Where is it?")))
    await adapter.stop()
    read = parse_with_files(sink.mails[0].raw).mail
    assert read.text_new == "Hello"
    assert "Where is it?" in read.text_quoted


async def test_an_automatic_mail_says_so_and_has_no_return_path(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    await adapter.send(message(ctx, is_auto=True))
    assert sink.mails[0].sender in ("", "<>")
    assert b"Auto-Submitted: auto-replied" in sink.mails[0].raw
    assert b"X-Auto-Response-Suppress: All" in sink.mails[0].raw


async def test_a_refused_copy_is_reported_and_the_others_have_theirs(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    sink.at_rcpt["gone@customer.test"] = "550 5.1.1 No such user"
    ctx.fail_accepts = 2
    out = message(ctx, cc=["gone@customer.test", "c@customer.test", ADDRESS])
    result = await adapter.send(out)
    assert result.provider_ids
    await ctx.until(lambda: bool(ctx.events))
    assert [got.recipients for got in sink.mails] == [["ayse@customer.test", "c@customer.test"]]
    (event,) = ctx.events
    assert isinstance(event, DeliveryReported)
    assert (event.message_id, event.delivery) == (out.id, "failed")
    assert event.recipient == Address("email", "gone@customer.test")
    assert (event.reason, event.detail) == ("recipient_unreachable", "550 5.1.1 No such user")


async def test_the_messages_own_recipient_refused_while_a_copy_went_is_a_failure(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    sink.at_rcpt[CUSTOMER.value] = "550 5.1.1 No such user"
    await adapter.send(message(ctx, cc=["c@customer.test"]))
    await ctx.until(lambda: bool(ctx.events))
    (event,) = ctx.events
    assert isinstance(event, DeliveryReported)
    assert event.delivery == "failed"
    assert event.recipient == CUSTOMER


async def test_a_refused_address_is_told_as_the_hub_knows_it(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    sink.at_rcpt["Gone@xn--mnchen-3ya.test"] = "552 5.2.2 Mailbox full"
    sink.at_rcpt["later@customer.test"] = "450 4.2.1 Busy"
    await adapter.send(message(ctx, cc=["Gone@münchen.test", "later@customer.test"]))
    await ctx.until(lambda: bool(ctx.events))
    told = [event for event in ctx.events if isinstance(event, DeliveryReported)]
    assert [(event.recipient, event.reason) for event in told] == [
        (Address("email", "gone@münchen.test"), "unreachable_now"),
        (Address("email", "later@customer.test"), "transient_failure"),
    ]
    assert len({event.event_id for event in told}) == 2


async def test_our_own_address_is_never_written_to(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    with pytest.raises(RecipientUnreachable):
        await adapter.send(message(ctx, to=Address("email", f"support+{TOKEN}@shop.test")))
    assert not sink.mails


async def test_the_outcome_is_unknown_and_the_id_is_known_beforehand(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink
) -> None:
    ctx, adapter = inbox
    sink.drop_after_dot = True
    out = message(ctx)
    with pytest.raises(OutcomeUnknown):
        await adapter.send(out)
    assert parse_with_files(sink.mails[0].raw).mail.message_id == adapter.provider_id(out.id)


#: CR, LF and friends in every field that a person or a customer's mail can fill (S-39).
_BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x85",
    "\u2028",
    "\x00",
    "%0d%0a",
    "=?utf-8?q?=0d=0a?=",
]
_HEADERS = [
    "Bcc: evil@x.test",
    "RCPT TO:<evil@x.test>",
    "\r\n.\r\nMAIL FROM:<evil@x.test>",
    " folded",
]


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name", "to", "cc", "refs", "file"])
async def test_no_field_can_carry_a_header_or_a_recipient(
    inbox: tuple[MemoryContext, EmailAdapter], sink: MailSink, field: str
) -> None:
    ctx, adapter = inbox
    tried = 0
    for gap in _BREAKS:
        for header in _HEADERS:
            evil = f"x{gap}{header}"
            value: Any = {
                "to": Address("email", f"a@customer.test{gap}{header}"),
                "cc": [f"a@customer.test{gap}{header}"],
                "refs": [f"<a@b{gap}{header}>"],
            }.get(field, evil)
            fields: dict[str, Any] = {field: value}
            if field == "file":
                saved = await ctx.files.save(b"x", evil, declared_type="text/plain")
                fields = {"attachments": [saved]}
            tried += 1
            try:
                await adapter.send(message(ctx, **fields))
            except (RecipientUnreachable, ContentRejected):
                assert field in ("to", "cc")
    assert tried == 40
    for got in sink.mails:
        assert all(re.fullmatch(r"[a-z@.]+", address) for address in got.recipients)
        assert "evil@x.test" not in got.recipients
        head = got.raw.partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        assert b"Bcc" not in names
        assert all(re.fullmatch(rb"[A-Za-z-]+", name) for name in names)
        assert len(names) == len(set(names))


async def test_mail_over_the_listener_and_the_reply_of_ours(sink: MailSink) -> None:
    ctx = MemoryContext(config(receive="smtp", smtp_port=sink.port, _smtp_listen="127.0.0.1:0"))
    other = MemoryContext(
        config(
            address="sales@shop.test",
            receive="smtp",
            smtp_port=sink.port,
            _smtp_listen="127.0.0.1:0",
        )
    )
    adapters = [EmailAdapter(ctx), EmailAdapter(other)]
    for adapter in adapters:
        await adapter.start()
    listener = adapters[0]._listener
    assert listener is not None
    assert listener is adapters[1]._listener
    # One inbox writes to the other through the real port.
    ctx.inbox.config["smtp_port"] = listener.port  # type: ignore[index]
    writer = EmailAdapter(ctx)
    await writer.send(message(ctx, to=Address("email", "sales@shop.test")))
    (event,) = other.events
    assert isinstance(event, MessageReceived)
    assert event.is_auto  # marked as ours: never answered automatically
    for adapter in [*adapters, writer]:
        await adapter.stop()
        await adapter.stop()
    assert not shared().parser.is_running
    assert len(ctx.tasks) == len(other.tasks) == 0


async def test_a_taken_port_and_a_taken_address_are_told_to_people(sink: MailSink) -> None:
    taken = f"127.0.0.1:{sink.port}"
    ctx = MemoryContext(config(receive="smtp", _smtp_listen=taken))
    adapter = EmailAdapter(ctx)
    await adapter.start()
    assert ctx.states[-1][0] == "error"
    assert ctx.states[-1][1].startswith("email.state.listen_failed")
    await adapter.stop()
    missing = MemoryContext(config(receive="smtp"))
    adapter = EmailAdapter(missing)
    await adapter.start()
    assert missing.states == [("error", "email.state.no_listener")]
    with pytest.raises(BadInput):
        await adapter.probe()
    await adapter.stop()


async def test_the_probe_signs_in_on_both_sides() -> None:
    require_dovecot()
    dovecot = Dovecot()
    await asyncio.to_thread(dovecot.start)
    try:
        async with MailSink(user="shop", password="right") as sink:
            good = {"smtp_port": sink.port, "smtp_user": "shop", "smtp_secret": "right"}
            await EmailAdapter(MemoryContext(imap_config(dovecot, **good))).probe()
            for wrong in ({"imap_secret": "wrong"}, {"smtp_secret": "wrong"}):
                adapter = EmailAdapter(MemoryContext(imap_config(dovecot, **(good | wrong))))
                with pytest.raises(AuthFailed):
                    await adapter.probe()
            assert sink.mails == []
    finally:
        await asyncio.to_thread(dovecot.remove)


async def test_a_mail_goes_out_comes_back_and_is_recognised(sink: MailSink) -> None:
    require_dovecot()
    dovecot = Dovecot()
    await asyncio.to_thread(dovecot.start)
    ctx = MemoryContext(imap_config(dovecot, smtp_port=sink.port))
    adapter = EmailAdapter(ctx)
    await adapter.start()
    try:
        await ctx.until(lambda: ("connected", "") in ctx.states)
        await adapter.send(message(ctx, reply_token=TOKEN))
        reply_to = parse_with_files(sink.mails[0].raw).mail.reply_to[0].address
        await asyncio.to_thread(dovecot.append, mail(1, to=reply_to))
        await ctx.until(lambda: bool(ctx.events))
    finally:
        await adapter.stop()
        await asyncio.to_thread(dovecot.remove)
    assert subjects(ctx.events) == ["Order 1"]
    (event,) = ctx.events
    assert isinstance(event, MessageReceived)
    assert event.thread is not None
    assert event.thread.tokens == [TOKEN]
    assert len(ctx.tasks) == 0


def test_it_is_what_the_hub_asks_for() -> None:
    adapter: ChannelAdapter = SPEC.load()(MemoryContext(config()))
    assert isinstance(adapter, NamesMessages)
    assert SPEC.capabilities.can_follow_up


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, set()),
        ({"address": "not an address"}, {"address"}),
        ({"address": "a@b.test\r\nBcc: c@d.test"}, {"address"}),
        ({"sender_name": "x\nBcc: y"}, {"sender_name"}),
        ({"smtp_host": "http://x/"}, {"smtp_host"}),
        ({"smtp_user": "u"}, {"smtp_secret"}),
        ({"smtp_secret": "s"}, {"smtp_user"}),
        ({"receive": "imap"}, {"imap_host", "imap_user"}),
        (
            {"smtp_host": "mail.x.test", "smtp_user": "u", "smtp_secret": "s"},
            {"smtp_security"},
        ),
    ],
)
def test_what_may_stand_in_the_settings(changes: dict[str, Any], faults: set[str]) -> None:
    assert set(SPEC.check(config(**changes))) == faults


def test_the_form_has_a_text_for_every_field_and_choice() -> None:
    import json
    from pathlib import Path

    texts = json.loads((Path(SPEC.check.__code__.co_filename).parent / "i18n/en.json").read_text())
    for field in SPEC.fields:
        assert f"config.{field.name}" in texts
        assert f"group.{field.group}" in texts
        assert all(f"config.{field.name}.{choice}" in texts for choice in field.choices)
    used = {"address", "control_characters", "host", "user_missing", "secret_missing"}
    assert all(f"fault.{name}" in texts for name in used | {"password_without_tls"})
