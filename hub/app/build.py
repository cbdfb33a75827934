"""Puts the hub together: every service made once and given what it needs. With `base`, `contexts`
and `sending` the only place that knows all layers.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.app.base import Base
from hub.app.blobs import Blobs, open_blobs
from hub.app.channels import find_specs
from hub.app.cluster import Cluster, make_bus, make_cluster
from hub.app.receiving import Parts, Receiving
from hub.app.routing import Routing
from hub.app.sending import Sending
from hub.clock import Clock
from hub.config import Config
from hub.errors import ConfigFault
from hub.model.events import Event, LineChanged, MessageChanged
from hub.ports.bus import Bus
from hub.ports.channel import ChannelSpec
from hub.ports.collections import ALL
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.autoreply import AutoReply
from hub.services.away import WhileAway
from hub.services.counters import Counters
from hub.services.drafts import Drafts
from hub.services.hold import Hold
from hub.services.inboxes import Inboxes
from hub.services.journal import Journal
from hub.services.lane_work import Rows
from hub.services.leases import Leases
from hub.services.passwords import Passwords
from hub.services.reports.reporting import make_reporting
from hub.services.reports.running import Counting
from hub.services.restoring import is_restoring
from hub.services.saved import Saved
from hub.services.task_list import TaskList
from hub.services.thumbnails import Thumbnails
from hub.services.timers import Timers
from hub.store.migrations import ALL as MIGRATIONS
from hub.store.open import make_store
from hub.tasks import Tasks
from hub.web.services import Services


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The services of the web layer, and those that only run."""

    services: Services
    counters: Counters
    journal: Journal
    receiving: Receiving
    leases: Leases
    cluster: Cluster
    timers: Timers
    hold: Hold
    blobs: Blobs
    thumbnails: Thumbnails
    counting: Counting
    routing: Routing
    autoreply: AutoReply

    def rows(self) -> list[Rows]:
        """What is worked off by lanes; what may be unclear comes before those who ask about it."""
        services = self.services
        return [self.journal, services.outbox, *self.receiving.rows(), self.timers]


async def open_store(config: Config, clock: Clock) -> DocumentStore:
    """Open the store and bring it to this version."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    store = make_store(config.store, config.data_dir, clock)
    await store.open(ALL)
    if await is_restoring(store):
        await store.close()
        raise ConfigFault(["HUB_STORE: a restore was broken off; run `hub restore` again"])
    if store.is_exclusive:
        await migrate.forget_the_dead(store)
    await migrate.migrate(store, clock, MIGRATIONS)
    return store


async def build(
    config: Config,
    clock: Clock,
    tasks: Tasks,
    *,
    store: DocumentStore | None = None,
    specs: dict[str, ChannelSpec] | None = None,
    passwords: Passwords | None = None,
) -> Hub:
    """Everything made and connected, nothing running yet. Tests bring a store and channels."""
    blobs = await open_blobs(config, clock)
    store = store or await open_store(config, clock)
    bus = await make_bus(config, store, clock, tasks)
    base = Base(config, clock, tasks, store, specs or find_specs(), passwords, bus, blobs)
    sending = Sending(base)
    receiving = _receiving(base, sending)
    _mirror_to_readers(base.bus, sending.inboxes, tasks)
    base.mailer.use(sending.inboxes, base.people.workspaces)
    return Hub(
        services=_services(base, sending, receiving),
        counters=base.counters,
        journal=base.journal,
        receiving=receiving,
        leases=base.leases,
        cluster=make_cluster(
            store,
            base.leases,
            base.work,
            base.watch,
            base.bus,
            sending.inboxes,
            sending.live,
            sending.merges,
            sending.presence,
            base.people.workspaces,
            clock,
            tasks,
        ),
        timers=sending.timers,
        hold=sending.hold,
        blobs=base.blobs,
        thumbnails=base.thumbnails,
        routing=sending.routing,
        autoreply=sending.autoreply,
        counting=Counting(
            base.store, base.people.workspaces, base.bus, base.clock, base.leases.owns_lane
        ),
    )


def _receiving(base: Base, sending: Sending) -> Receiving:
    return Receiving(
        Parts(
            store=base.store,
            clock=base.clock,
            tasks=base.tasks,
            bus=base.bus,
            counters=base.counters,
            names=base.names,
            timeline=base.timeline,
            contacts=base.contacts,
            journal=base.journal,
            files=base.files,
            rewriting=base.rewriting,
            inboxes=sending.inboxes,
            reading=sending.reading,
            templates=sending.templates,
            deliveries=sending.deliveries,
            consent=sending.consent,
            addresses=sending.addresses,
            parking=sending.parking,
            outcomes=sending.outcomes,
            alert=sending.alert,
            arrived=sending.arrived,
            show_name=sending.conversations.rename_contact,
            share=base.share,
        )
    )


def _services(base: Base, sending: Sending, receiving: Receiving) -> Services:
    people = base.people
    return Services(
        config=base.config,
        store=base.store,
        clock=base.clock,
        tasks=base.tasks,
        bus=base.bus,
        vault=base.vault,
        workspaces=people.workspaces,
        accounts=people.accounts,
        sessions=people.sessions,
        agents=people.agents,
        sign_in=people.sign_in,
        welcome=people.welcome,
        api_keys=people.api_keys,
        audit=people.audit,
        limits=people.limits,
        settings=people.settings,
        queue_book=people.queue_book,
        queues=people.queues,
        teams=people.teams,
        skills=people.skills,
        schedules=people.schedules,
        presence_reasons=people.presence_reasons,
        desks=sending.routing.desks,
        routing=sending.verbs,
        board=sending.routing.board,
        names=base.names,
        texts=base.texts,
        channel_texts=sending.contexts.texts,
        egress=base.egress,
        files=base.files,
        contacts=base.contacts,
        merges=sending.merges,
        suggestions=sending.suggestions,
        conversations=sending.conversations,
        reading=sending.reading,
        drafts=Drafts(base.store, base.bus, base.clock),
        timeline=base.timeline,
        outbox=sending.outbox,
        inboxes=sending.inboxes,
        readers=sending.presence,
        ways=sending.ways,
        templates=sending.templates,
        suppressions=base.suppressions,
        amending=sending.amending,
        lost_files=receiving.lost_files,
        receipts=sending.receipts,
        reporting=make_reporting(base.store, base.clock, base.texts),
        task_list=_task_list(base, sending),
        saved=Saved(base.store, base.bus, base.clock),
        while_away=WhileAway(base.store, sending.reading),
        live=sending.live,
        hold=sending.hold,
        journal=base.journal,
    )


def _task_list(base: Base, sending: Sending) -> TaskList:
    return TaskList(
        base.store,
        sending.reading,
        base.contacts,
        sending.timers,
        base.bus,
        base.clock,
        sending.can_see,
        base.people.agents.is_working,
    )


def _mirror_to_readers(bus: Bus, inboxes: Inboxes, tasks: Tasks) -> None:
    """Readers of live channels see what else appears on their timeline: other tabs, other channels,
    delivery.
    """

    def listen(workspace: str, event: Event) -> None:
        if isinstance(event, LineChanged) and inboxes.has_live_reader(event.conversation):
            telling = inboxes.tell_place(event.conversation, event.place, event.wait_s)
            _ = tasks.spawn("tell place", telling)
        if not isinstance(event, MessageChanged) or event.message.kind != "message":
            return
        if inboxes.has_live_reader(event.conversation):
            _ = tasks.spawn("mirror", inboxes.show(event.message, event.conversation))

    bus.subscribe(listen)
