"""`hub serve`: start in the order in which parts need each other, say where to sign in, drain when
told to end.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from functools import partial
from typing import Protocol

import uvloop
from aiohttp import web

from hub import log
from hub.app.build import Hub, build
from hub.app.first_inbox import name_first_inbox, open_first_inbox
from hub.clock import Clock, SystemClock
from hub.config import Config
from hub.errors import ConfigFault, Unavailable
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.services.file_sweep import FileSweep
from hub.services.loop_lag import LoopLag
from hub.services.vital_signs import VitalSignsReader
from hub.tasks import Tasks
from hub.web.acknowledgement import Acknowledgement
from hub.web.api_live import follow_rights
from hub.web.connections import IDLE_S, Runner
from hub.web.demo_page import DemoPage
from hub.web.dispatch import make_app
from hub.web.errors import error_middleware
from hub.web.file_links import FileLinks
from hub.web.hooks import Hooks
from hub.web.metrics import Metrics, SocketSigns
from hub.web.ops import Ops
from hub.web.services import Services

DRAIN_S = 25.0
FLUSH_S = 5.0
CLOSE_RESTART = 1012

_log = log.get("hub")


class Stage(Protocol):
    """What `hub demo` adds: sample data before the doors open, and what to tell about it."""

    @property
    def mailbox_url(self) -> str: ...

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Lines for the person at the terminal: what it is, and the address or word itself."""

    async def prepare(self, hub: Hub) -> None:
        """Called once everything works, before the web server listens and timers run."""

    async def opened(self, hub: Hub) -> None:
        """Called once the web server listens."""


def serve(config: Config, *, demo: bool = False) -> int:
    """Run until SIGTERM or SIGINT; exit status."""
    return uvloop.run(_demo(config) if demo else run(config, SystemClock()))


async def _demo(config: Config) -> int:
    from hub.demo import staged

    async with staged(config) as stage:
        return await run(stage.config, stage.clock, stage)


async def run(config: Config, clock: Clock, stage: Stage | None = None) -> int:
    hub = await build(config, clock, Tasks())
    running = Running(hub, stage)
    await running.start()
    _announce(config, await hub.services.welcome.first_start(config), stage)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    calm_collector()
    await stop.wait()
    await running.stop()
    return 0


