"""A vendor takes the message and its answer is lost, again and again (R-05): run by
`python -m tests.chaos.storm --lost-answers 1000`.

Two networks: one whose vendor can be asked what became of a message, and one that tells by itself
whose message it was. Fates of an answer: `told` by a callback, `listed` by the vendor when it is
asked, `untold` for ever although it was taken, and `never` taken at all: the hub cannot tell the
last two apart, so they stand before a person. Nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from channels._twilio.standin import Hook as TwilioHook
from channels._twilio.standin import TwilioStandin
from channels._twilio.standin_books import Kept
from channels.whatsapp.standin import WhatsAppStandin
from channels.whatsapp.standin_phone import Held
from hub.clock import SystemClock
from hub.model.ids import local
from hub.ports.collections import CONVERSATIONS, MESSAGES, OUTBOX
from tests.channels.twilio_sms.sample import NUMBER
from tests.channels.whatsapp.support import SECRET
from tests.channels.whatsapp.support import TOKEN as BEARER
from tests.chaos.networks import BY_PHONE, Letter, phone_of
from tests.chaos.storm_check import everything
from tests.support.channel_hook import served
from tests.support.channel_sample import sample_of
from tests.support.mail_hub import until
from tests.support.real_hub import Api, RealHub, real_hub, signed_in
from tests.support.twilio import ACCOUNT, TOKEN

_LATER_S = 600.0
_AT_ONCE = 16
#: Answers to one person; a network takes no more of them at once.
_PER_PERSON = 20
_PATIENCE_S = 300.0
#: What a message may say when a callback or the vendor's list has settled it.
SETTLED = {"accepted", "sent", "delivered", "read"}
_TEXT = re.compile(rb"lost-\d+")


@dataclass
class Outcome:
    """`resolved` of `sends`; `stands` as unknown before an agent."""

    sends: int
    store: str
    fates: Counter[str] = field(default_factory=Counter)
    resolved: int = 0
    stands: int = 0
    #: Requests that reached a vendor, and those that it took.
    attempts: int = 0
    accepted: int = 0
    took_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.store}: {self.sends} sends with lost answers ({dict(self.fates)}) in "
            f"{self.took_s:.1f} s: {self.attempts} attempts, {self.accepted} acceptances, "
            f"{self.resolved} resolved ({100 * self.resolved / self.sends:.1f} %), "
            f"{self.stands} stand as unknown; faults: {self.faults or 'none'}"
        )


class Texts(TwilioStandin):
    """Tells nothing of what is only `listed`."""

    async def _deliver(self, kept: Kept) -> None:
        if "told" in kept.body:
            await super()._deliver(kept)


class Chats(WhatsAppStandin):
    """Tells nothing of what stays `untold`."""

    async def _follow(self, held: Held) -> None:
        if "untold" not in held.text:
            await super()._follow(held)


def fate_of(network: str, number: int) -> str:
    """Deterministic: a fiftieth never arrives or is never told of, evenly over both networks."""
    if number % 50 == 7:
        return "never"
    if network == "whatsapp":
        return "untold" if number % 100 == 8 else "told"
    return "listed" if number % 5 == 0 else "told"


class Vendors:
    """Both stand-ins with a door that loses every answer to a message of ours."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.texts = Texts(clock, account_sid=ACCOUNT, auth_token=TOKEN, tells_statuses=True)
        self.chats = Chats(clock, token=BEARER, app_secret=SECRET)
        self.attempts: Counter[str] = Counter()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[dict[str, str]]:
        texts, chats = self.texts.app(), self.chats.app()
        for app in (texts, chats):
            app.middlewares.append(self._lose)
        async with served(texts) as texts_url, served(chats) as chats_url:
            yield {"twilio_sms": texts_url, "whatsapp": chats_url}

    @web.middleware
    async def _lose(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        body = await request.read()
        found = _TEXT.search(body)
        if request.method != "POST" or found is None or "/_" in request.path:
            return await handler(request)
        self.attempts[found[0].decode()] += 1
        if b"never" not in body:
            answer = await handler(request)
            assert answer.status < 300, answer.status
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def taken(self) -> list[str]:
        """Ids of all messages that a vendor holds, in both books."""
        return self.texts.desk.accepted + self.chats.desk.accepted


async def run(sends: int, store: str, folder: Path) -> Outcome:
    outcome = Outcome(sends, store)
    vendors = Vendors()
    async with (
        vendors.served() as bases,
        real_hub(store, folder) as hub,
        signed_in(hub.url) as api,
        aiohttp.ClientSession() as session,
    ):
        urls = await _open(hub, api, vendors, bases)
        await _write_first(hub, vendors, urls, session, outcome)
        began = time.monotonic()
        await _answer(hub, api, outcome)
        await _ask(hub)
        outcome.took_s = time.monotonic() - began
        await _check(hub, api, vendors, outcome)
    return outcome


async def _open(
    hub: RealHub, api: Api, vendors: Vendors, bases: dict[str, str]
) -> dict[str, tuple[str, str]]:
    for name, base in bases.items():
        config = {**sample_of(name).config(base), "per_second": 1000}
        await api.post("/inboxes", channel=name, name=name, config=config)
    inboxes = hub.services.inboxes
    found = [one for one in inboxes.all() if one.channel in bases]
    urls = {one.channel: (f"{hub.url}/hooks/{one.channel}/{one.id}", one.id) for one in found}
    vendors.texts.hook = TwilioHook(
        url=urls["twilio_sms"][0], account_sid=ACCOUNT, auth_token=TOKEN, number=NUMBER
    )

    async def are_up() -> bool:
        started = all(inboxes.adapter(one.id) is not None for one in found)
        return started and vendors.chats.hook is not None

    await until(are_up, _PATIENCE_S)
    return urls


async def _write_first(
    hub: RealHub,
    vendors: Vendors,
    urls: dict[str, tuple[str, str]],
    session: aiohttp.ClientSession,
    outcome: Outcome,
) -> None:
    """Everybody writes once, the even ones by the first network: that is how they are answered."""
    people = max(4, -(-outcome.sends // _PER_PERSON))
    now = SystemClock().now_ms()
    for person in range(people):
        network = BY_PHONE[person % 2]
        post = network.write(*urls[network.name], [Letter(person, person, now // 1000)])
        async with session.post(post.url, data=post.body, headers=post.headers) as answer:
            assert answer.status == 200, await answer.text()
        vendors.chats.wrote_at[phone_of(person)] = now
    await hub.running.hub.journal.settle()


async def _answer(hub: RealHub, api: Api, outcome: Outcome) -> None:
    """An agent answers them in turn, `sends` times altogether."""
    talks = await everything(hub.services.store, CONVERSATIONS)
    talks.sort(key=lambda talk: str(talk["channel"]))
    numbers = iter(range(outcome.sends))

    async def write() -> None:
        for number in numbers:
            talk = talks[number % len(talks)]
            fate = fate_of(talk["channel"], number)
            outcome.fates[fate] += 1
            text = f"lost-{number:05d} {fate}"
            path = f"/conversations/{local(talk['_id'])}/messages"
            hub.services.limits.__init__(hub.clock)  # one agent types for all of them
            await api.post(path, client_id=f"client-{number:05d}", text=text)

    await asyncio.gather(*(write() for _ in range(_AT_ONCE)))
    await hub.services.outbox.settle()


async def _ask(hub: RealHub) -> None:
    """Time passes: the vendor is asked, then the hub gives up asking, then a day goes by."""
    services = hub.services

    async def waiting() -> int:
        rows = await everything(services.store, OUTBOX)
        return sum(row["state"] == "unknown" and bool(row.get("ask_until")) for row in rows)

    left = await waiting()
    hub.clock.jump(4)

    async def are_listed_settled() -> bool:
        await hub.running.hub.journal.settle()
        messages = await everything(services.store, MESSAGES)
        asked = [m for m in messages if m.get("delivery") == "sending"]
        return not any("listed" in message["text"] for message in asked)

    if left:
        await until(are_listed_settled, _PATIENCE_S)
    hub.clock.jump(_LATER_S)

    async def is_over() -> bool:
        return not await waiting()

    await until(is_over, _PATIENCE_S)
    hub.clock.jump(24 * 3600)
    await hub.services.outbox.settle()
    await hub.running.hub.journal.settle()


async def _check(hub: RealHub, api: Api, vendors: Vendors, outcome: Outcome) -> None:
    shown = await _shown(hub, api)
    states = Counter(row["state"] for row in await everything(hub.services.store, OUTBOX))
    taken = vendors.taken()
    outcome.attempts = vendors.attempts.total()
    outcome.accepted = len(taken)
    faults = outcome.faults
    if outcome.attempts != outcome.sends or len(vendors.attempts) != outcome.sends:
        twice = [text for text, n in vendors.attempts.items() if n > 1]
        faults.append(f"{outcome.attempts} attempts, more than once: {twice[:5]}")
    if not len(taken) == len(set(taken)) == outcome.sends - outcome.fates["never"]:
        faults.append(f"{len(taken)} acceptances")
    if len(shown) != outcome.sends:
        faults.append(f"{len(shown)} messages are shown")
    if set(states) - {"accepted", "unknown"}:
        faults.append(f"rows: {dict(states)}")
    for message in shown:
        fate = message["text"].split()[1]
        said = (message["delivery"], message["reason"])
        if fate in ("told", "listed") and message["delivery"] in SETTLED:
            outcome.resolved += 1
        elif said == ("unknown", "outcome_unknown"):
            outcome.stands += 1
        else:
            faults.append(f"{message['text']}: {said}")
    if outcome.resolved + outcome.stands != outcome.sends:
        faults.append(f"{outcome.resolved} resolved, {outcome.stands} stand")
    if outcome.resolved < 0.95 * outcome.sends:
        faults.append("less than 95 % are resolved")


async def _shown(hub: RealHub, api: Api) -> list[dict[str, Any]]:
    """Every answer as an agent sees it."""
    found: list[dict[str, Any]] = []
    for talk in await everything(hub.services.store, CONVERSATIONS):
        page = await api.get(f"/conversations/{local(talk['_id'])}/messages", limit="200")
        found += [
            one for one in page["items"] if one["kind"] == "message" and one["direction"] == "out"
        ]
    return found
