"""The built-in listener, spoken to byte by byte: no relay, no smuggling, 250 only when committed
(S-40).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiosmtplib
import pytest

from channels.email.settings import ListenSettings
from channels.email.smtp_in import SmtpListener
from hub.clock import SystemClock
from hub.errors import Conflict
from hub.ports.inbound import MessageReceived
from tests.channels.email_io.support import config, intake_of, mail, subjects
from tests.support.adapter_context import MemoryContext
from tests.support.certificates import make_certificates

TOKEN = "a" * 26 + "b" * 16
LIMIT = 3 * 1024 * 1024


class Dialogue:
    """A raw SMTP client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def answer(self) -> str:
        while True:
            line = (await self._reader.readline()).decode()
            if line[3:4] != "-":
                return line.strip()

    async def say(self, data: bytes | str) -> str:
        line = data if isinstance(data, bytes) else f"{data}\r\n".encode()
        self._writer.write(line)
        return await self.answer()

    async def start_mail(self, *recipients: str) -> str:
        await self.say("MAIL FROM:<ayse@customer.test>")
        for recipient in recipients or ("support@shop.test",):
            await self.say(f"RCPT TO:<{recipient}>")
        return await self.say("DATA")

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@pytest.fixture
async def listener() -> AsyncIterator[SmtpListener]:
    listener = SmtpListener(ListenSettings(host="127.0.0.1", port=0), SystemClock(), LIMIT)
    yield listener
    for address in ("support@shop.test", "sales@shop.test"):
        await listener.remove(address)


@pytest.fixture
async def ctx(listener: SmtpListener) -> MemoryContext:
    return await inbox(listener)


async def inbox(listener: SmtpListener, address: str = "support@shop.test") -> MemoryContext:
    ctx = MemoryContext(config(address=address))
    await listener.add(*intake_of(ctx))
    return ctx


@pytest.fixture
async def client(listener: SmtpListener, ctx: MemoryContext) -> AsyncIterator[Dialogue]:
    dialogue = await connect(listener)
    yield dialogue
    await dialogue.close()


async def connect(listener: SmtpListener) -> Dialogue:
    dialogue = Dialogue(*await asyncio.open_connection("127.0.0.1", listener.port))
    assert (await dialogue.answer()).startswith("220")
    assert (await dialogue.say("EHLO mx.customer.test")).startswith("250")
    return dialogue


async def test_a_mail_is_stored_before_250(client: Dialogue, ctx: MemoryContext) -> None:
    assert (await client.start_mail()).startswith("354")
    assert await client.say(mail(1) + b".\r\n") == "250 2.0.0 Stored"
    (event,) = ctx.events
    assert isinstance(event, MessageReceived)
    assert event.subject == "Order 1"
    assert event.mail is not None
    name, source = ctx.files.saved[event.mail.source_file_id]
    assert name == "Order 1.eml"
    assert source.endswith(mail(1))


async def test_a_store_that_is_down_gets_451_and_the_repeat_is_the_same_event(
    client: Dialogue, ctx: MemoryContext
) -> None:
    ctx.fail_accepts = 1
    await client.start_mail()
    assert (await client.say(mail(1) + b".\r\n")).startswith("451")
    assert ctx.events == []
    for _ in range(2):
        await client.start_mail()
        assert (await client.say(mail(1) + b".\r\n")).startswith("250")
    first, second = ctx.events
    assert isinstance(first, MessageReceived)
    assert isinstance(second, MessageReceived)
    assert first.event_id == second.event_id


async def test_a_full_disk_gets_451(client: Dialogue, ctx: MemoryContext) -> None:
    """R-19."""
    ctx.files.fail_next = 1
    await client.start_mail()
    assert (await client.say(mail(1) + b".\r\n")).startswith("451")
    assert ctx.events == []


async def test_an_event_that_the_hub_refuses_is_not_acknowledged(
    client: Dialogue, ctx: MemoryContext
) -> None:
    ctx.refuse["Order 1"] = RuntimeError("a bug")
    await client.start_mail()
    assert (await client.say(mail(1) + b".\r\n")).startswith("451")


