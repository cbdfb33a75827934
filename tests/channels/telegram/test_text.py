"""Formatted texts become plain ones: links keep their addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.telegram.shapes import Entity
from channels.telegram.text import plain


def link(offset: int, length: int, url: str = "https://example.com/x") -> Entity:
    return Entity(type="text_link", offset=offset, length=length, url=url)


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("see here", [link(4, 4)], "see here (https://example.com/x)"),
        # Offsets count UTF-16 units: the wave is two of them.
        ("👋 see here now", [link(7, 4)], "👋 see here (https://example.com/x) now"),
        ("a b", [link(0, 1, "https://a.example"), link(2, 1, "https://b.example")],
         "a (https://a.example) b (https://b.example)"),
        ("example.com/x", [link(0, 13)], "example.com/x"),
        ("https://example.com/x/", [link(0, 22)], "https://example.com/x/"),
        ("bold", [Entity(type="bold", offset=0, length=4)], "bold"),
        ("no", [link(1, 5), link(-1, 1), link(0, 0)], "no"),
        ("", [link(0, 1)], ""),
    ],
)  # fmt: skip
def test_plain(text: str, entities: list[Entity], expected: str) -> None:
    assert plain(text, entities) == expected


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30))))
def test_wrong_offsets_lose_nothing(text: str, places: list[tuple[int, int]]) -> None:
    found = plain(text, [link(offset, length) for offset, length in places])
    assert found.replace(" (https://example.com/x)", "") == text
