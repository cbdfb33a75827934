"""What a child process of the chaos tests does to itself: dies at a named point, or lives without
one of its guards. Everything is patched from outside, so that the product knows nothing of it.

`install` is called by `child.py` before the hub is built. Points count their passages and send
SIGKILL at the n-th; guards are removed for the negative controls of R-52.
"""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

import hub.app.build
from channels.email import smtp_out
from channels.email.own import OwnNames
from hub.bus.local import LocalBus
from hub.model.events import MessageChanged
from hub.ports.collections import CONTACTS, JOURNAL, MESSAGE_REFS, META
from hub.ports.inbound import MessageReceived
from hub.ports.migrations import Migration, Progress
from hub.ports.store import Insert, Patch
from hub.services import blobs_disk, journal, leases, vital_signs
from hub.services.outbox import Outbox
from hub.store.sqlite import SqliteStore
from hub.web.metrics import Metrics

POINT, WITHOUT, SLOW_DISK = "CHAOS_POINT", "CHAOS_WITHOUT", "CHAOS_SLOW_DISK_S"
LEASE_MS, MIGRATE = "CHAOS_LEASE_MS", "CHAOS_MIGRATE"
POINTS = (
    "before_journal", "after_journal", "before_answer", "after_claim", "before_vendor",
    "after_acceptance", "before_publish", "mid_file", "mid_migration",
)  # fmt: skip
GUARDS = (
    "journal_key", "command_ref", "full", "normal", "commit_before_answer", "unknown", "auto_mark",
    "own_mark",
)  # fmt: skip
_MIGRATION_PAGE = 2
#: How long before its commit an event is answered where that guard is missing.
_EARLY_S = 1.0


def install(environ: dict[str, str]) -> None:
    """Patch this process as the environment says."""
    vital_signs.KEEP_S = 0.0  # the parent watches what is left to do
    _replace(Metrics, "render", _with_tasks)
    if terms := environ.get(LEASE_MS):
        leases.TERM_MS, leases.SKEW_MS, leases.RENEW_S = int(terms), int(terms) // 3, 0.3
    if delay := environ.get(SLOW_DISK):
        _replace(SqliteStore, "__init__", lambda real: functools.partialmethod(
            real, commit_delay_s=float(delay)
        ))  # fmt: skip
    name, _, passage = environ.get(POINT, "").partition(":")
    if name:
        _INSTALL_POINT[name](Fuse(int(passage)))
    if environ.get(MIGRATE):
        _add_migration(Fuse(3) if name == "mid_migration" else None)
    for guard in filter(None, environ.get(WITHOUT, "").split(",")):
        _REMOVE_GUARD[guard]()


def _with_tasks(real: Any) -> Any:
    """/metrics also says how many tasks the process has."""

    async def render(self: Any) -> bytes:
        known: bytes = await real(self)
        return known + f"chaos_tasks {len(asyncio.all_tasks())}\n".encode()

    return render


