"""What routing asks of automatic answers. `hub.services.autoreply` fulfils it."""

from __future__ import annotations

from typing import Protocol

from hub.model.conversation import Conversation
from hub.model.routing import Queue


class Tells(Protocol):
    async def tell(
        self,
        conversation: Conversation,
        text: str,
        cause: str,
        *,
        queue: Queue | None = None,
        place: int | None = None,
        wait_s: int | None = None,
    ) -> None:
        """Say `text` (names in it filled in) to the customer once for each `cause`."""
