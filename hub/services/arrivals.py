"""What a message brings besides its text: files that the vendor keeps, the message it answers, the
album it belongs to, a word of opting out. Most messages bring nothing, and then nothing is asked.

Called by intake around the command that writes the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hub.model.inbox import Inbox
from hub.model.message import Attachment, Message, Quoted
from hub.ports.collections import MESSAGES
from hub.ports.inbound import MessageReceived
from hub.ports.store import DocumentStore, Op
from hub.services.consent import Consent
from hub.services.contacts import Person
from hub.services.docs import clean_text, from_doc
from hub.services.inboxes import Inboxes
from hub.services.journal import Row
from hub.services.media import Media, MediaJob, fetching
from hub.services.names import Names
from hub.services.opt_out_words import Word
from hub.services.profiles import Profiles
from hub.services.quoting import find_message, quote_of
from hub.services.rewriting import Rewriting
from hub.services.text_limits import TEXT_MAX
from hub.services.timeline import Timeline

#: What is done to a message with so many files already: the next album begins.
_ALBUM_MAX = 100


class Arrival(msgspec.Struct):
    """What goes with one message; `jobs` is filled in when the message gets its number."""

    attachments: list[Attachment]
    refs: list[str] = []
    quoted: Quoted | None = None
    word: Word | None = None
    #: The network takes free answers for some hours from now.
    opens_window: bool = False
    #: The network's id of it, where answers and emojis need it.
    provider_id: str = ""
    jobs: list[MediaJob] = []


class Arrivals:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        rewriting: Rewriting,
        media: Media,
        consent: Consent,
        inboxes: Inboxes,
        profiles: Profiles,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._rewriting = rewriting
        self._media = media
        self._consent = consent
        self._inboxes = inboxes
        self._profiles = profiles

    async def listen(self, row: Row, event: MessageReceived, inbox: Inbox) -> Word | None:
        """A word of opting out counts before anything else happens, whoever says it."""
        word = self._consent.word_in(inbox, event)
        if word is not None:
            await self._consent.heard(row, event, inbox, word)
        return word

    def is_plain(self, event: MessageReceived, inbox: Inbox) -> bool:
        """Whether a message brings nothing besides its text, so that nothing need be asked."""
        hints = event.thread
        brings = (
            event.attachments
            or event.media
            or event.mail
            or event.album_id
            or event.reply_to
            or (hints and (hints.tokens or hints.refs))
        )
        return not brings and self._consent.word_in(inbox, event) is None

    def plain(self, event: MessageReceived, inbox: Inbox) -> Arrival:
        """What goes with a plain message."""
        can = self._inboxes.capabilities(inbox)
        arrival = Arrival(event.attachments, opens_window=can.reply_window_h > 0)
        if not (event.mail or can.is_live):
            arrival.provider_id = event.event_id
        return arrival

    async def of(
        self,
        names: Names,
        event: MessageReceived,
        inbox: Inbox,
        word: Word | None,
        conversation_id: str,
    ) -> Arrival:
        arrival = self.plain(event, inbox)
        arrival.word = word
        if event.media:
            arrival.attachments = [*event.attachments, *map(fetching, event.media)]
        if event.album_id:
            arrival.refs = [_album_ref(names, event, inbox)]
        if event.reply_to:
            id = await find_message(self._timeline, names, inbox.id, event.reply_to)
            doc = await self._store.get(MESSAGES, id) if id else None
            answered = from_doc(Message, doc) if doc is not None else None
            arrival.quoted = quote_of(answered, conversation_id) if answered else Quoted(0, "", "")
        return arrival

    def before(
        self, arrival: Arrival, event: MessageReceived, inbox: Inbox, id: str
    ) -> Sequence[Op]:
        """Rows that must exist before message `id` does."""
        if not event.media:
            return ()
        arrival.jobs = self._media.jobs(id, inbox.id, event.media, len(event.attachments))
        return self._media.ops(arrival.jobs)

    async def stored(
        self,
        arrival: Arrival,
        row: Row,
        event: MessageReceived,
        inbox: Inbox,
        person: Person,
        conversation_id: str,
    ) -> None:
        """The message is on disk."""
        self._media.wake(arrival.jobs)
        self._profiles.ask(inbox, person)
        if arrival.word is not None:
            await self._consent.answer(row, event, inbox, arrival.word, person, conversation_id)

    async def add_to_album(
        self, names: Names, row: Row, event: MessageReceived, inbox: Inbox
    ) -> bool:
        """Put a further file of an album into the message of the first one; False when this is the
        first. Safe to repeat: the message remembers which events it holds.
        """
        if not event.album_id:
            return False
        id = await self._timeline.find_by_ref(_album_ref(names, event, inbox))
        if id is None or await self._timeline.find_by_ref(names.event_ref(row.id)) == id:
            return False
        if await self._store.get(MESSAGES, id) is None:
            return False
        part = names.event_key(inbox.id, event.event_id)
        first = 0

        def change(known: Message) -> dict[str, Any] | None:
            nonlocal first
            parts: dict[str, int] = known.details.get("album", {})
            first = parts.get(part, len(known.attachments))
            if part in parts or known.deleted_at or len(known.attachments) >= _ALBUM_MAX:
                return None
            changes: dict[str, Any] = {
                "attachments": [
                    *known.attachments, *event.attachments, *map(fetching, event.media)
                ],
                "details": {**known.details, "album": {**parts, part: first}},
            }  # fmt: skip
            if event.text and not known.text:
                changes["text"] = clean_text(event.text, TEXT_MAX)
            return changes

        await self._rewriting.change(id, change)
        await self._timeline.add_refs([names.provider_ref(inbox.id, event.event_id)], id)
        jobs = self._media.jobs(id, inbox.id, event.media, first + len(event.attachments))
        await self._store.apply(self._media.ops(jobs))
        self._media.wake(jobs)
        return True


def _album_ref(names: Names, event: MessageReceived, inbox: Inbox) -> str:
    sender = names.identity(event.sender)
    return names.provider_ref(inbox.id, f"album:{sender}:{event.album_id}")
