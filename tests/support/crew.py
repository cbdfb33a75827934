"""A core with queues and agents at their desks: for tests of routing over either store.

The router does not run by itself: `route` lets it carry out everything that can be given out now.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.model.agent import Agent, Role, Scope
from hub.model.conversation import Conversation
from hub.model.desk import Desk
from hub.model.ids import LANES, new_id
from hub.model.message import Message
from hub.model.routing import Member, Queue
from hub.ports.collections import AGENTS, CONVERSATIONS
from hub.services.agents import scope_of
from hub.services.docs import from_doc, to_doc
from tests.support.clock import ManualClock, settle
from tests.support.core import Core, running_core
from tests.support.loop_channel import chat_from


@dataclass
class Crew:
    core: Core
    clock: ManualClock
    agents: dict[str, Agent] = field(default_factory=dict)
    _customers: int = 0

    @property
    def services(self) -> Any:
        return self.core.hub.services

    @property
    def routing(self) -> Any:
        return self.core.hub.routing

    async def agent(self, name: str, role: Role = "agent", **facts: Any) -> Scope:
        """Somebody who works here, at home."""
        agent = Agent(
            id=new_id(self.core.workspace),
            account_id="sys.none",
            name=name,
            email=f"{name.lower()}@shop.example",
            role=role,
            has_joined=True,
            **facts,
        )
        await self.core.store.insert(AGENTS, to_doc(agent))
        self.agents[name] = agent
        await self.services.queue_book.refresh(self.core.workspace)
        return scope_of(agent)

    async def sits_down(self, name: str, role: Role = "agent", **facts: Any) -> Scope:
        """Comes with a browser and is available."""
        scope = await self.agent(name, role, **facts)
        await self.opens_browser(scope)
        await self.services.desks.set_presence(scope.agent_id, "available")
        return scope

    async def opens_browser(self, scope: Scope) -> None:
        self.routing.browsers.came(scope.agent_id)
        await self.quiet()

    async def closes_browser(self, scope: Scope) -> None:
        self.routing.browsers.went(scope.agent_id)
        await self.quiet()

    async def queue(self, name: str, *people: Scope, **settings: Any) -> Queue:
        members = [Member(agent_id=scope.agent_id) for scope in people]
        made = await self.services.queues.create(
            self.core.workspace, {"name": name, "members": members, **settings}
        )
        assert isinstance(made, Queue)
        return made

    async def change_queue(self, queue: Queue, **settings: Any) -> Queue:
        import msgspec

        kept = msgspec.structs.asdict(queue)
        wanted = {
            **{k: v for k, v in kept.items() if k not in ("id", "v", "created_at")},
            **settings,
        }
        changed = await self.services.queues.save(self.core.workspace, queue.id, wanted)
        assert isinstance(changed, Queue)
        return changed

    async def enters_by(self, queue: Queue | None, channel: str = "chat") -> None:
        """New conversations of this inbox go into the queue."""
        inbox = self.core.inboxes[channel]
        await self.services.inboxes.change(
            self.core.workspace, inbox.id, entry_queue_id=queue.id if queue else ""
        )

    async def writes(
        self, who: str = "", text: str = "Hi", channel: str = "chat", language: str = ""
    ) -> Conversation:
        """A customer writes; the conversation as it is afterwards."""
        self._customers += 1
        await self.clock.advance(0.001)
        visitor = who or f"visitor{self._customers}"
        inbox = self.core.inboxes[channel].id
        more = {"language": language, "at": self.clock.now_ms()}
        event = chat_from(inbox, visitor, text, f"e{self._customers}", **more)
        await self.core.wire.receive(inbox, event)
        await self.core.settle()
        return max(await self.core.conversations(), key=lambda one: one.last_at)

    async def quiet(self) -> None:
        await settle()
        await self.routing.browsers.settle()

    async def route(self) -> None:
        """Until the router has nothing more to give out now."""
        router = self.routing.router
        await router.tick()
        for _ in range(4):
            await router.turn()
            await router.settle()

    async def passes(self, seconds: float) -> None:
        """Time goes by, timers and the router do what is due."""
        await self.clock.advance(seconds)
        await self.quiet()
        await self.core.take_lanes()  # so much time at once is a lost lease
        await self.core.hub.timers.run_due()
        while any(map(self.core.hub.timers.is_busy, range(LANES))):
            await settle()  # what their own task has begun
        await self.route()

    async def later(self, seconds: float) -> None:
        """Much time goes by at once; the hub has taken its lanes anew."""
        await self.clock.leap(seconds)
        await self.core.take_lanes()

    async def get(self, conversation: Conversation) -> Conversation:
        return await self.get_id(conversation.id)

    async def get_id(self, conversation_id: str) -> Conversation:
        doc = await self.core.store.get(CONVERSATIONS, conversation_id)
        assert doc is not None
        return from_doc(Conversation, doc)

    async def desk(self, scope: Scope) -> Desk:
        desk = await self.services.desks.get(scope.agent_id)
        assert isinstance(desk, Desk)
        return desk

    async def lines(self, conversation: Conversation) -> list[Message]:
        found = await self.core.messages("activity")
        return [one for one in found if one.conversation_id == conversation.id]

    async def told(self, conversation: Conversation) -> list[str]:
        return [line.activity for line in await self.lines(conversation)]


@asynccontextmanager
async def running_crew(kind: str, tmp_path: Path) -> AsyncIterator[Crew]:
    clock = ManualClock()
    async with running_core(kind, tmp_path, clock) as core:
        yield Crew(core, clock)
