"""Live events to agents' sockets: a ring with cursors for catching up, and frames built once for
many.

Every bus event becomes an entry `<epoch>.<n>` of its workspace's ring (10,000 entries or 10
minutes). Rights are checked for each entry and socket. What is published in one turn of the loop
goes out as one frame; sockets with the same rights share its bytes. A socket that does not read is
closed when 1 MB waits for it.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import cast

import msgspec
from aiohttp import web

from hub.clock import Clock
from hub.model import events as e
from hub.model.agent import Scope
from hub.model.contact import Contact, Identity
from hub.model.conversation import Conversation, is_with
from hub.model.ids import SYS, local, new_key
from hub.model.inbox import homes_of
from hub.model.message import Message
from hub.ports.channel import ChannelSpec
from hub.services.browsers import Browsers
from hub.web import live_events as out
from hub.web import show, show_routing

RING_EVENTS = 10_000
RING_MS = 10 * 60 * 1000
BUFFER_MAX_BYTES = 1024 * 1024
CLOSE_TOO_SLOW = 1013
#: How long "is typing" and "is looking" mean something; later it is not told to who comes back.
PASSING_MS = 30_000

_encoder = msgspec.json.Encoder()


class Audience(msgspec.Struct, frozen=True, gc=False):
    """Who may see an event: everybody, one agent, who sees one of some homes or a conversation, or
    who has just lost sight of one.
    """

    agent_id: str = ""
    homes: tuple[str, ...] = ()
    conversation: Conversation | None = None
    #: Set: only those who saw the conversation as it was and do not see it as it is.
    before: Conversation | None = None


#: Makes what is sent, when the first socket is to get it: mostly nobody looks.
Show = Callable[[], out.LiveEvent]


class Entry(msgspec.Struct, gc=False):
    """One event as it is sent and to whom; stale after `until` for who comes later (0: never)."""

    n: int
    at: int
    show: Show | None
    to: Audience
    until: int = 0
    made: bytes = b""

    def json(self) -> bytes:
        if self.show is not None:
            self.made, self.show = _encoder.encode(self.show()), None
        return self.made


_EVERYBODY = Audience()
_NOBODY = Audience(agent_id="-")


class Socket:
    """One agent's open live connection."""

    def __init__(self, scope: Scope, session_id: str, transport: asyncio.WriteTransport) -> None:
        self.scope = scope
        self.session_id = session_id
        self.transport = transport
        #: Conversations seen by an access row, for agents whose homes are limited.
        self.granted: set[str] = set()
        self.sent_n = 0
        self.close_code = 0
        self.closing = asyncio.Event()

    def may_see(self, entry: Entry) -> bool:
        to = entry.to
        if to.agent_id:
            return to.agent_id == self.scope.agent_id
        if to.homes:
            return any(map(self.scope.sees_home, to.homes))
        if to.conversation is None:
            return True
        if to.before is not None:
            return self.sees(to.before) and not self.sees(to.conversation)
        return self.sees(to.conversation)

    def sees(self, conversation: Conversation) -> bool:
        return (
            self.scope.sees_home(conversation.home)
            or is_with(conversation, self.scope.agent_id)
            or conversation.id in self.granted
        )

    def close(self, code: int) -> None:
        """Ask the handler to end this connection."""
        self.close_code = self.close_code or code
        self.closing.set()


class Ring:
    """The latest entries of one workspace and the sockets that follow it."""

    def __init__(self) -> None:
        self.n = 0
        self.entries: deque[Entry] = deque()
        self.sockets: set[Socket] = set()
        self.is_flush_due = False
        #: Entry at which an agent's rights last changed: what they hold from before may be wrong.
        self.rights_n: dict[str, int] = {}

    def add(self, now: int, show: Show | None, to: Audience, lasts_ms: int = 0) -> None:
        self.n += 1
        self.entries.append(Entry(self.n, now, show, to, now + lasts_ms if lasts_ms else 0))
        while len(self.entries) > RING_EVENTS or self.entries[0].at < now - RING_MS:
            self.entries.popleft()

    def after(self, n: int) -> list[Entry] | None:
        """Entries above `n`; None when some of them are gone."""
        oldest = self.entries[0].n if self.entries else self.n + 1
        if n > self.n or n < oldest - 1:
            return None
        # From the end: what a socket asks for is mostly the last few of thousands.
        latest = list(itertools.islice(reversed(self.entries), self.n - n))
        latest.reverse()
        return latest


