"""Workspaces: who shares one inbox. Keeps their settings and the sealed HMAC key that derived ids
are made with.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.clock import Clock
from hub.errors import BadInput, NotFound
from hub.i18n import LANGUAGES
from hub.model.agent import Workspace
from hub.model.events import SettingsChanged
from hub.model.ids import SYS, new_workspace_id
from hub.ports.bus import Bus
from hub.ports.collections import META, WORKSPACES
from hub.ports.store import DocumentStore, Insert, Patch
from hub.services.docs import from_doc, to_doc
from hub.services.recent import Recent
from hub.services.vault import Vault

_SYS_KEY_ID = f"{SYS}.key"


class Workspaces:
    """`create | get | require | change | all | key_of`."""

    def __init__(self, store: DocumentStore, vault: Vault, clock: Clock, bus: Bus) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._bus = bus
        self._keys: dict[str, bytes] = {}
        self._recent: Recent[Workspace] = Recent(clock)

    async def create(self, name: str, language: str = "en", time_zone: str = "UTC") -> Workspace:
        _check_language(language)
        check_zone(time_zone)
        doc_id = f"{SYS}.{new_workspace_id()}"
        workspace = Workspace(
            id=doc_id,
            name=name,
            language=language,
            time_zone=time_zone,
            key=self._vault.seal(_new_key(), doc_id),
            created_at=self._clock.now_ms(),
        )
        await self._store.insert(WORKSPACES, to_doc(workspace))
        return workspace

    async def get(self, workspace: str) -> Workspace | None:
        """By its 8 characters, as they stand before the dot of an id."""
        known = self._recent.get(workspace)
        if known is not None:
            return known
        doc = await self._store.get(WORKSPACES, f"{SYS}.{workspace}")
        if doc is None:
            return None
        found = from_doc(Workspace, doc)
        self._recent.put(workspace, found)
        return found

    async def require(self, workspace: str) -> Workspace:
        found = await self.get(workspace)
        if found is None:
            raise NotFound("There is no such workspace.")
        return found

    async def all(self) -> list[Workspace]:
        """Oldest first."""
        found: list[Workspace] = []
        after: str | None = None
        while True:
            page = await self._store.find(WORKSPACES, SYS, {}, after=after, limit=500)
            found += [from_doc(Workspace, doc) for doc in page.docs]
            after = page.next
            if after is None:
                return sorted(found, key=lambda one: (one.created_at, one.id))

    async def change(
        self,
        workspace: str,
        *,
        name: str | None = None,
        language: str | None = None,
        time_zone: str | None = None,
        capacity: Mapping[str, int] | None = None,
    ) -> Workspace:
        """What is given. `capacity`: how many of a kind of work fill an agent; {} the default."""
        if language is not None:
            _check_language(language)
        if time_zone is not None:
            check_zone(time_zone)
        given = {
            "name": name,
            "language": language,
            "time_zone": time_zone,
            "capacity": None if capacity is None else dict(capacity),
        }
        patch = Patch(set={key: value for key, value in given.items() if value is not None})
        doc = await self._store.patch(WORKSPACES, f"{SYS}.{workspace}", patch)
        if doc is None:
            raise NotFound("There is no such workspace.")
        self._recent.drop(workspace)
        self._bus.publish(workspace, SettingsChanged(what="workspace"))
        return from_doc(Workspace, doc)

    async def key_of(self, workspace: str) -> bytes:
        """The HMAC key of a workspace, or of the installation (`sys`). It never changes."""
        if workspace not in self._keys:
            sealed, place = await self._sealed_key(workspace)
            self._keys[workspace] = base64.b64decode(self._vault.open(sealed, place))
        return self._keys[workspace]

    async def reseal(self) -> int:
        """Move all keys kept here to the vault's key of today; how many were moved."""
        places = [(META, _SYS_KEY_ID), *((WORKSPACES, one.id) for one in await self.all())]
        moved = 0
        for coll, doc_id in places:
            doc = await self._store.get(coll, doc_id)
            if doc is not None and not self._vault.is_current(doc["key"]):
                patch = Patch(set={"key": self._vault.reseal(doc["key"], doc_id)})
                moved += await self._store.patch(coll, doc_id, patch) is not None
        return moved

    async def _sealed_key(self, workspace: str) -> tuple[str, str]:
        if workspace != SYS:
            found = await self.require(workspace)
            return found.key, found.id
        new = {"_id": _SYS_KEY_ID, "v": 1, "key": self._vault.seal(_new_key(), _SYS_KEY_ID)}
        await self._store.apply([Insert(META, new, or_ignore=True)])
        doc = await self._store.get(META, _SYS_KEY_ID)
        assert doc is not None
        return str(doc["key"]), _SYS_KEY_ID


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise BadInput("Choose one of the languages offered.", "language")


def check_zone(time_zone: str) -> None:
    """Raise `BadInput` unless it is a zone of the IANA database."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            "This is not a time zone; one looks like Europe/Warsaw.", "time_zone"
        ) from None
