"""API handlers: the addresses that must not be written to."""

from __future__ import annotations

from hub.errors import BadInput
from hub.model.ids import local, new_key
from hub.model.suppression import Proof, Suppression
from hub.services.docs import clean_text
from hub.services.phone import NUMBER, number_sought
from hub.services.typed import address_of
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.regions import region_of
from hub.web.reply_input import full
from hub.web.route import Call


async def list_suppressions(call: Call) -> v.SuppressionPage:
    """Those in force, the latest first, each with its proof."""
    query: r.ListSuppressions = call.query
    text = query.search.strip()
    if NUMBER.fullmatch(text):
        text = number_sought(text, await region_of(call))
    page = await call.hub.suppressions.page(
        call.scope.workspace, query.after or None, query.limit, text
    )
    return v.SuppressionPage(items=[_show(one) for one in page.items], next=page.next)


async def add_suppression(call: Call) -> v.SuppressionView:
    """Put an address on the list."""
    body: r.AddSuppression = call.body
    if body.channel and body.channel not in call.hub.inboxes.specs:
        raise BadInput("there is no such channel", "channel")
    address = address_of(body.kind, body.value)
    proof = _proof(call, is_opted_out=True, text=body.reason)
    added = await call.hub.suppressions.opt_out(
        call.scope.workspace, body.channel, address, proof, body.scope
    )
    details = {"kind": address.kind, "name": address.value, "channel": body.channel}
    await call.hub.audit.add(call.scope, "suppression.added", added.id, details, call.ip)
    return _show(added)


async def remove_suppression(call: Call) -> v.Ok:
    """Take an address off the list: only when the person has asked for it."""
    id = full(call, call.path["suppression_id"])
    proof = _proof(call, is_opted_out=False)
    gone = await call.hub.suppressions.remove(call.scope.workspace, id, proof)
    details = {"kind": gone.address.kind, "name": gone.address.value, "channel": gone.channel}
    await call.hub.audit.add(call.scope, "suppression.removed", gone.id, details, call.ip)
    return v.Ok()


def _proof(call: Call, *, is_opted_out: bool, text: str = "") -> Proof:
    return Proof(
        at=call.hub.clock.now_ms(),
        is_opted_out=is_opted_out,
        source="agent",
        text=clean_text(text, 1000),
        by=call.scope.agent_id,
        cause=f"agent:{new_key()}",
    )


def _show(item: Suppression) -> v.SuppressionView:
    return v.SuppressionView(
        id=local(item.id),
        channel=item.channel,
        kind=item.address.kind,
        value=item.address.value,
        scope=item.scope,
        at=item.at,
        history=[
            v.ProofView(
                at=one.at,
                is_opted_out=one.is_opted_out,
                source=one.source,
                text=one.text,
                inbox_id=show.short(one.inbox_id),
                agent_id=show.short(one.by),
            )
            for one in item.history
        ],
    )
