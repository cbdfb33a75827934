"""What all e-mail inboxes of one process use together: one limited parsing worker and one listener
a port. Adapters are made one by one and know nothing of each other, so they meet here. `shared()`
is called by the adapter only.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from channels.email.parse_worker import ParsePool
from channels.email.settings import ListenSettings
from channels.email.smtp_in import SmtpListener
from hub.clock import Clock


class Shared:
    """Lives as long as an adapter of its event loop uses it."""

    def __init__(self) -> None:
        self.parser = ParsePool()
        self._listeners: dict[ListenSettings, SmtpListener] = {}
        self._users = 0

    def listener(self, settings: ListenSettings, clock: Clock) -> SmtpListener:
        return self._listeners.setdefault(settings, SmtpListener(settings, clock))

    def enter(self) -> None:
        self._users += 1

    async def leave(self) -> None:
        """The last user ends the worker; the next one starts it again when it is needed."""
        self._users -= 1
        if self._users == 0:
            await self.parser.close()


# The one piece of module state in this channel: keyed by event loop, so that tests and
# applications that follow each other in one process share nothing, and gone with the loop.
_BY_LOOP: WeakKeyDictionary[asyncio.AbstractEventLoop, Shared] = WeakKeyDictionary()


def shared() -> Shared:
    """The shared parts of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _BY_LOOP.get(loop)
    if found is None:
        found = _BY_LOOP[loop] = Shared()
    return found
