"""Inboxes: configured accounts of channels. Keeps their settings (secrets sealed), their running
adapters and health.

A change of settings is in force at once: the adapter is stopped and a new one started. An inbox
that cannot start tells why in its health and is tried again; it never takes the hub down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import BadInput, HubError, NotFound, SendError, Unavailable
from hub.model.contact import Address, Identity
from hub.model.conversation import Conversation
from hub.model.events import InboxChanged, SettingsChanged
from hub.model.ids import message_range, new_id, workspace_of
from hub.model.inbox import Inbox, InboxState
from hub.model.message import Message
from hub.ports.bus import Bus
from hub.ports.channel import (
    AdapterContext,
    Capabilities,
    CatchesUp,
    ChannelAdapter,
    ChannelSpec,
    KnowsPresence,
    NamesMessages,
    SendsTyping,
    ShowsChanges,
    TellsPlace,
)
from hub.ports.collections import IDENTITIES, INBOX_HEALTH, INBOX_MEMORY, INBOXES
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, one_line, to_doc
from hub.services.health import Health
from hub.services.inbox_config import check_config, open_config, seal_config
from hub.services.lanes import Lanes
from hub.services.outbox_rows import Way
from hub.services.vault import Vault
from hub.tasks import Tasks

_MAX_INBOXES = 500
_RESTART_S = (2.0, 10.0, 30.0, 60.0)
_STOP_S = 10.0
_SHOW_AGAIN_S = (1.0, 5.0, 15.0, 0.0)
#: Settings of which a running adapter knows nothing.
_NOT_THE_ADAPTERS = frozenset(
    {"alarm_after_minutes", "entry_queue_id", "acknowledgement", "away_text"}
)

_log = log.get(__name__)

#: Ends what a context has opened.
Close = Callable[[], Awaitable[None]]
#: Makes the context of an adapter out of an inbox and its config in the clear.
MakeContext = Callable[[Inbox, dict[str, Any]], Awaitable[tuple[AdapterContext, Close]]]
#: Told the id of an inbox that can send, and whether its adapter has just been started.
Mended = Callable[[str, bool], None]


class Running(msgspec.Struct):
    """An inbox that should be up, and its adapter while it is."""

    inbox: Inbox
    adapter: ChannelAdapter | None = None
    #: Of the running adapter's context.
    close: Close | None = None
    starter: asyncio.Task[None] | None = None


class Inboxes:
    """The only writer of inboxes. Everything that sends or receives finds its adapter here."""

    def __init__(
        self,
        store: DocumentStore,
        specs: Mapping[str, ChannelSpec],
        vault: Vault,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
        make_context: MakeContext,
    ) -> None:
        self.specs = specs
        self._store = store
        self._vault = vault
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._make_context = make_context
        self._running: dict[str, Running] = {}
        self.health = Health(store, clock, self._announce)
        self._is_closing = False
        #: Of changes from here and from other hubs, by inbox.
        self._turns = Lanes()
        self._mended: Mended = lambda inbox_id, is_new: None

    def on_mended(self, mended: Mended) -> None:
        """Who is told that an inbox can send (again)."""
        self._mended = mended

    async def start(self, workspaces: list[str]) -> int:
        """Load all inboxes and start those that are not paused; returns how many there are."""
        await self.load(workspaces)
        for running in tuple(self._running.values()):
            self._launch(running)
        return len(self._running)

    async def load(self, workspaces: list[str]) -> None:
        """Know all inboxes without starting any."""
        for workspace in workspaces:
            page = await self._store.find(INBOXES, workspace, {}, limit=_MAX_INBOXES)
            for doc in page.docs:
                inbox = from_doc(Inbox, doc)
                self._running[inbox.id] = Running(inbox)
                await self.health.load(inbox.id)

    async def close(self) -> None:
        self._is_closing = True
        await asyncio.gather(*(self._halt(r) for r in tuple(self._running.values())))
        await self.health.flush()

    def get(self, inbox_id: str) -> Inbox | None:
        running = self._running.get(inbox_id)
        return running.inbox if running else None

    def require(self, workspace: str, inbox_id: str) -> Inbox:
        inbox = self.get(inbox_id)
        if inbox is None or workspace_of(inbox.id) != workspace:
            raise NotFound("there is no such inbox")
        return inbox

    def of_workspace(self, workspace: str) -> list[Inbox]:
        """All inboxes of a workspace, oldest first."""
        found = [r.inbox for r in self._running.values() if workspace_of(r.inbox.id) == workspace]
        return sorted(found, key=lambda inbox: (inbox.created_at, inbox.id))

    def all(self) -> list[Inbox]:
        """Of every workspace."""
        return [running.inbox for running in self._running.values()]

    def home_ids(self, workspace: str) -> list[str]:
        return [inbox.id for inbox in self.of_workspace(workspace)]

    def spec(self, inbox: Inbox) -> ChannelSpec:
        return self.specs[inbox.channel]

    def capabilities(self, inbox: Inbox) -> Capabilities:
        return self.spec(inbox).capabilities_with(inbox.config)

    def account_keys(self, inbox: Inbox) -> frozenset[str]:
        """By which a webhook may name this inbox's account."""
        keys = self.spec(inbox).account_keys
        return keys(inbox.config) if keys else frozenset()

    def siblings(self, inbox: Inbox) -> list[Inbox]:
        """Others of the workspace whose events may come by this inbox's webhook."""
        if self.spec(inbox).account_keys is None:
            return []
        others = self.of_workspace(workspace_of(inbox.id))
        return [one for one in others if one.channel == inbox.channel and one.id != inbox.id]

    def adapter(self, inbox_id: str) -> ChannelAdapter | None:
        """The running adapter, None while the inbox is paused or cannot start."""
        running = self._running.get(inbox_id)
        return running.adapter if running else None

    def is_able(self, inbox_id: str, ability: type) -> bool:
        """Has this inbox's adapter an optional ability, also while it is still starting?"""
        running = self._running.get(inbox_id)
        if running is None or running.inbox.is_paused:
            return False
        if running.adapter is not None:
            return isinstance(running.adapter, ability)
        made: object = self.spec(running.inbox).load()
        return isinstance(made, type) and issubclass(made, ability)

    def is_present(self, inbox_id: str, to: Address) -> bool:
        adapter: object = self.adapter(inbox_id)
        return isinstance(adapter, KnowsPresence) and adapter.is_present(to)

    async def tell_typing(self, conversation: Conversation, *, is_typing: bool) -> None:
        """The customer may see that an agent types, where the channel can show it."""
        adapter: object = self.adapter(conversation.inbox_id)
        if isinstance(adapter, SendsTyping):
            for address in await self._addresses_of(conversation):
                await adapter.send_typing(address, is_typing)

    async def tell_place(self, conversation: Conversation, place: int, wait_s: int | None) -> None:
        """Whoever waits may see their place in the line, where the channel can show it."""
        adapter: object = self.adapter(conversation.inbox_id)
        if isinstance(adapter, TellsPlace):
            for address in await self._addresses_of(conversation):
                await adapter.tell_place(address, place, wait_s)

    async def show_typing(self, conversation: Conversation, *, is_typing: bool) -> None:
        """As `tell_typing`, only to those who are connected here to a live channel."""
        running = self._running.get(conversation.inbox_id)
        if running is not None and self.capabilities(running.inbox).is_live:
            await self.tell_typing(conversation, is_typing=is_typing)

    def has_live_reader(self, conversation: Conversation) -> bool:
        """Whether one of the conversation's channels has readers to whom changes are shown."""
        specs = (self.specs.get(name) for name in conversation.channels)
        return any(spec is not None and spec.capabilities.is_live for spec in specs)

    async def show(self, message: Message, conversation: Conversation) -> None:
        """Mirror a message of the timeline to readers of live channels who take part; tried again
        when the store does not answer, for nobody else tells an open page of it.
        """
        for pause_s in _SHOW_AGAIN_S:
            try:
                await self._show(message, conversation)
            except Unavailable as fault:
                _log.warning("a reader was not shown a message", error=fault)
                await self._clock.sleep(pause_s)
            else:
                return

    async def _show(self, message: Message, conversation: Conversation) -> None:
        for address in await self._addresses_of(conversation):
            adapter: object = self.adapter(address.scope)
            if isinstance(adapter, ShowsChanges):
                await adapter.show(address, message)

    async def _addresses_of(self, conversation: Conversation) -> list[Address]:
        docs = await self._store.get_many(IDENTITIES, conversation.identities)
        return [from_doc(Identity, doc).address for doc in docs]

    def way(self, inbox_id: str) -> Way | None:
        """How to send through this inbox now; None while it cannot."""
        running = self._running.get(inbox_id)
        if running is None or running.adapter is None or running.inbox.is_paused:
            return None
        if self.health.of(inbox_id).state == "bad_credentials":
            return None
        adapter = running.adapter
        namer = adapter.provider_id if isinstance(adapter, NamesMessages) else None
        spec = self.spec(running.inbox)
        return Way(
            self.capabilities(running.inbox), adapter.send, namer, spec.rates(running.inbox.config)
        )

    def attempted(self, inbox_id: str, fault: SendError | None) -> None:
        """What the outbox saw of an inbox: keeps its health honest."""
        now = self._clock.now_ms()
        if fault is None:
            self.health.note(inbox_id, last_out_at=now)
        else:
            self.health.note(inbox_id, last_error_at=now, last_error=one_line(str(fault), 300))
            if fault.code == "auth_failed":
                self.health.set_state(inbox_id, "bad_credentials", one_line(str(fault), 300))

    async def create(
        self, workspace: str, channel: str, name: str, config: Mapping[str, Any], join_group: str
    ) -> Inbox:
        """Check, seal, store and start a new inbox. Raises `BadInput` naming the field at fault."""
        spec = self.specs.get(channel)
        if spec is None:
            raise BadInput("there is no such channel", "channel")
        if len(self.of_workspace(workspace)) >= _MAX_INBOXES:
            raise BadInput("a workspace has at most 500 inboxes", "channel")
        clear = check_config(spec, config)
        id = new_id(workspace)
        inbox = Inbox(
            id=id,
            channel=channel,
            name=one_line(name, 120),
            address=spec.address(clear),
            config=seal_config(spec, clear, self._vault, id),
            join_group=join_group,
            created_at=self._clock.now_ms(),
        )
        self._check_address(spec, inbox)
        async with self._turns.hold(inbox.id):
            await self._store.insert(INBOXES, to_doc(inbox))
            self._running[inbox.id] = Running(inbox)
            self._launch(self._running[inbox.id])
        self._bus.publish(workspace, SettingsChanged(what="inboxes"))
        return inbox

    def _check_address(self, spec: ChannelSpec, inbox: Inbox) -> None:
        """Two inboxes of one channel with the same address would take each other's messages."""
        for running in self._running.values():
            other = running.inbox
            is_twin = (other.channel, other.address) == (inbox.channel, inbox.address)
            if is_twin and inbox.address and other.id != inbox.id and not spec.capabilities.is_live:
                raise BadInput("another inbox has this address already", "config.address")

    async def change(
        self,
        workspace: str,
        inbox_id: str,
        *,
        name: str | None = None,
        config: Mapping[str, Any] | None = None,
        is_paused: bool | None = None,
        join_group: str | None = None,
        alarm_after_minutes: int | None = None,
        entry_queue_id: str | None = None,
        acknowledgement: str | None = None,
        away_text: str | None = None,
    ) -> Inbox:
        """Change what is given. Secrets left out of `config` keep their value, null removes one."""
        inbox = self.require(workspace, inbox_id)
        spec = self.spec(inbox)
        given = {
            "name": None if name is None else one_line(name, 120),
            "is_paused": is_paused,
            "join_group": join_group,
            "alarm_after_minutes": alarm_after_minutes,
            "entry_queue_id": entry_queue_id,
            "acknowledgement": acknowledgement,
            "away_text": away_text,
        }
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        if config is not None:
            clear = check_config(spec, {**self.clear_config(inbox), **config})
            changes["config"] = seal_config(spec, clear, self._vault, inbox.id)
            changes["address"] = spec.address(clear)
        changed = msgspec.structs.replace(inbox, **changes)
        self._check_address(spec, changed)
        async with self._turns.hold(inbox_id):
            if not await self._store.replace(INBOXES, to_doc(changed), inbox.v):
                raise BadInput("somebody else changed this inbox; load it again")
            changed = msgspec.structs.replace(changed, v=inbox.v + 1)
            running = self._running[inbox_id]
            running.inbox = changed
            if not changes.keys() <= _NOT_THE_ADAPTERS:
                await self._halt(running)
                self._launch(running)
        self._announce(inbox_id)
        if changed.entry_queue_id != inbox.entry_queue_id:  # others may see it now
            self._bus.publish(workspace, SettingsChanged(what="inboxes"))
        return changed

    async def delete(self, workspace: str, inbox_id: str) -> None:
        """Stop it, forget its settings and what its adapter kept; conversations stay."""
        inbox = self.require(workspace, inbox_id)
        async with self._turns.hold(inbox_id):
            await self._halt(self._running[inbox_id])
            await self._store.delete(INBOXES, inbox.id)
            await self._store.delete(INBOX_HEALTH, inbox.id)
            await self._forget_memory(inbox)
            del self._running[inbox_id]
        self._bus.publish(workspace, SettingsChanged(what="inboxes"))

    async def _forget_memory(self, inbox: Inbox) -> None:
        workspace, rows = workspace_of(inbox.id), {"_id": message_range(inbox.id)}
        while docs := (await self._store.find(INBOX_MEMORY, workspace, rows, limit=500)).docs:
            for doc in docs:
                await self._store.delete(INBOX_MEMORY, doc["_id"])

    async def adopt(self, inbox: Inbox) -> None:
        """As another hub stored it: start it (anew) unless that is what runs."""
        known = self.get(inbox.id)
        if known is not None and known.v >= inbox.v:
            return
        async with self._turns.hold(inbox.id):
            doc = await self._store.get(INBOXES, inbox.id)  # it may be gone again
            running = self._running.get(inbox.id)
            if doc is None or (running is not None and running.inbox.v >= doc["v"]):
                return
            latest = from_doc(Inbox, doc)
            if running is None:
                await self.health.load(inbox.id)
                running = self._running[inbox.id] = Running(latest)
            running.inbox = latest
            await self._halt(running)
            self._launch(running)
        self._announce(inbox.id)

    async def drop(self, inbox_id: str) -> None:
        """Another hub deleted it."""
        async with self._turns.hold(inbox_id):
            running = self._running.pop(inbox_id, None)
            if running is not None:
                await self._halt(running)

    async def catch_up(self) -> None:
        """Events may have been missed: readers of live channels are shown what they lack."""
        for running in tuple(self._running.values()):
            adapter: object = running.adapter
            if isinstance(adapter, CatchesUp):
                await adapter.catch_up()

    def clear_config(self, inbox: Inbox) -> dict[str, Any]:
        """The config with secrets in the clear, for the adapter only."""
        return open_config(self.spec(inbox), inbox.config, self._vault, inbox.id)

    async def probe(self, inbox: Inbox) -> None:
        """Try address and credentials without side effects; raises what the adapter raises."""
        adapter, close = await self._build(inbox)
        try:
            await adapter.probe()
        finally:
            await _end(adapter, close)

    async def _build(self, inbox: Inbox) -> tuple[ChannelAdapter, Close]:
        context, close = await self._make_context(inbox, self.clear_config(inbox))
        return self.spec(inbox).load()(context), close

    def _launch(self, running: Running) -> None:
        if self._is_closing:
            return
        if running.inbox.is_paused:
            self.health.set_state(running.inbox.id, "stopped", "")
            return
        name = f"start inbox {running.inbox.id}"
        running.starter = self._tasks.spawn(name, self._start_one(running))

    async def _start_one(self, running: Running) -> None:
        """Start, and try again with growing pauses while it cannot."""
        inbox = running.inbox
        for attempt in range(1_000_000):
            self.health.set_state(inbox.id, "starting", "")
            try:
                adapter, close = await self._build(inbox)
                await self._start_or_end(adapter, close)
            except (HubError, OSError) as fault:
                self._failed(inbox.id, fault)
            except Exception as fault:  # noqa: BLE001 - a channel's bug must not take the hub down
                _log.error("an inbox cannot start", error=fault, inbox=inbox.id)
                self._failed(inbox.id, fault)
            else:
                running.adapter, running.close = adapter, close
                if self.way(inbox.id) is not None:
                    self._mended(inbox.id, True)
                return
            await self._clock.sleep(_RESTART_S[min(attempt, len(_RESTART_S) - 1)])

    @staticmethod
    async def _start_or_end(adapter: ChannelAdapter, close: Close) -> None:
        """What did not start leaves no open connection."""
        try:
            await adapter.start()
        except BaseException:
            await close()
            raise

    def _failed(self, inbox_id: str, fault: BaseException) -> None:
        is_refused = isinstance(fault, HubError) and fault.code == "auth_failed"
        state: InboxState = "bad_credentials" if is_refused else "error"
        detail = one_line(str(fault), 300) if isinstance(fault, HubError | OSError) else "error"
        self.health.set_state(inbox_id, state, detail)

    async def _halt(self, running: Running) -> None:
        if running.starter is not None:
            running.starter.cancel()
            await asyncio.gather(running.starter, return_exceptions=True)
            running.starter = None
        adapter, running.adapter = running.adapter, None
        close, running.close = running.close, None
        if adapter is None:
            return
        try:
            async with asyncio.timeout(_STOP_S):
                await _end(adapter, close)
        except TimeoutError:
            _log.error("an inbox did not stop in time", inbox=running.inbox.id)

    async def report(self, inbox_id: str, state: InboxState, detail: str) -> None:
        """An adapter tells how it is doing."""
        was_refused = self.health.of(inbox_id).state == "bad_credentials"
        self.health.set_state(inbox_id, state, one_line(detail, 300))
        if was_refused and self.way(inbox_id) is not None:
            self._mended(inbox_id, False)
        try:
            await self.health.flush()
        except Unavailable as fault:
            _log.warning("health could not be kept", error=fault, inbox=inbox_id)

    def received(self, inbox: Inbox, at: int) -> None:
        self.health.note(inbox.id, last_in_at=at, is_quiet=False)

    def alert(self, inbox_id: str, detail: str) -> None:
        """The network tells that a person must look after the account."""
        now = self._clock.now_ms()
        self.health.note(inbox_id, last_error_at=now, last_error=one_line(detail, 300))

    def _announce(self, inbox_id: str) -> None:
        running = self._running.get(inbox_id)
        if running is not None:
            event = InboxChanged(inbox=running.inbox, health=self.health.of(inbox_id))
            self._bus.publish(workspace_of(inbox_id), event)


async def _end(adapter: ChannelAdapter, close: Close | None) -> None:
    """Stop, then close what its context opened, whatever stopping brings."""
    try:
        await adapter.stop()
    finally:
        if close is not None:
            await close()
