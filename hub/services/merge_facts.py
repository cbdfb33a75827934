"""What two contacts become when they are made one, and what of it an undo takes back. Pure; called
by the steps of `merge_steps` and `unmerge_steps`.
"""

from __future__ import annotations

from typing import Any

from hub.errors import BadInput
from hub.model.contact import Contact

#: Facts of which people choose whose are kept.
CHOICES = ("name", "language", "company", "about", "claimed_email")
FIELD = "field:"
#: What a pointer loses, so that no list and no search finds it.
POINTER: dict[str, Any] = {
    "name": "", "addresses": [], "claimed_email": "", "company": "", "open": {}, "updated_at": 0,
}  # fmt: skip


def check_choice(fields: list[str]) -> None:
    """Raises `BadInput` for what is no fact."""
    for name in fields:
        if name not in CHOICES and not (name.startswith(FIELD) and len(name) > len(FIELD)):
            raise BadInput(f"{name[:80]} is nothing that can be chosen", "fields")


def is_named(contact: Contact) -> bool:
    """Whether the name is one, and not an address that stands for it."""
    return bool(contact.name) and contact.name not in contact.addresses


def merged_facts(winner: Contact, loser: Contact, chosen: list[str]) -> dict[str, Any]:
    """The facts of the winner that change. What was chosen is the loser's, what the winner lacks
    is filled in, the rest stays.
    """
    facts: dict[str, Any] = {}
    for name in CHOICES:
        theirs, ours = getattr(loser, name), getattr(winner, name)
        lacks = not is_named(winner) and is_named(loser) if name == "name" else not ours
        if theirs and (name in chosen or lacks):
            facts[name] = theirs
    taken = {k: v for k, v in loser.fields.items() if FIELD + k in chosen}
    facts["fields"] = {**loser.fields, **winner.fields, **taken}
    new = [value for value in loser.addresses if value not in winner.addresses]
    facts["addresses"] = [*winner.addresses, *new]
    facts["is_blocked"] = winner.is_blocked or loser.is_blocked
    facts["last_seen_at"] = max(winner.last_seen_at, loser.last_seen_at)
    return {name: value for name, value in facts.items() if value != getattr(winner, name)}


def restored_facts(now: Contact, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What an undo sets: facts that nobody changed since go back, the others stay; own fields one
    by one.
    """
    facts: dict[str, Any] = {}
    for name, value in after.items():
        if name == "fields":
            facts[name] = _restored_fields(now.fields, before[name], value)
        elif getattr(now, name) == value:
            facts[name] = before[name]
    return facts


def _restored_fields(
    now: dict[str, str], before: dict[str, str], after: dict[str, str]
) -> dict[str, str]:
    if now == after:
        return before
    kept = {k: v for k, v in now.items() if after.get(k) != v or before.get(k) == v}
    back = {k: v for k, v in before.items() if k in now and now[k] == after.get(k)}
    return {**kept, **back}
