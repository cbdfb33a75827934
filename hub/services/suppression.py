"""The suppression list: addresses that must not be written to, by channel, with the proof of every
step.

Every sender asks `is_refused` before it writes. Words, networks and refusals come in by
`hub.services.consent`, agents by the API. Every step is safe to repeat: its cause stands in the
history.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hub.clock import Clock
from hub.errors import Conflict, NotFound, Unavailable
from hub.model.contact import Address
from hub.model.ids import workspace_of
from hub.model.suppression import Proof, Suppression, SuppressionScope
from hub.ports.collections import SUPPRESSIONS
from hub.ports.store import DocumentStore, PageOf
from hub.services.docs import from_doc, to_doc
from hub.services.names import NameBook

#: A machine answers an address about its wish at most once in so long (R-48).
ANSWER_EVERY_MS = 3600 * 1000
_HISTORY_MAX = 50
_ATTEMPTS = 5

_Change = Callable[[Suppression], Suppression]


class Suppressions:
    """The only writer of the list."""

    def __init__(self, store: DocumentStore, names: NameBook, clock: Clock) -> None:
        self._store = store
        self._names = names
        self._clock = clock

    async def is_refused(
        self, workspace: str, channel: str, address: Address, *, is_marketing: bool = False
    ) -> bool:
        """Must nothing be sent there? With `is_marketing`, a refusal of campaigns counts too."""
        return bool(await self.refused(workspace, channel, [address], is_marketing=is_marketing))

    async def refused(
        self,
        workspace: str,
        channel: str,
        addresses: list[Address],
        *,
        is_marketing: bool = False,
    ) -> set[Address]:
        """Those of `addresses` that must not be written to through this channel."""
        scopes: tuple[SuppressionScope, ...] = ("all", "marketing") if is_marketing else ("all",)
        names = await self._names.of(workspace)
        ids = [
            names.suppression(where, address, scope)
            for address in addresses
            for where in (channel, "")
            for scope in scopes
        ]
        docs = await self._store.get_many(SUPPRESSIONS, ids)
        found = [from_doc(Suppression, doc) for doc in docs]
        return {one.address for one in found if one.state == "active"}

    async def opt_out(
        self,
        workspace: str,
        channel: str,
        address: Address,
        proof: Proof,
        scope: SuppressionScope = "all",
    ) -> Suppression:
        """Put an address on the list; `is_first` tells of the answer whether `proof` did it."""

        def change(known: Suppression) -> Suppression:
            if known.state == "active" and known.history:
                return known
            return _with(known, proof, state="active")

        return await self._change(workspace, channel, address, scope, change)

    async def opt_in(
        self,
        workspace: str,
        channel: str,
        address: Address,
        proof: Proof,
        scope: SuppressionScope = "all",
    ) -> list[Suppression]:
        """Take an address off the list, also where it stands for every channel; those changed by
        this `proof`.
        """
        released = []
        names = await self._names.of(workspace)
        for where in (channel, ""):
            doc = await self._store.get(SUPPRESSIONS, names.suppression(where, address, scope))
            if doc is not None:
                changed = await self._release(from_doc(Suppression, doc), proof)
                if is_first(changed, proof):
                    released.append(changed)
        return released

    async def _release(self, known: Suppression, proof: Proof) -> Suppression:
        def change(now: Suppression) -> Suppression:
            return _with(now, proof, state="released") if now.state == "active" else now

        workspace = workspace_of(known.id)
        return await self._change(workspace, known.channel, known.address, known.scope, change)

    async def may_answer(self, workspace: str, channel: str, address: Address, cause: str) -> bool:
        """May a machine answer this address now? At most once an hour, whatever the question."""
        now = self._clock.now_ms()

        def change(known: Suppression) -> Suppression:
            if known.answered_for == cause or now - known.answered_at < ANSWER_EVERY_MS:
                return known
            return msgspec.structs.replace(known, answered_at=now, answered_for=cause)

        known = await self._change(workspace, channel, address, "all", change)
        return known.answered_for == cause

    async def page(
        self, workspace: str, after: str | None, limit: int, text: str = ""
    ) -> PageOf[Suppression]:
        """Those in force, the latest first; with `text` those whose address holds all its words,
        the last one as a beginning.
        """
        if text:
            found = await self._store.search(
                SUPPRESSIONS, workspace, text, {"state": "active"}, after=after, limit=limit
            )
            return PageOf([from_doc(Suppression, doc) for doc in found.docs], found.next)
        page = await self._store.find(
            SUPPRESSIONS,
            workspace,
            {"state": "active"},
            index="active",
            desc=True,
            after=after,
            limit=limit,
        )
        return PageOf([from_doc(Suppression, doc) for doc in page.docs], page.next)

    async def require(self, workspace: str, id: str) -> Suppression:
        doc = await self._store.get(SUPPRESSIONS, id) if workspace_of(id) == workspace else None
        if doc is None or doc["state"] != "active":
            raise NotFound("there is no such entry")
        return from_doc(Suppression, doc)

    async def remove(self, workspace: str, id: str, proof: Proof) -> Suppression:
        """One of us takes an address off the list. Raises `NotFound`."""
        return await self._release(await self.require(workspace, id), proof)

    async def _change(
        self,
        workspace: str,
        channel: str,
        address: Address,
        scope: SuppressionScope,
        change: _Change,
    ) -> Suppression:
        """Read, change and write until nobody came between."""
        id = (await self._names.of(workspace)).suppression(channel, address, scope)
        for _ in range(_ATTEMPTS):
            doc = await self._store.get(SUPPRESSIONS, id)
            if doc is None:
                fresh = Suppression(
                    id=id, channel=channel, address=address, scope=scope, state="released", at=0
                )
                changed = change(fresh)
                try:
                    await self._store.insert(SUPPRESSIONS, to_doc(changed))
                except Conflict:
                    continue
                return changed
            known = from_doc(Suppression, doc)
            changed = change(known)
            if changed == known:
                return known
            if await self._store.replace(SUPPRESSIONS, to_doc(changed), known.v):
                return changed
        raise Unavailable("the suppression list is being changed elsewhere; try again")


def is_first(known: Suppression, proof: Proof) -> bool:
    """Was it this very proof that brought the entry to where it stands?"""
    return bool(known.history) and known.history[-1].cause == proof.cause


def _with(known: Suppression, proof: Proof, state: str) -> Suppression:
    history = [*known.history, proof][-_HISTORY_MAX:]
    return msgspec.structs.replace(known, state=state, at=proof.at, history=history)
