"""Telephone numbers as people and networks write them: table by table."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hub.errors import BadInput
from hub.model.contact import Address
from hub.services.names import Names
from hub.services.phone import (
    normalise_phone,
    phone_key,
    phone_variants,
    region_of_number,
    region_of_zone,
)

SAME = [
    ("+5511987654321", "+551187654321"),  # São Paulo, WhatsApp leaves the ninth digit out
    ("+5571991234567", "+557191234567"),
    ("+5491123456789", "+541123456789"),  # Buenos Aires
    ("+5493514567890", "+543514567890"),
    ("+525512345678", "+5215512345678"),  # Mexico City
]
OTHERS = [
    ("+551132345678", "+5511932345678"),  # a landline in São Paulo has no ninth digit
    ("+48600100200", "+48600100201"),
    ("+390612345678", "+39612345678"),  # the 0 of Italy is part of the number
    ("+15551234567", "+525551234567"),
]
TYPED = [
    ("+48 600 100 200", None, "+48600100200"),
    ("0048 600-100-200", None, "+48600100200"),
    ("0048 600 100 200", "PL", "+48600100200"),
    ("00 48 600 100 200", "US", "+48600100200"),
    ("011 48 600 100 200", "US", "+48600100200"),
    ("600 100 200", "PL", "+48600100200"),
    ("(0)532 123 45 67", "TR", "+905321234567"),
    ("0532 123 45 67", "TR", "+905321234567"),
    ("+90 (0)532 123 45 67", None, "+905321234567"),
    ("+44 (0)7700 900123", None, "+447700900123"),
    ("+44 07700 900123", None, "+447700900123"),
    ("07700.900.123", "GB", "+447700900123"),
    ("06 1234 5678", "IT", "+390612345678"),
    ("+39 06 1234 5678", None, "+390612345678"),
    ("11 98765-4321", "BR", "+5511987654321"),
    ("011 98765-4321", "BR", "+5511987654321"),
    ("+55 11 8765-4321", None, "+551187654321"),
    ("011 15 2345-6789", "AR", "+5491123456789"),
    ("+54 9 11 2345 6789", None, "+5491123456789"),
    ("+54 11 2345-6789", None, "+541123456789"),
    ("55 1234 5678", "MX", "+525512345678"),
    ("+52 1 55 1234 5678", None, "+5215512345678"),
    ("+48\u00a0600\u2011100\u2011200", None, "+48600100200"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_national_variants_are_one_key(one: str, other: str) -> None:
    assert phone_key(one) == phone_key(other) == one
    assert phone_variants(one) == phone_variants(other) == [one, other]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_different_numbers_stay_different(one: str, other: str) -> None:
    assert phone_key(one) != phone_key(other)


@pytest.mark.parametrize("value", ["+48600100200", "+551132345678", "", "+", "+5411", "12345"])
def test_what_has_no_variants_is_its_own_key(value: str) -> None:
    assert phone_variants(value) == [value] if value != "+5411" else phone_key(value) == value


def test_variants_have_one_identity_and_one_suppression() -> None:
    names = Names("w" * 8, b"k" * 32)
    for one, other in SAME:
        first, second = Address("phone", one), Address("phone", other)
        assert names.identity(first) == names.identity(second)
        assert names.suppression("", first, "") == names.suppression("", second, "")
    handles = [Address("handle", value) for value in SAME[0]]
    assert names.identity(handles[0]) != names.identity(handles[1])


@pytest.mark.parametrize(("typed", "region", "expected"), TYPED)
def test_typed_numbers_become_e164(typed: str, region: str | None, expected: str) -> None:
    assert normalise_phone(typed, region) == expected


@pytest.mark.parametrize("typed", ["600 100 200", "call me", "", "+48 1", "+999 12345678"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        normalise_phone(typed)
    assert refused.value.field == "phone"


@pytest.mark.parametrize(
    ("typed", "region"), [("48600100200", "TR"), ("90 532 123 45 67", "PL"), ("447911123456", "US")]
)
def test_a_number_of_another_country_needs_its_plus(typed: str, region: str) -> None:
    with pytest.raises(BadInput, match=f"\\+{typed.replace(' ', '')}"):
        normalise_phone(typed, region)


def test_regions_come_from_numbers_and_time_zones() -> None:
    assert region_of_number("+48600100200") == "PL"
    assert region_of_number("shop") is None
    assert region_of_number("+80012345678") is None
    assert region_of_zone("Europe/Istanbul") == "TR"
    assert region_of_zone("Europe/Warsaw") == "PL"
    assert region_of_zone("UTC") is None


def test_ids_are_derived_without_the_tables() -> None:
    code = (
        "import sys, hub.services.names as n; from hub.model.contact import Address; "
        "n.Names('w'*8, b'k').identity(Address('phone', '+551187654321')); "
        "sys.exit('phonenumbers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
