"""What `hub demo` puts around a hub: stand-ins of the vendors with their ports and web pages, a
clock that can be set, and the sample data. `hub.app.server` enters `staged` before it builds the
hub and calls `prepare` once everything works.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from channels.email.standin import StandIn
from hub.app.build import Hub
from hub.config import Config
from hub.config_values import Address
from hub.demo.clock import SampleClock
from hub.demo.mailbox import MailboxPage
from hub.demo.networks import connect, open_inboxes
from hub.demo.people import SignIns, make_staff
from hub.demo.phone import PhonePage, find_networks
from hub.demo.player import Moment, Player, week
from hub.demo.ports import LOOPBACK, first_free, open_first, require_free
from hub.demo.queues import open_queues
from hub.demo.script import load_talks
from hub.demo.shop import EMAIL, SHOP, keep_in_step, open_shop
from hub.i18n import Texts
from hub.model.ids import local
from hub.ports.collections import META
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc
from hub.standin import Network

WEB_PORT = 8090
LISTEN_PORT = 2525
#: Far enough away that the sink, opened first, never takes the port chosen for the listener.
SINK_PORT = 2535
_STATE_ID = "sys.demo"


class State(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """How far an earlier start got; all times of the sample count back from `anchor`."""

    id: str
    v: int = 1
    anchor: int
    played: int = 0
    is_done: bool = False


class Stage:
    """Implements `hub.app.server.Stage`."""

    def __init__(
        self,
        config: Config,
        clock: SampleClock,
        world: StandIn,
        networks: Mapping[str, Network],
        web_port: int,
    ) -> None:
        self.config = config
        self.clock = clock
        self.mailbox_url = f"http://{LOOPBACK}:{web_port}/email/"
        self.phone_url = f"http://{LOOPBACK}:{web_port}/phone/"
        self._world = world
        self._networks = networks
        self._web_port = web_port
        self._sign_ins = SignIns(config.data_dir / "sign-in.txt")

    @property
    def notes(self) -> list[tuple[str, str]]:
        return [
            ("Customers' mailboxes", self.mailbox_url),
            ("A customer's phone", self.phone_url),
            *self._sign_ins.notes(),
        ]

    async def prepare(self, hub: Hub) -> None:
        """Fill an empty hub once; a later start goes on where an earlier one was broken off."""
        services = hub.services
        workspace = local((await services.workspaces.all())[0].id)
        self._sign_ins.load()
        state = await self._state(services.store)
        await open_inboxes(services, workspace, self._networks, self._web_port)
        if state.is_done:
            await keep_in_step(services, workspace, self._world.smtp_port)
            return
        _say("Putting in a week of sample conversations …")
        shop = await open_shop(services, workspace, self._world.smtp_port)
        staff = await make_staff(services, workspace, self._sign_ins)
        lunch_id = await open_queues(services, shop, staff)
        player = Player(hub, self.clock, self._world, shop, staff, state.anchor, lunch_id)
        talks = load_talks()
        try:
            for number, event in enumerate(week(talks, state.anchor)):
                if number >= state.played:
                    await player.play(event)
                    if isinstance(event, Moment):
                        await self._note(services.store, played=number + 1)
            await player.mark_read(talks)
        finally:
            self.clock.release()
        await self._note(services.store, is_done=True)

    async def opened(self, hub: Hub) -> None:
        """The hub listens: the vendors' stand-ins may call it."""
        workspace = local((await hub.services.workspaces.all())[0].id)
        await connect(hub.services, workspace, self._networks)

    async def _state(self, store: DocumentStore) -> State:
        new = State(id=_STATE_ID, anchor=self.clock.now_ms())
        await store.insert_many(META, [to_doc(new)])
        found = await store.get(META, _STATE_ID)
        return from_doc(State, found) if found else new

    async def _note(self, store: DocumentStore, **changes: int) -> None:
        await store.patch(META, _STATE_ID, Patch(set=changes))


@asynccontextmanager
async def staged(config: Config) -> AsyncIterator[Stage]:
    """Stand-ins that run, and the config of a hub that knows them. Raises OSError for a port."""
    require_free(config.listen)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    clock = SampleClock()
    listen = config.smtp_listen or Address(LOOPBACK, first_free(LISTEN_PORT))
    keep_in = config.data_dir / "mailboxes.jsonl"
    deliver_to = (listen.host, listen.port)
    world = StandIn(clock, shop=EMAIL, deliver_to=deliver_to, keep_in=keep_in)
    networks = find_networks(clock)
    runner = web.AppRunner(_pages(world, networks), access_log=None, shutdown_timeout=1.0)

    async def open_sink(port: int) -> int:
        await world.open(port)
        return world.smtp_port

    async def open_pages(port: int) -> int:
        await web.TCPSite(runner, LOOPBACK, port).start()
        return int(runner.addresses[-1][1])

    try:
        sink_port = await open_first(SINK_PORT, open_sink)
        await runner.setup()
        web_port = await open_first(WEB_PORT, open_pages)
        stand_ins = (f"{LOOPBACK}:{sink_port}", f"{LOOPBACK}:{web_port}")
        known = msgspec.structs.replace(config, smtp_listen=listen, stand_ins=stand_ins)
        yield Stage(known, clock, world, networks, web_port)
    finally:
        await world.close()
        await runner.cleanup()


def _pages(world: StandIn, networks: Mapping[str, Network]) -> web.Application:
    app = web.Application()
    texts = Texts()
    app.add_routes(MailboxPage(texts, SHOP).routes("/email/"))
    app.add_routes(PhonePage(texts, SHOP, networks).routes("/phone/"))
    app.add_subapp("/email", world.app())
    for name, network in networks.items():
        app.add_subapp(f"/{name}", network.app())
    return app


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stdout, flush=True)  # noqa: T201 - the command's progress
