"""Fetches the files that vendors keep. A message appears at once, its files as `fetching`; a job in
the store, written before the message, brings each of them, over crashes and outages.

Called by intake (`jobs`, `ops`, `wake`), by `lost_files` and by the composition root (`start`).
Fetching happens off the lanes, a few at a time for each inbox, so that one slow vendor holds up
nobody else.
"""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    NotFound,
    TooLarge,
    Unavailable,
)
from hub.model.ids import (
    conversation_of,
    lane_in,
    lane_of,
    lane_partition,
    workspace_of,
)
from hub.model.message import Attachment, LostReason, Message
from hub.ports.channel import FetchedMedia, FetchesMedia
from hub.ports.collections import FILES, MEDIA_JOBS, MESSAGES
from hub.ports.inbound import MediaRef
from hub.ports.store import DocumentStore, Insert, Op, Patch
from hub.services.counters import Counters
from hub.services.docs import from_doc, one_line, to_doc
from hub.services.files import Files
from hub.services.inboxes import Inboxes
from hub.services.lane_work import Alone, Share, holding
from hub.services.rewriting import Change, Rewriting
from hub.tasks import Tasks

FETCH_TIMEOUT_S = 120.0
#: Waits between attempts; after the last one the file counts as lost.
RETRY_S = (2, 10, 30, 120, 600, 1800, 3600, 3600, 3600, 3600)
#: How long a job waits for an inbox that is down or refused.
_PARKED_S = 10.0
_AT_ONCE = 4
_KEEP_MS = 24 * 3600 * 1000
#: A lost file may be asked for so long.
_KEEP_LOST_MS = 30 * 24 * 3600 * 1000
#: A message that is not there after so long will not come: its event was set aside.
_ORPHAN_MS = 3600 * 1000
_NAME_CHARS = 200
_WAITING = {"state": "waiting"}

_FINAL = (NotFound, TooLarge, ContentRejected, BadInput)
_log = log.get(__name__)


