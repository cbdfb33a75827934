"""The access token of one inbox, for IMAP and SMTP together: renewed before it expires or when a
mail server refuses it, one request at a time. A refresh token that the server replaces is kept,
sealed, before anything is done with the new access token. What is asked and answered is `oauth.py`.

The inbox's settings hold the refresh token that a person entered, the store the latest that
followed from it; entering another one makes the stored one void. Other hubs, and a test of the
connection, read the stored one before they ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from channels.email import oauth
from channels.email.credentials import TokenRefused, TokenUnavailable
from channels.email.sealing import Seal
from channels.email.settings import Account, OAuthSettings
from channels.email.texts import text_of
from hub import log
from hub.errors import AuthFailed, ContentRejected, HubError, Unavailable
from hub.ports.channel import AdapterContext

T = TypeVar("T")

MEMORY = "oauth"
#: Renewed so long before the end, or a tenth of a short life before.
_SKEW_S = 300
_TIMEOUT_S = 15.0
_MAX_BYTES = 256 * 1024
#: Between two tries while the token server does not answer.
_PAUSES_S = (1.0, 5.0, 15.0, 60.0)
_LONGEST_PAUSE_S = 300.0
#: How long stopping waits for an answer that may bring a new refresh token.
_STOP_S = 5.0
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_TEXTS: dict[oauth.Fault, str] = {
    "grant": "email.state.oauth_grant",
    "client": "email.state.oauth_client",
    "refused": "email.state.oauth_refused",
    "passing": "email.state.oauth_lost",
}

_log = log.get(__name__)


class _Held(msgspec.Struct, frozen=True):
    token: str
    renew_at: int
    expires_at: int


class _Pause(msgspec.Struct, frozen=True):
    """`until` in monotonic seconds: a clock that is set back must not make it long."""

    why: str
    until: float


class Tokens:
    """`Credentials` by OAuth 2. Made without I/O; `close` before the context ends."""

    def __init__(self, ctx: AdapterContext, settings: OAuthSettings) -> None:
        self._ctx = ctx
        self._settings = settings
        self._seal = Seal(ctx.sign, MEMORY)
        self._origin = ctx.sign(
            "email.oauth", settings.token_url, settings.client_id, settings.refresh_token
        )
        self._held: _Held | None = None
        self._asking: asyncio.Task[_Held | TokenRefused | TokenUnavailable] | None = None
        self._pause: _Pause | None = None
        self._failures = 0
        #: A new refresh token that the store could not take yet.
        self._unsaved = ""

    async def use(self, account: Account, sign_in: Callable[[Account], Awaitable[T]]) -> T:
        """`Credentials.use`: a token that the server refuses is renewed once."""
        token = await self.access()
        try:
            return await sign_in(_with(account, token))
        except AuthFailed:
            token = await self.renew(token)
        try:
            return await sign_in(_with(account, token))
        except AuthFailed as fault:
            told = self._told("email.state.oauth_mailbox", str(fault))
            raise TokenRefused(told) from fault

    async def access(self) -> str:
        """A token that is good for some minutes yet. Raises `TokenRefused`, `TokenUnavailable`."""
        held, now = self._held, self._ctx.clock.now_ms()
        if held is not None and now < held.renew_at:
            await self._save()
            return held.token
        try:
            return await self._fetch()
        except TokenUnavailable:
            if held is not None and held is self._held and now < held.expires_at:
                return held.token
            raise

    async def renew(self, refused: str) -> str:
        """Another token than the `refused` one. Raises as `access` does."""
        if self._held is not None and self._held.token == refused:
            self._held = None
        return await self.access()

    async def close(self) -> None:
        """An answer under way may hold the only good refresh token: it gets a moment to come."""
        asking = self._asking
        if asking is not None:
            _, late = await asyncio.wait([asking], timeout=_STOP_S)
            if late:
                asking.cancel()
                await asyncio.wait([asking])
        await self._save()

    async def _fetch(self) -> str:
        """Join the request that is under way, or begin one. A caller's end does not end it."""
        if self._pause is not None and self._ctx.clock.monotonic() < self._pause.until:
            raise TokenUnavailable(self._pause.why)
        if self._asking is None:
            try:
                name = f"mail token {self._ctx.inbox.id}"
                self._asking = self._ctx.tasks.spawn(name, self._ask_and_hold())
            except RuntimeError as fault:
                raise TokenUnavailable("the hub is stopping") from fault
        asking = self._asking
        await asyncio.wait([asking])
        if asking.cancelled():
            raise TokenUnavailable("the inbox is stopping")
        outcome = asking.result()
        if isinstance(outcome, _Held):
            return outcome.token
        raise type(outcome)(str(outcome))

    async def _ask_and_hold(self) -> _Held | TokenRefused | TokenUnavailable:
        try:
            return self._hold(await self._granted())
        except TokenUnavailable as fault:
            self._put_off(fault)
            return fault
        except TokenRefused as fault:
            return fault
        finally:
            self._asking = None

    def _hold(self, granted: oauth.Granted) -> _Held:
        now, lifetime_s = self._ctx.clock.now_ms(), granted.lifetime_s
        skew_s = min(_SKEW_S, lifetime_s / 10)
        self._failures = 0
        self._pause = None
        self._held = _Held(
            token=granted.access_token,
            renew_at=now + int((lifetime_s - skew_s) * 1000),
            expires_at=now + lifetime_s * 1000,
        )
        return self._held

    def _put_off(self, fault: TokenUnavailable) -> None:
        """Nobody asks again before a pause is over, however many wait to send."""
        usual_s = _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
        self._failures += 1
        pause_s = min(max(fault.wait_s, usual_s), _LONGEST_PAUSE_S)
        self._pause = _Pause(str(fault), self._ctx.clock.monotonic() + pause_s)

    async def _granted(self) -> oauth.Granted:
        """Ask, and keep what must be kept. Raises `TokenRefused`, `TokenUnavailable`."""
        used = await self._refresh_token()
        answer = await self._ask(used)
        if isinstance(answer, oauth.Denied) and answer.fault == "grant":
            # Another hub may have been faster with a refresh token that is good only once.
            newer = await self._refresh_token()
            answer = await self._ask(newer) if newer != used else answer
        if isinstance(answer, oauth.Granted):
            if answer.refresh_token and self._settings.grant == "refresh_token":
                self._unsaved = answer.refresh_token
                await self._save()
            return answer
        told = self._told(_TEXTS[answer.fault], answer.words)
        if answer.fault == "passing":
            raise TokenUnavailable(told, answer.wait_s)
        raise TokenRefused(told)

    async def _ask(self, refresh_token: str) -> oauth.Granted | oauth.Denied:
        """One request to the token endpoint."""
        settings = self._settings
        try:
            answer = await self._ctx.http.request(
                "POST",
                settings.token_url,
                headers=_HEADERS,
                body=oauth.question(settings, refresh_token),
                timeout_s=_TIMEOUT_S,
                max_bytes=_MAX_BYTES,
            )
        except ContentRejected as fault:
            told = self._told("email.state.oauth_address", str(fault))
            raise TokenRefused(told) from fault
        except HubError as fault:
            told = self._told("email.state.oauth_lost", str(fault))
            raise TokenUnavailable(told) from fault
        return oauth.read(answer, (refresh_token, settings.refresh_token, settings.client_secret))

    async def _refresh_token(self) -> str:
        """The latest of those that followed from the one in the settings."""
        if self._settings.grant != "refresh_token":
            return ""
        if self._unsaved:
            return self._unsaved
        try:
            kept = await self._ctx.recall(MEMORY) or {}
        except Unavailable as fault:
            told = self._told("email.state.not_stored", str(fault))
            raise TokenUnavailable(told) from fault
        if kept.get("origin") != self._origin:
            return self._settings.refresh_token
        opened = self._seal.open(str(kept.get("sealed")))
        if opened is None:
            _log.warning("a kept sign-in cannot be opened", inbox=self._ctx.inbox.id)
        return opened or self._settings.refresh_token

    async def _save(self) -> None:
        """Keep a replaced refresh token; when the store cannot take it now, the next call tries
        again.
        """
        if not self._unsaved:
            return
        newest = self._unsaved
        value = {"origin": self._origin, "sealed": self._seal.seal(newest)}
        try:
            await self._ctx.remember(MEMORY, value)
        except Unavailable as fault:
            _log.warning("a new sign-in is not kept yet", inbox=self._ctx.inbox.id, error=fault)
        else:
            self._unsaved = "" if self._unsaved == newest else self._unsaved

    def _told(self, key: str, words: str) -> str:
        return f"{text_of(self._ctx.inbox.language, key)} ({words})"


def _with(account: Account, token: str) -> Account:
    return msgspec.structs.replace(account, secret=token, auth="xoauth2")