class LiveHub:
    """The bus's listener and the sockets' source."""

    def __init__(self, clock: Clock, specs: Mapping[str, ChannelSpec]) -> None:
        self._clock = clock
        self._specs = specs
        self._rings: dict[str, Ring] = {}
        self._on_rights: Callable[[str, e.RightsChanged], None] | None = None
        self._closed_with = 0
        self._elsewhere: Callable[[str], set[str]] = lambda workspace: set()
        self._known_elsewhere: dict[str, set[str]] = {}
        self._publish: Callable[[str, e.Event], None] = self.listen
        self._tell_others: Callable[[dict[str, list[str]]], None] = lambda online: None
        self._browsers: Browsers | None = None
        self.epoch = new_key()[:10]

    def when_rights_change(self, listener: Callable[[str, e.RightsChanged], None]) -> None:
        self._on_rights = listener

    def tell(self, browsers: Browsers) -> None:
        """Who is told of the first and the last socket of an agent."""
        self._browsers = browsers

    def cursor(self, workspace: str) -> str:
        """Read it before the query of a snapshot: the client applies events after it."""
        ring = self._rings.get(workspace)
        return f"{self.epoch}.{ring.n if ring else 0}"

    def online(self, workspace: str) -> set[str]:
        """Agent ids with an open socket, at any hub."""
        return self._here(workspace) | self._elsewhere(workspace)

    def _here(self, workspace: str) -> set[str]:
        ring = self._rings.get(workspace)
        return {socket.scope.agent_id for socket in ring.sockets} if ring else set()

    def connect(
        self,
        elsewhere: Callable[[str], set[str]],
        publish: Callable[[str, e.Event], None],
        tell: Callable[[dict[str, list[str]]], None],
    ) -> None:
        """Among several hubs: who is online at the others, how they hear of ours, and who is told
        all that are online here by workspace.
        """
        self._elsewhere, self._publish, self._tell_others = elsewhere, publish, tell

    def follow_elsewhere(self) -> None:
        """Other hubs came or went: tell whose presence that changes."""
        for workspace in tuple(self._rings):
            now = self._elsewhere(workspace)
            before = self._known_elsewhere.get(workspace, set())
            self._known_elsewhere[workspace] = now
            for agent_id in (before ^ now) - self._here(workspace):
                event = e.PresenceChanged(agent_id=agent_id, is_online=agent_id in now)
                self.listen(workspace, event)

    def renew(self) -> None:
        """Events may have been missed: all clients load anew, those who come back too."""
        self.epoch = new_key()[:10]
        for ring in self._rings.values():
            for socket in tuple(ring.sockets):
                self.resync(socket)
                socket.sent_n = ring.n

    def sockets_of(self, workspace: str, agent_id: str) -> list[Socket]:
        ring = self._rings.get(workspace)
        return [s for s in ring.sockets if s.scope.agent_id == agent_id] if ring else []

    @property
    def socket_count(self) -> int:
        return sum(len(ring.sockets) for ring in self._rings.values())

    def listen(self, workspace: str, event: e.Event) -> None:
        """Bus listener: number the event and send it in this turn of the loop."""
        if workspace == SYS:
            return
        ring = self._rings.setdefault(workspace, Ring())
        now = self._clock.now_ms()
        lasts_ms = PASSING_MS if isinstance(event, e.TypingSeen) else 0
        for show_it, to in self._shown(ring, event):
            ring.add(now, show_it, to, lasts_ms)
        if isinstance(event, e.RightsChanged):
            ring.add(now, None, _NOBODY)  # a number of its own: a cursor is before it or after it
            ring.rights_n[event.agent_id] = ring.n
            if self._on_rights is not None:
                self._on_rights(workspace, event)
        if ring.sockets and not ring.is_flush_due:
            ring.is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush, ring)

    def _shown(self, ring: Ring, event: e.Event) -> Iterable[tuple[Show, Audience]]:
        match event:
            case e.ConversationChanged(conversation=item, before=before):
                yield partial(_conversation, item), Audience(conversation=item)
                if before is not None and _may_be_lost(before, item):
                    lost_by = Audience(conversation=item, before=before)
                    yield partial(out.ConversationRemoved, local(item.id)), lost_by
            case e.MessageChanged(message=message, conversation=item):
                yield partial(_message, message), Audience(conversation=item)
            case e.TypingSeen(conversation=item):
                yield partial(_typing, event), Audience(conversation=item)
            case e.ContactChanged(contact=contact, identities=identities):
                yield partial(_contact, contact, identities), _EVERYBODY
            case e.InboxChanged(inbox=inbox, health=health):
                if inbox.channel in self._specs:
                    view = show.inbox(inbox, self._specs[inbox.channel], health)
                    yield partial(out.InboxChanged, view), Audience(homes=homes_of(inbox))
            case e.AccessGained(conversation=item, agent_id=agent_id):
                for socket in ring.sockets:
                    if socket.scope.agent_id == agent_id:
                        socket.granted.add(item.id)
                yield partial(_conversation, item), Audience(agent_id=agent_id)
            case e.DeskChanged() | e.QueueChanged() | e.TaskChanged():
                yield from self._of_work(event)
            case _:
                yield from self._personal(event)

    def _of_work(
        self, event: e.DeskChanged | e.QueueChanged | e.TaskChanged
    ) -> Iterable[tuple[Show, Audience]]:
        match event:
            case e.DeskChanged(desk=desk):
                shown = partial(out.DeskChanged, show_routing.desk(desk, self._clock.now_ms()))
                yield shown, _EVERYBODY
            case e.QueueChanged(queue=queue):
                numbers = partial(out.QueueChanged, show_routing.queue(queue))
                yield numbers, Audience(homes=(queue.queue_id,))
            case e.TaskChanged(task=task, conversation=item, is_due=is_due):
                told = partial(_task, event)
                if item is not None and not is_due:
                    yield told, Audience(conversation=item)
                    return
                for agent_id in {task.assignee_id, "" if is_due else task.created_by} - {""}:
                    yield told, Audience(agent_id=agent_id)

    @staticmethod
    def _personal(event: e.Event) -> Iterable[tuple[Show, Audience]]:
        match event:
            case e.ReadMoved(agent_id=agent_id):
                moved = partial(out.ReadMoved, local(event.conversation_id), event.seq)
                yield moved, Audience(agent_id=agent_id)
            case e.DraftMoved(agent_id=agent_id):
                draft = partial(out.DraftMoved, local(event.conversation_id), event.has_draft)
                yield draft, Audience(agent_id=agent_id)
            case e.PresenceChanged(agent_id=agent_id, is_online=is_online):
                yield partial(out.PresenceChanged, local(agent_id), is_online), _EVERYBODY
            case e.SettingsChanged(what=what):
                yield partial(out.SettingsChanged, what), _EVERYBODY
            case _:
                return

    def _flush(self, ring: Ring) -> None:
        """Send every socket what it has not had; equal views share one frame."""
        ring.is_flush_due = False
        frames: dict[tuple[int, ...], bytes] = {}
        waiting: dict[int, list[Entry] | None] = {}
        #: For those who see every home: the frame by what they had, unless some of it is personal.
        for_all: dict[int, bytes] = {}
        for socket in tuple(ring.sockets):
            since, socket.sent_n = socket.sent_n, ring.n
            sees_all = socket.scope.homes is None
            frame = for_all.get(since) if sees_all else None
            if frame is None:
                if since not in waiting:
                    waiting[since] = ring.after(since)
                fresh = waiting[since]
                if fresh is None:  # more in one turn of the loop than the ring holds
                    self.resync(socket)
                    continue
                visible = [entry for entry in fresh if socket.may_see(entry)]
                if not visible:
                    continue
                key = tuple(entry.n for entry in visible)
                frame = frames.get(key)
                if frame is None:
                    frame = frames[key] = text_frame(self._events(ring, visible))
                if sees_all and not any(entry.to.agent_id for entry in fresh):
                    for_all[since] = frame
            self._write(socket, frame)

    def _write(self, socket: Socket, frame: bytes) -> None:
        if socket.close_code or socket.transport.is_closing():
            return  # on its way out: nothing more piles up for it
        socket.transport.write(frame)
        if socket.transport.get_write_buffer_size() > BUFFER_MAX_BYTES:
            socket.close(CLOSE_TOO_SLOW)

    def _events(self, ring: Ring, entries: list[Entry]) -> bytes:
        cursor = f"{self.epoch}.{ring.n}".encode()
        joined = b",".join(entry.json() for entry in entries)
        return b'{"type":"events","cursor":"' + cursor + b'","events":[' + joined + b"]}"

    def join(self, socket: Socket, cursor: str) -> None:
        """Begin to follow: `hello`, then what was missed since `cursor`, or `resync`."""
        ring = self._rings.setdefault(socket.scope.workspace, Ring())
        was_here = socket.scope.agent_id in self._here(socket.scope.workspace)
        now = self.cursor(socket.scope.workspace)
        self._write(socket, text_frame(_encoder.encode(out.Hello(now))))
        if cursor:
            missed = self._missed(ring, cursor, socket.scope.agent_id)
            if missed is None:
                self._write(socket, text_frame(_encoder.encode(out.Resync(now))))
            else:
                visible = [entry for entry in missed if socket.may_see(entry)]
                if visible:
                    self._write(socket, text_frame(self._events(ring, visible)))
        socket.sent_n = ring.n
        ring.sockets.add(socket)
        if self._closed_with:
            socket.close(self._closed_with)
        if not was_here and socket.scope.agent_id:
            self._presence(socket, is_online=True)

    def _missed(self, ring: Ring, cursor: str, agent_id: str) -> list[Entry] | None:
        """What came after `cursor` and still says something; None: load anew."""
        epoch, _, number = cursor.partition(".")
        if epoch != self.epoch or not (number.isascii() and number.isdigit()):
            return None
        n = int(number[:18])
        if n < ring.rights_n.get(agent_id, 0):
            return None
        entries = ring.after(n)
        now = self._clock.now_ms()
        return entries and [entry for entry in entries if not 0 < entry.until < now]

    def resync(self, socket: Socket) -> None:
        """Rights changed: what the client holds may be too much or too little."""
        cursor = self.cursor(socket.scope.workspace)
        self._write(socket, text_frame(_encoder.encode(out.Resync(cursor))))

    def leave(self, socket: Socket) -> None:
        ring = self._rings.get(socket.scope.workspace)
        if ring is None or socket not in ring.sockets:
            return
        ring.sockets.discard(socket)
        still = socket.scope.agent_id in self._here(socket.scope.workspace)
        if not still and socket.scope.agent_id:
            self._presence(socket, is_online=False)

    def _presence(self, socket: Socket, *, is_online: bool) -> None:
        workspace, agent_id = socket.scope.workspace, socket.scope.agent_id
        rings = self._rings.items()
        self._tell_others({of: sorted(self._here(of)) for of, ring in rings if ring.sockets})
        if agent_id not in self._elsewhere(workspace):
            event = e.PresenceChanged(agent_id=agent_id, is_online=is_online)
            self._publish(workspace, event)
        if self._browsers is not None:
            told = self._browsers.came if is_online else self._browsers.went
            told(socket.scope.agent_id)

    def buffered(self) -> list[int]:
        """Bytes that wait for each open socket."""
        sockets = [socket for ring in self._rings.values() for socket in ring.sockets]
        return [socket.transport.get_write_buffer_size() for socket in sockets]

    def close_all(self, code: int) -> None:
        """The hub goes down: all clients, those who come now too, are to come back later."""
        self._closed_with = code
        if self._browsers is not None:
            self._browsers.close()
        for ring in self._rings.values():
            for socket in tuple(ring.sockets):
                socket.close(code)