class MediaJob(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<lane>.<message id>.<position>`; `position` is the attachment's place in its message."""

    id: str
    v: int = 1
    message_id: str
    position: int
    inbox_id: str
    media: MediaRef
    state: Literal["waiting", "done", "failed"] = "waiting"
    #: The file once it is stored, so that a crash leaves no second one.
    file_id: str = ""
    attempts: int = 0
    #: How often people asked for a lost file, and when last.
    asked: int = 0
    asked_at: int = 0
    due_at: int
    created_at: int
    expires_at: int = 0


class Lost(Exception):
    """This file will not come by itself."""

    def __init__(self, reason: LostReason, words: str = "") -> None:
        super().__init__(words or reason)
        self.reason = reason


class Media:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        files: Files,
        inboxes: Inboxes,
        rewriting: Rewriting,
        clock: Clock,
        tasks: Tasks,
        counters: Counters,
        share: Share | None = None,
    ) -> None:
        self._store = store
        self._share = share or Alone()
        self._in_hand: set[str] = set()
        self._files = files
        self._inboxes = inboxes
        self._rewriting = rewriting
        self._clock = clock
        self._tasks = tasks
        self._counters = counters
        self._queues: defaultdict[str, deque[MediaJob]] = defaultdict(deque)
        self._workers: defaultdict[str, int] = defaultdict(int)
        self._known: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def jobs(
        self, message_id: str, inbox_id: str, media: Sequence[MediaRef], first: int
    ) -> list[MediaJob]:
        """The jobs of a message's files, whose first attachment stands at `first`."""
        now = self._clock.now_ms()
        return [
            MediaJob(
                id=job_id(message_id, position),
                message_id=message_id,
                position=position,
                inbox_id=inbox_id,
                media=ref,
                due_at=now,
                created_at=now,
            )
            for position, ref in enumerate(media, start=first)
        ]

    @staticmethod
    def ops(jobs: Sequence[MediaJob]) -> list[Op]:
        """Rows to write before the message."""
        return [Insert(MEDIA_JOBS, to_doc(job), or_ignore=True) for job in jobs]

    @property
    def kind(self) -> str:
        return "media"

    async def take_up(self, lanes: Sequence[int]) -> None:
        """All jobs of lanes that have become ours."""
        for lane in await holding(self._store, MEDIA_JOBS, lanes, _WAITING):
            await self._look_through(lane)

    async def _look_through(self, lane: int) -> None:
        after = None
        while True:
            page = await self._store.find(
                MEDIA_JOBS, lane_partition(lane), _WAITING, index="waiting", after=after, limit=500
            )
            self.wake([from_doc(MediaJob, doc) for doc in page.docs])
            after = page.next
            if after is None:
                return

    async def look(self, lane: int, row_id: str = "") -> None:
        """Another hub may have left jobs for us: this one, or any."""
        if not row_id:
            await self._look_through(lane)
        elif (doc := await self._store.get(MEDIA_JOBS, row_id)) is not None:
            self.wake([from_doc(MediaJob, doc)])

    def let_go(self, lane: int) -> None:
        """Each job sees to it when its turn comes."""

    def is_busy(self, lane: int) -> bool:
        return any(lane_in(id) == lane for id in self._in_hand)

    def wake(self, jobs: Sequence[MediaJob]) -> None:
        """These jobs are on disk: fetch them when due, or tell the hub whose they are."""
        for job in jobs:
            if job.id in self._known:
                continue
            if not self._share.owns(lane_in(job.id)):
                self._share.wake(self.kind, lane_in(job.id), job.id)
                continue
            self._known.add(job.id)
            self._idle.clear()
            self._queue(job)

    def _forget(self, job_id: str) -> None:
        self._known.discard(job_id)
        if not self._known:
            self._idle.set()

    def _queue(self, job: MediaJob) -> None:
        inbox_id = job.inbox_id
        self._queues[inbox_id].append(job)
        if self._workers[inbox_id] < _AT_ONCE:
            self._workers[inbox_id] += 1
            _ = self._tasks.spawn(f"media {inbox_id}", self._work(inbox_id))

    async def settle(self) -> None:
        """Wait until every file came or was given up (tests)."""
        await self._idle.wait()

    async def _work(self, inbox_id: str) -> None:
        queue = self._queues[inbox_id]
        try:
            while queue:
                await self._one(queue.popleft())
        finally:
            self._workers[inbox_id] -= 1

    async def _one(self, job: MediaJob) -> None:
        if not self._share.owns(lane_in(job.id)):
            self._forget(job.id)
            return
        self._in_hand.add(job.id)
        try:
            again_s = await self._attempt(job)
        except Unavailable as fault:
            _log.warning("a file waits", error=fault, job=job.id)
            again_s = _PARKED_S
        except Exception as fault:  # noqa: BLE001 - the edge: the other files must go on
            _log.error("a file waits", error=fault, job=job.id)
            again_s = _PARKED_S
        finally:
            self._in_hand.discard(job.id)
        if again_s is None:
            self._forget(job.id)
        else:
            _ = self._tasks.spawn(f"media again {job.id}", self._later(job.id, again_s))

    async def _later(self, job_id: str, wait_s: float) -> None:
        """Sleeps outside of the workers: they serve the others meanwhile."""
        while True:
            await self._clock.sleep(wait_s)
            try:
                doc = await self._store.get(MEDIA_JOBS, job_id)
            except Unavailable:
                wait_s = _PARKED_S
                continue
            if doc is not None:
                self._queue(from_doc(MediaJob, doc))
            else:
                self._forget(job_id)
            return

    async def _attempt(self, job: MediaJob) -> float | None:
        """One attempt; seconds until the next one, None when the job is over."""
        if job.state != "waiting":
            return None
        message = await self._store.get(MESSAGES, job.message_id)
        if message is None:  # its event will be worked off again, or was set aside
            return await self._wait_for_message(job)
        if not _is_wanted(from_doc(Message, message), job.position):
            await self._end(job, "done")
            return None
        try:
            attachment = await self._fetch(job)
        except Lost as why:
            _log.info("a file is lost", job=job.id, why=str(why))
            await self._fail(job, why.reason)
            return None
        except AuthFailed:
            return _PARKED_S
        except Exception as fault:  # noqa: BLE001 - a channel's bug is tried again like an outage
            return await self._again(job, fault)
        await self._show(job, lambda known: attachment)
        await self._drop_unless_shown(job, attachment)
        self._counters.add("media_fetched")
        await self._end(job, "done")
        return None

    async def _wait_for_message(self, job: MediaJob) -> float | None:
        if self._clock.now_ms() - job.created_at < _ORPHAN_MS:
            return _PARKED_S
        await self._end(job, "failed")
        return None

    async def _fetch(self, job: MediaJob) -> Attachment:
        """The file, stored and given to the conversation. Raises `Lost`, or what may pass."""
        workspace = workspace_of(job.message_id)
        file_id = job.file_id
        if not file_id:
            fetched = await self._download(job)
            name = fetched.name or name_of(job.media, fetched.media_type)
            try:
                file = await self._files.save(
                    workspace, fetched.data, name, declared_type=fetched.media_type
                )
            except TooLarge as fault:
                raise Lost("too_large") from fault
            file_id = file.id
            await self._store.patch(MEDIA_JOBS, job.id, Patch(set={"file_id": file_id}))
        conversation_id = conversation_of(job.message_id)
        try:
            [attachment] = await self._files.attach(
                workspace, [file_id], conversation_id, owners={""}
            )
        except NotFound as fault:
            raise Lost("gone", "the stored file is gone") from fault
        return msgspec.structs.replace(
            attachment, is_voice=job.media.is_voice, is_sticker=job.media.is_sticker
        )

    async def _download(self, job: MediaJob) -> FetchedMedia:
        if self._inboxes.get(job.inbox_id) is None:
            raise Lost("inbox_gone")
        if job.media.size_bytes > self._files.max_bytes:
            raise Lost("too_large")
        adapter: object = self._inboxes.adapter(job.inbox_id)
        if adapter is None:
            raise AuthFailed("the inbox is down")
        if not isinstance(adapter, FetchesMedia):
            raise Lost("refused", "this channel brings no files")
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                fetched = await adapter.fetch(job.media)
        except TimeoutError as fault:
            raise Unavailable("no answer in time") from fault
        except _FINAL as fault:
            raise Lost(_reason_of(fault), str(fault)) from fault
        wanted = job.media.sha256.lower()
        if wanted and hashlib.sha256(fetched.data).hexdigest() != wanted:
            raise Lost("changed", "the file is not the one that was sent")
        return fetched

    async def _again(self, job: MediaJob, fault: Exception) -> float | None:
        if job.attempts >= len(RETRY_S):
            await self._fail(job, "no_answer")
            return None
        wait_s = float(RETRY_S[job.attempts])
        _log.info("a file is tried again", error=fault, job=job.id, wait_s=wait_s)
        due_at = self._clock.now_ms() + int(wait_s * 1000)
        changes: dict[str, Any] = {"attempts": job.attempts + 1, "due_at": due_at}
        await self._store.patch(MEDIA_JOBS, job.id, Patch(set=changes))
        return wait_s

    async def _fail(self, job: MediaJob, reason: LostReason) -> None:
        self._counters.add("media_lost", 1, reason)
        await self._show(job, lambda known: shown_as(known, "failed", reason))
        await self._end(job, "failed", _KEEP_LOST_MS)

    async def _show(self, job: MediaJob, new: Callable[[Attachment], Attachment]) -> None:
        """Put the outcome in the file's place; a message taken back meanwhile has none."""
        await self._rewriting.change(job.message_id, put(job.position, new))

    async def _drop_unless_shown(self, job: MediaJob, attachment: Attachment) -> None:
        """Its message may have been taken back while the file came: then nothing of it is kept."""
        doc = await self._store.get(MESSAGES, job.message_id)
        places = from_doc(Message, doc).attachments if doc is not None else []
        if all(one.file_id != attachment.file_id for one in places):
            await self._store.delete(FILES, attachment.file_id)

    async def _end(self, job: MediaJob, state: str, keep_ms: int = _KEEP_MS) -> None:
        changes = {"state": state, "expires_at": self._clock.now_ms() + keep_ms}
        await self._store.patch(MEDIA_JOBS, job.id, Patch(set=changes))


def job_id(message_id: str, position: int) -> str:
    lane = lane_partition(lane_of(conversation_of(message_id)))
    return f"{lane}.{message_id}.{position}"


def name_of(ref: MediaRef, media_type: str = "") -> str:
    """What the sender called it, else a name that tells its kind."""
    kind = (ref.media_type or media_type).partition(";")[0].strip()
    unnamed = f"{kind.partition('/')[0] or 'file'}{mimetypes.guess_extension(kind) or ''}"
    return one_line(ref.name, _NAME_CHARS) or unnamed


def fetching(ref: MediaRef) -> Attachment:
    """How a file shows until it is there."""
    return Attachment(
        file_id="",
        name=name_of(ref),
        media_type=ref.media_type,
        size_bytes=ref.size_bytes,
        is_voice=ref.is_voice,
        is_sticker=ref.is_sticker,
        state="fetching",
    )


def _is_wanted(message: Message, position: int) -> bool:
    """Has its place no file yet? A job that waits may have been shown as lost before."""
    places = message.attachments
    return position < len(places) and places[position].state != "ready"


def put(position: int, new: Callable[[Attachment], Attachment]) -> Change:
    """Changes the attachment at `position` while it has no file."""

    def change(known: Message) -> dict[str, Any] | None:
        if not _is_wanted(known, position):
            return None
        attachments = list(known.attachments)
        attachments[position] = new(attachments[position])
        return {"attachments": attachments} if attachments != known.attachments else None

    return change


def shown_as(
    known: Attachment, state: Literal["fetching", "failed"], reason: LostReason = ""
) -> Attachment:
    return msgspec.structs.replace(known, state=state, reason=reason)


def _reason_of(fault: Exception) -> LostReason:
    if isinstance(fault, TooLarge):
        return "too_large"
    return "gone" if isinstance(fault, NotFound) else "refused"
