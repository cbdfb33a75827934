"""The steps of a merge, each safe to repeat: pointer → open claims → facts → conversations →
addresses → names. Messages are never touched.

Before a step changes anything it writes down what it finds (in the record, or as an image of the
conversation), so that an undo restores exactly that. A step that was interrupted recognises by the
documents themselves what it has done. Called by `merges`, which holds both contacts meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hub.errors import Conflict
from hub.model.contact import Contact
from hub.model.conversation import Conversation
from hub.model.ids import local, workspace_of
from hub.model.merge import ImageKind, Merge, OpenClaim
from hub.ports.collections import CONTACTS, IDENTITIES
from hub.ports.store import DocumentStore, Patch
from hub.services.contacts import MAX_ADDRESSES, Contacts
from hub.services.docs import from_doc
from hub.services.merge_facts import POINTER, merged_facts
from hub.services.merge_lines import out_of_line, place_kept
from hub.services.merge_store import MergeStore
from hub.services.names import NameBook
from hub.services.timeline import Plan, Timeline
from hub.services.timers import Timers

SNOOZE_TIMER = "snooze"
_ATTEMPTS = 20
#: Facts wanted of a conversation as it is; none when there is nothing left to do.
Decide = Callable[[Conversation], dict[str, Any]]


class _Moved(Exception):
    """The conversation changed between the image and the command: look again."""


class MergeSteps:
    def __init__(
        self,
        store: DocumentStore,
        rows: MergeStore,
        contacts: Contacts,
        timeline: Timeline,
        names: NameBook,
        timers: Timers,
    ) -> None:
        self._store = store
        self._rows = rows
        self._contacts = contacts
        self._timeline = timeline
        self._names = names
        self._timers = timers

    async def run(self, merge: Merge) -> Merge:
        merge = await self._point(merge)
        merge = await self._open(merge)
        merge = await self._take_facts(merge)
        await self._move(merge)
        merge = await self._take_addresses(merge)
        await self._rename(merge)
        return merge

    async def contact(self, contact_id: str) -> Contact:
        """As it stands there, a pointer too."""
        doc = await self._store.get(CONTACTS, contact_id)
        if doc is None:
            raise Conflict("the contact is gone", "contact")
        return from_doc(Contact, doc)

    async def _point(self, merge: Merge) -> Merge:
        """The loser becomes a pointer; from here on whoever looks for them finds the winner."""
        for _ in range(_ATTEMPTS):
            doc = await self._store.get(CONTACTS, merge.loser_id)
            if doc is None:
                raise Conflict("the contact is gone", "contact")
            if doc.get("merged_into"):
                return merge
            owned = await self._contacts.identities(merge.loser_id)
            merge = await self._rows.note(
                merge,
                loser_before={k: v for k, v in doc.items() if k not in ("_id", "v")},
                loser_name=doc["name"],
                identities=[identity.id for identity in owned],
            )
            merges = [*doc.get("merges", []), merge.id]
            pointer = {**POINTER, "merged_into": merge.winner_id, "merges": merges}
            won = await self._store.patch(
                CONTACTS, merge.loser_id, Patch(set=pointer), expect={"v": doc["v"]}
            )
            if won is not None:
                return merge
        raise Conflict("the contact changes too often; try again", "contact")

    async def _open(self, merge: Merge) -> Merge:
        """One open conversation a join group: the less recent one closes as merged."""
        for group, theirs in loser_of(merge).open.items():
            for _ in range(_ATTEMPTS):
                if not await self._is_to_settle(merge, theirs):
                    break
                merge, claim = await self._decide_open(merge, group, theirs)
                if not await self._hold_open(merge.winner_id, group, claim):
                    continue
                if claim.closed:
                    await self._close(merge, claim.closed, claim.after)
                break
        return merge

    async def _is_to_settle(self, merge: Merge, theirs: str) -> bool:
        """Not what was closed meanwhile, is not begun yet, or has moved already: this comes first.
        A winner who is a pointer by now has nothing open.
        """
        conversation = await self._timeline.get(theirs)
        if conversation is None or not is_open(conversation):
            return False
        winner = await self.contact(merge.winner_id)
        return conversation.contact_id == merge.loser_id and not winner.merged_into

    async def _decide_open(self, merge: Merge, group: str, theirs: str) -> tuple[Merge, OpenClaim]:
        """Decided once and written down, so that a repetition closes the same one."""
        known = merge.opens.get(group)
        ours = (await self.contact(merge.winner_id)).open.get(group, "")
        if known is not None and ours in (known.before, known.after):
            return merge, known
        claim = OpenClaim(ours, theirs)
        winner = await self._timeline.get(ours) if ours and ours != theirs else None
        loser = await self._timeline.get(theirs)
        if winner is not None and loser is not None and is_open(winner):
            newer, older = by_recency(winner, loser)
            claim = OpenClaim(ours, newer.id, older.id)
        opens = {**merge.opens, group: claim}
        return await self._rows.note(merge, opens=msgspec.to_builtins(opens)), claim

    async def _hold_open(self, contact_id: str, group: str, claim: OpenClaim) -> bool:
        """False when the winner's open conversation is another one meanwhile."""
        if claim.before == claim.after:
            return True
        contact = await self.contact(contact_id)
        if contact.open.get(group) == claim.after:
            return True
        return await self.swap_open(contact_id, group, claim.before, claim.after)

    async def swap_open(self, contact_id: str, group: str, old: str, new: str) -> bool:
        """`new` is the contact's open one instead of `old`; "" is none. False when `old` is not."""
        path = f"open.{group}"
        patch = Patch(set={path: new}) if new else Patch(unset=[path])
        expect = {path: old or None}
        return await self._store.patch(CONTACTS, contact_id, patch, expect=expect) is not None

    async def _close(self, merge: Merge, conversation_id: str, into: str) -> None:
        """Its place in line first: once it is closed nobody knows that it waited."""
        closing = await self._timeline.get(conversation_id)
        if closing is not None:
            await self.change(merge, into, "place", lambda now: place_kept(now, closing))
        await self.change(
            merge, conversation_id, "close", lambda now: closed_into(now, into, merge.at)
        )

    async def _take_facts(self, merge: Merge) -> Merge:
        for _ in range(_ATTEMPTS):
            winner = await self.contact(merge.winner_id)
            if merge.id in winner.merges:
                return merge
            facts = merged_facts(winner, loser_of(merge), merge.fields)
            before = {name: getattr(winner, name) for name in facts}
            merge = await self._rows.note(
                merge, winner_before=before, winner_after=facts, winner_name=winner.name
            )
            changes = {**facts, "merges": [*winner.merges, merge.id]}
            won = await self._store.patch(
                CONTACTS, winner.id, Patch(set=changes), expect={"v": winner.v}
            )
            if won is not None:
                return merge
        raise Conflict("the contact changes too often; try again", "contact")

    async def _move(self, merge: Merge) -> None:
        name = (await self.contact(merge.winner_id)).name

        def decide(now: Conversation) -> dict[str, Any]:
            if now.contact_id != merge.loser_id:
                return {}
            return {"contact_id": merge.winner_id, "contact_name": name}

        async for conversation in self._rows.conversations(merge.loser_id):
            await self.change(merge, conversation.id, "move", decide)

    async def _take_addresses(self, merge: Merge) -> Merge:
        owned = [identity.id for identity in await self._contacts.identities(merge.loser_id)]
        new = [id for id in owned if id not in merge.identities]
        if new:
            merge = await self._rows.note(merge, identities=[*merge.identities, *new])
        for identity_id in owned:
            await self._store.patch(
                IDENTITIES,
                identity_id,
                Patch(set={"contact_id": merge.winner_id}),
                expect={"contact_id": merge.loser_id},
            )
        return merge

    async def _rename(self, merge: Merge) -> None:
        """Lists show the name of the person: open conversations follow where it changed."""
        winner = await self.contact(merge.winner_id)
        if "name" not in merge.winner_after:
            return
        facts = {"contact_name": winner.name}
        for conversation_id in winner.open.values():
            await self.change(
                merge,
                conversation_id,
                "name",
                lambda now: {} if now.contact_name == winner.name else facts,
            )

    async def change(
        self, merge: Merge, conversation_id: str, kind: ImageKind, decide: Decide
    ) -> None:
        """Image first, then the command in the conversation's lane, about the same version."""

        async def keep(current: Conversation, facts: dict[str, Any]) -> None:
            await self._rows.keep(merge, current, kind, facts)

        await self.command(f"merge:{merge.id}:{kind}", conversation_id, decide, keep)

    async def command(
        self, cause: str, conversation_id: str, decide: Decide, keep: Any = None
    ) -> None:
        """Facts of one conversation by its one writer; nothing where there is nothing to do."""
        names = await self._names.of(workspace_of(conversation_id))
        for _ in range(_ATTEMPTS):
            current = await self._timeline.get(conversation_id)
            facts = decide(current) if current is not None else {}
            if current is None or not facts:
                return
            if keep is not None:
                await keep(current, facts)
            until = facts.get("snoozed_until", 0)
            after = self._timers.set_ops(SNOOZE_TIMER, current.id, until) if until else []
            version = current.v

            def plan(
                now: Conversation, version: int = version, facts: Any = facts, after: Any = after
            ) -> Plan:
                if now.v != version:
                    raise _Moved
                return Plan(facts=facts, after=after)

            ref = names.command_ref(f"{cause}:{local(current.id)}:{version}")
            try:
                await self._timeline.run(current.id, ref, plan)
            except _Moved:
                continue
            if until:
                self._timers.notice(SNOOZE_TIMER, current.id, until)
            return
        raise Conflict("the conversation changes too often; try again", "conversation")


def loser_of(merge: Merge) -> Contact:
    """As the loser was before the merge."""
    return from_doc(Contact, {**(merge.loser_before or {}), "_id": merge.loser_id})


def is_open(conversation: Conversation | None) -> bool:
    return conversation is not None and conversation.state in ("open", "snoozed")


def closed_into(now: Conversation, into: str, at: int) -> dict[str, Any]:
    """Facts of a conversation that goes on in another one; none where it is closed already."""
    if not is_open(now):
        return {}
    return {
        **out_of_line(now),
        "state": "merged",
        "merged_into": into,
        "closed_at": at,
        "snoozed_until": 0,
        "waiting_since": 0,
    }


def by_recency(one: Conversation, other: Conversation) -> tuple[Conversation, Conversation]:
    """The more recent one first."""
    first, second = sorted((one, other), key=lambda c: (c.last_at, c.id), reverse=True)
    return first, second


def too_many(first: int, second: int) -> bool:
    """Whether two people have more addresses than one may have."""
    return first + second > MAX_ADDRESSES