class Fuse:
    """Ends the process, as a power switch would, when it is passed for the n-th time."""

    def __init__(self, passages: int) -> None:
        self._left = passages

    def burn(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    setattr(owner, name, wrap(getattr(owner, name)))


def _around(owner: Any, name: str, fuse: Fuse, *, after: bool, when: Any = None) -> None:
    """Burn before or after the coroutine method, where `when(*args, **kwargs)` holds."""

    def wrap(real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(real)
        async def call(*args: Any, **kwargs: Any) -> Any:
            is_here = when is None or when(*args, **kwargs)
            if is_here and not after:
                fuse.burn()
            result = await real(*args, **kwargs)
            if is_here and after:
                fuse.burn()
            return result

        return call

    _replace(owner, name, wrap)


def _stores() -> list[type]:
    found: list[type] = [SqliteStore]
    if os.environ.get("HUB_STORE", "").startswith("mongodb"):
        from hub.store.mongo import MongoStore

        found.append(MongoStore)
    return found


def _on_journal(fuse: Fuse, *, after: bool) -> None:
    for store in _stores():
        _around(store, "insert_many", fuse, after=after, when=lambda _s, coll, *_: coll is JOURNAL)


def _on_claim(fuse: Fuse) -> None:
    def is_claim(_store: Any, coll: Any, _id: str, patch: Patch, **_: Any) -> bool:
        return coll.name == "outbox" and patch.set.get("state") == "sending"

    for store in _stores():
        _around(store, "patch", fuse, after=True, when=is_claim)


def _on_vendor(fuse: Fuse, *, after: bool) -> None:
    _around(smtp_out.SmtpSender, "deliver", fuse, after=after)


def _on_publish(fuse: Fuse) -> None:
    def wrap(real: Any) -> Any:
        def publish(self: LocalBus, workspace: str, event: Any) -> None:
            if isinstance(event, MessageChanged):
                fuse.burn()
            real(self, workspace, event)

        return publish

    _replace(LocalBus, "publish", wrap)


def _on_file(fuse: Fuse) -> None:
    """Between the flush of a blob and its name."""

    def wrap(real: Any) -> Any:
        def make_folders(folder: Any) -> None:
            fuse.burn()
            real(folder)

        return make_folders

    _replace(blobs_disk, "_make_folders", wrap)


_INSTALL_POINT: dict[str, Callable[[Fuse], None]] = {
    "before_journal": lambda fuse: _on_journal(fuse, after=False),
    "after_journal": lambda fuse: _on_journal(fuse, after=True),
    "before_answer": lambda fuse: _around(journal.Journal, "accept", fuse, after=True),
    "after_claim": _on_claim,
    "before_vendor": lambda fuse: _on_vendor(fuse, after=False),
    "after_acceptance": lambda fuse: _on_vendor(fuse, after=True),
    "before_publish": _on_publish,
    "mid_file": _on_file,
    "mid_migration": lambda fuse: None,
}


def _add_migration(fuse: Fuse | None) -> None:
    """One more step of the schema: notes each contact in META once, two a page."""

    async def run(store: Any, progress: Progress) -> None:
        after = progress.cursor or None
        while True:
            page = await store.dump(CONTACTS, after, _MIGRATION_PAGE)
            marks = [{"_id": f"chaos.{doc['_id'].replace('.', '-')}"} for doc in page.docs]
            await store.insert_many(META, marks)
            if fuse is not None:
                fuse.burn()
            if page.next is None:
                return
            after = page.next
            await progress.save(after)

    known = hub.app.build.MIGRATIONS
    extra = Migration(known[-1].number + 1, "chaos", run)
    hub.app.build.MIGRATIONS = (*known, extra)


def _no_journal_key() -> None:
    def wrap(real: Any) -> Any:
        def row(*args: Any) -> journal.Row:
            made: journal.Row = real(*args)
            made.id += secrets.token_hex(4)
            return made

        return row

    _replace(journal.Journal, "_row", wrap)


def _no_command_ref() -> None:
    """Commands are no longer found by their cause: each runs as if for the first time."""

    def wrap_get(real: Any) -> Any:
        async def get(self: Any, coll: Any, id: str) -> Any:
            return None if coll is MESSAGE_REFS else await real(self, coll, id)

        return get

    def wrap_apply(real: Any) -> Any:
        async def apply(self: Any, ops: Any) -> Any:
            kept = [op for op in ops if not (isinstance(op, Insert) and op.coll is MESSAGE_REFS)]
            return await real(self, kept)

        return apply

    for store in _stores():
        _replace(store, "get", wrap_get)
        _replace(store, "apply", wrap_apply)


def _synchronous(level: str) -> None:
    _replace(SqliteStore, "__init__", lambda real: functools.partialmethod(real, synchronous=level))


def _answer_before_commit() -> None:
    started: set[asyncio.Task[None]] = set()

    def wrap(real: Any) -> Any:
        async def late(self: Any, inbox: Any, events: Any) -> None:
            await asyncio.sleep(_EARLY_S)
            await real(self, inbox, events)

        async def accept(self: Any, inbox: Any, events: Any) -> None:
            task = asyncio.get_running_loop().create_task(late(self, inbox, events))
            started.add(task)
            task.add_done_callback(started.discard)

        return accept

    _replace(journal.Journal, "accept", wrap)


def _resend_unknown() -> None:
    _replace(Outbox, "_repeats_are_harmless", lambda real: lambda self, row: True)


def _no_auto_mark() -> None:
    def wrap(real: Any) -> Any:
        async def accept(self: Any, inbox: Any, events: Any) -> None:
            blind = [
                msgspec.structs.replace(event, is_auto=False)
                if isinstance(event, MessageReceived)
                else event
                for event in events
            ]
            await real(self, inbox, blind)

        return accept

    _replace(journal.Journal, "accept", wrap)


def _no_own_mark() -> None:
    _replace(OwnNames, "has_own_mark", lambda real: lambda self, mark, provider_id: False)


_REMOVE_GUARD: dict[str, Callable[[], None]] = {
    "journal_key": _no_journal_key,
    "command_ref": _no_command_ref,
    "full": lambda: _synchronous("OFF"),
    "normal": lambda: _synchronous("NORMAL"),
    "commit_before_answer": _answer_before_commit,
    "unknown": _resend_unknown,
    "auto_mark": _no_auto_mark,
    "own_mark": _no_own_mark,
}
