"""Agents: who works in a workspace, in which role and in which inboxes; turns a session into a
Scope.

A workspace keeps at least one active administrator: `META <workspace>.admins` lists them and is
replaced by version, so that two administrators cannot remove each other at once. Called by
dispatch, the people page, sign-in and invitations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotFound
from hub.model.agent import PERMISSIONS, Account, Agent, Role, Scope
from hub.model.events import Event, RightsChanged, SettingsChanged
from hub.model.ids import SYS, local, new_id, workspace_of
from hub.ports.bus import Bus
from hub.ports.collections import AGENTS, INBOXES, MEMBERSHIPS, META, QUEUES
from hub.ports.store import Doc, DocumentStore, Patch
from hub.services.claims import GRACE_MS
from hub.services.docs import from_doc, to_doc
from hub.services.recent import Recent
from hub.services.sessions import Sessions

_PAGE = 500

QueuesOf = Callable[[str], Collection[str]]


def _none(agent_id: str) -> Collection[str]:
    """Without queues."""
    return ()


class Agents:
    def __init__(
        self,
        store: DocumentStore,
        sessions: Sessions,
        bus: Bus,
        clock: Clock,
        queues_of: QueuesOf = _none,
    ) -> None:
        self._store = store
        self._queues_of = queues_of
        self._sessions = sessions
        self._bus = bus
        self._clock = clock
        self._recent: Recent[Agent] = Recent(clock)
        bus.subscribe(self._on_event)

    async def get(self, agent_id: str) -> Agent | None:
        doc = await self._store.get(AGENTS, agent_id)
        return None if doc is None else from_doc(Agent, doc)

    async def require(self, workspace: str, agent_id: str) -> Agent:
        """By full id. Raises NotFound outside the workspace."""
        agent = await self.get(agent_id) if workspace_of(agent_id) == workspace else None
        if agent is None:
            raise NotFound("There is no such colleague.")
        return agent

    async def list_all(self, workspace: str) -> list[Agent]:
        """By name."""
        found: list[Agent] = []
        after: str | None = None
        while True:
            page = await self._store.find(
                AGENTS, workspace, {}, index="by_name", after=after, limit=_PAGE
            )
            found += [from_doc(Agent, doc) for doc in page.docs]
            after = page.next
            if after is None:
                return found

    async def working(self, agent_id: str) -> Agent | None:
        """The agent if active and joined; as of at most four seconds ago."""
        agent = self._recent.get(agent_id)
        if agent is None:
            agent = await self.get(agent_id)
            if agent is None:
                return None
            self._recent.put(agent_id, agent)
        return agent if agent.is_active and agent.has_joined else None

    async def is_working(self, workspace: str, agent_id: str) -> bool:
        """Active, joined, and of this workspace."""
        return workspace_of(agent_id) == workspace and await self.working(agent_id) is not None

    async def scope(self, agent_id: str) -> Scope | None:
        """What the agent may do now; None when nothing at all."""
        agent = await self.working(agent_id)
        return None if agent is None else self.scope_of(agent)

    def scope_of(self, agent: Agent) -> Scope:
        """With the queues in which the agent works now."""
        return scope_of(agent, self._queues_of(agent.id))

    async def of_account(self, account_id: str) -> list[Agent]:
        """The active memberships of an account, oldest first."""
        where = {"_id": {"$gte": f"{account_id}.", "$lt": f"{account_id}/"}}
        page = await self._store.find(MEMBERSHIPS, SYS, where, limit=_PAGE)
        docs = await self._store.get_many(AGENTS, [doc["agent_id"] for doc in page.docs])
        agents = [from_doc(Agent, doc) for doc in docs]
        return sorted(
            (one for one in agents if one.is_active and one.has_joined),
            key=lambda one: (one.created_at, one.id),
        )

    async def add(
        self,
        workspace: str,
        account: Account,
        *,
        name: str,
        role: Role,
        homes: list[str] | None = None,
    ) -> Agent:
        """A member who has not joined yet. Raises Conflict when the account is a member already."""
        await self._check_homes(workspace, homes)
        agent = Agent(
            id=new_id(workspace),
            account_id=account.id,
            name=name,
            email=account.email,
            role=role,
            homes=homes,
            created_at=self._clock.now_ms(),
        )
        await self._claim_membership(workspace, account.id, agent.id)
        await self._store.insert(AGENTS, to_doc(agent))
        self._announce(agent)
        return agent

    async def join(self, agent_id: str, name: str = "") -> Agent:
        """The invitation was accepted."""
        fields: dict[str, Any] = {"has_joined": True, **({"name": name} if name else {})}
        agent = await self._set(agent_id, fields)
        if _is_ruling(agent):
            await self._crown(agent)
        return agent

    async def change(
        self,
        workspace: str,
        agent_id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        is_active: bool | None = None,
        homes: list[str] | None = None,
        sets_homes: bool = False,
    ) -> Agent:
        """What an administrator may change. Raises Conflict(key="last_admin")."""
        before = await self.require(workspace, agent_id)
        given = {"name": name, "role": role, "is_active": is_active}
        fields: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        if sets_homes:
            await self._check_homes(workspace, homes)
            fields["homes"] = homes
        after = from_doc(Agent, {**to_doc(before), **fields})
        if _is_ruling(before) and not _is_ruling(after):
            await self._dethrone(before)
        agent = await self._set(agent_id, fields)
        if _is_ruling(agent):
            await self._crown(agent)
        if before.is_active and not agent.is_active:
            await self._sessions.end_all(agent.account_id, workspace=workspace)
        return agent

    async def change_self(self, agent_id: str, fields: dict[str, Any]) -> Agent:
        """The profile: name, language, theme, signature, prefs. Nothing that gives a right."""
        strange = fields.keys() - {"name", "language", "theme", "signature", "prefs"}
        if strange:
            raise ValueError(f"not a field of the profile: {sorted(strange)}")
        return await self._set(agent_id, fields)

    async def set_skills(
        self, workspace: str, agent_id: str, skills: dict[str, int], capacity: dict[str, int]
    ) -> Agent:
        """Levels by skill and how many of a kind fill the agent; checked by the caller."""
        agent = await self.require(workspace, agent_id)
        return await self._set(agent.id, {"skills": skills, "capacity": capacity})

    async def _set(self, agent_id: str, fields: dict[str, Any]) -> Agent:
        doc = await self._store.patch(AGENTS, agent_id, Patch(set=fields))
        if doc is None:
            raise NotFound("There is no such colleague.")
        agent = from_doc(Agent, doc)
        self._announce(agent)
        return agent

    def _announce(self, agent: Agent) -> None:
        workspace = workspace_of(agent.id)
        self._bus.publish(workspace, RightsChanged(agent_id=agent.id))
        self._bus.publish(workspace, SettingsChanged(what="agents"))

    def _on_event(self, workspace: str, event: Event) -> None:
        if isinstance(event, RightsChanged):
            self._recent.drop(event.agent_id)

    async def _claim_membership(self, workspace: str, account_id: str, agent_id: str) -> None:
        row_id = f"{account_id}.{workspace}"
        try:
            row = {"_id": row_id, "v": 1, "agent_id": agent_id, "at": self._clock.now_ms()}
            await self._store.insert(MEMBERSHIPS, row)
        except Conflict:
            known = await self._store.get(MEMBERSHIPS, row_id)
            if known is not None and not await self._is_left_over(known):
                raise Conflict("This colleague is here already.", "email") from None
            fields = {"agent_id": agent_id, "at": self._clock.now_ms()}
            expect = None if known is None else {"v": known["v"]}
            patch = Patch(set=fields)
            if await self._store.patch(MEMBERSHIPS, row_id, patch, expect=expect) is None:
                raise Conflict("This colleague is here already.", "email") from None

    async def _is_left_over(self, membership: Doc) -> bool:
        """By a process that died before it had written the agent."""
        is_young: bool = membership.get("at", 0) + GRACE_MS > self._clock.now_ms()
        return not is_young and await self.get(membership["agent_id"]) is None

    async def _check_homes(self, workspace: str, homes: list[str] | None) -> None:
        if not homes:
            return
        if any(workspace_of(home) != workspace for home in homes):
            raise BadInput("There is no such inbox.", "homes")
        wanted = sorted(set(homes))
        inboxes = await self._store.get_many(INBOXES, wanted)
        queues = await self._store.get_many(QUEUES, wanted)
        if len(inboxes) + len(queues) != len(wanted):
            raise BadInput("There is no such inbox.", "homes")

    async def _crown(self, agent: Agent) -> None:
        """Put an administrator on the list, after having become one."""
        while True:
            doc = await self._throne(agent)
            if agent.id in doc["admins"]:
                return
            fresh = {**doc, "admins": [*doc["admins"], agent.id]}
            if await self._store.replace(META, fresh, doc["v"]):
                return

    async def _dethrone(self, agent: Agent) -> None:
        """Take an administrator off the list, before ceasing to be one."""
        while True:
            doc = await self._throne(agent)
            others = [doc_id for doc_id in doc["admins"] if doc_id != agent.id]
            if not others:
                raise Conflict("A workspace needs an active administrator.", "last_admin")
            if await self._store.replace(META, {**doc, "admins": others}, doc["v"]):
                return

    async def _throne(self, agent: Agent) -> dict[str, Any]:
        doc_id = f"{workspace_of(agent.id)}.admins"
        doc = await self._store.get(META, doc_id)
        if doc is not None:
            return doc
        empty: dict[str, Any] = {"_id": doc_id, "v": 1, "admins": []}
        try:
            await self._store.insert(META, empty)
        except Conflict:
            return await self._throne(agent)
        return empty


def scope_of(agent: Agent, queue_ids: Collection[str] = ()) -> Scope:
    """Who is limited to some homes sees their own queues besides."""
    is_limited = agent.role == "agent" and agent.homes is not None
    return Scope(
        workspace=workspace_of(agent.id),
        agent_id=agent.id,
        name=agent.name,
        role=agent.role,
        permissions=PERMISSIONS[agent.role],
        homes=frozenset((*(agent.homes or ()), *queue_ids)) if is_limited else None,
    )


def local_homes(agent: Agent) -> list[str] | None:
    return None if agent.homes is None else [local(home) for home in agent.homes]


def _is_ruling(agent: Agent) -> bool:
    return agent.role == "admin" and agent.is_active and agent.has_joined
