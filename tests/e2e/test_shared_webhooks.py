"""One app at a vendor that serves several inboxes: its webhooks all come to one inbox's address,
and each inbox takes its own part once, whichever address it came to, as long as its own secret
signs it (S-34, S-35). On each store.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from channels._meta.signature import HEADER, sign
from channels.whatsapp.standin_phone import Business, contact, payload
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.ports.collections import JOURNAL, MESSAGES
from hub.ports.inbound import OTHER_ACCOUNT
from tests.support.channel_hook import served
from tests.support.real_hub import RealHub, real_hub
from tests.support.shop import until
from tests.support.stores import KINDS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SECRET, OTHER_SECRET = "the-secret-of-the-app", "the-secret-of-another-app"
NOWHERE = "http://127.0.0.1:9"
PERSON = 5_614_879_045_270_000
_numbers = itertools.count(1)

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A channel whose apps have one webhook, and how its vendor writes."""

    channel: str
    #: Its part of a config: of the account with this number.
    account: Callable[[int], Json]
    #: One message to the account with this number: id, text.
    entry: Callable[[int, str, str], Json]
    object: str


def _whatsapp_entry(number: int, id: str, text: str) -> Json:
    sender = f"+48501{number:06}"
    message = {"from": sender[1:], "id": id, "timestamp": "1795000000", "type": "text"}
    value = {"contacts": [contact(sender, "Ada")], "messages": [message | {"text": {"body": text}}]}
    (entry,) = payload(_business(number), "messages", value)["entry"]
    return dict(entry)


def _business(number: int) -> Business:
    return Business(
        phone=f"+48221{number:06}",
        phone_number_id=f"{70_000 + number}",
        waba_id=f"{90_000 + number}",
    )


def _whatsapp_account(number: int) -> Json:
    business = _business(number)
    ids = {"phone_number_id": business.phone_number_id, "waba_id": business.waba_id}
    return {"phone": business.phone, "register_webhook": False, **ids}


def _direct_entry(number: int, id: str, text: str) -> Json:
    account = str(800_000 + number)
    ends = {"sender": {"id": str(PERSON + number)}, "recipient": {"id": account}}
    item = {**ends, "timestamp": 1_795_000_000_000, "message": {"mid": id, "text": text}}
    return {"id": account, "time": 1_795_000_000_000, "messaging": [item]}


WHATSAPP = Kind(
    channel="whatsapp",
    account=_whatsapp_account,
    entry=_whatsapp_entry,
    object="whatsapp_business_account",
)
APPS = [
    WHATSAPP,
    Kind(
        channel="messenger",
        account=lambda number: {"page_id": str(800_000 + number)},
        entry=_direct_entry,
        object="page",
    ),
    Kind(
        channel="instagram",
        account=lambda number: {"account_id": str(800_000 + number)},
        entry=_direct_entry,
        object="instagram",
    ),
]


@dataclass(frozen=True)
class Account:
    """A number or page with its inbox."""

    kind: Kind
    number: int
    inbox: Inbox

    def wrote(self, id: str, text: str) -> Json:
        return self.kind.entry(self.number, id, text)


