"""Follows one IMAP folder for ever: catches up after every outage, then waits in IDLE. The position
(UIDVALIDITY, last UID) is remembered only after the hub has committed what lies before it, so a
crash repeats some mails and loses none; the hub drops repeats by their event id. Turning a mail
into events is `Intake`'s work.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import msgspec

from channels.email.credentials import AS_GIVEN, Credentials, TokenRefused, TokenUnavailable
from channels.email.imap import Fetched, Folder, ImapError, ImapSession, words_of
from channels.email.limits import DEFAULT
from channels.email.settings import Account, ImapSettings
from hub import log
from hub.errors import AuthFailed, BadInput, HubError, SendError, TransientFailure, Unavailable
from hub.model.inbox import InboxState
from hub.ports.channel import AdapterContext, is_our_turn

T = TypeVar("T")

_POSITION = "imap.position"
_SET_ASIDE = "imap.set_aside"
_DAY_MS = 86_400_000
_RESCAN_DAYS = 7
_SKEW_MS = 120_000
_REMEMBER_EVERY = 20
_REMEMBER_IDLE_MS = 3_600_000
_TRIES = 3
_KEPT_ASIDE = 100
#: A mail that came between the search and IDLE shows up after the first, short round.
_FIRST_ROUND_S = 5.0
#: How often a hub that only sends asks whether the mailbox has become its to read.
_NEXT_TURN_S = 2.0
_LONGEST_BACKOFF_S = 60.0
_BAD_LOGIN_PAUSE_S = 300.0

_log = log.get(__name__)


class TakesMail(Protocol):
    """What a receiver hands its mails to (`inbound.Intake`)."""

    async def take(self, raw: bytes, *, arrived_ms: int, is_cut: bool = False) -> None: ...


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far the folder has been read. Up to `old_to` only mails newer than `since_ms` count."""

    source: str
    validity: int
    uid: int
    old_to: int
    since_ms: int
    checked_ms: int


