"""Skills that a workspace knows, and which agents have which. A skill goes by its local id wherever
it is a key: on agents, in queues' needs and in a conversation's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.clock import Clock
from hub.errors import BadInput, Conflict
from hub.model.agent import Agent
from hub.model.ids import local, new_id, workspace_of
from hub.model.routing import Skill
from hub.ports.bus import Bus
from hub.ports.collections import SKILLS
from hub.ports.store import DocumentStore
from hub.services.agents import Agents
from hub.services.docs import from_doc, to_doc
from hub.services.named import Named, a_name
from hub.services.queue_book import QueueBook
from hub.services.workspaces import Workspaces

MAX_SKILLS = 500
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Skills:
    """The only writer of skills; of agents' levels by `Agents`."""

    def __init__(
        self,
        store: DocumentStore,
        workspaces: Workspaces,
        agents: Agents,
        book: QueueBook,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._agents = agents
        self._book = book
        self._clock = clock
        self._named = Named(
            store, workspaces, bus, clock, SKILLS, most=MAX_SKILLS, changed=book.refresh
        )

    async def all(self, workspace: str) -> list[Skill]:
        """By name."""
        return [from_doc(Skill, doc) for doc in await self._named.all(workspace)]

    async def counts(self, workspace: str) -> dict[str, int]:
        """How many agents who work here have each, by local id."""
        counts: dict[str, int] = {}
        for agent in await self._agents.list_all(workspace):
            for skill in agent.skills if agent.is_active else ():
                counts[skill] = counts.get(skill, 0) + 1
        return counts

    async def create(self, workspace: str, name: str, language: str = "") -> Skill:
        skill = Skill(
            id=new_id(workspace),
            name=a_name(name),
            language=await self._language(workspace, language, ""),
            created_at=self._clock.now_ms(),
        )
        await self._named.create(workspace, to_doc(skill))
        return skill

    async def save(self, workspace: str, skill_id: str, name: str, language: str) -> Skill:
        checked = await self._language(workspace, language, skill_id)
        fields = {"name": a_name(name), "language": checked}
        return from_doc(Skill, await self._named.save(workspace, skill_id, fields))

    async def delete(self, workspace: str, skill_id: str) -> Skill:
        """Agents lose it. Raises `Conflict` while a queue needs it."""
        skill = from_doc(Skill, await self._named.require(workspace, skill_id))
        for queue in self._book.queues(workspace):
            if any(need.skill_id == local(skill_id) for need in queue.needs):
                raise Conflict(f"The queue {queue.name} needs it; change that first.", "in_use")
        await self._named.delete(workspace, skill_id)
        return skill

    async def restore(self, workspace: str, skill_id: str) -> Skill:
        """A deleted one again; agents have it as they had it. Raises `NotFound`, and `Conflict`
        when its name or its language was given away.
        """
        doc = await self._named.deleted(workspace, skill_id)
        await self._language(workspace, doc.get("language", ""), skill_id)
        await self._named.restore(workspace, doc)
        return from_doc(Skill, doc)

    async def set_levels(
        self, workspace: str, agent_id: str, levels: Mapping[str, int], capacity: Mapping[str, int]
    ) -> Agent:
        """What an agent can do (local skill id → 1–5), and how many of a kind fill them."""
        known = {local(one.id) for one in await self.all(workspace)}
        if levels.keys() - known:
            raise BadInput("There is no such skill.", "skills", "no_skill")
        if any(not 1 <= level <= 5 for level in levels.values()):
            raise BadInput("Levels go from 1 to 5.", "skills", "range")
        return await self._agents.set_skills(workspace, agent_id, dict(levels), dict(capacity))

    async def _language(self, workspace: str, language: str, own_id: str) -> str:
        code = language.strip().lower()
        if not code:
            return ""
        if not _LANGUAGE.fullmatch(code):
            raise BadInput("A language looks like tr or pl.", "language", "language_code")
        for other in await self.all(workspace):
            if other.language == code and other.id != own_id:
                raise Conflict(f"{other.name} is this language already.", "language")
        return code


def shown_levels(agent: Agent, known: Mapping[str, Skill]) -> dict[str, int]:
    """Without skills that were deleted; `known` by full id."""
    workspace = workspace_of(agent.id)
    return {key: level for key, level in agent.skills.items() if f"{workspace}.{key}" in known}
