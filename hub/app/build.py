"""Puts the hub together: every service made once and given what it needs. The only place that knows
all layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import channels
from hub.app.channels import find_specs
from hub.app.cluster import Cluster, make_bus, make_cluster
from hub.app.mailer import Mailer
from hub.app.receiving import Parts, Receiving
from hub.app.routing import Ground, Routing
from hub.bus.local import LocalBus
from hub.clock import Clock
from hub.config import Config
from hub.errors import ConfigFault
from hub.i18n import Texts
from hub.model.conversation import Conversation
from hub.model.events import Event, LineChanged, MessageChanged
from hub.model.ids import lane_of, workspace_of
from hub.model.inbox import Inbox, InboxState
from hub.model.message import Delivery
from hub.ports.bus import Bus
from hub.ports.channel import AdapterContext, ChannelSpec, InboxFacts
from hub.ports.collections import ALL
from hub.ports.inbound import AccountAlert
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.adapter_context import Context, Report
from hub.services.addresses import Addresses
from hub.services.amending import Amending
from hub.services.autoreply import AutoReply
from hub.services.away import WhileAway
from hub.services.backup import is_restoring
from hub.services.blobs_disk import DiskBlobs
from hub.services.bus_watch import BusWatch
from hub.services.channel_texts import ChannelTexts
from hub.services.composing import Composing
from hub.services.consent import Consent
from hub.services.contacts import Contacts
from hub.services.conversations import Conversations
from hub.services.counters import Counters
from hub.services.deliveries import Deliveries
from hub.services.drafts import Drafts
from hub.services.egress import EgressClient
from hub.services.files import Files
from hub.services.follow_up import FollowUp
from hub.services.hold import Hold
from hub.services.inboxes import Close, Inboxes
from hub.services.journal import Journal
from hub.services.lane_work import Alone, LaneWork, Share
from hub.services.lanes import Lanes
from hub.services.leases import Leases
from hub.services.merges import Merges
from hub.services.names import NameBook
from hub.services.outbox import Outbox
from hub.services.outbox_rows import Gate, OutboxRow
from hub.services.outcomes import Outcomes
from hub.services.parking import Parking
from hub.services.passwords import Passwords
from hub.services.people import make_people
from hub.services.presence import Presence
from hub.services.reading import Reading
from hub.services.receipts import Receipts
from hub.services.refusals import Refusals
from hub.services.reports.reporting import make_reporting
from hub.services.reports.running import Counting
from hub.services.rewriting import Rewriting
from hub.services.saved import Saved
from hub.services.suggestions import Suggestions
from hub.services.suppression import Suppressions
from hub.services.task_list import TaskList
from hub.services.templates import Templates
from hub.services.thumbnails import Thumbnails
from hub.services.timeline import Timeline, Written
from hub.services.timers import Timers
from hub.services.vault import Vault
from hub.services.vendor_http import HttpClient
from hub.services.ways import Ways
from hub.store.migrations import ALL as MIGRATIONS
from hub.store.open import make_store
from hub.tasks import Tasks
from hub.web.live import LiveHub
from hub.web.services import Services

if TYPE_CHECKING:
    from hub.bus.redis import RedisBus


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
    blobs: DiskBlobs
    thumbnails: Thumbnails
    counting: Counting
    routing: Routing
    autoreply: AutoReply


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
    store = store or await open_store(config, clock)
    bus = await make_bus(config, store, clock, tasks)
    base = _Base(config, clock, tasks, store, specs or find_specs(), passwords, bus)
    sending = _Sending(base)
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


class _Base:
    """What stands below the channels: store, people, files, timelines, journal."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        tasks: Tasks,
        store: DocumentStore,
        specs: dict[str, ChannelSpec],
        passwords: Passwords | None,
        bus: LocalBus | RedisBus,
    ) -> None:
        self.config, self.clock, self.tasks = config, clock, tasks
        self.store, self.specs = store, specs
        self.bus, self.counters, self.texts = bus, Counters(), Texts()
        self.vault = Vault.load(config)
        self.mailer = Mailer(clock)
        self.people = make_people(
            store,
            vault=self.vault,
            clock=clock,
            bus=self.bus,
            tasks=tasks,
            public_url=config.public_url,
            send_mail=self.mailer.send,
            passwords=passwords,
        )
        self.names = NameBook(self.people.workspaces.key_of)
        self.blobs = DiskBlobs(config.data_dir / "files")
        self.thumbnails = Thumbnails(config.data_dir / "thumbnails")
        keys = self.people.workspaces
        self.files = Files(store, self.blobs, keys, clock, thumbnails=self.thumbnails)
        self.egress = EgressClient((*config.egress_allow, *config.stand_ins))
        self.leases = Leases(store, clock)
        self.work = LaneWork(store, self.leases, bus, clock, tasks)
        self.share: Share = Alone() if store.is_exclusive else self.work
        connected = None if isinstance(bus, LocalBus) else bus
        self.watch = BusWatch(connected, self.leases, clock)
        self.timeline = Timeline(store, Lanes(), self.bus, clock)
        self.contacts = Contacts(store, self.names, self.bus, clock)
        self.suppressions = Suppressions(store, self.names, clock)
        self.rewriting = Rewriting(store, self.timeline, self.names)
        self.journal = Journal(store, self.names, clock, tasks, self.counters, self.share)


