"""The steps of an undo, each safe to repeat: the loser stands again → the winner's facts → the
conversations, what came later too → open claims → addresses.

The rule for what came later: a fact that somebody changed since stays as they set it; messages stay
where they were said; an address first seen since stays with the winner, where it was added; a
conversation begun since goes to whom the address belongs that began it. Where that leaves a person
with two open conversations of one join group, the less recent one closes into the other. Called by
`merges`, which holds both contacts meanwhile.
"""

from __future__ import annotations

from typing import Any

from hub.errors import Conflict
from hub.model.contact import Contact
from hub.model.conversation import Conversation
from hub.model.merge import Image, Merge
from hub.ports.collections import CONTACTS, IDENTITIES
from hub.ports.store import DocumentStore, Patch
from hub.services.contacts import Contacts
from hub.services.merge_facts import restored_facts
from hub.services.merge_lines import place_given_back, place_kept, read, waiting_again
from hub.services.merge_steps import MergeSteps, by_recency, closed_into, is_open, loser_of
from hub.services.merge_store import MergeStore
from hub.services.timeline import Timeline

_ATTEMPTS = 20


class UnmergeSteps:
    def __init__(
        self,
        store: DocumentStore,
        rows: MergeStore,
        contacts: Contacts,
        timeline: Timeline,
        steps: MergeSteps,
    ) -> None:
        self._store = store
        self._rows = rows
        self._contacts = contacts
        self._timeline = timeline
        self._steps = steps

    async def run(self, merge: Merge) -> None:
        await self._raise(merge)
        await self._give_back_facts(merge)
        async for image in self._rows.images(merge):
            await self._restore(merge, image)
        await self._sort_later_ones(merge)
        await self._reopen(merge)
        await self._give_back_addresses(merge)
        await self._sort_later_ones(merge)  # begun while the addresses were still the winner's
        await self._release_all(merge)
        for contact_id in (merge.winner_id, merge.loser_id):
            await self._show_addresses(contact_id)

    async def _raise(self, merge: Merge) -> None:
        """The pointer is a contact again, as it was."""
        was = {"merged_into": None, "merges": [], **(merge.loser_before or {})}
        await self._store.patch(
            CONTACTS, merge.loser_id, Patch(set=was), expect={"merged_into": merge.winner_id}
        )

    async def _give_back_facts(self, merge: Merge) -> None:
        for _ in range(_ATTEMPTS):
            winner = await self._steps.contact(merge.winner_id)
            if merge.id not in winner.merges:
                return
            facts = restored_facts(winner, merge.winner_before, merge.winner_after)
            facts["merges"] = [id for id in winner.merges if id != merge.id]
            won = await self._store.patch(
                CONTACTS, winner.id, Patch(set=facts), expect={"v": winner.v}
            )
            if won is not None:
                return
        raise Conflict("the contact changes too often; try again", "contact")

    async def _restore(self, merge: Merge, image: Image) -> None:
        before, after = read(image.before), read(image.after)

        def decide(now: Conversation) -> dict[str, Any]:
            if image.kind == "place":
                return place_given_back(now, before, after)
            if image.kind == "move":
                if now.contact_id != merge.winner_id:
                    return {}
                is_same = now.contact_name == after["contact_name"]
                return before if is_same else {**before, "contact_name": loser_of(merge).name}
            if image.kind == "close":
                is_ours = now.state == "merged" and now.merged_into == after["merged_into"]
                return _as_it_was(before) if is_ours else {}
            return before if now.contact_name == after["contact_name"] else {}

        cause = f"unmerge:{merge.id}:{image.kind}"
        await self._steps.command(cause, image.conversation_id, decide)

    async def _reopen(self, merge: Merge) -> None:
        """Who has which open conversation now."""
        for group, claim in merge.opens.items():
            if claim.closed and claim.closed == claim.before:
                await self._release(merge, group)
                await self._settle(merge, merge.winner_id, group, claim.before)
        for group, theirs in loser_of(merge).open.items():
            await self._settle(merge, merge.loser_id, group, theirs)
        await self._release_all(merge)

    async def _release_all(self, merge: Merge) -> None:
        for group in list((await self._steps.contact(merge.winner_id)).open):
            await self._release(merge, group)

    async def _release(self, merge: Merge, group: str) -> None:
        """The winner's claim on what is the loser's again goes to the loser."""
        claimed = (await self._steps.contact(merge.winner_id)).open.get(group, "")
        conversation = await self._timeline.get(claimed) if claimed else None
        if conversation is None or conversation.contact_id != merge.loser_id:
            return
        await self._settle(merge, merge.loser_id, group, claimed)
        await self._steps.swap_open(merge.winner_id, group, claimed, "")

    async def _settle(self, merge: Merge, owner: str, group: str, conversation_id: str) -> None:
        """`conversation_id` is the owner's open one, if it is open and theirs at all."""
        for _ in range(_ATTEMPTS):
            conversation = await self._timeline.get(conversation_id)
            if conversation is None or not _is_open_of(conversation, owner):
                return
            claimed = (await self._steps.contact(owner)).open.get(group, "")
            if claimed == conversation_id:
                return
            other = await self._timeline.get(claimed) if claimed else None
            if other is None or not _is_open_of(other, owner):
                if await self._steps.swap_open(owner, group, claimed, conversation_id):
                    return
                continue
            newer, older = by_recency(conversation, other)
            if newer.id != claimed:
                await self._steps.swap_open(owner, group, claimed, newer.id)
            await self._close(merge, older.id, newer.id)
            return

    async def _close(self, merge: Merge, conversation_id: str, into: str) -> None:
        closing = await self._timeline.get(conversation_id)
        if closing is not None:
            await self._steps.command(
                f"unmerge:{merge.id}:place", into, lambda now: place_kept(now, closing)
            )
        await self._steps.command(
            f"unmerge:{merge.id}:two",
            conversation_id,
            lambda now: closed_into(now, into, merge.undone_at),
        )

    async def _give_back_addresses(self, merge: Merge) -> None:
        for identity_id in merge.identities:
            await self._store.patch(
                IDENTITIES,
                identity_id,
                Patch(set={"contact_id": merge.loser_id}),
                expect={"contact_id": merge.winner_id},
            )

    async def _sort_later_ones(self, merge: Merge) -> None:
        loser = await self._steps.contact(merge.loser_id)
        theirs = set(merge.identities)
        begun = [
            conversation
            async for conversation in self._rows.conversations(merge.winner_id, merge.at)
            if conversation.identities and conversation.identities[0] in theirs
        ]

        def decide(now: Conversation) -> dict[str, Any]:
            if now.contact_id != merge.winner_id:
                return {}
            return {"contact_id": loser.id, "contact_name": loser.name}

        for conversation in begun:
            await self._steps.command(f"unmerge:{merge.id}:later", conversation.id, decide)

    async def _show_addresses(self, contact_id: str) -> None:
        """As the identities are; untouched, order and all, where that is what it says already."""
        contact: Contact = await self._steps.contact(contact_id)
        shown = [
            identity.address.value
            for identity in await self._contacts.identities(contact_id)
            if identity.address.kind in ("email", "phone")
        ]
        if set(shown) != set(contact.addresses):
            await self._store.patch(CONTACTS, contact_id, Patch(set={"addresses": shown}))


def _as_it_was(before: dict[str, Any]) -> dict[str, Any]:
    """Of what closed while it waited in line: nobody has been looking at its offer since."""
    if "routing" not in before:
        return before
    return {**before, "routing": waiting_again(before["routing"])}


def _is_open_of(conversation: Conversation, contact_id: str) -> bool:
    return is_open(conversation) and conversation.contact_id == contact_id
