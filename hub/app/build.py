"""Puts the hub together: every service made once and given what it needs. The only place that knows
all layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import channels
from hub.app.channels import find_specs
from hub.app.mailer import Mailer
from hub.bus.local import LocalBus
from hub.clock import Clock
from hub.config import Config
from hub.errors import ConfigFault
from hub.i18n import Texts
from hub.model.conversation import Conversation
from hub.model.events import Event, MessageChanged
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox, InboxState
from hub.model.message import Delivery
from hub.ports.channel import AdapterContext, ChannelSpec, InboxFacts
from hub.ports.collections import ALL
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.adapter_context import Context, Report
from hub.services.agents import scope_of
from hub.services.backup import is_restoring
from hub.services.blobs_disk import DiskBlobs
from hub.services.channel_texts import ChannelTexts
from hub.services.composing import Composing
from hub.services.contacts import Contacts
from hub.services.conversations import Conversations
from hub.services.counters import Counters
from hub.services.drafts import Drafts
from hub.services.egress import EgressClient
from hub.services.files import Files
from hub.services.follow_up import FollowUp
from hub.services.hold import Hold
from hub.services.inboxes import Inboxes
from hub.services.intake import Intake
from hub.services.joining import Joining
from hub.services.journal import Journal
from hub.services.lanes import Lanes
from hub.services.leases import Leases
from hub.services.names import NameBook
from hub.services.outbox import Outbox
from hub.services.outbox_rows import Gate, OutboxRow
from hub.services.passwords import Passwords
from hub.services.people import make_people
from hub.services.reading import Reading
from hub.services.thumbnails import Thumbnails
from hub.services.timeline import Timeline
from hub.services.timers import Timers
from hub.services.vault import Vault
from hub.services.vendor_http import HttpClient
from hub.store.migrations import ALL as MIGRATIONS
from hub.store.open import make_store
from hub.tasks import Tasks
from hub.web.live import LiveHub
from hub.web.services import Services


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The services of the web layer, and those that only run."""

    services: Services
    counters: Counters
    journal: Journal
    intake: Intake
    leases: Leases
    timers: Timers
    hold: Hold
    blobs: DiskBlobs
    thumbnails: Thumbnails


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
    base = _Base(config, clock, tasks, store, specs or find_specs(), passwords)
    sending = _Sending(base)
    intake = _intake(base, sending)
    _mirror_to_readers(base.bus, sending.inboxes, tasks)
    base.mailer.use(sending.inboxes, base.people.workspaces)
    return Hub(
        services=_services(base, sending),
        counters=base.counters,
        journal=base.journal,
        intake=intake,
        leases=base.leases,
        timers=sending.timers,
        hold=sending.hold,
        blobs=base.blobs,
        thumbnails=base.thumbnails,
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
    ) -> None:
        self.config, self.clock, self.tasks = config, clock, tasks
        self.store, self.specs = store, specs
        self.bus, self.counters, self.texts = LocalBus(), Counters(), Texts()
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
        self.timeline = Timeline(store, Lanes(self.leases.owns_lane), self.bus)
        self.contacts = Contacts(store, self.names, self.bus, clock)
        self.journal = Journal(store, self.names, clock, tasks, self.counters)


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
        self.reading = Reading(store, self.inboxes.home_ids)
        self.timers = Timers(store, clock)
        self.hold = Hold(store, clock)
        gate = Gate(
            way=self.inboxes.way,
            compose=Composing(store, timeline, self.reading, base.names).compose,
            is_held=self.hold.is_held,
            attempted=self.inboxes.attempted,
            finished=self._finished,
        )
        self.outbox = Outbox(store, timeline, base.names, clock, tasks, base.counters, gate)
        self.follow_up = FollowUp(
            store,
            timeline,
            self.reading,
            base.contacts,
            self.inboxes,
            base.names,
            self.timers,
            clock,
            self.outbox.wake,
            self.outbox.wake_again,
        )
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
            self._can_see,
        )

    async def _finished(self, row: OutboxRow, state: Delivery) -> None:
        await self.follow_up.answered(row, state)

    async def _can_see(self, workspace: str, agent_id: str, conversation: Conversation) -> bool:
        agent = await self._base.people.agents.require(workspace, agent_id)
        return agent.is_active and await self.reading.may_see(scope_of(agent), conversation)

    async def _make_context(self, inbox: Inbox, clear: dict[str, Any]) -> AdapterContext:
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
        return Context(
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
            http=HttpClient(base.egress, base.clock),
            accept=base.journal.accept,
            report=self._report(inbox.channel, about.language),
            is_staffed=lambda: bool(self.live.online(workspace)),
        )

    def _report(self, channel: str, language: str) -> Report:
        """Channels tell their state as a text key, at times with the server's own words behind."""

        async def report(inbox_id: str, state: InboxState, detail: str) -> None:
            key, colon, words = detail.partition(": ")
            known = self.channel_texts.get(channel, language, key.removeprefix(f"{channel}."), key)
            await self.inboxes.report(inbox_id, state, f"{known}{colon}{words}")

        return report


def _intake(base: _Base, sending: _Sending) -> Intake:
    async def attach(
        workspace: str, file_ids: list[str], conversation_id: str, owners: set[str]
    ) -> None:
        await base.files.attach(workspace, file_ids, conversation_id, owners=owners)

    return Intake(
        base.store,
        base.timeline,
        base.contacts,
        Joining(base.timeline, base.contacts, base.names),
        base.names,
        base.clock,
        base.counters,
        sending.inboxes.get,
        sending.inboxes.received,
        attach,
    )


def _services(base: _Base, sending: _Sending) -> Services:
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
        names=base.names,
        texts=base.texts,
        channel_texts=sending.channel_texts,
        egress=base.egress,
        files=base.files,
        contacts=base.contacts,
        conversations=sending.conversations,
        reading=sending.reading,
        drafts=Drafts(base.store, base.bus, base.clock),
        timeline=base.timeline,
        outbox=sending.outbox,
        inboxes=sending.inboxes,
        live=sending.live,
        hold=sending.hold,
        journal=base.journal,
    )


def _mirror_to_readers(bus: LocalBus, inboxes: Inboxes, tasks: Tasks) -> None:
    """Readers of live channels see what else appears on their timeline: other tabs, other channels,
    delivery.
    """

    def listen(workspace: str, event: Event) -> None:
        if not isinstance(event, MessageChanged) or event.message.kind != "message":
            return
        if inboxes.has_live_reader(event.conversation):
            _ = tasks.spawn("mirror", inboxes.show(event.message, event.conversation))

    bus.subscribe(listen)
