"""API handlers: who may be the same person, merging two contacts, undoing it."""

from __future__ import annotations

from hub.errors import BadInput
from hub.model.contact import Contact
from hub.model.ids import local
from hub.model.merge import Merge
from hub.web import merge_views as m
from hub.web import show
from hub.web import views as v
from hub.web.reply_input import full
from hub.web.route import Call


async def list_suggestions(call: Call) -> list[m.SuggestionView]:
    """Other contacts who may be this person, the likeliest first, with the reasons."""
    contact_id = full(call, call.path["contact_id"])
    found = await call.hub.suggestions.find(call.scope, contact_id)
    return [
        m.SuggestionView(
            contact=show.contact(one.contact, one.identities),
            reasons=[m.ReasonView(reason.kind, reason.value) for reason in one.reasons],
        )
        for one in found
    ]


async def dismiss_suggestion(call: Call) -> v.Ok:
    """They are two people: suggest it no more."""
    first, second = (full(call, call.path[name]) for name in ("contact_id", "other_id"))
    if first == second:
        raise BadInput("everybody is the same person as themselves", "other_id")
    await call.hub.suggestions.dismiss(call.scope, first, second)
    return v.Ok()


async def list_merges(call: Call) -> list[m.MergeView]:
    """The merges into this contact, the latest first, the undone ones too."""
    contact_id = full(call, call.path["contact_id"])
    contact, merges = await call.hub.merges.of_contact(call.scope, contact_id)
    return [_show(one, contact) for one in merges]


async def merge_contacts(call: Call) -> m.MergeView:
    """Make two contacts one; every change is kept for the undo."""
    body: m.MergeContacts = call.body
    winner_id = full(call, call.path["contact_id"])
    merge = await call.hub.merges.merge(call.scope, winner_id, full(call, body.other), body.fields)
    return _show(merge, await call.hub.contacts.require(call.scope, merge.winner_id))


async def undo_merge(call: Call) -> m.MergeView:
    """Two contacts again, as they were; what came since stays with whom it belongs to."""
    merge = await call.hub.merges.undo(call.scope, full(call, call.path["merge_id"]))
    return _show(merge, await call.hub.contacts.require(call.scope, merge.winner_id))


def _show(merge: Merge, winner: Contact) -> m.MergeView:
    is_latest = winner.id == merge.winner_id and winner.merges[-1:] == [merge.id]
    return m.MergeView(
        id=local(merge.id),
        state=merge.state,
        winner=v.ContactRef(id=local(merge.winner_id), name=merge.winner_name),
        loser=v.ContactRef(id=local(merge.loser_id), name=merge.loser_name),
        at=merge.at,
        by=merge.by_name,
        undone_at=merge.undone_at,
        undone_by=merge.undone_by_name,
        can_undo=merge.state == "merged" and is_latest,
    )
