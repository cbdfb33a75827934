"""Names of customers whose network tells them only when asked. Best effort and off the lanes: the
next message of somebody without a name asks again. Called by intake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hub import log
from hub.errors import HubError
from hub.model.contact import Contact
from hub.model.inbox import Inbox
from hub.ports.channel import KnowsNames
from hub.services.contacts import Contacts, Person
from hub.services.inboxes import Inboxes
from hub.tasks import Tasks

_TIMEOUT_S = 20.0
#: Keeps the contact's conversations in step with the name.
ShowName = Callable[[Contact], Awaitable[None]]
_log = log.get(__name__)


class Profiles:
    """Made once."""

    def __init__(
        self, inboxes: Inboxes, contacts: Contacts, tasks: Tasks, show_name: ShowName
    ) -> None:
        self._inboxes = inboxes
        self._contacts = contacts
        self._tasks = tasks
        self._show_name = show_name
        self._asking: set[str] = set()

    def ask(self, inbox: Inbox, person: Person) -> None:
        """Look the name up, unless it is known or being asked for."""
        adapter: object = self._inboxes.adapter(inbox.id)
        is_known = bool(person.contact.name) or person.identity.id in self._asking
        if is_known or not isinstance(adapter, KnowsNames):
            return
        self._asking.add(person.identity.id)
        _ = self._tasks.spawn("profile", self._look_up(adapter, person))

    async def _look_up(self, adapter: KnowsNames, person: Person) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                name = await adapter.profile(person.identity.address)
            if name:
                contact = await self._contacts.note_details(person.contact, name=name)
                await self._show_name(contact)
        except (HubError, TimeoutError) as fault:
            _log.info("a name could not be asked for", error=fault)
        finally:
            self._asking.discard(person.identity.id)
