"""Suppression: an address that must not be written to, with the proof of how that came about."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.contact import Address

#: "marketing": only campaigns are refused.
SuppressionScope = Literal["all", "marketing"]
#: Who said so: the customer by a word, the network, the vendor's refusal, or one of us.
SuppressionSource = Literal["word", "network", "refusal", "agent"]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One step of its history: what was said, where, by whom."""

    at: int
    is_opted_out: bool
    source: SuppressionSource
    #: The customer's or the network's own words.
    text: str = ""
    inbox_id: str = ""
    #: Agent id, when one of us did it.
    by: str = ""
    #: The event or command that it came by, so that a repeat leaves no second line.
    cause: str = ""


class Suppression(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A released one stays: its history is the proof that the person came back."""

    id: str
    v: int = 1
    #: Name of a channel; "" for every channel that writes to this kind of address.
    channel: str
    address: Address
    scope: SuppressionScope = "all"
    state: Literal["active", "released"] = "active"
    at: int
    history: list[Proof] = []
    #: When this address last got an answer from a machine about its wish.
    answered_at: int = 0
    #: The event that this answer was for.
    answered_for: str = ""
