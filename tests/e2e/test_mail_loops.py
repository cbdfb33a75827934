"""Machines that answer machines (R-46): whatever comes in, nothing goes out that no person sent,
and the one mail that goes on by itself (a web chat's unread answer) is marked, single, and never
sent to a machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import pytest

from tests.support.mail_hub import SUPPORT, MailHub, mail_hub, open_inbox
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
SALES = "sales@acme.example"
ROUNDS = 12


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[MailHub]:
    async with mail_hub("sqlite", tmp_path) as hub:
        yield hub


def answer_to(mail: EmailMessage, number: int, **headers: str) -> bytes:
    """What a machine at the other end writes back."""
    back = EmailMessage()
    back["From"] = mail["To"]
    back["To"] = mail["Reply-To"] or mail["From"]
    back["Subject"] = f"Re: {mail['Subject']}"
    back["Message-ID"] = f"<machine-{number}@customer.example>"
    back["In-Reply-To"] = mail["Message-ID"]
    for name, value in headers.items():
        back[name.replace("_", "-")] = value
    back.set_content("I am away until Monday.")
    return back.as_bytes()


def addressed(mail: EmailMessage) -> str:
    header = mail["Reply-To"] or mail["From"]
    return str(header.addresses[0].addr_spec)


async def pass_time(hub: MailHub) -> None:
    """Longer than any timer of an inbox waits by default, twice."""
    for _ in range(2):
        hub.hub.clock.jump(16 * 60)
        await hub.hub.running.hub.timers.run_due()
        await hub.settle()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.customer.example>"},
        {"Return_Path": "<>"},
    ],
    ids=lambda headers: "-".join(headers).lower(),
)
async def test_a_machine_that_always_answers_gets_no_answer(
    hub: MailHub, headers: dict[str, str]
) -> None:
    conversation, mail = await hub.start("anna@customer.example")
    for number in range(ROUNDS):
        await hub.deliver(answer_to(mail, number, **headers), addressed(mail), sender="")
        await hub.settle()
    await pass_time(hub)
    assert len(hub.sink.mails) == 1
    shown = [m for m in await hub.messages(conversation) if m["direction"] == "in"]
    assert len(shown) == ROUNDS
    assert all(m["is_auto"] for m in shown)


async def test_two_of_our_inboxes_do_not_talk_to_each_other(hub: MailHub) -> None:
    await open_inbox(hub.api, hub.sink, SALES)
    conversation, _ = await hub.start(SALES)
    relayed = 0
    while relayed < min(len(hub.sink.mails), ROUNDS):  # an MTA that brings every mail home
        mail = hub.sink.mails[relayed]
        for recipient in mail.recipients:
            await hub.deliver(mail.raw, recipient, mail.sender or "")
        relayed += 1
        await hub.settle()
        await pass_time(hub)
    assert len(hub.sink.mails) == 1
    listed = (await hub.api.get("/conversations", view="all"))["items"]
    other = next(c for c in listed if c["id"] != conversation)
    arrived = [m for m in await hub.messages(other["id"]) if m["direction"] == "in"]
    assert [m["is_auto"] for m in arrived] == [True]
    assert other["waiting_since"] == 0


async def test_our_own_mail_that_comes_back_is_dropped(hub: MailHub) -> None:
    conversation, mail = await hub.start("anna@customer.example")
    before = await hub.messages(conversation)
    for recipient in (SUPPORT, addressed(mail)):
        await hub.deliver(hub.sink.mails[0].raw, recipient)
    await hub.settle()
    assert await hub.messages(conversation) == before


async def chat_answered(hub: MailHub, email: str, answers: int = 1) -> str:
    """A visitor who asks, types an address and leaves; an agent who answers: the conversation."""
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(session, hub.hub.url, await chat_hook(hub.hub))
        await visitor.say(f"Is anybody there? {email}")
        await visitor.tell(email=email)
    await hub.settle()
    conversation = str((await hub.api.get("/conversations", view="all"))["items"][0]["id"])
    for number in range(answers):
        await hub.api.post(
            f"/conversations/{conversation}/messages",
            client_id=f"answer-{number:08d}",
            text=f"Answer {number}.",
        )
    await hub.settle()
    return conversation


async def test_an_unread_answer_follows_once_and_is_marked(hub: MailHub) -> None:
    conversation = await chat_answered(hub, "ann@customer.example", answers=3)
    await pass_time(hub)
    assert len(hub.sink.mails) == 1
    mail = hub.sent(0)
    assert mail["Auto-Submitted"].startswith("auto-")
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert hub.sink.mails[0].sender == SUPPORT, "its bounce must find us"
    body = mail.get_body(("plain",))
    assert body is not None
    assert [f"Answer {n}." in body.get_content() for n in range(3)] == [True] * 3
    for number in range(ROUNDS):
        away = answer_to(mail, number, Auto_Submitted="auto-replied")
        await hub.deliver(away, addressed(mail), sender="")
        await hub.settle()
        await pass_time(hub)
    assert len(hub.sink.mails) == 1
    shown = [m for m in await hub.messages(conversation) if m["direction"] == "in"]
    assert [m["is_auto"] for m in shown] == [False] + [True] * ROUNDS


@pytest.mark.parametrize(
    "email",
    [
        "no-reply@bank.example",
        "MAILER-DAEMON@customer.example",
        SUPPORT,
        SALES,
        "sales+anything@acme.example",
    ],
)
async def test_no_follow_up_goes_to_a_machine_or_to_ourselves(hub: MailHub, email: str) -> None:
    await open_inbox(hub.api, hub.sink, SALES)
    await chat_answered(hub, email)
    await pass_time(hub)
    assert hub.sink.mails == []
