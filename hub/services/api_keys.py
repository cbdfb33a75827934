"""API keys: programs that work in a workspace. Shown once, kept as a hash, limited to scopes, with
an end if wished.

A key reads `santral_<workspace>_<id>_<secret>`, so that scanners for leaked secrets can know
it. A key is nobody's profile: it cannot have `self:write`, nor make other keys. Called by dispatch
and the API keys page.
"""

from __future__ import annotations

import hmac
import re

from hub.clock import Clock
from hub.errors import BadInput, NotFound
from hub.model.agent import ADMIN_PERMISSIONS, Scope
from hub.model.ids import new_id, new_key, token_hash, workspace_of
from hub.model.settings import ApiKey
from hub.ports.collections import API_KEYS
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc
from hub.services.recent import Recent

GRANTABLE = ADMIN_PERMISSIONS - {"self:write", "api_key:write"}
PREFIX = "santral"
MAX_KEYS = 100
#: `last_used_at` is that exact.
TOUCH_MS = 60 * 1000
_FORM = re.compile(rf"{PREFIX}_([a-z2-7]{{8}})_([a-z2-7]{{26}})_([a-z2-7]{{26}})")


class ApiKeys:
    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._recent: Recent[ApiKey] = Recent(clock)

    async def create(
        self, workspace: str, name: str, scopes: list[str], expires_at: int = 0
    ) -> tuple[str, ApiKey]:
        """The key itself, to be shown once, and what is kept of it."""
        unknown = set(scopes) - GRANTABLE
        if unknown or not scopes:
            raise BadInput(f"Choose scopes out of: {', '.join(sorted(GRANTABLE))}.", "scopes")
        if expires_at and expires_at <= self._clock.now_ms():
            raise BadInput("The end lies in the past.", "expires_at")
        if await self._store.count(API_KEYS, workspace, {}, cap=MAX_KEYS) >= MAX_KEYS:
            raise BadInput(f"A workspace has at most {MAX_KEYS} keys; delete some.")
        key_id, secret = new_id(workspace), new_key()
        key = ApiKey(
            id=key_id,
            name=name,
            hash=token_hash(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
            created_at=self._clock.now_ms(),
        )
        await self._store.insert(API_KEYS, to_doc(key))
        return f"{PREFIX}_{key_id.replace('.', '_')}_{secret}", key

    async def resolve(self, text: str) -> ApiKey | None:
        """The living key of a bearer token."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        key = await self._read(f"{found[1]}.{found[2]}")
        if key is None or not hmac.compare_digest(key.hash, token_hash(found[3])):
            return None
        now = self._clock.now_ms()
        if key.expires_at and now >= key.expires_at:
            return None
        if now - key.last_used_at >= TOUCH_MS:
            return await self._touch(key, now)
        return key

    async def list_all(self, workspace: str) -> list[ApiKey]:
        page = await self._store.find(API_KEYS, workspace, {}, limit=MAX_KEYS)
        keys = [from_doc(ApiKey, doc) for doc in page.docs]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    async def delete(self, workspace: str, key_id: str) -> ApiKey:
        doc = await self._store.get(API_KEYS, key_id) if workspace_of(key_id) == workspace else None
        if doc is None or not await self._store.delete(API_KEYS, key_id):
            raise NotFound("There is no such key.")
        self._recent.drop(key_id)
        return from_doc(ApiKey, doc)

    async def _read(self, key_id: str) -> ApiKey | None:
        key = self._recent.get(key_id)
        if key is None:
            doc = await self._store.get(API_KEYS, key_id)
            if doc is None:
                return None
            key = from_doc(ApiKey, doc)
            self._recent.put(key_id, key)
        return key

    async def _touch(self, key: ApiKey, now: int) -> ApiKey | None:
        doc = await self._store.patch(API_KEYS, key.id, Patch(max={"last_used_at": now}))
        if doc is None:
            self._recent.drop(key.id)
            return None
        touched = from_doc(ApiKey, doc)
        self._recent.put(key.id, touched)
        return touched


def scope_of_key(key: ApiKey) -> Scope:
    """A program sees all homes; what it may do there is what its scopes say."""
    return Scope(
        workspace=workspace_of(key.id),
        agent_id=key.id,
        name=key.name,
        role="agent",
        permissions=frozenset(key.scopes) & GRANTABLE,
        homes=None,
    )
