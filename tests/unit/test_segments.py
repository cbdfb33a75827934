"""SMS segments: the 44 vectors, which characters are dear, and the plain form on offer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.segments import Segments, count, plain_form
from tests.support.specs import ROOT, folder

DATA = ROOT / "tests/data/sms"
VECTORS: list[dict[str, Any]] = json.loads((DATA / "segment_vectors.json").read_text("utf-8"))
PLAIN_FORMS: list[dict[str, Any]] = json.loads((DATA / "plain_forms.json").read_text("utf-8"))


def test_there_are_forty_four_vectors() -> None:
    assert len(VECTORS) == 44
    assert len(PLAIN_FORMS) == 15


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    found = count(vector["text"])
    told = (found.encoding, found.units, found.segments)
    assert told == (vector["encoding"], vector["units"], vector["segments"])


def test_characters_that_force_ucs2_are_told_once_in_order() -> None:
    assert count("żółw, 👋 ż").offending == ["ż", "ó", "ł", "👋"]
    assert count("Łąka łąka Łą").offending == ["Ł", "ą", "ł"]
    assert count("Grüße für 5 €").offending == []


def test_the_alphabet_is_that_of_the_standard() -> None:
    path = folder() / "sms/gsm0338.json"
    if not path.exists():
        pytest.skip("specs/sms/gsm0338.json is not on this machine")
    table = json.loads(path.read_text("utf-8"))
    basic = [char for char in table["basic"] if char != "\x1b"]
    assert len(basic) == 127
    assert all(count(char) == Segments("GSM-7", 1, 1) for char in basic)
    assert all(count(char) == Segments("GSM-7", 2, 1) for char in table["extension"].values())
    cheap = {*basic, *table["extension"].values()}
    others = (chr(code) for code in range(0x3000) if chr(code) not in cheap)
    assert all(count(char).encoding == "UCS-2" for char in others)


@pytest.mark.parametrize("case", PLAIN_FORMS, ids=lambda case: case["text"] or "empty")
def test_plain_form(case: dict[str, Any]) -> None:
    assert plain_form(case["text"]) == case["plain"]


@given(st.text(alphabet="aż€👋\n", max_size=700))
def test_parts_hold_all_units_and_none_is_overfull(text: str) -> None:
    found = count(text)
    alone, each = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    assert found.segments == 1 or found.units > alone
    assert found.segments > 1 or found.units <= alone
    # A pair that would be split costs at most one unit of a part.
    assert found.units <= max(alone, found.segments * each)
    assert found.segments == 1 or found.units > (found.segments - 1) * (each - 1)


@given(st.text(max_size=200))
def test_a_plain_form_is_always_cheap(text: str) -> None:
    plain = plain_form(text)
    assert plain is None or count(plain).encoding == "GSM-7"
