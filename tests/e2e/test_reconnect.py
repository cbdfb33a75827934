"""A client that was away equals a fresh load, whatever happened meanwhile (R-30, "Done when" 6).

Random actions against the real API, hub and socket, in process and on a clock that the test moves;
`tests/support/live_client.py` holds the rules of a client.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.app.build import Hub, build
from hub.app.server import Running
from hub.clock import SystemClock
from hub.model.agent import Agent
from hub.model.conversation import Conversation
from hub.model.events import SettingsChanged, TypingSeen
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.ports.collections import ALL, CONVERSATIONS
from hub.ports.inbound import DeliveryReported
from hub.services import migrate
from hub.services.docs import from_doc
from hub.store.migrations import ALL as MIGRATIONS
from hub.tasks import Tasks
from tests.support.clock import ManualClock, settle
from tests.support.live_client import LiveClient
from tests.support.loop_channel import Wire, chat_from, mail_from
from tests.support.people import PASSWORD, make_config
from tests.support.stores import fresh_store
from tests.support.web import API, Browser

ADA, BEN = "ada@shop.example", "ben@shop.example"
ROUNDS = int(os.environ.get("ROUNDS", "2"))
AWAY_S = {"1 s": 1, "30 s": 31, "11 min": 660, "8 h": 8 * 3600}
ALL_EVENTS = {
    "conversation", "conversation_removed", "message", "typing", "colleague", "contact", "inbox",
    "settings", "read", "draft", "presence", "desk",
}  # fmt: skip


@dataclass
class House:
    """A whole hub with its web server; Ada may do everything, Ben sees one inbox of two."""

    hub: Hub
    wire: Wire
    clock: ManualClock
    workspace: str
    ada: Browser
    ben: Browser
    ben_agent: Agent
    inboxes: dict[str, Inbox]
    rnd: random.Random
    count: int = 0
    labels: list[str] = field(default_factory=list)

    def id(self) -> str:
        self.count += 1
        return f"client-{self.count:04d}"

    async def conversations(self) -> list[Conversation]:
        page = await self.hub.services.store.find(CONVERSATIONS, self.workspace, {}, limit=200)
        return [from_doc(Conversation, doc) for doc in page.docs]

    async def one(self) -> Conversation:
        return self.rnd.choice(await self.conversations())

    async def do(self, method: str, path: str, body: Any = None, by: Browser | None = None) -> Any:
        status, answer = await (by or self.ada).ask(method, API + path, body)
        assert status in (200, 400, 404), (method, path, status, answer)
        return answer

    async def quiet(self) -> None:
        await self.hub.journal.settle()
        await self.hub.services.outbox.settle()
        await settle()

    def mark(self) -> str:
        """An event that everybody sees, to know that all before it has come."""
        name = f"mark {self.id()}"
        self.hub.services.bus.publish(self.workspace, SettingsChanged(what=name))
        return name


@asynccontextmanager
async def house(tmp_path: Path, seed: int) -> AsyncIterator[House]:
    clock, tasks, wire = ManualClock(), Tasks(), Wire()
    async with fresh_store("sqlite", tmp_path, clock, ALL) as store:
        await migrate.migrate(store, SystemClock(), MIGRATIONS)
        config = make_config(tmp_path, admin_email=ADA, admin_password=PASSWORD)
        hub = await build(config, clock, tasks, store=store, specs=wire.specs())
        running = Running(hub)
        await running.start()
        base = f"http://127.0.0.1:{running.port}"
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            yield await _furnished(hub, wire, clock, session, base, seed)
        await running.stop()


async def _furnished(
    hub: Hub, wire: Wire, clock: ManualClock, session: aiohttp.ClientSession, base: str, seed: int
) -> House:
    services = hub.services
    workspace = local((await services.workspaces.all())[0].id)
    if not services.inboxes.of_workspace(workspace):
        await services.inboxes.create(workspace, "chat", "Chat", {}, "main")
    await services.inboxes.create(workspace, "mail", "Mail", {}, "main")
    inboxes = {inbox.channel: inbox for inbox in services.inboxes.of_workspace(workspace)}
    account = await services.accounts.find_or_create(BEN, "Ben")
    await services.accounts.set_password(account.id, PASSWORD)
    homes = [inboxes["chat"].id]
    agent = await services.agents.add(workspace, account, name="Ben", role="agent", homes=homes)
    await services.agents.join(agent.id)
    ada, ben = Browser(base, session), Browser(base, session)
    await ada.sign_in(ADA)
    await ben.sign_in(BEN)
    while len(wire.adapters) < len(inboxes):
        await settle()
    built = House(hub, wire, clock, workspace, ada, ben, agent, inboxes, random.Random(seed))
    for _ in range(4):
        await _chat(built)
        await _mail(built)
    return built


async def _chat(h: House) -> None:
    inbox = h.inboxes["chat"].id
    visitor = f"visitor{h.rnd.randrange(6)}"
    event = chat_from(inbox, visitor, f"chat {h.count}", h.id(), at=h.clock.now_ms())
    await h.wire.receive(inbox, event)
    await h.quiet()


async def _mail(h: House) -> None:
    who = f"ann{h.rnd.randrange(6)}@people.example"
    event = mail_from(who, f"mail {h.count}", h.id(), at=h.clock.now_ms())
    await h.wire.receive(h.inboxes["mail"].id, event)
    await h.quiet()


async def _reply(h: House) -> None:
    at = f"/conversations/{local((await h.one()).id)}/messages"
    await h.do("POST", at, {"client_id": h.id(), "text": "Good day"})
    await h.quiet()


async def _note(h: House) -> None:
    at = f"/conversations/{local((await h.one()).id)}/messages"
    mentions = [local(h.ben_agent.id)] if h.rnd.random() < 0.5 else []
    body = {"client_id": h.id(), "text": "look", "kind": "note", "mentions": mentions}
    await h.do("POST", at, body)


async def _change(h: House) -> None:
    item = await h.one()
    wanted = h.rnd.choice([
        {"assignee_id": local(h.ben_agent.id)}, {"assignee_id": ""}, {"state": "closed"},
        {"state": "open"}, {"priority": h.rnd.randrange(3)}, {"labels": h.labels[:2]},
        {"state": "snoozed", "snoozed_until": h.clock.now_ms() + h.rnd.choice([20, 5000]) * 1000},
        {"is_spam": True}, {"is_spam": False}, {"subject": f"about {h.count}"},
    ])  # fmt: skip
    await h.do("PATCH", f"/conversations/{local(item.id)}", {"client_id": h.id(), **wanted})


async def _draft(h: House) -> None:
    at = f"/conversations/{local((await h.one()).id)}/draft"
    if h.rnd.random() < 0.3:
        await h.do("DELETE", at)
    else:
        await h.do("PUT", at, {"kind": "message", "text": "half a"})


async def _read(h: House) -> None:
    item = await h.one()
    by = h.rnd.choice([h.ada, h.ben])
    seq = h.rnd.randint(1, item.seq)
    await h.do("POST", f"/conversations/{local(item.id)}/read", {"seq": seq}, by)


async def _typing(h: House) -> None:
    event = TypingSeen(conversation=await h.one(), is_typing=True)
    h.hub.services.bus.publish(h.workspace, event)
    at = f"/conversations/{local((await h.one()).id)}/activity"
    await h.do("POST", at, {"is_viewing": True, "is_typing": True})


async def _contact(h: House) -> None:
    item = await h.one()
    body = {"name": f"Name {h.count}", "about": h.id()}
    await h.do("PATCH", f"/contacts/{local(item.contact_id)}", body)


async def _inbox(h: House) -> None:
    inbox = h.rnd.choice(list(h.inboxes.values()))
    await h.do("PATCH", f"/inboxes/{local(inbox.id)}", {"name": h.id()})
    while len(h.wire.adapters) < len(h.inboxes):
        await settle()


async def _settings(h: House) -> None:
    label = await h.do("POST", "/labels", {"name": h.id(), "color": "#112233"})
    if "id" in label:
        h.labels.append(label["id"])
    await h.do("POST", "/canned", {"shortcut": h.id().replace("-", ""), "text": "Hello"})


async def _presence(h: House) -> None:
    watcher = LiveClient(h.rnd.choice([h.ada, h.ben]))
    await watcher.come_back()
    await watcher.go_away()


async def _delivered(h: House) -> None:
    if h.wire.sent:
        sent = h.rnd.choice(h.wire.sent)
        event = DeliveryReported(event_id=h.id(), message_id=sent.id, delivery="delivered", at=1)
        await h.wire.receive(h.rnd.choice(list(h.inboxes.values())).id, event)
        await h.quiet()


async def _rights(h: House) -> None:
    both = list(h.inboxes.values())
    await _set_homes(h, h.rnd.choice([both[:1], both[1:], both]))


async def _set_homes(h: House, homes: list[Inbox]) -> None:
    body = {"homes": [local(inbox.id) for inbox in homes]}
    await h.do("PATCH", f"/agents/{local(h.ben_agent.id)}", body)


ACTIONS = (
    _chat, _mail, _reply, _note, _change, _draft, _read, _typing, _contact, _inbox,
    _settings, _presence, _delivered, _rights,
)  # fmt: skip
#: All but a change of rights, which makes a client load anew.
PASSING = ACTIONS[:-1]


async def _equals_fresh(client: LiveClient, fresh: LiveClient, said: str) -> None:
    await fresh.load()
    held, now = client.state, fresh.state
    if said.startswith("1 s"):
        held["typing"] = {}  # still true for some seconds
    for name in now:
        assert held[name] == now[name], f"{said}: {name}"


async def _away_and_back(h: House, away: str, seed: int, actions: Any) -> set[str]:
    """Both agents leave, things happen, both come back. Kinds of events that were applied."""
    await h.clock.advance(20)  # what was asked before no longer counts for the rate limits
    clients = {"Ada": LiveClient(h.ada), "Ben": LiveClient(h.ben)}
    for client in clients.values():
        await client.load()
        await client.come_back()
        await client.follow_until(h.mark())
        await client.go_away()
    number = h.rnd.randint(3, 12)
    for _ in range(number):
        await h.clock.advance(AWAY_S[away] / number)
        action = h.rnd.choice(actions)
        await action(h)
    await h.quiet()
    await h.clock.advance(0)
    for name, client in clients.items():
        await client.come_back()
        await client.follow_until(h.mark())
        said = f"{away}, seed {seed}, {name}"
        if away == "30 s":
            client._known["typing"] = {}
        await _equals_fresh(client, LiveClient(h.ada if name == "Ada" else h.ben), said)
        await client.go_away()
    return set().union(*(client.seen for client in clients.values()))


@pytest.mark.e2e
@pytest.mark.parametrize("away", list(AWAY_S))
async def test_a_client_that_was_away_equals_a_fresh_load(away: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    async with house(tmp_path, seed) as built:
        for _ in range(ROUNDS):
            await _away_and_back(built, away, seed, ACTIONS)


@pytest.mark.e2e
async def test_every_kind_of_event_is_caught_up_with(tmp_path: Path) -> None:
    """Each action alone, and a conversation that Ben loses while he is away."""
    seen: set[str] = set()
    async with house(tmp_path, seed=3) as built:
        for action in PASSING:
            seen |= await _away_and_back(built, "1 s", 3, (action,))
        await _only_bens_by_assignment(built)
        seen |= await _away_and_back(built, "1 s", 3, (_take_from_ben,))
    assert seen == ALL_EVENTS


async def _only_bens_by_assignment(h: House) -> None:
    """Mail conversations assigned to Ben, who no longer sees their inbox."""
    await _set_homes(h, list(h.inboxes.values()))
    for item in await h.conversations():
        if item.home == h.inboxes["mail"].id:
            body = {"client_id": h.id(), "assignee_id": local(h.ben_agent.id)}
            await h.do("PATCH", f"/conversations/{local(item.id)}", body)
    await _set_homes(h, [h.inboxes["chat"]])


async def _take_from_ben(h: House) -> None:
    for item in await h.conversations():
        if item.assignee_id == h.ben_agent.id:
            body = {"client_id": h.id(), "assignee_id": ""}
            await h.do("PATCH", f"/conversations/{local(item.id)}", body)


@pytest.mark.e2e
async def test_changed_rights_while_away_are_obeyed_on_return(tmp_path: Path) -> None:
    async with house(tmp_path, seed=5) as built:
        for _ in range(2):
            await _away_and_back(built, "1 s", 5, (_rights, _chat, _mail, _reply))
