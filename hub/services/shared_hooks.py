"""One webhook for several inboxes: an app at a vendor often has a single address, which then gets
the events of all its numbers or pages. Finds the inboxes whose accounts a request names, each by
its own secret, and what each of them takes. Stores nothing. Called by `hub.web.hooks` for inboxes
that have siblings.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.errors import BadSignature
from hub.model.inbox import Inbox
from hub.ports.channel import RawRequest, ReceivesWebhooks, SharesWebhooks
from hub.ports.inbound import OTHER_ACCOUNT, Ignored, InboundEvent
from hub.services.inboxes import Inboxes

#: What belongs to an account that no inbox has is counted once, where it came in.
_FOREIGN = Ignored(reason=OTHER_ACCOUNT)


class Part(msgspec.Struct, frozen=True):
    """What one inbox takes of a request."""

    inbox: Inbox
    events: list[InboundEvent]


class Parts(msgspec.Struct, frozen=True):
    """A request, dealt out."""

    taken: list[Part]
    #: Something is for an inbox that does not run now: the vendor must repeat the request.
    is_waiting: bool


def reader_among(inboxes: Inboxes, siblings: Sequence[Inbox]) -> object | None:
    """A running adapter that reads requests at the door of an inbox that does not run."""
    adapters: list[object] = [inboxes.adapter(inbox.id) for inbox in siblings]
    return next((one for one in adapters if isinstance(one, SharesWebhooks)), None)


def deal_out(
    inboxes: Inboxes,
    door: Inbox,
    siblings: Sequence[Inbox],
    reader: ReceivesWebhooks,
    request: RawRequest,
) -> Parts:
    """`reader` is the adapter of `door`, at whose address the request came, or of one of its
    siblings while `door` does not run. Raises what `parse` raises.
    """
    named = reader.addressees(request) if isinstance(reader, SharesWebhooks) else frozenset()
    taken: list[Part] = []
    owned: set[str] = set()
    awaited: set[str] = set()
    signed_by = 0
    for inbox in (door, *siblings):
        adapter: object = inboxes.adapter(inbox.id)
        keys = inboxes.account_keys(inbox) & named
        if not isinstance(adapter, ReceivesWebhooks):
            awaited |= keys
        elif _is_signed(adapter, request):
            signed_by += 1
            part = _part(inbox, adapter, request) if keys else None
            if part is not None:
                taken.append(part)
                owned |= keys
    is_up = inboxes.adapter(door.id) is not None
    is_waiting = bool(awaited - owned) or not (taken or is_up)
    if is_waiting:
        return Parts(taken, is_waiting=True)
    if not taken and (signed_by < 2 or not named):
        return Parts([Part(door, reader.parse(request))], is_waiting=False)
    if named - owned or not any(part.events for part in taken):
        taken.append(Part(door, [_FOREIGN]))
    return Parts(taken, is_waiting=False)


def _is_signed(adapter: ReceivesWebhooks, request: RawRequest) -> bool:
    try:
        adapter.verify(request)
    except BadSignature:
        return False
    return True


def _part(inbox: Inbox, adapter: ReceivesWebhooks, request: RawRequest) -> Part | None:
    """Without what is another's; None when all of it is."""
    try:
        events = adapter.parse(request)
    except BadSignature:
        return None
    return Part(inbox, [event for event in events if not _is_anothers(event)])


def _is_anothers(event: InboundEvent) -> bool:
    return isinstance(event, Ignored) and event.reason == OTHER_ACCOUNT