class ImapReceiver:
    """Runs as one task and one thread per inbox."""

    def __init__(
        self,
        ctx: AdapterContext,
        settings: ImapSettings,
        intake: TakesMail,
        limit_bytes: int = DEFAULT.mail_bytes,
        credentials: Credentials = AS_GIVEN,
    ) -> None:
        self._ctx = ctx
        self._settings = settings
        self._credentials = credentials
        self._intake = intake
        self._limit_bytes = limit_bytes
        account = settings.account
        self._source = f"{account.user}@{account.host}/{settings.folder}"
        #: In whole seconds, as a mailbox tells times of arrival.
        self._started_ms = ctx.clock.now_ms() // 1000 * 1000
        self._failures = 0
        self._reported: tuple[InboxState, str] | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not is_our_turn(self._ctx):
                await self._ctx.clock.sleep(_NEXT_TURN_S)
                continue
            pause_s = await self._until_broken()
            await self._ctx.clock.sleep(pause_s)

    async def _until_broken(self) -> float:
        """Follow the folder over one connection; returns how long to wait before the next one."""
        try:
            async with open_session(self._ctx, self._settings, self._credentials) as call:
                await self._follow(call)
            await self._report("starting")  # another hub reads the mailbox now
            return _NEXT_TURN_S
        except AuthFailed as error:
            await self._report("bad_credentials", _told("email.state.imap_login", error))
            return _BAD_LOGIN_PAUSE_S
        except Unavailable as error:
            _log.warning("hub cannot take mail now", inbox=self._ctx.inbox.id, error=error)
            await self._report("error", "email.state.not_stored")
        except (SendError, BadInput, *ImapError) as error:
            await self._report("disconnected", _told("email.state.imap_lost", error))
        self._failures += 1
        longest = min(_LONGEST_BACKOFF_S, 2.0**self._failures)
        return random.uniform(longest / 2, longest)

    async def _follow(self, call: Call) -> None:
        wait_s = _FIRST_ROUND_S
        while is_our_turn(self._ctx):
            count = await self._catch_up(call)
            self._failures = 0
            if not await call(lambda session: session.can_idle):
                await self._ctx.clock.sleep(self._settings.poll_s)
                continue
            wait_s = _FIRST_ROUND_S if count else wait_s
            await call(functools.partial(_idle, seconds=wait_s))
            wait_s = self._settings.poll_s

    async def _catch_up(self, call: Call) -> int:
        """Take everything new; returns how many mails that was."""
        name, writes = self._settings.folder, self._settings.marks_seen
        folder = await call(lambda session: session.select(name, writes=writes))
        position = await self._position(folder)
        await self._report("connected")
        uids = await call(lambda session: _new_uids(session, position))
        sizes = await call(lambda session: session.sizes(uids))
        pending: list[int] = []
        for uid in uids:
            if uid in sizes:
                await self._one(call, uid, sizes[uid])
                pending.append(uid)
            if len(pending) >= _REMEMBER_EVERY:
                position = await self._done(call, position, pending)
                pending = []
        end = max(position.uid, position.old_to, *uids)
        now = self._ctx.clock.now_ms()
        if end != position.uid or now - position.checked_ms > _REMEMBER_IDLE_MS:
            moved = msgspec.structs.replace(position, uid=end, checked_ms=now)
            await self._done(call, moved, pending)
        return len(uids)

    async def _done(self, call: Call, position: Position, uids: list[int]) -> Position:
        """Remember that everything up to the last of `uids` is with the hub."""
        if uids:
            uid = max(position.uid, uids[-1])
            position = msgspec.structs.replace(position, uid=uid)
        await self._ctx.remember(_POSITION, msgspec.to_builtins(position))
        if self._settings.marks_seen and uids:
            await call(lambda session: session.mark_seen(uids))
        return position

    async def _position(self, folder: Folder) -> Position:
        """Where to go on; settled and remembered at once when the folder is new to us."""
        known = await self._known_position()
        if known is not None and known.validity == folder.validity:
            return known
        now, last = self._ctx.clock.now_ms(), folder.next_uid - 1
        days = self._settings.start_days
        if known is not None:
            _log.warning("UIDVALIDITY changed, reading again", inbox=self._ctx.inbox.id)
            since = max(known.since_ms, known.checked_ms - _RESCAN_DAYS * _DAY_MS) - _SKEW_MS
        elif days is None:  # mail may have come while the server was being reached
            since = self._started_ms
        else:
            since = now - days * _DAY_MS
        position = Position(
            source=self._source,
            validity=folder.validity,
            uid=0,
            old_to=last,
            since_ms=since,
            checked_ms=now,
        )
        await self._ctx.remember(_POSITION, msgspec.to_builtins(position))
        return position

    async def _known_position(self) -> Position | None:
        document = await self._ctx.recall(_POSITION)
        if document is None or document.get("source") != self._source:
            return None
        return msgspec.convert(document, Position)

    async def _one(self, call: Call, uid: int, size_bytes: int) -> None:
        """Hand one mail over; one that fails three times is put aside so that the rest gets
        through.
        """
        for attempt in range(1, _TRIES + 1):
            mail = await call(lambda session: session.fetch(uid, size_bytes, self._limit_bytes))
            if mail is None:
                return
            try:
                await self._intake.take(mail.raw, arrived_ms=mail.at_ms, is_cut=mail.is_cut)
            except Unavailable:
                raise
            except OSError as error:  # the disk's fault, not the mail's
                raise Unavailable(f"file not kept: {error}") from error
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, others must pass
                _log.warning("mail failed", inbox=self._ctx.inbox.id, uid=uid, error=error)
                if attempt == _TRIES:
                    await self._set_aside(mail, type(error).__name__)
                    return
            else:
                return
            await self._ctx.clock.sleep(attempt)

    async def _set_aside(self, mail: Fetched, reason: str) -> None:
        name = f"mail-{mail.uid}.eml"
        kept = await self._ctx.files.save(mail.raw, name, declared_type="message/rfc822")
        known = (await self._ctx.recall(_SET_ASIDE) or {}).get("mails", [])
        now = self._ctx.clock.now_ms()
        entry = {"uid": mail.uid, "file_id": kept.file_id, "at": now, "reason": reason}
        await self._ctx.remember(_SET_ASIDE, {"mails": [*known, entry][-_KEPT_ASIDE:]})
        await self._report("connected", f"email.state.set_aside: {name}")

    async def _report(self, state: InboxState, detail: str = "") -> None:
        if self._reported != (state, detail):
            with contextlib.suppress(Unavailable):  # told again with the next change
                await self._ctx.report(state, detail)
                self._reported = (state, detail)