@pytest.mark.parametrize(
    "recipient",
    [
        "someone@elsewhere.test",
        "support@shop.test.evil.test",
        "support%elsewhere.test@other.test",
        "other@shop.test",
        "supporter@shop.test",
        "@relay.test:support@elsewhere.test",
        "postmaster",
        '"support@shop.test"@elsewhere.test',
    ],
)
async def test_foreign_recipients_are_refused(client: Dialogue, recipient: str) -> None:
    await client.say("MAIL FROM:<ayse@customer.test>")
    answer = await client.say(f"RCPT TO:<{recipient}>")
    assert answer[0] == "5", answer
    assert (await client.say("DATA")).startswith("503")


async def test_the_reply_address_reaches_its_inbox_even_when_no_header_names_it(
    client: Dialogue, ctx: MemoryContext
) -> None:
    await client.start_mail(f"Support+{TOKEN.upper()}@SHOP.test")
    assert (await client.say(mail(1, to="undisclosed@x.test") + b".\r\n")).startswith("250")
    (event,) = ctx.events
    assert isinstance(event, MessageReceived)
    assert event.thread is not None
    assert event.thread.tokens == [TOKEN]


async def test_two_inboxes_share_the_port_and_get_their_own_mail(
    listener: SmtpListener, ctx: MemoryContext, client: Dialogue
) -> None:
    sales = await inbox(listener, "sales@shop.test")
    for number, recipients in enumerate(
        (["support@shop.test"], ["sales@shop.test"], ["sales@shop.test", "support@shop.test"])
    ):
        await client.start_mail(*recipients)
        assert (await client.say(mail(number) + b".\r\n")).startswith("250")
    assert subjects(ctx.events) == ["Order 0", "Order 2"]
    assert subjects(sales.events) == ["Order 1", "Order 2"]
    await listener.remove("sales@shop.test")
    await client.say("RSET")
    await client.say("MAIL FROM:<a@b.test>")
    assert (await client.say("RCPT TO:<sales@shop.test>")).startswith("550")


async def test_one_of_two_inboxes_cannot_store(
    listener: SmtpListener, ctx: MemoryContext, client: Dialogue
) -> None:
    sales = await inbox(listener, "sales@shop.test")
    sales.fail_accepts = 1
    same = mail(1)
    for expected in ("451", "250"):
        await client.start_mail("support@shop.test", "sales@shop.test")
        assert (await client.say(same + b".\r\n")).startswith(expected)
    assert len({event.event_id for event in ctx.events}) == 1
    assert subjects(sales.events) == ["Order 1"]


async def test_an_address_has_one_inbox(listener: SmtpListener, ctx: MemoryContext) -> None:
    with pytest.raises(Conflict):
        await inbox(listener)


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\r\n\x00.\r\n",
        b"\r\n.\r\r\n",
    ],
)
async def test_a_smuggled_end_of_mail_ends_nothing(
    client: Dialogue, ctx: MemoryContext, end: bytes
) -> None:
    second = (
        b"MAIL FROM:<ceo@shop.test>\r\nRCPT TO:<support@shop.test>\r\nDATA\r\nSubject: two\r\n\r\n"
    )
    await client.start_mail()
    answer = await client.say(mail(1) + b"text" + end + second + b"evil\r\n.\r\n")
    assert answer == "250 2.0.0 Stored"
    assert subjects(ctx.events) == ["Order 1"]
    assert (await client.say("NOOP")).startswith("250")


async def test_fifty_recipients_and_no_more(client: Dialogue) -> None:
    await client.say("MAIL FROM:<ayse@customer.test>")
    for number in range(50):
        answer = await client.say(f"RCPT TO:<support+{number}@shop.test>")
        assert answer.startswith("250")
    assert (await client.say("RCPT TO:<support+50@shop.test>")).startswith("452")


