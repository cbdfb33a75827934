"""Sessions: reference tokens in a cookie, kept as hashes, ended at once wherever a right is taken
away.

A session ends 3 days after its last use or 30 days after sign-in. What was read is remembered for
four seconds; ending a session publishes RightsChanged, upon which this process forgets it and open
sockets check again; another hub forgets it by time. Called by sign-in, dispatch and the profile
page.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import NotFound
from hub.model.events import Event, RightsChanged
from hub.model.ids import SYS, new_key, token_hash
from hub.model.session import Session
from hub.ports.bus import Bus
from hub.ports.collections import SESSIONS
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc
from hub.services.recent import Recent

IDLE_MS = 3 * 24 * 3600 * 1000
ABSOLUTE_MS = 30 * 24 * 3600 * 1000
#: `last_seen_at` is that exact.
TOUCH_MS = 5 * 60 * 1000
MAX_TOKEN_CHARS = 64


class Sessions:
    def __init__(self, store: DocumentStore, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._recent: Recent[Session] = Recent(clock)
        bus.subscribe(self._on_event)

    async def start(
        self, *, account_id: str, agent_id: str, workspace: str, user_agent: str = "", ip: str = ""
    ) -> tuple[str, Session]:
        """A new session and its token, which is known to nobody else."""
        token = new_key() + new_key()
        now = self._clock.now_ms()
        session = Session(
            id=_id_of(token),
            account_id=account_id,
            agent_id=agent_id,
            workspace=workspace,
            csrf=new_key(),
            user_agent=user_agent[:300],
            ip=ip,
            created_at=now,
            last_seen_at=now,
            expires_at=now + IDLE_MS,
            ends_at=now + ABSOLUTE_MS,
        )
        await self._store.insert(SESSIONS, to_doc(session))
        return token, session

    async def resolve(self, token: str) -> Session | None:
        """The living session of a token."""
        if not 0 < len(token) <= MAX_TOKEN_CHARS or not token.isascii():
            return None
        session_id = _id_of(token)
        session = self._recent.get(session_id)
        if session is None:
            session = await self._read(session_id)
            if session is None:
                return None
            self._recent.put(session_id, session)
        now = self._clock.now_ms()
        if now >= session.expires_at:
            self._recent.drop(session_id)
            return None
        if now - session.last_seen_at >= TOUCH_MS:
            return await self._touch(session, now)
        return session

    async def list_of(self, account_id: str) -> list[Session]:
        """Living sessions, the latest first."""
        found: list[Session] = []
        after: str | None = None
        where = {"account_id": account_id}
        while True:
            page = await self._store.find(
                SESSIONS, SYS, where, index="by_account", after=after, limit=500
            )
            found += [from_doc(Session, doc) for doc in page.docs]
            after = page.next
            if after is None:
                break
        now = self._clock.now_ms()
        living = [one for one in found if one.expires_at > now]
        return sorted(living, key=lambda one: -one.last_seen_at)

    async def move(self, session: Session, *, agent_id: str, workspace: str) -> Session:
        """The same person in another workspace; with a new CSRF token, old pages cannot write."""
        fields = {"agent_id": agent_id, "workspace": workspace, "csrf": new_key()}
        doc = await self._store.patch(SESSIONS, session.id, Patch(set=fields))
        self._forget(session)
        if doc is None:
            raise NotFound("The session has ended.")
        return from_doc(Session, doc)

    async def end(self, session: Session) -> None:
        await self._store.delete(SESSIONS, session.id)
        self._forget(session)

    async def end_own(self, account_id: str, session_id: str) -> None:
        """End one of somebody's sessions. Raises NotFound for anybody else's."""
        doc = await self._store.get(SESSIONS, session_id)
        if doc is None or doc["account_id"] != account_id:
            raise NotFound("There is no such session.")
        await self.end(from_doc(Session, doc))

    async def end_all(
        self, account_id: str, *, workspace: str | None = None, keep: str = ""
    ) -> int:
        """End all sessions of an account (in one workspace) but one; how many."""
        ended = 0
        for session in await self.list_of(account_id):
            if session.id != keep and workspace in (None, session.workspace):
                await self.end(session)
                ended += 1
        return ended

    async def _read(self, session_id: str) -> Session | None:
        doc = await self._store.get(SESSIONS, session_id)
        return None if doc is None else from_doc(Session, doc)

    async def _touch(self, session: Session, now: int) -> Session | None:
        expires_at = min(now + IDLE_MS, session.ends_at)
        patch = Patch(set={"last_seen_at": now, "expires_at": expires_at})
        doc = await self._store.patch(SESSIONS, session.id, patch)
        if doc is None:
            self._recent.drop(session.id)
            return None
        touched = from_doc(Session, doc)
        self._recent.put(session.id, touched)
        return touched

    def _forget(self, session: Session) -> None:
        self._recent.drop(session.id)
        event = RightsChanged(agent_id=session.agent_id, session_id=session.id)
        self._bus.publish(session.workspace, event)

    def _on_event(self, workspace: str, event: Event) -> None:
        if isinstance(event, RightsChanged):
            self._recent.drop_where(
                lambda one: one.agent_id == event.agent_id or one.id == event.session_id
            )


def _id_of(token: str) -> str:
    return f"{SYS}.{token_hash(token)}"
