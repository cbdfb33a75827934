"""How the two halves of an inbox come by what they sign in with, without knowing whether that is a
fixed password or a token that lives an hour (`tokens.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from channels.email.settings import Account
from hub.errors import AuthFailed, TransientFailure

T = TypeVar("T")


class TokenRefused(AuthFailed):
    """A person must see to it. Its text is a whole sentence in the workspace's language."""


class TokenUnavailable(TransientFailure):
    """No token now; asked for again later, not before `wait_s`. Its text is a sentence, too."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Credentials(Protocol):
    """`sign_in` is called with the account as it has to be now, and a second time where that can
    help.
    """

    async def use(self, account: Account, sign_in: Callable[[Account], Awaitable[T]]) -> T:
        """Raises what `sign_in` raises, `TokenRefused` and `TokenUnavailable`."""


class AsGiven:
    """The account's own secret, which does not change."""

    async def use(self, account: Account, sign_in: Callable[[Account], Awaitable[T]]) -> T:
        return await sign_in(account)


AS_GIVEN = AsGiven()