def calm_collector() -> None:
    """What exists now stays: the garbage collector need not look at it again, and need not look
    often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Running:
    """A hub with its web server: `start`, and `stop` that drains."""

    def __init__(self, hub: Hub, stage: Stage | None = None) -> None:
        self.hub = hub
        self._stage = stage
        services = hub.services
        self.lag = LoopLag(services.clock)
        metrics = Metrics(
            signs=VitalSignsReader(services.store, services.clock),
            counters=hub.counters,
            lag=self.lag,
            data_dir=services.config.data_dir,
            sockets=lambda: _socket_signs(hub),
        )
        self.ops = Ops(services.store, services.clock, metrics)
        self._runner: Runner | None = None
        #: The port that is really bound (tests ask for port 0).
        self.port = 0

    async def start(self) -> None:
        """Recover what an earlier run left, then open the doors."""
        hub, services = self.hub, self.hub.services
        tasks = services.tasks
        await hub.leases.take_lanes()
        if services.store.is_exclusive:
            hub.blobs.clear_strays()
        hub.cluster.begin()
        await services.welcome.first_start(services.config)
        await hub.hold.refresh()
        workspaces = [local(workspace.id) for workspace in await services.workspaces.all()]
        await _check_keys(services, workspaces)
        await services.queue_book.load()
        if not services.store.is_exclusive:
            _ = tasks.spawn("queue book", services.queue_book.run())
        await services.inboxes.start(workspaces)
        await open_first_inbox(services, workspaces)
        services.welcome.when_set_up(partial(name_first_inbox, services))
        await services.merges.start(workspaces)
        hub.journal.start(hub.receiving.intake.handle)
        await hub.cluster.take_up(hub.rows())
        hub.receiving.start()
        hub.cluster.start()
        await hub.routing.router.start()
        if self._stage is not None:
            await self._stage.prepare(hub)
        follow_rights(services.live, services)
        _ = tasks.spawn("timers", hub.timers.run())
        _ = tasks.spawn("loop lag", self.lag.run())
        _ = tasks.spawn("health", _flush_health(hub))
        _ = tasks.spawn("outbound hold", hub.hold.run())
        _ = tasks.spawn("counting", hub.counting.run())
        _ = tasks.spawn("routing", hub.routing.router.run())
        _ = tasks.spawn("browsers", hub.routing.browsers.run())
        forget = hub.thumbnails.forget
        sweep = FileSweep(services.store, hub.blobs, services.clock, forget)
        _ = tasks.spawn("file sweep", sweep.run())
        await hub.leases.introduce()
        await self._listen()
        if self._stage is not None:
            await self._stage.opened(hub)

    async def _listen(self) -> None:
        services = self.hub.services
        app = make_app(services)
        app.add_routes(self.ops.routes())
        hooks = Hooks(
            services.inboxes,
            self.hub.journal,
            error_middleware(services.texts),
            Acknowledgement(is_https=services.config.public_url.startswith("https:")),
        )
        app.add_routes(hooks.routes())
        app.add_routes(FileLinks(services.files).routes())
        demo = DemoPage(
            lambda: _sample_inbox(self.hub),
            services.texts,
            is_demo=services.config.demo,
            mailbox_url=self._stage.mailbox_url if self._stage else "",
        )
        app.add_routes(demo.routes())
        self._runner = Runner(
            app,
            door=hooks.door,
            access_log=None,
            handle_signals=False,
            keepalive_timeout=IDLE_S,
            shutdown_timeout=5.0,
        )
        await self._runner.setup()
        listen = services.config.listen
        site = web.TCPSite(self._runner, listen.host, listen.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Drain: no new work, what is with a vendor comes to its end, everything is on disk."""
        hub, services = self.hub, self.hub.services
        self.ops.drain()
        services.live.close_all(CLOSE_RESTART)
        await services.outbox.drain(DRAIN_S)
        await services.inboxes.close()
        if self._runner is not None:
            await self._runner.cleanup()
        try:
            async with asyncio.timeout(FLUSH_S):
                await hub.journal.settle()
        except TimeoutError:
            _log.info("what is left in the journal is worked off at the next start")
        await services.tasks.close()
        if not services.store.is_exclusive:
            await hub.leases.release()
        await hub.blobs.close()
        await services.store.close()


async def _check_keys(services: Services, workspaces: list[str]) -> None:
    """A store without its key would take messages in and understand none of its secrets."""
    try:
        for workspace in workspaces:
            await services.names.of(workspace)
    except Unavailable as fault:
        raise ConfigFault(
            ["HUB_SECRET_KEY_FILE: this key does not fit the store; put the right file there"]
        ) from fault


async def _sample_inbox(hub: Hub) -> str | None:
    """The inbox that the sample site embeds: the oldest live one."""
    found: list[Inbox] = []
    for workspace in await hub.services.workspaces.all():
        found += [
            inbox
            for inbox in hub.services.inboxes.of_workspace(local(workspace.id))
            if hub.services.inboxes.capabilities(inbox).is_live and not inbox.is_paused
        ]
    return min(found, key=lambda inbox: inbox.created_at).id if found else None


async def _flush_health(hub: Hub) -> None:
    while True:
        await hub.services.clock.sleep(5.0)
        try:
            await hub.services.inboxes.health.flush()
        except Unavailable as fault:
            _log.warning("health could not be kept", error=fault)


def _socket_signs(hub: Hub) -> SocketSigns:
    buffered = hub.services.live.buffered()
    return SocketSigns(
        count=len(buffered), buffered_bytes=sum(buffered), worst_bytes=max(buffered, default=0)
    )


def _announce(config: Config, setup_path: str | None, stage: Stage | None) -> None:
    """Where to go, on stdout, for the person who has just typed `make run`."""
    notes = [("Santral is ready", config.public_url)]
    if setup_path:
        notes.append(("First sign-in", f"{config.public_url}{setup_path} (works once)"))
    elif stage is None:
        notes.append(("Sign in", "with your e-mail address; `hub init --link` makes a new link"))
    notes.append(("Sample website", f"{config.public_url}/demo"))
    notes += stage.notes if stage else []
    width = max(len(what) for what, _ in notes) + 2
    lines = ["", *(f"  {what + ':':<{width}} {text}" for what, text in notes), ""]
    print("\n".join(lines), file=sys.stdout, flush=True)  # noqa: T201 - the command's answer
