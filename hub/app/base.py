"""What stands below the channels: store, people, files, timelines, journal. Made by `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.app.blobs import Blobs
from hub.app.mailer import Mailer
from hub.bus.local import LocalBus
from hub.clock import Clock
from hub.config import Config
from hub.i18n import Texts
from hub.ports.channel import ChannelSpec
from hub.ports.store import DocumentStore
from hub.services.bus_watch import BusWatch
from hub.services.contacts import Contacts
from hub.services.counters import Counters
from hub.services.egress import EgressClient
from hub.services.files import Files
from hub.services.journal import Journal
from hub.services.lane_work import Alone, LaneWork, Share
from hub.services.lanes import Lanes
from hub.services.leases import Leases
from hub.services.names import NameBook
from hub.services.passwords import Passwords
from hub.services.people import make_people
from hub.services.rewriting import Rewriting
from hub.services.suppression import Suppressions
from hub.services.thumbnails import Thumbnails
from hub.services.timeline import Timeline
from hub.services.vault import Vault
from hub.tasks import Tasks

if TYPE_CHECKING:
    from hub.bus.redis import RedisBus


class Base:
    def __init__(
        self,
        config: Config,
        clock: Clock,
        tasks: Tasks,
        store: DocumentStore,
        specs: dict[str, ChannelSpec],
        passwords: Passwords | None,
        bus: LocalBus | RedisBus,
        blobs: Blobs,
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
        self.blobs = blobs
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
