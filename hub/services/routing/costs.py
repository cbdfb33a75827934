"""What work takes of agents: kinds by channel, capacity by agent, else workspace, else default."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from hub.model.agent import Agent, Workspace
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.routing import DEFAULT_CAPACITY, WorkKind
from hub.ports.channel import ChannelSpec
from hub.services.routing.seats import cost_of


class Costs:
    def __init__(
        self,
        specs: Mapping[str, ChannelSpec],
        agent: Callable[[str], Awaitable[Agent | None]],
        workspace: Callable[[str], Awaitable[Workspace | None]],
    ) -> None:
        self._specs = specs
        self._agent = agent
        self._workspace = workspace

    def kind(self, conversation: Conversation) -> WorkKind:
        spec = self._specs.get(conversation.channel)
        return spec.capabilities.work if spec is not None else "chat"

    async def of(self, agent_id: str, conversation: Conversation) -> tuple[WorkKind, int]:
        """The kind of work, and what it takes of this agent."""
        kind = self.kind(conversation)
        agent = await self._agent(agent_id)
        workspace = await self._workspace(workspace_of(agent_id))
        return kind, cost_of(kind, capacity(agent, workspace))


def capacity(agent: Agent | None, workspace: Workspace | None) -> dict[str, int]:
    """Kind → how many fill the agent."""
    known: dict[str, int] = dict(DEFAULT_CAPACITY.items())
    known.update(workspace.capacity if workspace else {})
    known.update(agent.capacity if agent else {})
    return known
