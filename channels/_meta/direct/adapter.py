"""One inbox of direct messages: verifies and parses webhooks, sends by the Send API, and asks the
Conversations API after an outage. Implements `ChannelAdapter` and the abilities that Meta has for
both platforms; bound to a `Setup` by `channels/messenger` and `channels/instagram`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any

import msgspec

from channels._meta import handshake, signature
from channels._meta.direct import listing, media, render
from channels._meta.direct.errors import TABLE, TAGGED
from channels._meta.direct.parse import Account, addressees, parse
from channels._meta.direct.render import Dialect
from channels._meta.graph import Graph
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    OutcomeUnknown,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Attachment
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import DeliveryReported, InboundEvent, MediaRef

_RETRY_S = (5.0, 15.0, 60.0, 300.0)
_LIST_PAGE = 50
_LIST_CONVERSATIONS_MAX = 500
_OUTCOME_MESSAGES = 25
_ANSWERED_KEPT = 2_000


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox's settings as both platforms need them."""

    channel: str
    #: Meta's name of what sends webhooks: "page", "instagram".
    object: str
    #: For the Conversations API: "messenger", "instagram".
    platform: str
    account_id: str
    app_secret: str
    verify_token: str
    access_token: str
    api_base: str
    dialect: Dialect
    #: Fields of `GET /me` that hold our account's id (dotted), the first one found counts.
    account_fields: tuple[str, ...]
    #: What `subscribed_apps` subscribes to.
    subscriptions: str
    profile_fields: str
    has_human_tag: bool = True
    #: The API is not Meta's own (tests, demo): there is no need for https.
    is_standin: bool = False


