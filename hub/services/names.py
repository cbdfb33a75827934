"""Derived ids of a workspace: the same cause gives the same id, so that a repeated step finds what
it made before.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from functools import lru_cache

from hub.model.contact import Address
from hub.model.ids import derived_id, derived_key, local
from hub.services.phone import phone_key

TOKEN_CHARS = 42
_KEY_CHARS = 26
_KNOWN = 4096


class Names:
    """HMACs under one workspace's key."""

    def __init__(self, workspace: str, key: bytes) -> None:
        self.workspace = workspace
        self._key = key
        #: Of those who write most; a conversation asks for the same one again and again.
        self.identity = lru_cache(_KNOWN)(self._identity)

    def _id(self, *parts: str) -> str:
        return derived_id(self.workspace, self._key, *parts)

    def _identity(self, address: Address) -> str:
        return self._id("identity", address.kind, address.scope, _key(address))

    def contact(self, identity_id: str) -> str:
        """Of the contact that a new identity founds."""
        return self._id("contact", identity_id)

    def conversation(self, cause: str) -> str:
        return self._id("conversation", cause)

    def command_ref(self, cause: str) -> str:
        """`message_refs` id of a command; `cause` is unique for ever (journal row, agent and client
        id, …).
        """
        return self._id("command", cause)

    def event_ref(self, row_id: str) -> str:
        """`message_refs` id of the command that works off a journal row: its key, which is derived
        from the event already.
        """
        return f"{self.workspace}.{local(row_id)}"

    def provider_ref(self, inbox_id: str, provider_id: str) -> str:
        """`message_refs` id of a message under the name that the provider gave it."""
        return self._id("provider", inbox_id, provider_id)

    def suppression(self, channel: str, address: Address, scope: str) -> str:
        """Of an address that must not be written to through `channel` ("" = any)."""
        return self._id("suppression", channel, address.kind, address.scope, _key(address), scope)

    def template(self, inbox_id: str, name: str, language: str) -> str:
        return self._id("template", inbox_id, name, language)

    def merge_hint(self, first: str, second: str) -> str:
        """Of two contacts that may be one person, in any order."""
        return self._id("merge hint", *sorted((first, second)))

    def event_key(self, inbox_id: str, event_id: str) -> str:
        """Key of a journal row: one provider event of one inbox."""
        return derived_key(self._key, "event", inbox_id, event_id)

    def reply_token(self, conversation_id: str) -> str:
        """26 characters of the conversation and 16 of HMAC: whoever sends it back was
        written to.
        """
        local = conversation_id.split(".", 1)[1]
        return local + derived_key(self._key, "reply", local)[: TOKEN_CHARS - _KEY_CHARS]

    def conversation_of_token(self, token: str) -> str | None:
        """The conversation id of a genuine token, else None."""
        token = token.lower()
        if len(token) != TOKEN_CHARS or not token.isascii():
            return None
        conversation_id = f"{self.workspace}.{token[:_KEY_CHARS]}"
        genuine = hmac.compare_digest(self.reply_token(conversation_id), token)
        return conversation_id if genuine else None

    def sign(self, *parts: str) -> str:
        """26 characters for an adapter's own purposes."""
        return derived_key(self._key, "sign", *parts)


def _key(address: Address) -> str:
    """National variants of a number are one address."""
    return phone_key(address.value) if address.kind == "phone" else address.value


class NameBook:
    """`Names` by workspace; keys come from `Workspaces.key_of`."""

    def __init__(self, key_of: Callable[[str], Awaitable[bytes]]) -> None:
        self._key_of = key_of
        self._known: dict[str, Names] = {}

    async def of(self, workspace: str) -> Names:
        names = self._known.get(workspace)
        if names is None:
            names = self._known[workspace] = Names(workspace, await self._key_of(workspace))
        return names
