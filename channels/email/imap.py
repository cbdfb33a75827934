"""One signed-in IMAP connection, blocking: IMAPClient behind the handful of questions that
receiving asks. Lives in a thread of its own inbox (`imap_sync.py`), connects to an address that was
pinned by the egress rules and checks the certificate against the host's name. Holds no position and
decides nothing.
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import imaplib
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from imapclient import IMAPClient, exceptions

from channels.email.settings import Account
from hub.errors import AuthFailed, TransientFailure

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
_DATE_FIELD = "BODY[HEADER.FIELDS (DATE)]"
_CHUNK = 200
_DAYS_UNDERWAY_MS = 5 * 86_400_000
#: How much of an oversized mail is read: enough for its headers and, mostly, its text.
_HEAD_BYTES = 256 * 1024

ImapError = (exceptions.IMAPClientError, imaplib.IMAP4.error, OSError, EOFError)


class Folder(msgspec.Struct, frozen=True):
    """A selected folder; `next_uid` is the UID that the next new mail gets."""

    validity: int
    next_uid: int


class Fetched(msgspec.Struct, frozen=True):
    """One mail. `is_cut`: it is over the limit, `raw` holds only its beginning."""

    uid: int
    raw: bytes
    at_ms: int
    size_bytes: int
    is_cut: bool


class ImapSession:
    """Opened, used and closed by one thread; only `abort` may be called from another."""

    def __init__(self, account: Account, ip: str, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self._account = account
        self._ip = ip
        self._read_timeout_s = read_timeout_s
        self._client: Any = None
        self._sock: socket.socket | None = None

    def open(self) -> None:
        """Connect and sign in. Raises `AuthFailed` or `TransientFailure`."""
        account = self._account
        try:
            context = ssl.create_default_context() if account.security != "none" else None
            self._client = _PinnedClient(
                account.host,
                account.port,
                self._ip,
                context if account.security == "tls" else None,
            )
            self._sock = self._client.socket()
            if account.security == "starttls":
                self._client.starttls(context)
                self._sock = self._client.socket()
            self._client.socket().settimeout(self._read_timeout_s)
        except ImapError as error:
            raise TransientFailure(f"{account.host}: {words_of(error)}") from error
        self._sign_in()

    def _sign_in(self) -> None:
        account = self._account
        try:
            if account.auth == "xoauth2":
                self._client.sasl_login("XOAUTH2", _xoauth2(account.user, account.secret))
            else:
                self._client.login(account.user, account.secret)
        except exceptions.LoginError as error:
            text = words_of(error)
            # RFC 5530: the server is at fault, not the password.
            if "[UNAVAILABLE]" in text or "[INUSE]" in text or "[LIMIT]" in text:
                raise TransientFailure(text) from error
            raise AuthFailed(text) from error
        except ImapError as error:
            raise TransientFailure(f"{account.host}: {words_of(error)}") from error

    def select(self, name: str, *, writes: bool = False) -> Folder:
        answer = self._client.select_folder(name, readonly=not writes)
        next_uid = answer.get(b"UIDNEXT")
        if next_uid is None:
            next_uid = max(self._client.search(["ALL"]), default=0) + 1
        return Folder(int(answer[b"UIDVALIDITY"]), int(next_uid))

    def uids_after(self, uid: int) -> list[int]:
        """UIDs over `uid`, ascending ("n:*" always answers with the last mail: filtered)."""
        return sorted(u for u in self._client.search(["UID", f"{uid + 1}:*"]) if u > uid)

    def uids_since(self, first: int, last: int, since_ms: int) -> list[int]:
        """UIDs in first..last that are newer than `since_ms` by arrival and by their own date.

        Both, because a moved mailbox may have set all arrival dates to the day of the move; mail
        may have been some days underway, and one whose own date cannot be read counts as new.
        """
        if first > last:
            return []
        since = datetime.datetime.fromtimestamp(since_ms / 1000, datetime.UTC)
        day = (since - datetime.timedelta(days=1)).date()
        found = sorted(self._client.search(["UID", f"{first}:{last}", "SINCE", day]))
        newer: list[int] = []
        for chunk in _chunks(found):
            answer = self._client.fetch(chunk, ["INTERNALDATE", _peek(_DATE_FIELD)])
            for uid in chunk:
                facts = answer.get(uid, {})
                arrived = _arrival_ms(facts)
                written = _own_date_ms(facts.get(_DATE_FIELD.encode()))
                if (arrived is None or arrived >= since_ms) and (
                    written is None or written >= since_ms - _DAYS_UNDERWAY_MS
                ):
                    newer.append(uid)
        return newer

    def sizes(self, uids: list[int]) -> dict[int, int]:
        """Bytes of each mail that is still there."""
        sizes: dict[int, int] = {}
        for chunk in _chunks(uids):
            for uid, facts in self._client.fetch(chunk, ["RFC822.SIZE"]).items():
                sizes[uid] = int(facts.get(b"RFC822.SIZE", 0))
        return sizes

    def fetch(self, uid: int, size_bytes: int, limit_bytes: int) -> Fetched | None:
        """One mail, without marking it read; None when somebody deleted it meanwhile."""
        is_cut = size_bytes > limit_bytes
        part = f"BODY.PEEK[]<0.{_HEAD_BYTES}>" if is_cut else "BODY.PEEK[]"
        facts = self._client.fetch([uid], ["INTERNALDATE", part]).get(uid)
        body = next((v for k, v in (facts or {}).items() if k.startswith(b"BODY[")), None)
        if facts is None or body is None:
            return None
        return Fetched(uid, bytes(body), _arrival_ms(facts) or 0, size_bytes, is_cut)

    def mark_seen(self, uids: list[int]) -> None:
        """A courtesy to people who look into the mailbox; a server that refuses is left alone."""
        for chunk in _chunks(uids):
            with contextlib.suppress(exceptions.IMAPClientError):
                self._client.add_flags(chunk, [b"\\Seen"], silent=True)

    def append(self, folder: str, raw: bytes) -> None:
        """Put a copy of a sent mail into `folder`."""
        self._client.append(folder, raw, flags=[b"\\Seen"])

    @property
    def can_idle(self) -> bool:
        return bool(self._client.has_capability("IDLE"))

    def idle(self, seconds: float) -> None:
        """Return when the server has something to tell, at the latest after `seconds`."""
        self._client.idle()
        told = self._client.idle_check(timeout=seconds)
        self._client.socket().settimeout(self._read_timeout_s)
        if any(item[0] == b"BYE" for item in told if item):
            raise ConnectionResetError("the server said goodbye")
        self._client.idle_done()

    def ping(self) -> None:
        self._client.noop()

    def close(self) -> None:
        """Log out as far as the connection still allows."""
        if self._client is None:
            return
        try:
            self._client.logout()
        except ImapError:
            with contextlib.suppress(*ImapError):
                self._client.shutdown()

    def abort(self) -> None:
        """End whatever blocks, from any thread: the socket is shut down under it."""
        if self._sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


def _xoauth2(user: str, token: str) -> Callable[[bytes], str]:
    """Google's and Microsoft's XOAUTH2: the token once; what a server asks after that is its
    refusal in JSON, to which an empty answer is due.
    """
    answers = iter([f"user={user}\x01auth=Bearer {token}\x01\x01"])
    return lambda challenge: next(answers, "")


class _PinnedImap4(imaplib.IMAP4):
    """Connects to `ip` while TLS still checks the name in `host`."""

    def __init__(self, host: str, port: int, ip: str, context: ssl.SSLContext | None) -> None:
        self._ip = ip
        self._context = context
        super().__init__(host, port, timeout=CONNECT_TIMEOUT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        sock = socket.create_connection((self._ip, self.port), timeout or CONNECT_TIMEOUT_S)
        if self._context is None:
            return sock
        try:
            return self._context.wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise


class _PinnedClient(IMAPClient):  # type: ignore[misc]
    """An IMAPClient over `_PinnedImap4`; overrides the one hook that makes the connection."""

    def __init__(self, host: str, port: int, ip: str, context: ssl.SSLContext | None) -> None:
        self._pinned = (host, port, ip, context)
        super().__init__(host, port, ssl=context is not None, timeout=CONNECT_TIMEOUT_S)
        self.normalise_times = False

    def _create_IMAP4(self) -> _PinnedImap4:  # noqa: N802
        return _PinnedImap4(*self._pinned)


def words_of(error: BaseException) -> str:
    """What the server said, without the b'…' that imaplib puts around it."""
    text = str(error)
    if text.startswith(("b'", 'b"')):
        text = text[2:-1]
    return text[:300]


def _peek(section: str) -> str:
    return section.replace("BODY[", "BODY.PEEK[", 1)


def _chunks(uids: list[int]) -> Iterable[list[int]]:
    return (uids[start : start + _CHUNK] for start in range(0, len(uids), _CHUNK))


def _arrival_ms(facts: dict[bytes, Any]) -> int | None:
    date = facts.get(b"INTERNALDATE")
    return round(date.timestamp() * 1000) if isinstance(date, datetime.datetime) else None


def _own_date_ms(header: bytes | None) -> int | None:
    text = (header or b"").decode("ascii", "replace").partition(":")[2].strip()
    try:
        return round(email.utils.parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