def _conversation(item: Conversation) -> out.LiveEvent:
    return out.ConversationChanged(show.conversation(item, None))


def _message(message: Message) -> out.LiveEvent:
    return out.MessageChanged(show.message(message))


def _typing(event: e.TypingSeen) -> out.LiveEvent:
    id = local(event.conversation.id)
    if not event.agent_id:
        return out.ContactTyping(id, event.is_typing)
    return out.ColleagueActive(id, local(event.agent_id), event.is_viewing, event.is_typing)


def _task(event: e.TaskChanged) -> out.LiveEvent:
    return out.TaskChanged(show.task(event.task), event.is_due, event.is_gone)


def _contact(contact: Contact, identities: list[Identity]) -> out.LiveEvent:
    return out.ContactChanged(show.contact(contact, identities))


def _may_be_lost(before: Conversation, now: Conversation) -> bool:
    return _whose(before) != _whose(now)


def _whose(one: Conversation) -> tuple[str, str, list[str]]:
    offer = one.routing.offer if one.routing else None
    return one.home, one.assignee_id, offer.agent_ids if offer else []


def text_frame(payload: bytes) -> bytes:
    """An unmasked, uncompressed WebSocket text frame (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def write_transport(request: web.Request) -> asyncio.WriteTransport:
    """The connection's transport, for frames that are built once and written many times."""
    if request.transport is None:
        raise ConnectionResetError("the connection is gone")
    return cast("asyncio.WriteTransport", request.transport)  # uvloop's is one, but does not say so
