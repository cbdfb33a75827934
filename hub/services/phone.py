"""Telephone numbers: from what people type to E.164, and from there to one key a person.

Some countries have renumbered and networks disagree since: the same mobile is +55 11 9xxxx-xxxx for
SMS and +55 11 xxxx-xxxx for WhatsApp. `phone_key` gives all forms of a number one key, from which
the identity's id is derived; addresses keep the form that their network uses, because that is how
it is written to. Sources: Anatel Res. 553/2010 (ninth digit of Brazil), ITU notice of Argentina
(the 9 after +54 for mobiles from abroad), IFT of Mexico (the 1 ended on 3 August 2019). Called by
`typed`, `names` and `suggestions`; the tables of phonenumbers are loaded only when somebody types.
"""

from __future__ import annotations

import contextlib
import re
from functools import lru_cache
from importlib import resources
from pathlib import Path

from hub.errors import BadInput

_BRAZIL = re.compile(r"\+55([1-9]{2})([6-9]\d{7})")
_BRAZIL_NOW = re.compile(r"\+55([1-9]{2})9([6-9]\d{7})")
_ARGENTINA = re.compile(r"\+54([1-8]\d{9})")
_ARGENTINA_NOW = re.compile(r"\+549([1-8]\d{9})")
_MEXICO = re.compile(r"\+521(\d{10})")
_MEXICO_NOW = re.compile(r"\+52([2-9]\d{9})")
_ANY = re.compile(r"\+[1-9]\d{6,14}")
#: What may be a number that somebody types, or the beginning of one.
NUMBER = re.compile(r"\s*\+?[\d\s()./-]{3,30}")
_DECORATION = re.compile(r"[\s().\-\u2010-\u2015\u2212\u00a0/]+")


def phone_key(e164: str) -> str:
    """The one form of a number's national variants; anything else comes back as it is."""
    if e164.startswith("+55"):
        return _BRAZIL.sub(r"+55\g<1>9\2", e164) if _BRAZIL.fullmatch(e164) else e164
    if e164.startswith("+54"):
        return _ARGENTINA.sub(r"+549\1", e164) if _ARGENTINA.fullmatch(e164) else e164
    if e164.startswith("+521"):
        return _MEXICO.sub(r"+52\1", e164) if _MEXICO.fullmatch(e164) else e164
    return e164


def phone_variants(e164: str) -> list[str]:
    """All forms under which a network may know the number, the key first."""
    key = phone_key(e164)
    for now, former in (
        (_BRAZIL_NOW, r"+55\1\2"),
        (_ARGENTINA_NOW, r"+54\1"),
        (_MEXICO_NOW, r"+521\1"),
    ):
        if now.fullmatch(key):
            return [key, now.sub(former, key)]
    return [key]


def normalise_phone(value: str, region: str | None = None) -> str:
    """What somebody typed as E.164. `region` (ISO 3166, like "PL") is where numbers without a
    country code belong. Raises `BadInput` with what to type instead.
    """
    import phonenumbers  # here: a hub at rest does without its tables

    typed = value.strip()
    plain = _DECORATION.sub("", typed)
    if plain.startswith("00") and (region is None or not _reads_00(plain, region)):
        typed = "+" + plain[2:]
    if _ARGENTINA.fullmatch(plain) or _BRAZIL.fullmatch(plain) or _MEXICO.fullmatch(plain):
        return plain  # forms that networks use and phonenumbers no longer takes
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as fault:
        raise BadInput(
            "write the number with its country code, like +48 600 100 200", "phone"
        ) from fault
    if region is not None and not phonenumbers.is_valid_number(number):
        _refuse_without_plus(plain, phonenumbers.country_code_for_region(region))
    if not phonenumbers.is_possible_number(number):
        raise BadInput("this telephone number cannot exist", "phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def number_sought(typed: str, region: str | None) -> str:
    """The digits with which the E.164 forms begin that somebody looks for, who may have typed only
    a part; a local number belongs to `region`.
    """
    import phonenumbers

    plain = re.sub(r"[^\d+]", "", typed)
    if plain.startswith(("+", "00")):
        return plain.removeprefix("+").removeprefix("00")
    if region is None or _is_valid_abroad(plain):
        return plain
    with contextlib.suppress(BadInput):
        return normalise_phone(typed, region).removeprefix("+")
    code = str(phonenumbers.country_code_for_region(region))
    return plain if plain.startswith(code) else code + plain.lstrip("0")


def _refuse_without_plus(plain: str, own_code: int) -> None:
    """What is no number of this country, but one of another as soon as it has a plus, is not
    guessed at. Raises `BadInput`.
    """
    if not plain.startswith(str(own_code)) and _is_valid_abroad(plain):
        raise BadInput(f"if this is +{plain}, write it with the plus", "phone")


def _is_valid_abroad(plain: str) -> bool:
    """Are these digits a number of some country, with its code?"""
    import phonenumbers

    if not (plain.isascii() and plain.isdigit()):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{plain}"))
    except phonenumbers.NumberParseException:
        return False


def _reads_00(plain: str, region: str) -> bool:
    """Whether `00` means abroad in the region, or is part of a number there."""
    import phonenumbers

    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)


def region_of_number(e164: str) -> str | None:
    """The country of a number, None when it has none."""
    if not _ANY.fullmatch(e164):
        return None
    import phonenumbers

    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None
    return None if region in (None, "001", "ZZ") else region


@lru_cache(256)
def region_of_zone(zone: str) -> str | None:
    """The country of a time zone after the tz database's own table, None where it has none."""
    for line in _zone_table().splitlines():
        columns = line.split("\t")
        if len(columns) > 2 and columns[2] == zone and not line.startswith("#"):
            return columns[0]
    return None


def _zone_table() -> str:
    system = Path("/usr/share/zoneinfo/zone.tab")
    if system.exists():
        return system.read_text("utf-8")
    try:
        return resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