class _Sending:
    """Inboxes with their adapters, the way out, and the verbs that use it."""

    def __init__(self, base: _Base) -> None:
        self._base = base
        store, clock, tasks, timeline = base.store, base.clock, base.tasks, base.timeline
        self.channel_texts = ChannelTexts(Path(channels.__path__[0]))
        self.live = LiveHub(clock, base.specs)
        base.bus.subscribe(self.live.listen)
        self.inboxes = Inboxes(
            store, base.specs, base.vault, base.bus, clock, tasks, self._make_context
        )
        self.reading = Reading(store, self.inboxes.home_ids, base.people.queue_book.home_ids)
        self.ways = Ways(self.inboxes, base.contacts, self.reading, base.suppressions, clock)
        self.receipts = Receipts(self.inboxes, self.reading, base.contacts, tasks)
        self.templates = Templates(store, self.inboxes, base.names, base.bus, clock)
        self.timers = Timers(store, clock, base.share)
        self.autoreply = self._make_autoreply()
        self.routing = self._make_routing()
        self.presence = Presence(self.inboxes, base.bus, base.leases, base.watch)
        self.hold = Hold(store, clock)
        self.merges = self._make_merges()
        self.suggestions = Suggestions(store, base.contacts, base.names, clock)
        self.composing = Composing(store, timeline, self.reading, base.names)
        self.parking = Parking(store, self.timers, clock, base.counters)
        self.consent = self._make_consent()
        self.addresses = Addresses(base.contacts, timeline, base.names, clock)
        self.refusals = Refusals(store, timeline, self.inboxes, self.consent, self.addresses)
        self.deliveries = Deliveries(
            store, timeline, self.reading, base.names, clock, self.refusals.reported
        )
        self.outcomes = self._make_outcomes()
        gate = self._gate()
        self.outbox = Outbox(
            store, timeline, base.names, clock, tasks, base.counters, gate, base.share
        )
        self.inboxes.on_mended(self._mended)
        self.amending = self._make_amending()
        self.follow_up = self._make_follow_up()
        self.conversations = Conversations(
            store,
            timeline,
            self.reading,
            base.contacts,
            base.names,
            self.outbox,
            self.timers,
            base.bus,
            clock,
            self.can_see,
            self.routing.around.of,
        )
        self.verbs = self.routing.verbs(self.can_see)
        self.live.tell(self.routing.browsers)

    def _make_merges(self) -> Merges:
        base = self._base
        return Merges(
            base.store, base.contacts, base.timeline, base.names, self.timers, base.people.audit,
            base.bus, base.clock, base.tasks, base.leases,
        )  # fmt: skip

    def _make_routing(self) -> Routing:
        base = self._base
        book = base.people.queue_book

        def homes(workspace: str) -> list[str]:
            return [*self.inboxes.home_ids(workspace), *book.home_ids(workspace)]

        return Routing(
            Ground(
                store=base.store,
                bus=base.bus,
                clock=base.clock,
                tasks=base.tasks,
                specs=base.specs,
                people=base.people,
                names=base.names,
                timeline=base.timeline,
                contacts=base.contacts,
                timers=self.timers,
                homes=homes,
                owns=base.share.owns,
            ),
            self.autoreply,
        )

    def _make_autoreply(self) -> AutoReply:
        base = self._base
        return AutoReply(
            base.store,
            base.timeline,
            base.contacts,
            self.inboxes,
            self.ways,
            base.names,
            base.people.queue_book,
            base.clock,
            base.texts,
            self._about,
            lambda row: self.outbox.wake(row),
            lambda row_id: self.outbox.wake_again(row_id),
        )

    async def _about(self, workspace: str) -> tuple[str, str]:
        """Name and language of a workspace."""
        known = await self._base.people.workspaces.require(workspace)
        return known.name, known.language

    async def arrived(self, written: Written, inbox: Inbox) -> None:
        """A customer's message is on the timeline: they are greeted, and go where they belong."""
        await self.autoreply.arrived(written, inbox)
        await self.routing.entry.arrived(written, inbox)

    def _mended(self, inbox_id: str, is_new: bool) -> None:
        self.outbox.mended(inbox_id, is_new=is_new)

    def _make_outcomes(self) -> Outcomes:
        base = self._base
        return Outcomes(
            base.store,
            base.timeline,
            self.inboxes,
            self.deliveries,
            self.composing.compose,
            self.timers,
            base.clock,
            base.tasks,
            base.share,
        )

    def _make_follow_up(self) -> FollowUp:
        base = self._base
        return FollowUp(
            base.store,
            base.timeline,
            self.reading,
            base.contacts,
            self.inboxes,
            base.names,
            self.timers,
            base.clock,
            self.outbox.wake,
            self.outbox.wake_again,
            self.presence.is_present,
        )

    def _make_amending(self) -> Amending:
        base = self._base
        return Amending(
            base.store,
            base.timeline,
            self.inboxes,
            self.outbox,
            base.rewriting,
            self.composing.compose,
            base.clock,
        )

    def _gate(self) -> Gate:
        return Gate(
            way=self.inboxes.way,
            compose=self.composing.compose,
            is_held=self.hold.is_held,
            attempted=self.inboxes.attempted,
            finished=self._finished,
            refusal=self.consent.refusal,
            known=self.parking.known,
            ask_until=self.outcomes.ask_until,
            ask=self.outcomes.ask,
        )

    def _make_consent(self) -> Consent:
        base = self._base
        return Consent(
            base.suppressions,
            base.timeline,
            base.contacts,
            self.inboxes,
            base.names,
            base.clock,
            base.texts,
            self._about,
            lambda row: self.outbox.wake(row),
            lambda row_id: self.outbox.wake_again(row_id),
        )

    async def _finished(self, row: OutboxRow, state: Delivery) -> None:
        await self.follow_up.answered(row, state)
        await self.refusals.finished(row, state)

    async def alert(self, inbox: Inbox, event: AccountAlert) -> None:
        """The network needs a person: shown in the inbox's health."""
        about = await self._base.people.workspaces.require(workspace_of(inbox.id))
        detail = self._translated(inbox.channel, about.language, event.detail)
        self.inboxes.alert(inbox.id, detail)

    async def can_see(self, workspace: str, agent_id: str, conversation: Conversation) -> bool:
        agents = self._base.people.agents
        agent = await agents.require(workspace, agent_id)
        scope = agents.scope_of(agent)
        return agent.is_active and await self.reading.may_see(scope, conversation)

    async def _make_context(
        self, inbox: Inbox, clear: dict[str, Any]
    ) -> tuple[AdapterContext, Close]:
        base, config = self._base, self._base.config
        workspace = workspace_of(inbox.id)
        about = await base.people.workspaces.require(workspace)
        listen = str(config.smtp_listen) if config.smtp_listen else ""
        facts = InboxFacts(
            id=inbox.id,
            name=inbox.name,
            address=inbox.address,
            config={**clear, "_smtp_listen": listen},
            public_url=config.public_url,
            hook_path=f"/hooks/{inbox.channel}/{inbox.id}",
            workspace_name=about.name,
            language=about.language,
        )
        http = HttpClient(base.egress, base.clock)
        context = Context(
            inbox=inbox,
            facts=facts,
            names=await base.names.of(workspace),
            store=base.store,
            timeline=base.timeline,
            reading=self.reading,
            bus=base.bus,
            clock=base.clock,
            tasks=base.tasks,
            files=await base.files.sink(workspace),
            egress=base.egress,
            http=http,
            accept=base.journal.accept,
            report=self._report(inbox.channel, about.language),
            is_staffed=lambda: bool(self.live.online(workspace)),
            is_our_turn=lambda: base.leases.owns_lane(lane_of(inbox.id)),
        )
        return context, http.close

    def _report(self, channel: str, language: str) -> Report:
        """Channels tell their state as a text key, at times with the server's own words behind."""

        async def report(inbox_id: str, state: InboxState, detail: str) -> None:
            told = self._translated(channel, language, detail)
            await self.inboxes.report(inbox_id, state, told)

        return report

    def _translated(self, channel: str, language: str, detail: str) -> str:
        key, colon, words = detail.partition(": ")
        known = self.channel_texts.get(channel, language, key.removeprefix(f"{channel}."), key)
        return f"{known}{colon}{words}"


def _receiving(base: _Base, sending: _Sending) -> Receiving:
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


def _services(base: _Base, sending: _Sending, receiving: Receiving) -> Services:
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
        channel_texts=sending.channel_texts,
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


def _task_list(base: _Base, sending: _Sending) -> TaskList:
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
