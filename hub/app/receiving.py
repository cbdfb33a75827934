"""Puts together what works off whatever comes in, and what goes on in the background because of it.
Made by `hub.app.build` once the inboxes and the outbox are known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from hub.clock import Clock
from hub.model.ids import lane_of
from hub.model.inbox import Inbox
from hub.ports.bus import Bus
from hub.ports.inbound import AccountAlert
from hub.ports.store import DocumentStore
from hub.services.addresses import Addresses
from hub.services.arrivals import Arrivals
from hub.services.changes import MessageChanges
from hub.services.consent import Consent
from hub.services.contacts import Contacts
from hub.services.counters import Counters
from hub.services.deliveries import Deliveries
from hub.services.echoes import Echoes
from hub.services.files import Files
from hub.services.further import Further, Handlers
from hub.services.inboxes import Inboxes
from hub.services.intake import Arrived, Intake
from hub.services.joining import Joining
from hub.services.journal import Journal
from hub.services.lane_work import Rows, Share
from hub.services.lost_files import LostFiles
from hub.services.media import Media
from hub.services.names import NameBook
from hub.services.outcomes import Outcomes
from hub.services.parking import Parking
from hub.services.plain import Plain
from hub.services.profiles import Profiles, ShowName
from hub.services.quiet import Quiet
from hub.services.reading import Reading
from hub.services.reconciling import Reconciling
from hub.services.rewriting import Rewriting
from hub.services.templates import Templates
from hub.services.timeline import Timeline
from hub.tasks import Tasks


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What receiving stands on."""

    store: DocumentStore
    clock: Clock
    tasks: Tasks
    bus: Bus
    counters: Counters
    names: NameBook
    timeline: Timeline
    contacts: Contacts
    journal: Journal
    files: Files
    rewriting: Rewriting
    inboxes: Inboxes
    reading: Reading
    templates: Templates
    deliveries: Deliveries
    consent: Consent
    addresses: Addresses
    parking: Parking
    outcomes: Outcomes
    alert: Callable[[Inbox, AccountAlert], Awaitable[None]]
    show_name: ShowName
    #: Told of each message of a customer once it is on its timeline.
    arrived: Arrived
    share: Share


class Receiving:
    """`start` once everything was taken up; tests drive `media`, `reconciling` and `quiet`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks = parts.tasks
        self.media = Media(
            parts.store,
            parts.files,
            parts.inboxes,
            parts.rewriting,
            parts.clock,
            parts.tasks,
            parts.counters,
            parts.share,
        )
        self.lost_files = LostFiles(parts.store, self.media, parts.rewriting, parts.clock)
        self.reconciling = Reconciling(
            parts.store,
            parts.inboxes,
            parts.journal,
            parts.clock,
            parts.tasks,
            parts.counters,
            self._is_ours,
        )
        parts.bus.subscribe(self.reconciling.listen)
        self.quiet = Quiet(parts.inboxes, parts.clock, self._is_ours)
        self.intake = self._intake()

    def _is_ours(self, inbox_id: str) -> bool:
        return self._parts.share.owns(lane_of(inbox_id))

    def rows(self) -> list[Rows]:
        """What is worked off by lanes beside the journal."""
        return [self._parts.outcomes, self.media]

    def start(self) -> None:
        """Look after the inboxes from now on."""
        _ = self._tasks.spawn("reconciling", self.reconciling.run())
        _ = self._tasks.spawn("quiet inboxes", self.quiet.run())

    def _intake(self) -> Intake:
        parts = self._parts

        async def attach(
            workspace: str, file_ids: list[str], conversation_id: str, owners: set[str]
        ) -> None:
            await parts.files.attach(workspace, file_ids, conversation_id, owners=owners)

        joining = Joining(parts.timeline, parts.contacts, parts.names)
        arrivals = Arrivals(
            parts.store,
            parts.timeline,
            parts.rewriting,
            self.media,
            parts.consent,
            parts.inboxes,
            Profiles(parts.inboxes, parts.contacts, parts.tasks, parts.show_name),
        )
        return Intake(
            parts.store,
            parts.timeline,
            parts.contacts,
            joining,
            parts.names,
            parts.clock,
            parts.counters,
            parts.inboxes.get,
            parts.inboxes.received,
            attach,
            arrivals,
            self._further(joining),
            parts.arrived,
            self._plain(arrivals),
        )

    def _plain(self, arrivals: Arrivals) -> Plain | None:
        parts = self._parts
        if not parts.store.is_exclusive:
            return None
        return Plain(
            parts.timeline, parts.contacts, parts.names, parts.clock, parts.tasks, arrivals
        )

    def _further(self, joining: Joining) -> Further:
        parts = self._parts
        echoes = Echoes(
            parts.store,
            parts.timeline,
            parts.reading,
            parts.contacts,
            joining,
            parts.deliveries,
            self.media,
            parts.names,
            parts.clock,
        )
        handlers = Handlers(
            deliveries=parts.deliveries,
            changes=MessageChanges(parts.store, parts.timeline, parts.rewriting, parts.names),
            echoes=echoes,
            addresses=parts.addresses,
            consent=parts.consent,
            templates=parts.templates,
            alert=parts.alert,
        )
        return Further(handlers, parts.parking, parts.names, parts.inboxes.get)
