"""What is ours: the inbox's address, its reply addresses, the Message-IDs we gave and the mark on
our mail. Pure; every proof is an HMAC made by the hub, so that nobody can invent one. Used by both
directions.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable

from hub.model.ids import conversation_of, local, workspace_of

Sign = Callable[..., str]
_KEY = r"[a-z2-7]{26}"
_OWN_ID = re.compile(rf"<?({_KEY})\.(\d{{10}})\.({_KEY})@[^\s<>]+>?")


class OwnNames:
    """Makes and recognises the names of one inbox. `inbox_id` only lends its workspace."""

    def __init__(self, address: str, inbox_id: str, sign: Sign) -> None:
        self.address = address
        self.local, _, self.domain = address.rpartition("@")
        self._workspace = workspace_of(inbox_id)
        self._sign = sign

    def reply_address(self, token: str) -> str:
        """`support+TOKEN@example.com`: an answer to it finds its conversation by itself."""
        return f"{self.local}+{token}@{self.domain}"

    def is_own_address(self, address: str) -> bool:
        """Is it the inbox's address, with or without something after a plus?"""
        name, _, domain = address.strip().lower().rpartition("@")
        if domain != self.domain:
            return False
        return name == self.local or name.startswith(f"{self.local}+")

    def provider_id(self, message_id: str) -> str:
        """The Message-ID, angle brackets included, under which `message_id` leaves."""
        conversation, seq = local(conversation_of(message_id)), message_id.rsplit(".", 1)[1]
        proof = self._sign("message-id", message_id)
        return f"<{conversation}.{seq}.{proof}@{self.domain}>"

    def message_of(self, provider_id: str) -> str | None:
        """Our message behind a Message-ID that came back, or None when we never gave it."""
        match = _OWN_ID.fullmatch(provider_id.strip().lower())
        if match is None:
            return None
        message_id = f"{self._workspace}.{match[1]}.{match[2]}"
        proof = self._sign("message-id", message_id)
        return message_id if hmac.compare_digest(proof, match[3]) else None

    def mark(self, provider_id: str) -> str:
        """The value of our marker header: it ends loops, so only we can make it."""
        return self._sign("mark", provider_id)

    def has_own_mark(self, mark: str, provider_id: str | None) -> bool:
        expected = self.mark(provider_id or "")
        return hmac.compare_digest(mark.strip().lower().encode(), expected.encode())
