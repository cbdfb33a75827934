"""Real bounces of mails that we sent, through a whole hub on each store: which of them close the
way to an address, what the agent sees of it, and that whoever writes again can be answered again.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from channels.email.parse import parse_mail
from tests.e2e.test_mail_loops import chat_answered, pass_time
from tests.support import specs
from tests.support.mail_hub import MailHub, mail_hub
from tests.support.stores import KINDS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

GONE = ["rfc3464-01", "lhost-outlook-02", "lhost-exim-02", "lhost-mcafee-04", "lhost-gmail-01"]
PASSING = [
    ("lhost-receivingses-04", "unreachable_now", "Mailbox full"),
    ("lhost-postfix-05", "unreachable_now", "450 4.1.1"),
    ("rhost-google-04", "unreachable_now", "5.7.26"),
    ("lhost-receivingses-05", "content_rejected", "Message too large"),
]
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def hub(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MailHub]:
    async with mail_hub(request.param, tmp_path_factory.mktemp("bounces")) as running:
        yield running


class Letter:
    """An agent's mail to somebody new, perhaps with a copy, and what comes of it."""

    def __init__(self, hub: MailHub) -> None:
        self.number = next(_numbers)
        self.hub = hub
        self.to = f"anna{self.number}@customer.example"

    async def send(self, *cc: str) -> None:
        """Copies go with a second one only."""
        began = await self.hub.api.post(
            "/conversations", client_id=f"letter-{self.number:08}", inbox_id=self.hub.inbox_id,
            address=self.to, subject="Your parcel", text="It is on its way.",
        )  # fmt: skip
        self.conversation = str(began["conversation"]["id"])
        if cc:
            path = f"/conversations/{self.conversation}/messages"
            id = f"copies-{self.number:08}"
            await self.hub.api.post(path, client_id=id, text="And here it is.", cc=list(cc))
        await self.hub.settle()
        self.id = str(self.hub.sent(-1)["Message-ID"]).strip()

    async def bounces(self, name: str, about: str = "") -> None:
        """The real bounce `name`, as if it were about this letter to `about`."""
        await bring(self.hub, name, about or self.to, self.id)

    async def writes(self, address: str = "") -> None:
        """The customer answers the letter."""
        number = next(_numbers)
        raw = (
            f"From: {address or self.to}\r\nTo: support@acme.example\r\nSubject: Re: Parcel\r\n"
            f"Message-ID: <answer{number}@customer.example>\r\nIn-Reply-To: {self.id}\r\n"
            "Authentication-Results: mx.acme.example; dmarc=pass\r\n\r\nHere I am.\r\n"
        )
        await self.hub.deliver(raw.encode(), sender=address or self.to)
        await self.hub.settle()

    async def way(self, address: str = "") -> tuple[str, str]:
        """(state, reason) of the way to an address."""
        ways = await self.hub.api.get(f"/conversations/{self.conversation}/ways")
        (way,) = [way for way in ways if way["address"] == (address or self.to)]
        return way["state"], way["reason"]

    async def message(self) -> dict[str, Any]:
        """The last one that went out."""
        found = await self.hub.messages(self.conversation)
        return [m for m in found if m["kind"] == "message" and m["direction"] == "out"][-1]

    async def lines(self) -> list[str]:
        return await lines(self.hub, self.conversation)


async def lines(hub: MailHub, conversation: str) -> list[str]:
    """Addresses that a timeline names as not reached."""
    found = await hub.messages(conversation)
    return [m["details"]["address"] for m in found if m["activity"] == "delivery_failed"]


async def bring(hub: MailHub, name: str, recipient: str, message_id: str) -> None:
    """The real bounce `name`, as if it were about a mail of ours."""
    raw: bytes = specs.require(f"email/bounces-sisimai/{name}.eml").read_bytes()
    told = parse_mail(raw).bounce
    assert told is not None and told.recipient and told.original_message_id
    raw = raw.replace(told.recipient.encode(), recipient.encode())
    raw = raw.replace(told.original_message_id.encode(), message_id.encode())
    head, blank, rest = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    own_id = b"Message-ID: <bounce%d@mx.example>" % next(_numbers)
    head = re.sub(rb"(?im)^message-id:.*\n", b"", head) + b"\n" + own_id
    await hub.deliver((head + blank + rest).replace(b"\n", b"\r\n"), sender="")
    await hub.settle()