async def test_a_mail_over_the_limit_is_refused_and_the_next_one_taken(
    client: Dialogue, ctx: MemoryContext
) -> None:
    answer = await client.say(f"MAIL FROM:<a@b.test> SIZE={LIMIT + 1}")
    assert answer.startswith("552")
    await client.start_mail()
    line = b"x" * 998 + b"\r\n"
    assert (await client.say(line * (LIMIT // 1000 + 1) + b".\r\n")).startswith("552")
    await client.start_mail()
    assert (await client.say(mail(2) + b".\r\n")).startswith("250")
    assert subjects(ctx.events) == ["Order 2"]


async def test_a_size_that_lies_buys_no_memory(client: Dialogue, ctx: MemoryContext) -> None:
    await client.say("MAIL FROM:<a@b.test> SIZE=100")
    await client.say("RCPT TO:<support@shop.test>")
    await client.say("DATA")
    line = b"x" * 998 + b"\r\n"
    assert (await client.say(line * (LIMIT * 9 // 10_000) + b".\r\n")).startswith("552")
    assert ctx.events == []


async def test_long_lines_as_real_programs_write_them_pass(
    client: Dialogue, ctx: MemoryContext
) -> None:
    await client.start_mail()
    answer = await client.say(mail(1) + b"y" * 20_000 + b"\r\n.\r\n")
    assert answer.startswith("250")


async def test_the_null_sender_of_bounces_is_welcome(client: Dialogue, ctx: MemoryContext) -> None:
    assert (await client.say("MAIL FROM:<>")).startswith("250")
    assert (await client.say("RCPT TO:<support@shop.test>")).startswith("250")
    assert (await client.say("DATA")).startswith("354")
    assert (await client.say(mail(1) + b".\r\n")).startswith("250")
    (event,) = ctx.events
    assert isinstance(event, MessageReceived)
    assert event.is_auto


async def test_nobody_can_sign_in(client: Dialogue) -> None:
    """S-21."""
    assert (await client.say("AUTH PLAIN AGEAYg=="))[0] == "5"
    assert (await client.say("VRFY support@shop.test"))[:3] in ("252", "502")
    assert (await client.say("EXPN support"))[0] == "5"


async def test_a_hundred_connections_and_the_next_is_told_to_wait(
    listener: SmtpListener, ctx: MemoryContext
) -> None:
    full = [await connect(listener) for _ in range(100)]
    late = Dialogue(*await asyncio.open_connection("127.0.0.1", listener.port))
    assert (await late.answer()).startswith("421 4.3.2")
    await asyncio.gather(*(dialogue.close() for dialogue in [*full, late]))


async def test_a_dialogue_without_end_is_cut(client: Dialogue) -> None:
    answers = [await client.say("NOOP") for _ in range(21)]
    assert answers[-1].startswith("421")


async def test_a_sender_that_leaves_in_the_middle_leaves_nothing(
    client: Dialogue, ctx: MemoryContext, listener: SmtpListener
) -> None:
    other = await connect(listener)
    await other.start_mail()
    other._writer.write(b"Subject: half\r\n\r\nhalf a")
    await other.close()
    await client.start_mail()
    assert (await client.say(mail(1) + b".\r\n")).startswith("250")
    assert subjects(ctx.events) == ["Order 1"]


async def test_starttls_encrypts_and_forgets_what_was_said_before(tmp_path: Any) -> None:
    tls = make_certificates(tmp_path, "localhost")
    settings = ListenSettings(
        host="127.0.0.1", port=0, certificate=str(tls.certificate), key=str(tls.key)
    )
    listener = SmtpListener(settings, SystemClock())
    ctx = await inbox(listener)
    trust = ssl.create_default_context(cafile=str(tls.ca))
    client = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=listener.port, start_tls=False, local_hostname="mx.test"
    )
    await client.connect()
    await client.ehlo()
    assert client.supports_extension("starttls")
    await client.starttls(server_hostname="localhost", tls_context=trust)
    await client.ehlo()
    assert not client.supports_extension("auth")
    await client.sendmail("ayse@customer.test", ["support@shop.test"], mail(1))
    await client.quit()
    assert subjects(ctx.events) == ["Order 1"]

    injector = await connect(listener)
    answer = await injector.say(b"STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n")
    assert answer.startswith("220")
    await injector.close()
    await listener.remove("support@shop.test")
    assert subjects(ctx.events) == ["Order 1"]
