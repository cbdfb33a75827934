"""Passwords: argon2id off the event loop, at most four at once, the same work whether an account
exists or not.

Parameters after OWASP's cheat sheet of 2025 (m = 46 MiB, t = 1, p = 1); a hash made with others is
made anew at the next sign-in. Called by accounts; knows nothing of who owns a hash.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from hub.errors import BadInput, TooMany

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_CHARS = 10
MAX_CHARS = 200
MAX_AT_ONCE = 4
MAX_WAITING = 200
#: The first lines of every list of leaked passwords that are long enough for us.
_COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "1234512345",
        "qwertyuiop",
        "password12",
        "password123",
        "passwordpassword",
        "12345678910",
        "iloveyou12",
        "1q2w3e4r5t",
        "qwerty12345",
        "administrator",
        "1111111111",
        "0000000000",
        "letmein123",
        "welcome123",
    ]
)
R = TypeVar("R")


class Passwords:
    """`hash`, `verify`, `needs_rehash`; `close` when the process ends."""

    def __init__(self, memory_kib: int = 46 * 1024) -> None:
        self._memory_kib = memory_kib
        self._threads = ThreadPoolExecutor(MAX_AT_ONCE, "password")
        self._waiting = 0
        self._nobody = ""

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str, password: str) -> bool:
        """False for an empty hash, after the same work as for any other."""
        if not self._nobody:
            self._nobody = await self.hash(secrets.token_hex(16))
        is_right = await self._run(partial(self._check, stored or self._nobody, _normal(password)))
        return is_right and bool(stored)

    def needs_rehash(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher, Type  # here: a hub at rest does without it

        return PasswordHasher(
            time_cost=1, memory_cost=self._memory_kib, parallelism=1, type=Type.ID
        )

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self, stored: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], R]) -> R:
        if self._waiting >= MAX_WAITING:
            raise TooMany("Too many people are signing in right now.", 5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def check_new_password(password: str, *personal: str) -> None:
    """Refuse what is too short, too long, leaked a million times, or the person's own address or
    name.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise BadInput(f"A password has {MIN_CHARS} to {MAX_CHARS} characters.", "password")
    lower = password.casefold()
    own = {part.casefold() for part in personal if part}
    if lower in _COMMON or lower in own or len(set(lower)) < 4:
        raise BadInput("This password is easy to guess; choose another one.", "password")


def _normal(password: str) -> str:
    """The same password from every keyboard (NIST SP 800-63B §3.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
