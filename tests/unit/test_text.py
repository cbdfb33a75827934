"""Folding and tokenizing: equal spellings meet, scripts stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.text import TOKEN_CAP, TOKEN_CHARS, fold, query_tokens, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kırmızı", "KIRMIZI"),
        ("İSTANBUL", "istanbul"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("Đorđe", "dorde"),
        ("Straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("２０２６", "2026"),
        ("ё", "Е"),
        ("Ἀθῆναι", "αθηναι"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
    ],
)
def test_spellings_of_one_word_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("हिन्दी", "हनद"), ("が", "か"), ("คืน", "คน"), ("한", "하")]
)
def test_marks_that_make_another_word_stay(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World! hello", ["hello", "world"]),
        ("snake_case a-b c.d@e", ["snake", "case", "a", "b", "c", "d", "e"]),
        ("İstanbul’da", ["istanbul", "da"]),
        ("मुझे हिन्दी", ["मुझे", "हिन्दी"]),
        ("我想退货", ["我想", "想退", "退货", "货"]),
        ("iPhone手机", ["iphone", "手机", "机"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("👍🏽 ok", ["ok"]),
        ("", []),
        ("\u0301 - ''", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_query_tokens_have_no_ends() -> None:
    assert query_tokens("退货") == ["退货"]
    assert query_tokens("货") == ["货"]


def test_tokens_are_capped() -> None:
    assert len(tokens(" ".join(f"w{i}" for i in range(500)))) == TOKEN_CAP
    assert tokens("x" * 500) == ["x" * TOKEN_CHARS]


@given(st.text())
def test_folding_twice_changes_nothing_for_tokens(text: str) -> None:
    found = tokens(text)
    assert len(set(found)) == len(found)
    assert all(found)
    for token in found:
        assert not set(token) & set(" _\"'*()\n\t")


@given(st.text())
def test_every_text_is_found_by_itself(text: str) -> None:
    assert set(query_tokens(text)) <= set(tokens(text))
