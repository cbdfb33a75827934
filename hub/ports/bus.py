"""The bus: live events between services, sockets and (with Redis) hubs. Nothing that may be lost
lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hub.model.events import Event

#: Called on the loop, must not block; (workspace, event).
Listener = Callable[[str, Event], None]


class Bus(Protocol):
    """In one process: synchronous fan-out in order of publishing."""

    def publish(self, workspace: str, event: Event) -> None: ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Returns the function that ends the subscription."""


class Connected(Protocol):
    """A bus that connects several hubs."""

    @property
    def is_up(self) -> bool:
        """Do events of this hub reach the others now, and theirs us?"""

    @property
    def losses(self) -> int:
        """How often since the start events may have been lost."""

    async def run(self) -> None:
        """Be connected until cancelled."""
