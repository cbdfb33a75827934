"""Plain messages of many senders, worked off together: looked up with three queries for all, each
written as one batch, all in one commit.

Plain is what most messages are: text, from somebody known whose conversation is open or who has
none, or from somebody new. Everything else, and whatever turns out otherwise on the way, is left to
`hub.services.intake`, which asks here first and then does the same by itself. Used only where no
other process writes to the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from hub import log
from hub.clock import Clock
from hub.model.conversation import Conversation
from hub.model.inbox import Inbox
from hub.ports.inbound import MessageReceived
from hub.ports.store import Op
from hub.services.arrivals import Arrival, Arrivals
from hub.services.contacts import Contacts, Person, needs_name
from hub.services.inbound import inbound
from hub.services.joining import JoinedBy, join_group_of, new_conversation
from hub.services.journal import Row
from hub.services.names import NameBook, Names
from hub.services.timeline import Plan, Timeline, Try, Written
from hub.tasks import Tasks

#: How many messages go together at most, and how many such bunches side by side.
_BUNCH = 128
_BUNCHES = 4

_log = log.get(__name__)


class Stored(msgspec.Struct, frozen=True):
    """A message that is on its timeline."""

    written: Written
    person: Person
    arrival: Arrival
    at: int


class _Asked(msgspec.Struct, frozen=True, eq=False):
    """One message, and who waits for it."""

    row: Row
    event: MessageReceived
    inbox: Inbox
    names: Names
    identity_id: str
    answer: asyncio.Future[Stored | None]


class _Case(msgspec.Struct, frozen=True, eq=False):
    """One message, its sender and where it belongs."""

    asked: _Asked
    person: Person
    #: The open one; if `is_new` it begins, after the rows of `first`, which make it the open one.
    conversation: Conversation
    is_new: bool
    first: list[Op]


class Plain:
    """Made once."""

    def __init__(
        self,
        timeline: Timeline,
        contacts: Contacts,
        names: NameBook,
        clock: Clock,
        tasks: Tasks,
        arrivals: Arrivals,
    ) -> None:
        self._timeline = timeline
        self._contacts = contacts
        self._names = names
        self._clock = clock
        self._tasks = tasks
        self._arrivals = arrivals
        self._waiting: list[_Asked] = []
        self._working = 0

    async def write(self, row: Row, event: MessageReceived, inbox: Inbox) -> Stored | None:
        """None when it must go by itself; the row is marked as a repeat if it was begun."""
        if row.is_repeat or not self._looks_plain(event, inbox):
            return None
        names = await self._names.of(row.workspace)
        answer: asyncio.Future[Stored | None] = asyncio.get_running_loop().create_future()
        asked = _Asked(row, event, inbox, names, names.identity(event.sender), answer)
        self._waiting.append(asked)
        if self._working < _BUNCHES:
            self._working += 1
            _ = self._tasks.spawn("plain messages", self._work())
        return await answer

    def _looks_plain(self, event: MessageReceived, inbox: Inbox) -> bool:
        tells_more = event.aliases or event.claimed_name or event.claimed_email or event.language
        return not tells_more and self._arrivals.is_plain(event, inbox)

    async def _work(self) -> None:
        try:
            while self._waiting:
                bunch, self._waiting = self._waiting[:_BUNCH], self._waiting[_BUNCH:]
                await self._answer(bunch)
        finally:
            self._working -= 1

    async def _answer(self, bunch: Sequence[_Asked]) -> None:
        stored: Mapping[str, Stored] = {}
        try:
            stored = await self._stored(bunch)
        except Exception as fault:  # noqa: BLE001 - one of them is to blame: each for itself
            _log.warning("messages are worked off one by one", error=fault, rows=len(bunch))
        for asked in bunch:
            if not asked.answer.done():
                asked.answer.set_result(stored.get(asked.row.id))

    async def _stored(self, bunch: Sequence[_Asked]) -> dict[str, Stored]:
        """By row."""
        now = self._clock.now_ms()
        cases = await self._cases(bunch, now)
        arrivals = [self._arrivals.plain(case.asked.event, case.asked.inbox) for case in cases]
        tries = [self._try(*one, now) for one in zip(cases, arrivals, strict=True)]
        for case in cases:
            case.asked.row.is_repeat = True
        written = await self._timeline.try_many(tries)
        return {
            case.asked.row.id: Stored(one, case.person, arrival, now)
            for case, arrival, one in zip(cases, arrivals, written, strict=True)
            if one is not None
        }

    async def _cases(self, bunch: Sequence[_Asked], now: int) -> list[_Case]:
        """Those that are plain, also by what the store knows about their senders."""
        people = await self._contacts.known({asked.identity_id for asked in bunch})
        open_ids = {
            id
            for asked in bunch
            if (person := people.get(asked.identity_id)) and (id := _open_id(person, asked))
        }
        conversations = await self._timeline.get_many(open_ids)
        cases = []
        for asked in bunch:
            if asked.identity_id not in people:
                cases.append(self._newcomer(asked, now))
                continue
            person = people[asked.identity_id]
            if person is not None and _is_unchanged(person, asked):
                case = self._known(asked, person, conversations, now)
                cases += [case] if case is not None else []
        return cases

    def _newcomer(self, asked: _Asked, now: int) -> _Case:
        group, event = join_group_of(asked.inbox), asked.event
        id = asked.names.conversation(asked.row.id)
        person, founding = self._contacts.newcomer(
            asked.names,
            event.sender,
            event.sender_name,
            group,
            id,
            now,
            is_verified=event.is_verified,
        )
        return _Case(asked, person, _begun(id, person, asked, now), is_new=True, first=founding)

    def _known(
        self, asked: _Asked, person: Person, conversations: Mapping[str, Conversation], now: int
    ) -> _Case | None:
        open_id = _open_id(person, asked)
        if open_id:
            known = conversations.get(open_id)
            if known is None or known.state != "open":
                return None
            return _Case(asked, person, known, is_new=False, first=[])
        id = asked.names.conversation(asked.row.id)
        claim = self._contacts.claiming(person.contact, join_group_of(asked.inbox), id, now)
        return _Case(asked, person, _begun(id, person, asked, now), is_new=True, first=[claim])

    def _try(self, case: _Case, arrival: Arrival, now: int) -> Try:
        asked, person = case.asked, case.person
        by: JoinedBy = "new" if case.is_new else "open"

        def plan(current: Conversation) -> Plan | None:
            if current.state != "open":
                return None
            facts, messages = inbound(current, asked.inbox, asked.event, person, now, by, arrival)
            refs = [asked.names.provider_ref(asked.inbox.id, ref) for ref in asked.event.refs]
            after = [] if case.is_new else self._contacts.seen(person.contact, now)
            return Plan(facts=facts, messages=messages, refs=refs, after=[*after])

        return Try(
            ref=asked.names.event_ref(asked.row.id),
            planner=plan,
            conversation=case.conversation,
            is_new=case.is_new,
            first=case.first,
        )


def _begun(id: str, person: Person, asked: _Asked, now: int) -> Conversation:
    return new_conversation(id, asked.inbox, person.contact, asked.event.sender_name, now)


def _open_id(person: Person, asked: _Asked) -> str | None:
    return person.contact.open.get(join_group_of(asked.inbox))


def _is_unchanged(person: Person, asked: _Asked) -> bool:
    """Whether the message changes nothing about its sender."""
    identity, contact = person.identity, person.contact
    return not (
        contact.is_blocked
        or asked.inbox.id in identity.unreachable_in
        or (asked.event.is_verified and not identity.is_verified)
        or (asked.event.sender_name and needs_name(contact))
    )
