"""Inboxes with their adapters, the way out, and the verbs that use it. Made once, by `build`."""

from __future__ import annotations

from hub.app.base import Base
from hub.app.contexts import Contexts
from hub.app.routing import Ground, Routing
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox
from hub.model.message import Delivery
from hub.ports.inbound import AccountAlert
from hub.services.addresses import Addresses
from hub.services.amending import Amending
from hub.services.autoreply import AutoReply
from hub.services.composing import Composing
from hub.services.consent import Consent
from hub.services.conversations import Conversations
from hub.services.deliveries import Deliveries
from hub.services.follow_up import FollowUp
from hub.services.hold import Hold
from hub.services.inboxes import Inboxes
from hub.services.merges import Merges
from hub.services.outbox import Outbox
from hub.services.outbox_rows import Gate, OutboxRow
from hub.services.outcomes import Outcomes
from hub.services.parking import Parking
from hub.services.presence import Presence
from hub.services.reading import Reading
from hub.services.receipts import Receipts
from hub.services.refusals import Refusals
from hub.services.suggestions import Suggestions
from hub.services.templates import Templates
from hub.services.timeline import Written
from hub.services.timers import Timers
from hub.services.ways import Ways
from hub.web.live import LiveHub


class Sending:
    def __init__(self, base: Base) -> None:
        self._base = base
        store, clock, tasks, timeline = base.store, base.clock, base.tasks, base.timeline
        self.live = LiveHub(clock, base.specs)
        base.bus.subscribe(self.live.listen)
        self.contexts = Contexts(base, self.live)
        self.inboxes = Inboxes(
            store, base.specs, base.vault, base.bus, clock, tasks, self.contexts.make
        )
        self.reading = Reading(store, self.inboxes.home_ids, base.people.queue_book.home_ids)
        self.contexts.use(self.inboxes, self.reading)
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
        self.refusals = Refusals(timeline, self.inboxes, self.consent, self.addresses)
        self.deliveries = Deliveries(
            store, timeline, self.reading, base.names, clock, self.refusals.learn
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
        await self.deliveries.finished(row, state)
        await self.refusals.finished(row, state)

    async def alert(self, inbox: Inbox, event: AccountAlert) -> None:
        """The network needs a person: shown in the inbox's health."""
        about = await self._base.people.workspaces.require(workspace_of(inbox.id))
        detail = self.contexts.translated(inbox.channel, about.language, event.detail)
        self.inboxes.alert(inbox.id, detail)

    async def can_see(self, workspace: str, agent_id: str, conversation: Conversation) -> bool:
        agents = self._base.people.agents
        agent = await agents.require(workspace, agent_id)
        scope = agents.scope_of(agent)
        return agent.is_active and await self.reading.may_see(scope, conversation)
