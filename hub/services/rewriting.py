"""Changes of messages in place, by whoever wrote them: a new text, taken back, an emoji. Each is
read, changed and written until nobody came between; doing it twice changes nothing more.

Called by `hub.services.changes` (customers) and `hub.services.amending` (agents).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hub.errors import Unavailable
from hub.model.conversation import Conversation
from hub.model.ids import message_range, workspace_of
from hub.model.message import Edit, Message, Quoted, Reaction
from hub.ports.collections import FILES, JOURNAL, MESSAGES, OUTBOX
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import clean_text, one_line
from hub.services.names import NameBook
from hub.services.outbox_rows import outbox_id
from hub.services.text_limits import PREVIEW_CHARS, TEXT_MAX
from hub.services.timeline import Plan, Timeline

_ATTEMPTS = 8
_EDITS_MAX = 50
_REACTIONS_MAX = 100
_QUOTES_LOOKED_AT = 500

#: New fields of a message, None when nothing is to be changed.
Change = Callable[[Message], dict[str, Any] | None]


class Rewriting:
    """Made once."""

    def __init__(self, store: DocumentStore, timeline: Timeline, names: NameBook) -> None:
        self._store = store
        self._timeline = timeline
        self._names = names

    async def change(self, id: str, change: Change) -> Message:
        """Change one message by what it is now; live clients are told. Raises `NotFound`."""
        for _ in range(_ATTEMPTS):
            known = await self._timeline.require_message(id)
            changes = change(known)
            if changes is None:
                return known
            patch = Patch(set=msgspec.to_builtins(changes))
            done = await self._timeline.change_message(id, patch, expect={"v": known.v})
            if done is not None:
                return done
        raise Unavailable("the message is being changed elsewhere; try again")

    async def replace_text(self, id: str, text: str, at: int) -> Message:
        """The earlier text is kept in `edits`; an older edit than the last changes nothing."""
        text = clean_text(text, TEXT_MAX)
        before: list[Message] = []

        def change(known: Message) -> dict[str, Any] | None:
            before[:] = [known]
            if known.deleted_at or at < known.edited_at or known.text == text:
                return None
            edits = [*known.edits, Edit(at, known.text)][-_EDITS_MAX:]
            return {"text": text, "edits": edits, "edited_at": at}

        changed = await self.change(id, change)
        await self._renew_preview(before[0], one_line(text, PREVIEW_CHARS))
        return changed

    async def remove(self, id: str, at: int) -> Message:
        """Everything that it said is gone: text, files, earlier versions, previews, the raw event
        (S-65).
        """
        before: list[Message] = []

        def change(known: Message) -> dict[str, Any] | None:
            before[:] = [known]
            if known.deleted_at:
                return None
            return {
                "text": "", "subject": "", "attachments": [], "edits": [], "edited_at": 0,
                "quick_replies": [], "location": None, "shared": [], "quoted": None,
                "payload": "", "template": None, "reactions": [], "mail": None, "unsupported": "",
                "deleted_at": max(1, at),
            }  # fmt: skip

        changed = await self.change(id, change)
        known = before[0]
        for attachment in known.attachments:
            if attachment.file_id:
                await self._store.delete(FILES, attachment.file_id)
        await self._store.patch(OUTBOX, outbox_id(id), Patch(set={"message": {}}))
        await self._renew_preview(known, "")
        await self._forget_quotes(known)
        return changed

    async def forget_event(self, row_id: str) -> None:
        """The journal keeps a row against repeats, not what it said."""
        await self._store.patch(
            JOURNAL, row_id, Patch(set={"event": '{"type":"ignored","reason":"deleted"}'})
        )

    async def react(self, id: str, reaction: Reaction) -> Message:
        """One emoji for each author, the latest; an empty one takes it away."""

        def change(known: Message) -> dict[str, Any] | None:
            mine = next((one for one in known.reactions if one.by == reaction.by), None)
            if known.deleted_at or (mine is not None and mine.at > reaction.at):
                return None
            if (mine.emoji if mine else "") == reaction.emoji:
                return None
            others = [one for one in known.reactions if one.by != reaction.by]
            mine_now = [reaction] if reaction.emoji else []
            return {"reactions": [*others, *mine_now][-_REACTIONS_MAX:]}

        return await self.change(id, change)

    async def _renew_preview(self, known: Message, new: str) -> None:
        """Lists must not go on showing what `known` said."""
        id = known.conversation_id
        shown = one_line(known.text, PREVIEW_CHARS)
        conversation = await self._timeline.get(id)
        if conversation is None or not _is_previewed(conversation, known, shown):
            return
        names = await self._names.of(workspace_of(id))

        def plan(current: Conversation) -> Plan:
            is_so = _is_previewed(current, known, shown)
            return Plan(facts={"preview": new} if is_so else {})

        cause = f"preview:{known.id}:{known.v}"
        await self._timeline.run(id, names.command_ref(cause), plan)

    async def _forget_quotes(self, known: Message) -> None:
        """What later messages quote of one that is gone."""
        page = await self._store.find_as(
            Message,
            MESSAGES,
            workspace_of(known.id),
            {"_id": {"$gt": known.id, "$lt": message_range(known.conversation_id)["$lt"]}},
            limit=_QUOTES_LOOKED_AT,
        )

        def change(later: Message) -> dict[str, Any] | None:
            quoted = later.quoted
            if quoted is None or quoted.seq != known.seq or not quoted.text:
                return None
            return {"quoted": Quoted(quoted.seq, quoted.name, "")}

        for later in page.items:
            if later.quoted is not None and later.quoted.seq == known.seq:
                await self.change(later.id, change)


def _is_previewed(conversation: Conversation, known: Message, shown: str) -> bool:
    if conversation.preview == shown:
        return True
    is_last = known.direction == "in" and known.seq == conversation.inbound_seq
    return is_last and conversation.preview_from == "contact"