class DirectAdapter:
    """No I/O before `start`."""

    max_body_bytes = 4 * 1024 * 1024

    def __init__(self, ctx: AdapterContext, setup: Setup) -> None:
        self._ctx = ctx
        self._setup = setup
        self._account = Account(
            channel=setup.channel,
            object=setup.object,
            id=setup.account_id,
            inbox_id=ctx.inbox.id,
            origin=media.own_origin(setup.api_base),
        )
        token, api_base = setup.access_token, setup.api_base
        self._graph = Graph(ctx.http, token=token, table=TABLE, api_base=api_base)
        self._tagged = Graph(ctx.http, token=token, table=TAGGED, api_base=api_base)
        #: Ids of messages that were sent lately and whose answer came.
        self._answered: deque[str] = deque(maxlen=_ANSWERED_KEPT)
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Webhooks may come at once; when Meta cannot be asked now it is asked again later."""
        try:
            await self._connect()
        except TransientFailure:
            await self._ctx.report("disconnected", f"{self._setup.channel}.state.unreachable")
            name = f"{self._setup.channel} {self._ctx.inbox.id}"
            self._connecting = self._ctx.tasks.spawn(name, self._connect_later())

    async def stop(self) -> None:
        task, self._connecting = self._connecting, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])

    async def probe(self) -> None:
        try:
            me = await self._graph.get("me", params={"fields": self._account_query()})
        except (AuthFailed, TransientFailure):
            raise
        except ContentRejected as fault:
            raise BadInput(str(fault), "access_token") from fault
        except SendError as fault:
            raise TransientFailure(str(fault)) from fault
        if self._setup.account_id not in _values(me, self._setup.account_fields):
            raise BadInput("the access token belongs to another account", "access_token")

    async def _connect(self) -> None:
        """Check the account and subscribe its webhooks. Raises `AuthFailed`, `TransientFailure` and
        `BadInput`.
        """
        await self.probe()
        detail = "" if await self._subscribed() else f"{self._setup.channel}.state.not_subscribed"
        await self._ctx.report("connected", detail)

    async def _connect_later(self) -> None:
        for attempt in range(1_000_000):
            await self._ctx.clock.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
            try:
                await self._connect()
            except TransientFailure:
                continue
            except AuthFailed as fault:
                await self._ctx.report("bad_credentials", str(fault))
            except BadInput as fault:
                await self._ctx.report("error", str(fault))
            return

    async def _subscribed(self) -> bool:
        """Tell Meta to send this account's webhooks to our app; False when it refuses, be it for a
        missing permission: the token itself is good, and a person may have subscribed by hand. An
        address without https is none that Meta would call.
        """
        if not (self._setup.is_standin or self._ctx.inbox.public_url.startswith("https://")):
            return True
        fields = {"subscribed_fields": self._setup.subscriptions}
        try:
            await self._graph.post("me", "subscribed_apps", body={}, params=fields)
        except (OutcomeUnknown, RateLimited) as fault:
            raise TransientFailure(str(fault)) from fault
        except TransientFailure:
            raise
        except SendError:
            return False
        return True

    def verify(self, request: RawRequest) -> None:
        signature.verify(self._setup.app_secret, request)

    def addressees(self, request: RawRequest) -> frozenset[str]:
        return addressees(request.body, self._account)

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        return parse(request.body, self._account)

    def handshake(self, request: RawRequest) -> HookAnswer | None:
        return handshake.answer(self._setup.verify_token, request)

    def answer(self, request: RawRequest) -> HookAnswer:
        return HookAnswer(200, "EVENT_RECEIVED")

    async def send(self, message: OutboundMessage) -> SendResult:
        dialect = self._setup.dialect
        render.check(message, dialect)
        # Before the upload: a closed window needs none.
        way = render.window(
            message,
            dialect,
            self._ctx.clock.now_ms(),
            has_human_tag=self._setup.has_human_tag,
        )
        attachment = await self._attachment(message.attachments)
        body = render.body(message, dialect, way, attachment)
        graph = self._tagged if "tag" in way else self._graph
        answer = await graph.post("me", "messages", body=body)
        mid = answer.get("message_id")
        if not isinstance(mid, str) or not mid:
            raise OutcomeUnknown("the answer names no message")
        self._answered.append(mid)
        return SendResult([mid])

    async def _attachment(self, attachments: list[Attachment]) -> dict[str, Any] | None:
        """A file as the Send API takes it: uploaded, or an address of ours that is open for some
        minutes. Neither shows anything to the customer.
        """
        if not attachments:
            return None
        file = attachments[0]
        kind = render.attachment_kind(file, self._setup.dialect)
        if not self._setup.dialect.can_upload:
            url = self._ctx.inbox.public_url + self._ctx.files.link(file.file_id, "")
            return {"type": kind, "payload": {"url": url}}
        data = await self._ctx.files.read(file.file_id)
        empty = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        answer = await self._graph.upload(
            "me",
            "message_attachments",
            data=data,
            media_type=file.media_type,
            name=file.name,
            field="filedata",
            fields={"message": msgspec.json.encode(empty).decode()},
        )
        id = answer.get("attachment_id")
        if not isinstance(id, str) or not id:
            raise TransientFailure("the upload's answer names no file")
        return {"type": kind, "payload": {"attachment_id": id}}

    async def fetch(self, media_ref: MediaRef) -> FetchedMedia:
        return await media.fetch(self._ctx.http, media_ref, self._account.origin)

    async def mark_read(self, to: Address, provider_id: str) -> None:
        """Meta marks the whole thread."""
        await self._act(render.seen(to.value))

    async def send_typing(self, to: Address, is_typing: bool) -> None:
        await self._act(render.typing(to.value, is_typing))

    async def react(self, to: Address, provider_id: str, emoji: str) -> None:
        await self._act(render.reaction(to.value, provider_id, emoji))

    async def _act(self, body: dict[str, Any]) -> None:
        """Doing it twice shows it once, so nothing stays unknown."""
        try:
            await self._graph.post("me", "messages", body=body)
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault

    async def profile(self, sender: Address) -> str:
        """The name that Meta shows for this person, "" when it tells none. Raises `SendError`s."""
        try:
            person = await self._graph.get(
                sender.value, params={"fields": self._setup.profile_fields}
            )
        except (ContentRejected, RecipientUnreachable):
            return ""
        names = (person.get("name"), person.get("username"))
        return next((" ".join(name.split())[:200] for name in names if isinstance(name, str)), "")

    async def missed(self, since_ms: int) -> list[InboundEvent]:
        found: list[InboundEvent] = []
        params = {
            "platform": self._setup.platform,
            "fields": f"updated_time,messages.limit({_LIST_PAGE}){{{listing.MESSAGE_FIELDS}}}",
            "limit": str(_LIST_PAGE),
        }
        count = 0
        async for row in self._graph.pages("me", "conversations", params=params):
            count += 1
            # The latest comes first.
            is_older = 0 < listing.updated_at(row) < since_ms
            if is_older or count > _LIST_CONVERSATIONS_MAX:
                break
            found += listing.events(row, self._account, since_ms)
        return found

    async def outcome(self, message: OutboundMessage) -> DeliveryReported | None:
        params = {
            "platform": self._setup.platform,
            "user_id": message.to.value,
            "fields": f"messages.limit({_OUTCOME_MESSAGES}){{{listing.MESSAGE_FIELDS}}}",
        }
        page = await self._graph.get("me", "conversations", params=params)
        rows = page.get("data")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict):
                told = listing.outcome(row, self._account, message, self._answered)
                if told is not None:
                    return told
        return None

    def _account_query(self) -> str:
        return ",".join(
            dict.fromkeys(name.partition(".")[0] for name in self._setup.account_fields)
        )


def _values(source: dict[str, Any], paths: tuple[str, ...]) -> set[str]:
    """The texts at these dotted paths."""
    found = set()
    for path in paths:
        value: Any = source
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str | int):
            found.add(str(value))
    return found
