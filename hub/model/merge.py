"""Merge: two contacts made one by a person, with all that is needed to take it back exactly.

Images hold what a merge changed of one conversation. Written by `hub.services.merges` alone.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

MergeState = Literal["merging", "merged", "undoing", "undone"]
#: What a merge did to a conversation: gave it to the winner, closed it into another one, gave it
#: the place in line of the one that closed, or brought the name that lists show up to date.
ImageKind = Literal["close", "move", "name", "place"]


class OpenClaim(msgspec.Struct, frozen=True):
    """The winner's open conversation of one join group: `after` the merge the `before` one or the
    loser's; `closed` is the other one where both had one, else "".
    """

    before: str
    after: str
    closed: str = ""


class Merge(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<ws>.<26>`. Written before anything else happens, and finished after a crash."""

    id: str
    v: int = 1
    state: MergeState = "merging"
    winner_id: str
    loser_id: str
    #: Which facts the winner takes from the loser: `name`, …, `field:<custom field>`.
    fields: list[str] = []
    at: int
    #: The hub that carries it out; another one goes on once that is dead.
    hub: str = ""
    by_id: str = ""
    by_name: str = ""
    undone_at: int = 0
    undone_by_id: str = ""
    undone_by_name: str = ""
    #: The loser's document as it was; None until the merge has touched anything.
    loser_before: dict[str, Any] | None = None
    #: The winner's facts that the merge changed, before and after.
    winner_before: dict[str, Any] = {}
    winner_after: dict[str, Any] = {}
    #: Names as they were, to tell about it.
    winner_name: str = ""
    loser_name: str = ""
    #: Ids of the identities that were the loser's.
    identities: list[str] = []
    opens: dict[str, OpenClaim] = {}
    is_told: bool = False


class Image(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<merge id>.<conversation key>.<kind>`: facts of one conversation before and after."""

    id: str
    v: int = 1
    conversation_id: str
    kind: ImageKind
    before: dict[str, Any]
    after: dict[str, Any]