@pytest.mark.parametrize("name", GONE)
async def test_an_address_that_is_gone_closes_until_its_owner_writes(
    hub: MailHub, name: str
) -> None:
    letter = Letter(hub)
    await letter.send()
    assert await letter.way() == ("ok", "")
    await letter.bounces(name)
    message = await letter.message()
    assert (message["delivery"], message["reason"]) == ("failed", "recipient_unreachable")
    assert "nknown" in message["detail"] or "No such user" in message["detail"], message["detail"]
    assert await letter.way() == ("unreachable", "recipient_unreachable")
    assert await letter.lines() == [letter.to]
    await letter.writes()
    assert await letter.way() == ("ok", "")
    await letter.bounces(name)  # late, about what was sent before they wrote
    assert await letter.way() == ("ok", "")


@pytest.mark.parametrize(("name", "reason", "words"), PASSING)
async def test_what_passes_or_is_about_the_mail_closes_nothing(
    hub: MailHub, name: str, reason: str, words: str
) -> None:
    letter = Letter(hub)
    await letter.send()
    await letter.bounces(name)
    message = await letter.message()
    assert (message["delivery"], message["reason"]) == ("failed", reason)
    assert words in message["detail"]
    assert await letter.way() == ("ok", "")


async def test_a_delay_is_no_failure(hub: MailHub) -> None:
    letter = Letter(hub)
    await letter.send()
    await letter.bounces("lhost-outlook-06")
    message = await letter.message()
    assert (message["delivery"], message["reason"]) == ("sent", "")
    assert await letter.way() == ("ok", "")
    assert await letter.lines() == []
    await letter.bounces("lhost-outlook-02")
    assert await letter.way() == ("unreachable", "recipient_unreachable")


async def test_a_copy_that_bounces_closes_the_copys_address_alone(hub: MailHub) -> None:
    known = Letter(hub)
    await known.send()
    letter = Letter(hub)
    await letter.send("other@customer.example", known.to)
    await letter.bounces("lhost-outlook-02", about=known.to)
    assert (await letter.message())["delivery"] == "accepted"
    assert await letter.lines() == [known.to]
    assert await letter.way() == ("ok", "")
    assert await known.way() == ("unreachable", "recipient_unreachable")


async def test_a_bounce_of_somebody_elses_address_closes_nobodys(hub: MailHub) -> None:
    """Whoever gets our mail knows its id: with a forged bounce they could name anybody."""
    bystander = Letter(hub)
    await bystander.send()
    letter = Letter(hub)
    await letter.send()
    await letter.bounces("lhost-outlook-02", about=bystander.to)
    assert (await letter.message())["delivery"] == "failed"
    assert await letter.way() == ("ok", "")
    assert await bystander.way() == ("ok", "")
    assert (await bystander.message())["delivery"] == "accepted"


async def test_a_server_that_refuses_one_of_several_is_told_apart(hub: MailHub) -> None:
    known = Letter(hub)
    await known.send()
    letter = Letter(hub)
    hub.sink.at_rcpt[known.to] = "550 5.1.1 No such user"
    await letter.send("other@customer.example", known.to)
    await hub.settle()
    assert (await letter.message())["delivery"] == "accepted"
    assert await letter.lines() == [known.to]
    assert await known.way() == ("unreachable", "recipient_unreachable")
    assert await letter.way() == ("ok", "")


@pytest.mark.parametrize("is_refused_at_once", [True, False])
async def test_an_answer_that_followed_in_vain_is_told(
    hub: MailHub, is_refused_at_once: bool
) -> None:
    """It is a chat's answer: that it was shown there stands, that the mail came back does, too."""
    address = f"visitor{next(_numbers)}@customer.example"
    if is_refused_at_once:
        hub.sink.at_rcpt[address] = "550 5.1.1 No such user"
    conversation = await chat_answered(hub, address)
    sent = len(hub.sink.mails)
    await pass_time(hub)
    assert len(hub.sink.mails) == sent + (not is_refused_at_once)
    if not is_refused_at_once:
        id = str(hub.sent(-1)["Message-ID"]).strip()
        assert await lines(hub, conversation) == []
        for about in ("someone@else.example", address):
            await bring(hub, "lhost-outlook-02", about, id)
    found = await hub.messages(conversation)
    assert set(await lines(hub, conversation)) == {address}
    (answer,) = [m for m in found if m["kind"] == "message" and m["direction"] == "out"]
    assert answer["delivery"] == "accepted"
