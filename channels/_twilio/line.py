"""One inbox's line to Twilio: all that the channels' adapters have in common, from the signature to
reconciling. An adapter owns one and hands its calls on; what a network has of its own stays there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict

from channels._twilio import inbound, reconcile, signature
from channels._twilio.form import Pairs, decode
from channels._twilio.inbound import Enrich
from channels._twilio.rest import Rest
from channels._twilio.settings import Account
from hub.errors import AuthFailed, BadInput, BadSignature, SendError
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import DeliveryReported, InboundEvent, MediaRef

#: 1,600 characters, each up to four escaped bytes, and thirty media addresses.
MAX_BODY_BYTES = 128 * 1024
#: An empty answer: nothing is said to the customer by it.
ANSWER = HookAnswer(body="<Response/>", media_type="text/xml")
_OURS_MAX = 10_000
_RETRY_S = (5.0, 15.0, 60.0)


class Line:
    """`channel` names the texts of states; `enrich` reads what its network adds to messages."""

    def __init__(self, ctx: AdapterContext, account: Account, channel: str, enrich: Enrich) -> None:
        self.account = account
        self.rest = Rest(ctx.http, account)
        self._ctx = ctx
        self._channel = channel
        self._enrich = enrich
        self._connecting: asyncio.Task[None] | None = None
        #: SIDs of what this process sent: a lost answer is never another message's SID.
        self._ours: OrderedDict[str, str] = OrderedDict()

    async def start(self) -> None:
        """Raises `AuthFailed`. While Twilio cannot be reached webhooks are taken all the same."""
        if self._connecting is None and not await self._connect():
            name = f"{self._channel} {self._ctx.inbox.id}"
            self._connecting = self._ctx.tasks.spawn(name, self._keep_trying())

    async def stop(self) -> None:
        task, self._connecting = self._connecting, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])

    async def _connect(self) -> bool:
        try:
            await self.rest.probe()
        except AuthFailed:
            raise
        except SendError:
            await self._ctx.report("disconnected", f"{self._channel}.state.unreachable")
            return False
        await self._ctx.report("connected")
        return True

    async def _keep_trying(self) -> None:
        for attempt in range(1_000_000):
            await self._ctx.clock.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
            try:
                if await self._connect():
                    return
            except AuthFailed as fault:
                await self._ctx.report("bad_credentials", str(fault))
                return

    def verify(self, request: RawRequest) -> None:
        """Raises `BadSignature`, also for a signed request of another account (S-35)."""
        url = self.account.hook_url + (f"?{request.query}" if request.query else "")
        pairs = signature.verify(request, url, self.account.tokens)
        if any(name == "AccountSid" and sid != self.account.sid for name, sid in pairs):
            raise BadSignature("this is another account's request")

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        if request.method != "POST":
            raise BadInput("Set the webhook's method to POST.")
        pairs: Pairs = decode(request.body)
        if not pairs:
            raise BadInput("This is no form.")
        now = self._ctx.clock.now_ms()
        return inbound.read(dict(pairs), request.query, self.account, now, self._enrich)

    async def create(self, message: OutboundMessage, fields: Pairs) -> SendResult:
        """Exactly one attempt. Raises `SendError`s."""
        sid = await self.rest.create(fields)
        self._note(sid, message.id)
        return SendResult([sid])

    def link(self, file_id: str) -> str:
        return self._ctx.files.link(file_id, "")

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        return await self.rest.fetch(media.ref)

    async def missed(self, since_ms: int) -> list[InboundEvent]:
        now = self._ctx.clock.now_ms()
        return await reconcile.missed(self.rest, self.account, since_ms, now, self._enrich)

    async def outcome(self, message: OutboundMessage) -> DeliveryReported | None:
        found = await reconcile.outcome(self.rest, self.account, message, self._ours)
        if found is not None:
            self._note(found.provider_id, message.id)
        return found

    def _note(self, sid: str, message_id: str) -> None:
        self._ours[sid] = message_id
        if len(self._ours) > _OURS_MAX:
            self._ours.popitem(last=False)
