"""Receiving over IMAP from a real Dovecot: outages, renumbered mailboxes, poison, crashes (R-25,
R-34).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

import pytest

from channels.email import imap_sync
from channels.email.adapter import EmailAdapter
from channels.email.imap_sync import ImapReceiver, append_sent, probe_imap
from channels.email.settings import ImapSettings, settings_of
from hub.errors import AuthFailed, BadInput, TransientFailure
from hub.model.contact import Address
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import MessageReceived
from tests.channels.email_io.support import imap_config, intake_of, mail, subjects
from tests.support.adapter_context import MemoryContext
from tests.support.certificates import make_certificates
from tests.support.dovecot import Dovecot, require_dovecot
from tests.support.mail_sink import MailSink

Now = Callable[[], bool]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_certificates(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def server(tls: Any) -> Iterator[Dovecot]:
    require_dovecot()
    dovecot = Dovecot((tls.certificate, tls.key))
    dovecot.start()
    yield dovecot
    dovecot.remove()


@pytest.fixture
def dovecot(server: Dovecot) -> Dovecot:
    server.new_mailbox()
    return server


def imap(ctx: MemoryContext) -> ImapSettings:
    settings = settings_of(ctx.inbox.config).imap
    assert settings is not None
    return settings


@asynccontextmanager
async def receiving(
    ctx: MemoryContext, limit_bytes: int = 25_000_000, before: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """The receiver at work; ends it as `stop` does and checks that nothing is left behind. `before`
    happens when it is made and has not looked yet.
    """
    _, intake = intake_of(ctx)
    receiver = ImapReceiver(ctx, imap(ctx), intake, limit_bytes)
    if before is not None:
        before()
    task = ctx.tasks.spawn("imap", receiver.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert ctx.crashes == []


async def off_loop(do: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.to_thread(do, *args)


def connected(ctx: MemoryContext) -> Now:
    return lambda: bool(ctx.states) and ctx.states[-1][0] == "connected"


def settled(ctx: MemoryContext, uid: int) -> Now:
    """Has the receiver remembered everything up to `uid`?"""
    return lambda: ctx.notes.get("imap.position", {}).get("uid", -1) >= uid


async def first_start(dovecot: Dovecot, **changes: Any) -> MemoryContext:
    """A context that has already seen the mailbox once."""
    ctx = MemoryContext(imap_config(dovecot, **changes))
    async with receiving(ctx):
        await ctx.until(lambda: "imap.position" in ctx.notes)
    return ctx


async def test_new_mail_is_told_by_the_server(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot))
    async with receiving(ctx):
        await ctx.until(connected(ctx))
        for number in range(3):
            await off_loop(dovecot.append, mail(number))
            await ctx.until(lambda n=number: len(ctx.events) > n)
    assert subjects(ctx.events) == ["Order 0", "Order 1", "Order 2"]
    assert await off_loop(dovecot.count, "SEEN") >= 2


async def test_a_full_old_mailbox_is_not_imported_on_the_first_start(dovecot: Dovecot) -> None:
    an_hour_ago = time.time() - 3600
    dovecot.append_many([mail(f"old {number}") for number in range(60)], at=an_hour_ago)
    ctx = MemoryContext(imap_config(dovecot))
    async with receiving(ctx):
        await ctx.until(connected(ctx))
        await off_loop(dovecot.append, mail("new"))
        await ctx.until(lambda: bool(ctx.events))
    assert subjects(ctx.events) == ["Order new"]
    assert await off_loop(dovecot.count, "UNSEEN") >= 60


async def test_mail_that_comes_before_the_first_look_is_taken(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot))
    async with receiving(ctx, before=lambda: dovecot.append(mail("early"))):
        await ctx.until(settled(ctx, 1))
    assert subjects(ctx.events) == ["Order early"]


async def test_the_first_start_may_look_back_some_days(dovecot: Dovecot) -> None:
    day = 86_400
    ages = {"ancient": 40, "old": 15, "yesterday": 1, "today": 0}
    for name, days in ages.items():
        at = time.time() - days * day
        dovecot.append(mail(name, at=at), at=at)
    dovecot.append(mail("moved", at=time.time() - 40 * day))  # arrived now, written long ago
    ctx = MemoryContext(imap_config(dovecot, imap_start="days", imap_start_days=7))
    async with receiving(ctx):
        await ctx.until(settled(ctx, 5))
    assert subjects(ctx.events) == ["Order yesterday", "Order today"]


async def test_five_hundred_mails_of_an_outage_come_once_each(dovecot: Dovecot) -> None:
    ctx = await first_start(dovecot)
    dovecot.append_many([mail(number) for number in range(500)])
    async with receiving(ctx):
        await ctx.until(settled(ctx, 500))
    async with receiving(ctx):
        await off_loop(dovecot.append, mail("later"))
        await ctx.until(settled(ctx, 501))
    assert subjects(ctx.events) == [f"Order {number}" for number in range(500)] + ["Order later"]


async def test_it_comes_back_by_itself_when_the_server_was_away(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot))
    async with receiving(ctx):
        await ctx.until(connected(ctx))
        await off_loop(dovecot.stop)
        await ctx.until(lambda: ctx.states[-1][0] == "disconnected")
        await off_loop(dovecot.start)
        await off_loop(dovecot.append, mail(1))
        await ctx.until(lambda: bool(ctx.events))
    assert subjects(ctx.events) == ["Order 1"]
    changes = [state for state, _ in groupby(state for state, _ in ctx.states)]
    assert changes == ["connected", "disconnected", "connected"]


async def test_a_renumbered_mailbox_is_read_again_under_the_same_ids(dovecot: Dovecot) -> None:
    dovecot.append(mail("before", at=time.time() - 90 * 86_400), at=time.time() - 90 * 86_400)
    ctx = await first_start(dovecot)
    dovecot.append_many([mail(number) for number in range(5)])
    async with receiving(ctx):
        await ctx.until(settled(ctx, 6))
    first = [event.event_id for event in ctx.events]
    assert len(first) == 5

    dovecot.stop()
    dovecot.renumber()
    dovecot.start()
    dovecot.append(mail("new"))
    async with receiving(ctx):
        await ctx.until(lambda: "Order new" in subjects(ctx.events))
    again = [event.event_id for event in ctx.events[5:]]
    assert sorted(again[:-1]) == sorted(first)
    assert again[-1] not in first
    assert "Order before" not in subjects(ctx.events)


async def test_a_crash_between_commit_and_position_repeats_the_same_event(
    dovecot: Dovecot,
) -> None:
    ctx = await first_start(dovecot)
    dovecot.append(mail(1))
    before = dict(ctx.notes)
    async with receiving(ctx):
        await ctx.until(settled(ctx, 1))
    restarted = MemoryContext(
        ctx.inbox.config, notes={"imap.position": before["imap.position"]}, inbox_id=ctx.inbox.id
    )
    async with receiving(restarted):
        await restarted.until(settled(restarted, 1))
    assert [event.event_id for event in restarted.events] == [
        event.event_id for event in ctx.events
    ]


async def test_nothing_is_lost_while_the_store_is_down(dovecot: Dovecot) -> None:
    ctx = await first_start(dovecot)
    dovecot.append_many([mail(number) for number in range(3)])
    ctx.fail_accepts = 2
    async with receiving(ctx):
        await ctx.until(settled(ctx, 3))
    assert subjects(ctx.events) == ["Order 0", "Order 1", "Order 2"]
    assert ("error", "email.state.not_stored") in ctx.states
    assert "imap.set_aside" not in ctx.notes


async def test_a_position_that_cannot_be_remembered_repeats_and_loses_nothing(
    dovecot: Dovecot,
) -> None:
    ctx = await first_start(dovecot)
    dovecot.append(mail(1))
    ctx.fail_remembers = 1
    async with receiving(ctx):
        await ctx.until(settled(ctx, 1))
    assert len(ctx.events) == 2
    assert len({event.event_id for event in ctx.events}) == 1


async def test_a_full_disk_is_not_the_mails_fault(dovecot: Dovecot) -> None:
    ctx = await first_start(dovecot)
    dovecot.append(mail(1))
    ctx.files.fail_next = 4
    async with receiving(ctx):
        await ctx.until(settled(ctx, 1), 60)
    assert subjects(ctx.events) == ["Order 1"]
    assert "imap.set_aside" not in ctx.notes


async def test_a_poison_mail_is_put_aside_and_the_rest_gets_through(dovecot: Dovecot) -> None:
    ctx = await first_start(dovecot)
    dovecot.append_many([mail(1), mail("poison"), mail(3)])
    ctx.refuse["Order poison"] = BadInput("cannot be stored")
    async with receiving(ctx):
        await ctx.until(settled(ctx, 3))
    assert subjects(ctx.events) == ["Order 1", "Order 3"]
    (aside,) = ctx.notes["imap.set_aside"]["mails"]
    name, raw = ctx.files.saved[aside["file_id"]]
    assert name == "mail-2.eml"
    assert b"Subject: Order poison" in raw
    assert any("set_aside" in detail for _, detail in ctx.states)
    assert await off_loop(dovecot.count) == 3


async def test_an_oversized_mail_shows_its_text_and_a_notice(dovecot: Dovecot) -> None:
    ctx = await first_start(dovecot)
    big = mail("big") + b"filler " * 100_000
    dovecot.append_many([big, mail(2)])
    async with receiving(ctx, limit_bytes=500_000):
        await ctx.until(settled(ctx, 2))
    assert subjects(ctx.events) == ["Order big", "Order 2"]
    event = ctx.events[0]
    assert isinstance(event, MessageReceived)
    assert event.mail is not None
    assert "too_large" in event.mail.notices
    assert event.text.startswith("Hello big")
    assert event.attachments == []
    assert len(ctx.files.saved[event.mail.source_file_id][1]) < 300_000


async def test_twenty_five_megabytes_pass(dovecot: Dovecot) -> None:
    ctx = await first_start(dovecot)
    line = b"0123456789" * 7 + b"\r\n"
    head = (
        b"From: a@b.test\r\nSubject: heavy\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nsee file\r\n--x\r\n'
        b"Content-Type: application/octet-stream\r\n"
        b"Content-Disposition: attachment; filename=heavy.bin\r\n\r\n"
    )
    heavy = head + line * ((25_000_000 - len(head)) // len(line) - 1) + b"--x--\r\n"
    dovecot.append(heavy)
    async with receiving(ctx):
        await ctx.until(settled(ctx, 1), 60)
    (event,) = ctx.events
    assert isinstance(event, MessageReceived)
    (attachment,) = event.attachments
    assert attachment.name == "heavy.bin"
    assert attachment.size_bytes > 24_000_000


async def test_a_wrong_password_asks_for_a_person(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot, imap_secret="wrong"))
    async with receiving(ctx):
        await ctx.until(lambda: bool(ctx.states))
    state, detail = ctx.states[0]
    assert state == "bad_credentials"
    assert "wrong" not in detail
    with pytest.raises(AuthFailed):
        await probe_imap(ctx, imap(ctx))


async def test_the_probe_names_what_is_wrong(dovecot: Dovecot) -> None:
    good = MemoryContext(imap_config(dovecot))
    await probe_imap(good, imap(good))
    no_folder = MemoryContext(imap_config(dovecot, imap_folder="Nowhere"))
    with pytest.raises(BadInput) as caught:
        await probe_imap(no_folder, imap(no_folder))
    assert caught.value.field == "imap_folder"
    good.egress.error = BadInput("a private address", "imap_host")
    with pytest.raises(BadInput, match="private"):
        await probe_imap(good, imap(good))


async def test_a_forbidden_host_is_never_connected_to(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot))
    ctx.egress.error = BadInput("a private address", "imap_host")
    async with receiving(ctx):
        await ctx.until(lambda: bool(ctx.states))
    assert ctx.states[0][0] == "disconnected"
    assert "imap.position" not in ctx.notes


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_tls_checks_the_name_though_the_address_is_pinned(
    dovecot: Dovecot, tls: Any, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    changes = {"imap_port": port, "imap_security": security}
    ctx = MemoryContext(imap_config(dovecot, **changes))
    async with receiving(ctx):
        await ctx.until(connected(ctx))
        await off_loop(dovecot.append, mail(1))
        await ctx.until(lambda: bool(ctx.events))
    other = MemoryContext(imap_config(dovecot, **changes, imap_host="mail.other.test"))
    with pytest.raises(TransientFailure, match="certificate"):
        await probe_imap(other, imap(other))


async def test_a_copy_of_what_was_sent_lands_in_the_folder(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot))
    await off_loop(dovecot.create, "Sent")
    await append_sent(ctx, imap(ctx), "Sent", mail("sent"))
    assert await off_loop(dovecot.count, "SEEN", "Sent") == 1


async def test_a_copy_that_cannot_be_kept_is_tried_again_and_only_the_copy(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-06: the mail was accepted, so it is neither sent again nor called failed."""
    async with MailSink() as sink:
        ctx = MemoryContext(imap_config(dovecot, smtp_port=sink.port, sent_folder="Sent"))
        adapter = EmailAdapter(ctx)
        real, tries = imap_sync.open_session, 0

        def failing(*given: Any) -> Any:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise TransientFailure("the mailbox is away")
            return real(*given)

        await off_loop(dovecot.create, "Sent")
        out = OutboundMessage(
            id="testwksp.talk.0000000001",
            conversation_id="testwksp.talk",
            seq=1,
            to=Address("email", "ayse@customer.test"),
            text="Hello",
            subject="Order",
        )
        monkeypatch.setattr(imap_sync, "open_session", failing)
        monkeypatch.setattr(ctx.clock, "sleep", lambda seconds: asyncio.sleep(0))
        assert (await adapter.send(out)).provider_ids == [adapter.provider_id(out.id)]
        async with asyncio.timeout(90):
            while len(ctx.tasks):
                await asyncio.sleep(0.01)
        assert await off_loop(dovecot.count, "SEEN", "Sent") == 1
        await adapter.stop()
        assert (len(sink.mails), tries) == (1, 2)


async def test_stopping_does_not_wait_for_idle(dovecot: Dovecot) -> None:
    ctx = MemoryContext(imap_config(dovecot))
    async with receiving(ctx):
        await ctx.until(connected(ctx))
        await off_loop(dovecot.append, mail(1))
        await ctx.until(lambda: bool(ctx.events))
    assert len(ctx.tasks) == 0
