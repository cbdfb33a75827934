"""Addresses as people type them, brought into the form in which they are kept. Called by the web
layer and by whoever takes in what somebody claims.
"""

from __future__ import annotations

import re

from hub.errors import BadInput
from hub.model.contact import Address
from hub.services.phone import normalise_phone

_EMAIL = re.compile(r"^[^@\s<>()\[\],;:\"\\]{1,64}@[^@\s<>()\[\],;:\"\\]{1,190}$")


def normalise_email(value: str) -> str:
    """Lower case, as two people never differ by case in practice. Raises `BadInput`."""
    value = value.strip().lower()
    if not _EMAIL.match(value) or not value.isprintable():
        raise BadInput("this is not an e-mail address", "email")
    return value


def address_of(kind: str, value: str, region: str | None = None) -> Address:
    """A typed address in normal form; `region` is where local telephone numbers belong."""
    if kind == "email":
        return Address("email", normalise_email(value))
    if kind == "phone":
        return Address("phone", normalise_phone(value, region))
    raise BadInput("only e-mail addresses and telephone numbers can be typed", "kind")
