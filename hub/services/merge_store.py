"""The rows of merges: records, images of conversations, and the claims that keep two merges of one
person from crossing. Called by `merges` and its steps only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from hub.errors import Conflict, NotFound
from hub.model.conversation import Conversation
from hub.model.ids import local, workspace_of
from hub.model.merge import Image, ImageKind, Merge
from hub.ports.collections import CLAIMS, CONVERSATIONS, MERGE_IMAGES, MERGES
from hub.ports.store import DocumentStore, Insert, Patch, PatchOp
from hub.services.docs import from_doc, from_docs, to_doc
from hub.services.merge_lines import stored

_PAGE = 100


class MergeStore:
    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    async def insert(self, merge: Merge) -> None:
        await self._store.insert(MERGES, to_doc(merge))

    async def get(self, merge_id: str) -> Merge | None:
        doc = await self._store.get(MERGES, merge_id)
        return None if doc is None else from_doc(Merge, doc)

    async def require(self, merge_id: str) -> Merge:
        merge = await self.get(merge_id)
        if merge is None:
            raise NotFound("there is no such merge")
        return merge

    async def drop(self, merge: Merge) -> None:
        await self._store.delete(MERGES, merge.id)

    async def note(self, merge: Merge, **facts: Any) -> Merge:
        """Write down what is about to be done."""
        doc = await self._store.patch(MERGES, merge.id, Patch(set=facts))
        if doc is None:
            raise NotFound("there is no such merge")
        return from_doc(Merge, doc)

    async def move_on(self, merge: Merge, was: str, **facts: Any) -> Merge:
        """From one state to another; `Conflict` when somebody else was first."""
        doc = await self._store.patch(MERGES, merge.id, Patch(set=facts), expect={"state": was})
        if doc is None:
            raise Conflict("this merge is being changed already; look again", "merge")
        return from_doc(Merge, doc)

    async def take_over(self, merge: Merge, hub: str) -> Merge | None:
        """From a hub that is dead; None when somebody else was first, or it is over."""
        expect = {"state": merge.state, "v": merge.v}
        doc = await self._store.patch(MERGES, merge.id, Patch(set={"hub": hub}), expect=expect)
        return None if doc is None else from_doc(Merge, doc)

    async def won_by(self, contact_id: str, limit: int) -> list[Merge]:
        """The merges into a contact, the latest first."""
        page = await self._store.find(
            MERGES,
            workspace_of(contact_id),
            {"winner_id": contact_id},
            index="by_winner",
            desc=True,
            limit=limit,
        )
        return from_docs(Merge, page.docs)

    async def unfinished(self, workspace: str) -> list[Merge]:
        where = {"state": {"$in": ["merging", "undoing"]}}
        page = await self._store.find(MERGES, workspace, where, index="unfinished", limit=1000)
        return from_docs(Merge, page.docs)

    async def since(self, workspace: str, at: int) -> list[Merge]:
        page = await self._store.find(
            MERGES, workspace, {"at": {"$gte": at}}, index="by_time", limit=1000
        )
        return from_docs(Merge, page.docs)

    async def keep(
        self, merge: Merge, current: Conversation, kind: ImageKind, facts: dict[str, Any]
    ) -> None:
        """The image of a change that has not been made yet."""
        id = f"{merge.id}.{local(current.id)}.{kind}"
        before = stored({name: getattr(current, name) for name in facts})
        after = stored(facts)
        image = Image(id=id, conversation_id=current.id, kind=kind, before=before, after=after)
        latest = Patch(set={"before": before, "after": after})
        await self._store.apply(
            [
                Insert(MERGE_IMAGES, to_doc(image), or_ignore=True),
                PatchOp(MERGE_IMAGES, id, latest),
            ]
        )

    async def images(self, merge: Merge) -> AsyncIterator[Image]:
        bounds = {"_id": {"$gte": f"{merge.id}.", "$lt": f"{merge.id}/"}}
        after = None
        while True:
            page = await self._store.find(
                MERGE_IMAGES, workspace_of(merge.id), bounds, after=after, limit=_PAGE
            )
            for image in from_docs(Image, page.docs):
                yield image
            after = page.next
            if after is None:
                return

    async def conversations(self, contact_id: str, since: int = 0) -> AsyncIterator[Conversation]:
        """Of a contact, those begun at or after `since`; read a page at a time, as they move."""
        where = {"contact_id": contact_id, "created_at": {"$gte": since}}
        after = None
        while True:
            page = await self._store.find(
                CONVERSATIONS,
                workspace_of(contact_id),
                where,
                index="by_contact",
                after=after,
                limit=_PAGE,
            )
            for conversation in from_docs(Conversation, page.docs):
                yield conversation
            after = page.next
            if after is None:
                return

    async def lock(self, merge: Merge) -> None:
        """Both contacts for this merge alone. `Conflict` when another merge has one of them."""
        for contact_id in sorted((merge.winner_id, merge.loser_id)):
            if not await self._claim(_claim_id(contact_id), merge.id):
                await self.unlock(merge)
                raise Conflict(
                    "one of them is being merged with somebody else right now; look again",
                    "contact",
                )

    async def _claim(self, claim_id: str, owner: str) -> bool:
        for _ in range(3):
            try:
                await self._store.insert(CLAIMS, {"_id": claim_id, "v": 1, "owner": owner})
            except Conflict:
                row = await self._store.get(CLAIMS, claim_id)
                if row is None:
                    continue
                if row["owner"] == owner:
                    return True
                holder = await self.get(str(row["owner"]))
                if holder is not None and holder.state in ("merging", "undoing"):
                    return False
                await self._store.delete(CLAIMS, claim_id, version=row["v"])
            else:
                return True
        return False

    async def unlock(self, merge: Merge) -> None:
        for contact_id in (merge.winner_id, merge.loser_id):
            row = await self._store.get(CLAIMS, _claim_id(contact_id))
            if row is not None and row["owner"] == merge.id:
                await self._store.delete(CLAIMS, row["_id"], version=row["v"])


def _claim_id(contact_id: str) -> str:
    return f"{workspace_of(contact_id)}.merge-{local(contact_id)}"
