"""The queue book: queues, their people and their hours, in memory and always current, for whoever
may not wait for the store: the router, SLA clocks, rights.

Services that change something refresh it before they tell anybody; what other hubs changed comes
by the bus, and where that fails within five seconds. When an agent's queues change, it publishes
`RightsChanged`: they see other conversations now.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.agent import Agent
from hub.model.events import Event, RightsChanged, SettingsChanged
from hub.model.hours import Schedule
from hub.model.ids import local, workspace_of
from hub.model.routing import Member, Queue, Skill, Team
from hub.ports.bus import Bus
from hub.ports.collections import AGENTS, META, QUEUES, SCHEDULES, SKILLS, TEAMS
from hub.ports.store import Coll, DocumentStore, Patch
from hub.services.docs import from_docs
from hub.services.hours import Hours, is_open, make_hours
from hub.services.public_holidays import PublicHolidays
from hub.services.workspaces import Workspaces
from hub.tasks import Tasks

REREAD_S = 5.0
_PAGE = 500
_KINDS = frozenset({"queues", "teams", "skills", "schedules", "agents"})
T = TypeVar("T", bound=msgspec.Struct)
_log = log.get(__name__)


class _Page(msgspec.Struct, frozen=True):
    """What is known of one workspace."""

    queues: Mapping[str, Queue]
    skills: Mapping[str, Skill]
    hours: Mapping[str, Hours]
    members: Mapping[str, list[Member]]
    queue_ids: Mapping[str, frozenset[str]]
    #: Homes of conversations that are no queue or inbox any more.
    gone: list[str]


_EMPTY = _Page({}, {}, {}, {}, {}, [])


class QueueBook:
    """Made once. `load` at the start; `run` re-reads where other hubs write too."""

    def __init__(
        self, store: DocumentStore, workspaces: Workspaces, bus: Bus, clock: Clock, tasks: Tasks
    ) -> None:
        self._store = store
        self._workspaces = workspaces
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self.holidays = PublicHolidays(clock)
        self._pages: dict[str, _Page] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        #: Workspaces that are about to be read again.
        self._pending: set[str] = set()
        bus.subscribe(self._on_event)

    def queue(self, queue_id: str) -> Queue | None:
        return self._of(queue_id).queues.get(queue_id)

    def queues(self, workspace: str) -> list[Queue]:
        """By position, then name."""
        found = self._pages.get(workspace, _EMPTY).queues.values()
        return sorted(found, key=lambda queue: (queue.position, queue.name, queue.id))

    def members(self, queue: Queue) -> list[Member]:
        """Who works in it: its own members, then those of its teams (tier 1), each once; nobody who
        has left.
        """
        return self._of(queue.id).members.get(queue.id, [])

    def queue_ids_of(self, agent_id: str) -> frozenset[str]:
        """The queues in which an agent works."""
        return self._of(agent_id).queue_ids.get(agent_id, frozenset())

    def schedule(self, schedule_id: str) -> Hours | None:
        """For `hub.services.hours`. None, which is always open, for "" and what is gone."""
        return self._of(schedule_id).hours.get(schedule_id) if schedule_id else None

    def hours(self, queue: Queue) -> Hours | None:
        """As `schedule`, of a queue."""
        return self.schedule(queue.schedule_id)

    def is_open(self, queue: Queue, at_ms: int) -> bool:
        return is_open(self.hours(queue), at_ms)

    def language_skill(self, workspace: str, language: str) -> str:
        """Local id of the skill that is this language (BCP 47 primary subtag); "": there is
        none.
        """
        skills = self._pages.get(workspace, _EMPTY).skills.values()
        wanted = language.lower().partition("-")[0]
        found = sorted(local(one.id) for one in skills if one.language and one.language == wanted)
        return found[0] if found else ""

    def home_ids(self, workspace: str) -> list[str]:
        """Queues as homes, and homes that are gone but still hold conversations."""
        page = self._pages.get(workspace, _EMPTY)
        return [*page.queues, *page.gone]

    def _of(self, id: str) -> _Page:
        return self._pages.get(workspace_of(id), _EMPTY)

    async def load(self) -> None:
        """All workspaces, anew."""
        for one in await self._workspaces.all():
            await self.refresh(local(one.id))

    async def run(self) -> None:
        """What other hubs changed without being heard, and a new year's holidays."""
        while True:
            await self._clock.sleep(REREAD_S)
            try:
                await self.load()
            except Unavailable as fault:
                _log.warning("queues could not be read again", error=fault)

    async def refresh(self, workspace: str) -> None:
        """Read one workspace again and tell those whose queues are others now."""
        async with self._turns[workspace]:
            self._pending.discard(workspace)
            before = self._pages.get(workspace)
            page = self._pages[workspace] = await self._read(workspace)
        if before is None:
            return
        for agent_id in before.queue_ids.keys() | page.queue_ids.keys():
            if before.queue_ids.get(agent_id) != page.queue_ids.get(agent_id):
                self._bus.publish(workspace, RightsChanged(agent_id=agent_id))

    async def forget_home(self, home: str) -> None:
        """A queue or inbox is going: conversations that have it as home stay in the lists."""
        doc_id = f"{workspace_of(home)}.gone_homes"
        new = {"_id": doc_id, "v": 1, "ids": {}}
        patch = Patch(set={f"ids.{local(home)}": self._clock.now_ms()})
        await self._store.patch(META, doc_id, patch, upsert=new)
        await self.refresh(workspace_of(home))

    async def recall_home(self, home: str) -> None:
        """The queue is back."""
        gone = Patch(unset=[f"ids.{local(home)}"])
        await self._store.patch(META, f"{workspace_of(home)}.gone_homes", gone)
        await self.refresh(workspace_of(home))

    def _on_event(self, workspace: str, event: Event) -> None:
        is_ours = isinstance(event, SettingsChanged) and event.what in _KINDS
        if is_ours and workspace not in self._pending:
            self._pending.add(workspace)
            _ = self._tasks.spawn("queue book", self._reread(workspace))

    async def _reread(self, workspace: str) -> None:
        try:
            await self.refresh(workspace)
        except Unavailable as fault:
            _log.warning("queues could not be read again", error=fault)

    async def _read(self, workspace: str) -> _Page:
        queues = await self._all(QUEUES, Queue, workspace)
        teams = {team.id: team for team in await self._all(TEAMS, Team, workspace)}
        skills = await self._all(SKILLS, Skill, workspace)
        schedules = await self._all(SCHEDULES, Schedule, workspace)
        active = {one.id for one in await self._all(AGENTS, Agent, workspace) if one.is_active}
        members = {queue.id: _members(queue, teams, active) for queue in queues}
        gone = await self._store.get(META, f"{workspace}.gone_homes")
        return _Page(
            queues={queue.id: queue for queue in queues},
            skills={skill.id: skill for skill in skills},
            hours={one.id: await self._make_hours(one) for one in schedules},
            members=members,
            queue_ids=_queue_ids(members),
            gone=[f"{workspace}.{key}" for key in (gone or {}).get("ids", {})],
        )

    async def _make_hours(self, schedule: Schedule) -> Hours:
        country, region = schedule.holidays_country, schedule.holidays_region
        return make_hours(schedule, await self.holidays.days(country, region))

    async def _all(self, coll: Coll, kind: type[T], workspace: str) -> list[T]:
        found: list[T] = []
        after: str | None = None
        while True:
            page = await self._store.find(coll, workspace, {}, after=after, limit=_PAGE)
            found += from_docs(kind, page.docs)
            after = page.next
            if after is None:
                return found


def _members(queue: Queue, teams: Mapping[str, Team], active: set[str]) -> list[Member]:
    found = {one.agent_id: one for one in queue.members}
    for team_id in queue.team_ids:
        for agent_id in teams[team_id].agent_ids if team_id in teams else ():
            found.setdefault(agent_id, Member(agent_id=agent_id))
    return [one for one in found.values() if one.agent_id in active]


def _queue_ids(members: Mapping[str, list[Member]]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for queue_id, people in members.items():
        for one in people:
            found[one.agent_id].add(queue_id)
    return {agent_id: frozenset(ids) for agent_id, ids in found.items()}
