"""Who wrote: phone numbers and business-scoped user ids (BSUIDs) of a webhook as addresses. Since
usernames (April 2026) a person may come with either or both. Pure; used by the parsing modules.
"""

from __future__ import annotations

import re

import msgspec

from channels.whatsapp.payload import Person
from hub.model.contact import Address

_PHONE = re.compile(r"\+?([1-9][0-9]{4,19})")
_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook must be about to be this inbox's."""

    inbox_id: str
    phone: str
    phone_number_id: str
    waba_id: str

    def is_phone(self, number: str) -> bool:
        """Is it our own number, however it is written?"""
        return re.sub(r"[^0-9]", "", number) == self.phone.lstrip("+")


class Who(msgspec.Struct, frozen=True):
    """A person as the network states them."""

    address: Address
    name: str = ""
    aliases: list[Address] = []


def phone(wa_id: str) -> Address | None:
    """A WhatsApp id is a phone number without its plus."""
    match = _PHONE.fullmatch(wa_id)
    return Address("phone", f"+{match[1]}") if match else None


def handle(user_id: str, inbox_id: str) -> Address | None:
    """A BSUID means something to this business only."""
    return Address("handle", user_id, inbox_id) if _BSUID.fullmatch(user_id) else None


def find(wa_id: str, user_id: str, people: list[Person], inbox_id: str) -> Who | None:
    """Ids of a message, completed from `contacts`: by a match, or when a message names nobody and
    there is just one.
    """
    person = _match(wa_id, user_id, people)
    number = phone(wa_id) or (phone(person.wa_id) if person else None)
    scoped = handle(user_id, inbox_id) or (handle(person.user_id, inbox_id) if person else None)
    name = (person.profile.name or person.profile.username) if person else ""
    if number is not None:
        return Who(number, name, [scoped] if scoped else [])
    return Who(scoped, name) if scoped else None


def _match(wa_id: str, user_id: str, people: list[Person]) -> Person | None:
    for person in people:
        if (wa_id and person.wa_id == wa_id) or (user_id and person.user_id == user_id):
            return person
    names_nobody = not _PHONE.fullmatch(wa_id) and not _BSUID.fullmatch(user_id)
    return people[0] if names_nobody and len(people) == 1 else None
