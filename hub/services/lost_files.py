"""Files of customers' messages that did not come, asked for once more by a person: while the hub
still knows where the vendor keeps them, and not too often. Called by the API.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotFound, TooMany
from hub.model.message import Message
from hub.ports.collections import MEDIA_JOBS
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc
from hub.services.media import RETRY_S, Media, MediaJob, job_id, put, shown_as
from hub.services.rewriting import Rewriting

_ASKED_MAX = 5
_ASKED_EVERY_MS = 60_000
#: Where in `RETRY_S` it begins: a person looks at it, so it fails soon or comes.
_FROM = len(RETRY_S) - 1
#: What no further attempt cures.
_HOPELESS = ("too_large", "inbox_gone")


class LostFiles:
    """Made once."""

    def __init__(
        self, store: DocumentStore, media: Media, rewriting: Rewriting, clock: Clock
    ) -> None:
        self._store = store
        self._media = media
        self._rewriting = rewriting
        self._clock = clock

    async def fetch_again(self, message: Message, position: int) -> Message:
        """The message with that file as `fetching`. Raises `NotFound`, `BadInput` where it can
        never come, and `TooMany`.
        """
        places = message.attachments
        if not 0 <= position < len(places) or places[position].state == "ready":
            raise NotFound("there is no such lost file")
        doc = await self._store.get(MEDIA_JOBS, job_id(message.id, position))
        if doc is None or places[position].reason in _HOPELESS:
            raise BadInput("this file cannot be fetched any more", "position")
        job = from_doc(MediaJob, doc)
        if job.state == "waiting":
            return message
        job = await self._ask(job)
        asked = await self._rewriting.change(
            message.id, put(position, lambda known: shown_as(known, "fetching"))
        )
        self._media.wake([job])  # only now: it may fail at once
        return asked

    async def _ask(self, job: MediaJob) -> MediaJob:
        """A crash after this leaves a job that waits, whatever the message shows."""
        now = self._clock.now_ms()
        wait_ms = job.asked_at + _ASKED_EVERY_MS - now
        if wait_ms > 0:
            raise TooMany("this file was asked for a moment ago; try again later", wait_ms / 1000)
        if job.asked >= _ASKED_MAX:
            raise BadInput("this file was asked for too often; ask the customer for it", "position")
        again = {
            "state": "waiting", "attempts": _FROM, "due_at": now, "expires_at": 0,
            "asked": job.asked + 1, "asked_at": now,
        }  # fmt: skip
        doc = await self._store.patch(MEDIA_JOBS, job.id, Patch(set=again), expect={"v": job.v})
        if doc is None:
            raise Conflict("somebody else asks for this file right now", "position")
        return from_doc(MediaJob, doc)