class App:
    """One app at a vendor, in a hub of its own number space."""

    def __init__(self, hub: RealHub, kind: Kind, http: aiohttp.ClientSession) -> None:
        self.hub, self.kind, self._http = hub, kind, http
        self.inboxes = hub.services.inboxes

    async def open(
        self, secret: str = SECRET, *, workspace: str = "", api_base: str = NOWHERE, **more: Any
    ) -> Account:
        """An inbox of a new account, running unless its vendor (`api_base`) holds it up."""
        number = more.pop("number", 0) or next(_numbers)
        config = {
            **self.kind.account(number),
            "access_token": "token",
            "verify_token": "word",
            "app_secret": secret,
            "api_base": api_base,
            **more,
        }
        if not workspace:
            workspace = local((await self.hub.services.workspaces.all())[0].id)
        name = f"Account {number}"
        inbox = await self.inboxes.create(workspace, self.kind.channel, name, config, "main")
        account = Account(self.kind, number, inbox)
        if api_base == NOWHERE:
            await self.until_up(account)
        return account

    async def until_up(self, account: Account) -> None:
        async def is_up() -> bool:
            return self.inboxes.adapter(account.inbox.id) is not None

        await until(is_up)

    async def pause(self, account: Account, *, is_paused: bool = True) -> None:
        workspace = account.inbox.id.partition(".")[0]
        await self.inboxes.change(workspace, account.inbox.id, is_paused=is_paused)
        if not is_paused:
            await self.until_up(account)

    def url(self, door: Account) -> str:
        return f"{self.hub.url}/hooks/{self.kind.channel}/{door.inbox.id}"

    async def tells(self, door: Account, *entries: Json, secret: str = SECRET) -> int:
        """The app calls the address of `door`; what it is answered."""
        body = json.dumps({"object": self.kind.object, "entry": list(entries)}).encode()
        return await self.post(door, body, sign(secret, body))

    async def post(self, door: Account, body: bytes, signature: str) -> int:
        headers = {HEADER: signature, "Content-Type": "application/json"}
        async with self._http.post(self.url(door), data=body, headers=headers) as answer:
            await answer.read()
            await self.hub.running.hub.journal.settle()
            return answer.status

    async def taken(self, *accounts: Account) -> list[list[str]]:
        """The texts that each account's inbox has."""
        page = await self.hub.services.store.dump(MESSAGES, limit=10_000)
        found = [doc for doc in page.docs if doc["kind"] == "message"]
        return [
            sorted(doc["text"] for doc in found if doc["inbox_id"] == account.inbox.id)
            for account in accounts
        ]

    async def rows(self) -> int:
        return len((await self.hub.services.store.dump(JOURNAL, limit=10_000)).docs)

    def foreign(self) -> int:
        """How often something was nobody's."""
        return int(self.hub.running.hub.counters.get("ignored", OTHER_ACCOUNT))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def hub(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RealHub]:
    async with real_hub(request.param, tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", params=APPS, ids=lambda kind: kind.channel)
async def app(hub: RealHub, request: pytest.FixtureRequest) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as http:
        opened = App(hub, request.param, http)
        yield opened
        for inbox in opened.inboxes.all():  # the next test's accounts share no app with these
            await opened.inboxes.delete(inbox.id.partition(".")[0], inbox.id)


async def test_each_takes_its_own_of_one_body_once(app: App) -> None:
    one, two = await app.open(), await app.open()
    batch = one.wrote("m1", "to one"), two.wrote("m2", "to two")
    foreign = app.foreign()
    for door in (one, one, two):
        assert await app.tells(door, *batch) == 200
    assert await app.taken(one, two) == [["to one"], ["to two"]]
    assert await app.rows() >= 2
    assert app.foreign() == foreign


async def test_each_takes_its_own_body_at_anothers_address(app: App) -> None:
    one, two, three = await app.open(), await app.open(), await app.open()
    for at, account in enumerate((three, two, one, two)):
        assert await app.tells(one, account.wrote(f"m{at}", f"{at}")) == 200
    assert await app.taken(one, two, three) == [["2"], ["1", "3"], ["0"]]


async def test_what_belongs_to_nobody_is_counted_once(app: App) -> None:
    one, two = await app.open(), await app.open()
    gone = Account(app.kind, next(_numbers), one.inbox)
    before = app.foreign()
    batch = gone.wrote("m1", "a"), two.wrote("m2", "b"), gone.wrote("m3", "c")
    assert await app.tells(one, *batch) == 200
    assert app.foreign() == before + 1
    assert await app.tells(one, gone.wrote("m4", "d")) == 200
    assert app.foreign() == before + 2
    assert await app.taken(one, two) == [[], ["b"]]


async def test_an_app_of_one_inbox_has_no_business_with_another_account(app: App) -> None:
    """S-35: rightly signed, at the wrong address."""
    one, two = await app.open(), await app.open(OTHER_SECRET)
    rows = await app.rows()
    assert await app.tells(one, two.wrote("m1", "x")) == 403
    assert await app.tells(one, two.wrote("m1", "x"), secret=OTHER_SECRET) == 403
    assert await app.rows() == rows
    batch = one.wrote("m2", "to one"), two.wrote("m1", "x")
    before = app.foreign()
    assert await app.tells(one, *batch) == 200
    assert await app.taken(one, two) == [["to one"], []]
    assert app.foreign() == before + 1


async def test_a_neighbour_in_another_workspace_takes_nothing(app: App) -> None:
    elsewhere = local((await app.hub.services.workspaces.create("Next door")).id)
    one, two = await app.open(), await app.open()
    stranger = await app.open(workspace=elsewhere)
    batch = one.wrote("m1", "to one"), stranger.wrote("m2", "next door")
    assert await app.tells(one, *batch) == 200
    assert await app.tells(one, stranger.wrote("m3", "again")) == 200
    assert await app.taken(one, two, stranger) == [["to one"], [], []]


async def test_a_forged_body_is_refused_and_leaves_nothing(app: App) -> None:
    one, two = await app.open(), await app.open()
    batch = [one.wrote("m1", "x"), two.wrote("m2", "y")]
    body = json.dumps({"object": app.kind.object, "entry": batch}).encode()
    good = sign(SECRET, body)
    rows = await app.rows()
    for at in range(0, len(body), 17):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert await app.post(one, changed, good) == 403
    assert await app.post(one, body, "") == 403
    assert await app.post(one, b"{", sign(SECRET, b"{")) == 400
    await app.pause(one)
    assert await app.post(one, body, sign("guessed", body)) == 503
    assert await app.rows() == rows
    assert await app.taken(one, two) == [[], []]


async def test_what_is_for_a_paused_inbox_waits_with_the_vendor(app: App) -> None:
    one, two = await app.open(), await app.open()
    await app.pause(two)
    batch = one.wrote("m1", "to one"), two.wrote("m2", "to two")
    assert await app.tells(one, *batch) == 503
    assert await app.taken(one, two) == [["to one"], []]
    assert await app.tells(one, one.wrote("m3", "again")) == 200
    await app.pause(two, is_paused=False)
    assert await app.tells(one, *batch) == 200
    assert await app.taken(one, two) == [["again", "to one"], ["to two"]]


async def test_the_address_of_a_paused_inbox_serves_the_others(app: App) -> None:
    one, two = await app.open(), await app.open()
    await app.pause(one)
    assert await app.tells(one, two.wrote("m1", "to two")) == 200
    assert await app.tells(one, one.wrote("m2", "to one")) == 503
    assert await app.tells(one, two.wrote("m3", "x"), secret=OTHER_SECRET) == 503
    async with app._http.get(app.url(one)) as answer:
        assert answer.status == 503
    await app.pause(two)
    assert await app.tells(one, two.wrote("m4", "later")) == 503
    assert await app.taken(one, two) == [[], ["to two"]]


async def test_what_is_for_a_starting_inbox_waits_with_the_vendor(app: App) -> None:
    may_answer = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await may_answer.wait()
        return web.Response(status=503)

    vendor = web.Application()
    vendor.router.add_route("*", "/{tail:.*}", slow)
    async with served(vendor) as base:
        one, two = await app.open(), await app.open(api_base=base)
        batch = one.wrote("m1", "to one"), two.wrote("m2", "to two")
        assert await app.tells(one, *batch) == 503
        assert await app.taken(one, two) == [["to one"], []]
        may_answer.set()
        await app.until_up(two)
        assert await app.tells(one, *batch) == 200
        assert await app.taken(one, two) == [["to one"], ["to two"]]


@pytest.mark.parametrize("app", [WHATSAPP], ids=["whatsapp"], indirect=True)
async def test_events_of_an_account_reach_all_its_numbers(app: App) -> None:
    """What a business account is told belongs to each of its numbers, which share templates."""
    number = next(_numbers)
    shared = app.kind.account(number)["waba_id"]
    one, two = await app.open(number=number), await app.open(waba_id=shared)
    told = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}}
    entry = {"id": shared, "time": 1_795_000_000}
    entry["changes"] = [{"field": "account_update", "value": told}]
    assert await app.tells(one, entry) == 200
    health = [app.inboxes.health.of(account.inbox.id) for account in (one, two)]
    assert ["SCAM" in about.last_error for about in health] == [True, True]
    await app.pause(two)
    assert await app.tells(one, {**entry, "time": 1_795_000_009}) == 200
