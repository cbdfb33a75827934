"""Account e-mails (invitations, resets) go out through the first inbox that can send e-mail, if
there is one.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.contact import Address
from hub.model.ids import local, message_id, new_key
from hub.ports.channel import OutboundMessage
from hub.services.inboxes import Inboxes
from hub.services.workspaces import Workspaces


class Mailer:
    """`use` completes it once the inboxes exist; until then nothing can be sent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._inboxes: Inboxes | None = None
        self._workspaces: Workspaces | None = None

    def use(self, inboxes: Inboxes, workspaces: Workspaces) -> None:
        self._inboxes = inboxes
        self._workspaces = workspaces

    async def send(self, to: str, subject: str, text: str) -> None:
        """One attempt. Raises `Unavailable` when no inbox can send e-mail now."""
        if self._inboxes is None or self._workspaces is None:
            raise Unavailable("the hub is still starting")
        for workspace in await self._workspaces.all():
            for inbox in self._inboxes.of_workspace(local(workspace.id)):
                capabilities = self._inboxes.capabilities(inbox)
                way = self._inboxes.way(inbox.id)
                if (
                    way is None
                    or not capabilities.can_start
                    or capabilities.address_kind != "email"
                ):
                    continue
                conversation_id = f"{local(workspace.id)}.{new_key()}"
                await way.send(
                    OutboundMessage(
                        id=message_id(conversation_id, 1),
                        conversation_id=conversation_id,
                        seq=1,
                        to=Address("email", to),
                        subject=subject,
                        text=text,
                        is_auto=True,
                        at=self._clock.now_ms(),
                    )
                )
                return
        raise Unavailable("no inbox can send e-mail; open one in Settings")