class Call(Protocol):
    """Runs one question in the inbox's thread."""

    async def __call__(self, ask: Callable[[ImapSession], T]) -> T: ...


def _told(key: str, error: BaseException) -> str:
    """What is the matter with a token is told whole already."""
    if isinstance(error, TokenRefused | TokenUnavailable):
        return str(error)
    return f"{key}: {words_of(error)}"


@asynccontextmanager
async def open_session(
    ctx: AdapterContext, settings: ImapSettings, credentials: Credentials = AS_GIVEN
) -> AsyncIterator[Call]:
    """A signed-in session in a thread of its own; leaving, even cancelled, never waits for the
    server.

    Raises `AuthFailed`, `TransientFailure` or `BadInput` (a forbidden host).
    """
    account = settings.account
    try:
        ip = await ctx.egress.resolve(account.host, account.port)
    except (BadInput, SendError):
        raise
    except (HubError, OSError) as error:
        raise TransientFailure(f"{account.host}: {error}") from error
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"imap-{ctx.inbox.id}")
    loop = asyncio.get_running_loop()

    async def sign_in(account: Account) -> ImapSession:
        session = ImapSession(account, ip)
        try:
            await loop.run_in_executor(thread, session.open)
        except BaseException:
            _end(session, thread)
            raise
        return session

    try:
        session = await credentials.use(account, sign_in)

        async def call(ask: Callable[[ImapSession], T]) -> T:
            return await loop.run_in_executor(thread, ask, session)

        try:
            yield call
        except BaseException:
            _end(session, thread)
            raise
        with contextlib.suppress(RuntimeError):
            thread.submit(session.close)
    finally:
        thread.shutdown(wait=False)


def _end(session: ImapSession, thread: ThreadPoolExecutor) -> None:
    """Without waiting for the server: whatever blocks in the thread ends with the socket."""
    session.abort()
    with contextlib.suppress(RuntimeError):
        thread.submit(session.close)


def _idle(session: ImapSession, seconds: float) -> None:
    session.idle(seconds)


def _new_uids(session: ImapSession, position: Position) -> list[int]:
    old = session.uids_since(position.uid + 1, position.old_to, position.since_ms)
    return old + session.uids_after(max(position.uid, position.old_to))


async def append_sent(
    ctx: AdapterContext,
    settings: ImapSettings,
    folder: str,
    raw: bytes,
    credentials: Credentials = AS_GIVEN,
) -> None:
    """Put a copy of a mail that was accepted into the mailbox's folder; tried a few times, then
    given up.

    It runs apart from sending: nothing that fails here may touch the outcome of the message (R-06).
    """
    for attempt in range(1, _TRIES + 1):
        try:
            async with open_session(ctx, settings, credentials) as call:
                await call(lambda session: session.append(folder, raw))
        except (HubError, *ImapError) as error:
            _log.warning("copy not kept", inbox=ctx.inbox.id, attempt=attempt, error=error)
            await ctx.clock.sleep(10.0 * attempt)
        else:
            return


async def probe_imap(
    ctx: AdapterContext, settings: ImapSettings, credentials: Credentials = AS_GIVEN
) -> None:
    """Sign in and look at the folder. Raises `AuthFailed`, `TransientFailure` or `BadInput`."""
    async with open_session(ctx, settings, credentials) as call:
        try:
            await call(lambda session: session.select(settings.folder))
        except ImapError as error:
            raise BadInput(f"{settings.folder}: {words_of(error)}", "imap_folder") from error
