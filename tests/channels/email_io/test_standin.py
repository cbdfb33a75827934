"""The stand-in for the world's mail servers: what tests and the demo rely on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from aiohttp.test_utils import TestServer

from channels.email.standin import StandIn, Written
from channels.email.standin_smtp import Fault
from hub.clock import SystemClock
from hub.errors import Unavailable
from tests.support.mail_sink import MailSink

SHOP = "hello@shop.example"
ANN = "ann@example.com"


class World:
    """A stand-in, the mail server of a shop, and a client of its API."""

    def __init__(self, stand_in: StandIn, shop: MailSink, session: aiohttp.ClientSession) -> None:
        self.stand_in = stand_in
        self.shop = shop
        self._session = session
        self.base = ""

    async def ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        url = f"{self.base}{path}"
        async with self._session.request(method, url, json=body, **more) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        status, found = await self.ask("GET", path)
        assert status == 200
        return found

    async def raw(self, path: str) -> tuple[aiohttp.ClientResponse, bytes]:
        async with self._session.get(f"{self.base}{path}") as answer:
            return answer, await answer.read()

    async def send(self, to: str = ANN, **more: Any) -> Any:
        mail = _mail(to, **more)
        port = self.stand_in.smtp_port
        return await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=False)


def _mail(to: str, subject: str = "Your mug", *, html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Pip <{SHOP}>"
    mail["Reply-To"] = "Pip <hello+token@shop.example>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = "<one@shop.example>"
    mail.set_content("It left today.")
    if html:
        mail.add_alternative(html, subtype="html")
        page = mail.get_payload()[1]  # type: ignore[index]
        page.add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<pic@x>")  # type: ignore[union-attr,call-arg]
    return mail


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with MailSink() as shop, aiohttp.ClientSession() as session:
        address = ("127.0.0.1", shop.port)
        async with StandIn(SystemClock(), shop=SHOP, deliver_to=address) as stand_in:
            built = World(stand_in, shop, session)
            async with TestServer(stand_in.app()) as server:
                built.base = f"http://127.0.0.1:{server.port}"
                yield built


async def test_mail_for_anybody_is_taken_listed_and_shown(world: World) -> None:
    await world.send()
    listed = await world.get("/mails")
    assert [(m["owner"], m["subject"], m["direction"]) for m in listed["mails"]] == [
        (ANN, "Your mug", "in")
    ]
    shown = await world.get(f"/mails/{listed['mails'][0]['id']}")
    assert shown["text"] == "It left today."
    assert shown["reply_to"] == "hello+token@shop.example"
    assert [(e["outcome"], e["message_id"]) for e in await world.get("/_ledger")] == [
        ("accepted", "<one@shop.example>")
    ]


@pytest.mark.parametrize(
    ("stage", "answer", "outcome", "taken"),
    [
        ("rcpt", "550 5.1.1 nobody", "refused", 0),
        ("data", "451 4.3.0 later", "refused", 0),
        ("dot", "554 5.7.1 spam", "refused", 0),
        ("dropped", "", "dropped", 1),
        ("lost", "", "lost", 0),
    ],
)
async def test_a_fault_shows_once_and_stands_in_the_ledger(
    world: World, stage: str, answer: str, outcome: str, taken: int
) -> None:
    fault = {"stage": stage, "answer": answer, "recipient": ANN, "times": 1}
    assert (await world.ask("PUT", "/_faults", [fault]))[0] == 200
    with pytest.raises(aiosmtplib.SMTPException) as raised:
        await world.send()
    if answer:
        assert answer[4:] in str(raised.value)
    assert [(e["outcome"], e["answer"]) for e in await world.get("/_ledger")] == [(outcome, answer)]
    assert len((await world.get("/mails"))["mails"]) == taken
    await world.send()
    assert await world.get("/_faults") == []
    assert len((await world.get("/mails"))["mails"]) == taken + 1


async def test_a_fault_of_somebody_else_does_not_show(world: World) -> None:
    world.stand_in.sink.faults.append(Fault(stage="rcpt", recipient="bob@example.com"))
    await world.send()
    assert len(world.stand_in.ledger) == 1


async def test_a_reply_goes_to_the_shop_with_its_references(world: World) -> None:
    await world.send()
    answer = {"from": ANN, "name": "Ann", "text": "Thank you!", "answers": 1}
    status, sent = await world.ask("POST", "/mails", answer)
    assert (status, sent["direction"], sent["subject"]) == (200, "out", "Re: Your mug")
    assert world.shop.mails[0].recipients == ["hello+token@shop.example"]
    raw = world.shop.mails[0].raw.decode()
    assert "In-Reply-To: <one@shop.example>" in raw
    assert "> It left today." in raw


async def test_a_new_mail_goes_to_the_shop(world: World) -> None:
    written = {"from": ANN, "name": "Ann", "subject": "Zażółć ığüş", "text": "gęślą"}
    assert (await world.ask("POST", "/mails", written))[0] == 200
    assert world.shop.mails[0].recipients == [SHOP]


async def test_a_mail_that_the_shop_refuses_is_not_kept(world: World) -> None:
    world.shop.at_dot = "451 4.3.0 Not stored"
    status, told = await world.ask("POST", "/mails", {"from": ANN, "subject": "x", "text": "x"})
    assert status == 502
    assert "Not stored" in told["error"]
    assert (await world.get("/mails"))["mails"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"from": "nobody", "text": "x"},
        {"from": ANN, "text": " "},
        {"from": ANN},
        {"from": "a@b\r\nBcc: c@d", "text": "x"},
        {"from": ANN, "text": "x", "subject": "a\r\nBcc: c@d"},
        [],
    ],
)
async def test_an_unusable_mail_is_refused(world: World, body: object) -> None:
    assert (await world.ask("POST", "/mails", body))[0] == 400
    assert world.shop.mails == []


async def test_waiting_ends_with_the_next_mail(world: World) -> None:
    await world.send()
    waiting = asyncio.ensure_future(world.get("/mails?after=1"))
    await asyncio.sleep(0)
    assert not waiting.done()
    await world.send(subject="And a bowl")
    found = await waiting
    assert found["version"] == 2
    assert {mail["subject"] for mail in found["mails"]} == {"Your mug", "And a bowl"}


async def test_html_is_shown_in_a_page_that_can_do_nothing(world: World) -> None:
    await world.send(html='<p>Hi</p><img src="cid:pic@x"><script>alert(1)</script>')
    answer, page = await world.raw("/mails/1/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert b'src="files/0"' in page
    picture, content = await world.raw("/mails/1/files/0")
    assert picture.content_type == "image/png"
    assert content.startswith(b"\x89PNG")
    assert (await world.raw("/mails/1/files/1"))[0].status == 404
    assert (await world.raw("/mails/7"))[0].status == 404


async def test_other_websites_cannot_use_it(world: World) -> None:
    assert (await world.ask("GET", "/mails", headers={"Host": "evil.example"}))[0] == 403
    form = {"Content-Type": "text/plain"}
    assert (await world.ask("POST", "/mails", {"from": ANN, "text": "x"}, headers=form))[0] == 415
    assert world.shop.mails == []


async def test_mailboxes_are_kept_over_a_restart_even_if_a_line_was_cut(tmp_path: Path) -> None:
    keep_in = tmp_path / "mailboxes.jsonl"
    async with MailSink() as shop:
        address = ("127.0.0.1", shop.port)
        async with StandIn(SystemClock(), shop=SHOP, deliver_to=address, keep_in=keep_in) as first:
            kept = await first.write(Written(from_=ANN, subject="Hello", text="x"))
        with keep_in.open("ab") as file:
            file.write(b'{"id":2,"direc')
        async with StandIn(SystemClock(), shop=SHOP, deliver_to=address, keep_in=keep_in) as second:
            assert second.box.newest() == [kept]
            again = await second.write(Written(from_=ANN, subject="Again", text="x"))
        async with StandIn(SystemClock(), shop=SHOP, deliver_to=address, keep_in=keep_in) as third:
            assert {mail.id for mail in third.box.newest()} == {kept.id, again.id}


async def test_a_shop_that_is_closed_is_told_in_words() -> None:
    async with StandIn(SystemClock(), shop=SHOP, deliver_to=("127.0.0.1", 1)) as stand_in:
        with pytest.raises(Unavailable):
            await stand_in.write(Written(from_=ANN, text="x"))
