"""Teams: agents who enter queues, and are transferred to, as one. Called by handlers."""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import BadInput, Conflict
from hub.model.ids import new_id, workspace_of
from hub.model.routing import Team
from hub.ports.bus import Bus
from hub.ports.collections import AGENTS, TEAMS
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, to_doc
from hub.services.named import Named, a_name
from hub.services.queue_book import QueueBook
from hub.services.workspaces import Workspaces

MAX_TEAMS = 500


class Teams:
    """The only writer of teams."""

    def __init__(
        self,
        store: DocumentStore,
        workspaces: Workspaces,
        book: QueueBook,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._named = Named(
            store, workspaces, bus, clock, TEAMS, most=MAX_TEAMS, changed=book.refresh
        )

    async def all(self, workspace: str) -> list[Team]:
        """By name."""
        return [from_doc(Team, doc) for doc in await self._named.all(workspace)]

    async def require(self, workspace: str, team_id: str) -> Team:
        return from_doc(Team, await self._named.require(workspace, team_id))

    async def create(self, workspace: str, name: str, agent_ids: list[str]) -> Team:
        team = Team(
            id=new_id(workspace),
            name=a_name(name),
            agent_ids=await self._checked(workspace, agent_ids),
            created_at=self._clock.now_ms(),
        )
        await self._named.create(workspace, to_doc(team))
        return team

    async def save(self, workspace: str, team_id: str, name: str, agent_ids: list[str]) -> Team:
        checked = await self._checked(workspace, agent_ids)
        fields = {"name": a_name(name), "agent_ids": checked}
        return from_doc(Team, await self._named.save(workspace, team_id, fields))

    async def delete(self, workspace: str, team_id: str) -> Team:
        """Raises `Conflict` while it works in a queue."""
        await self.require(workspace, team_id)
        for queue in self._book.queues(workspace):
            if team_id in queue.team_ids:
                told = f"It works in the queue {queue.name}; change that first."
                raise Conflict(told, "in_use")
        return from_doc(Team, await self._named.delete(workspace, team_id))

    async def _checked(self, workspace: str, agent_ids: list[str]) -> list[str]:
        """Each once, and all of this workspace."""
        wanted = list(dict.fromkeys(agent_ids))
        if any(workspace_of(id) != workspace for id in wanted):
            raise BadInput("There is no such colleague.", "agent_ids", "no_agent")
        if len(await self._store.get_many(AGENTS, wanted)) != len(wanted):
            raise BadInput("There is no such colleague.", "agent_ids", "no_agent")
        return wanted
