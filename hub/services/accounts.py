"""Accounts: the persons of the installation, by e-mail address. Not their work in a workspace
(agents do that).

An address has one account: it is claimed under an HMAC of it. Called by sign-in, invitations and
the profile page.
"""

from __future__ import annotations

import re

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotFound
from hub.model.agent import Account
from hub.model.ids import SYS, derived_id, new_id
from hub.ports.collections import ACCOUNTS
from hub.ports.store import DocumentStore, Patch
from hub.services.claims import Claims
from hub.services.docs import from_doc, to_doc
from hub.services.passwords import Passwords, check_new_password
from hub.services.workspaces import Workspaces

_EMAIL = re.compile(
    r"[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,64}@[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,189}"
)


class Accounts:
    def __init__(
        self, store: DocumentStore, workspaces: Workspaces, passwords: Passwords, clock: Clock
    ) -> None:
        self._store = store
        self._claims = Claims(store, clock)
        self._workspaces = workspaces
        self._passwords = passwords
        self._clock = clock

    async def get(self, account_id: str) -> Account | None:
        doc = await self._store.get(ACCOUNTS, account_id)
        return None if doc is None else from_doc(Account, doc)

    async def require(self, account_id: str) -> Account:
        account = await self.get(account_id)
        if account is None:
            raise NotFound("There is no such account.")
        return account

    async def find(self, email: str) -> Account | None:
        """By e-mail address, in any spelling."""
        owner = await self._claims.owner(await self._claim_id(normal_email(email)))
        return None if owner is None else await self.get(owner)

    async def create(self, email: str, name: str, language: str = "") -> Account:
        """Without a password nobody can sign in. Raises Conflict(key="email")."""
        address = check_email(email)
        account = Account(
            id=new_id(SYS),
            email=address,
            name=name,
            language=language,
            created_at=self._clock.now_ms(),
        )
        claim = await self._claim_id(address)
        if not await self._claims.take(claim, account.id, self._is_missing):
            raise Conflict("Somebody with this e-mail address is here already.", "email")
        await self._store.insert(ACCOUNTS, to_doc(account))
        return account

    async def find_or_create(self, email: str, name: str, language: str = "") -> Account:
        return await self.find(email) or await self.create(email, name, language)

    async def exist(self) -> bool:
        """Whether anybody can sign in at all: before that the installation is new."""
        after: str | None = None
        while True:
            page = await self._store.find(ACCOUNTS, SYS, {}, after=after, limit=100)
            if any(doc["password_hash"] for doc in page.docs):
                return True
            after = page.next
            if after is None:
                return False

    async def change(
        self, account_id: str, *, name: str | None = None, language: str | None = None
    ) -> Account:
        given = {"name": name, "language": language}
        return await self._set(account_id, {k: v for k, v in given.items() if v is not None})

    async def set_password(self, account_id: str, password: str) -> Account:
        """Whoever calls this ends the account's other sessions."""
        account = await self.require(account_id)
        check_new_password(password, account.email, account.name)
        return await self._set(account_id, {"password_hash": await self._passwords.hash(password)})

    async def check_password(self, account: Account | None, password: str) -> bool:
        """The same work for nobody, for a disabled account and for one without a password."""
        stored = account.password_hash if account is not None and account.is_active else ""
        is_right = await self._passwords.verify(stored, password)
        if is_right and account is not None and self._passwords.needs_rehash(stored):
            await self._set(account.id, {"password_hash": await self._passwords.hash(password)})
        return is_right

    async def _set(self, account_id: str, fields: dict[str, str]) -> Account:
        doc = await self._store.patch(ACCOUNTS, account_id, Patch(set=fields))
        if doc is None:
            raise NotFound("There is no such account.")
        return from_doc(Account, doc)

    async def _is_missing(self, account_id: str) -> bool:
        return await self._store.get(ACCOUNTS, account_id) is None

    async def _claim_id(self, email: str) -> str:
        return derived_id(SYS, await self._workspaces.key_of(SYS), "email", email)


def normal_email(email: str) -> str:
    return email.strip().lower().encode("utf-8", "replace").decode()


def check_email(email: str) -> str:
    """The address in its normal form. Raises BadInput."""
    address = normal_email(email)
    if not _EMAIL.fullmatch(address):
        raise BadInput("This is not an e-mail address.", "email")
    return address
