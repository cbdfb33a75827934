"""Texts: the same files and rules as i18next in the inbox."""

import json
from pathlib import Path

import pytest

from hub.i18n import LANGUAGES, Texts, choose_language, plural_form
from hub.resources import templates


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    files = {
        "en": {
            "hello": "Hello {{name}}, {{ name }} and {{missing}}",
            "deep": {"key": "Deep"},
            "mails_one": "{{count}} mail",
            "mails_other": "{{count}} mails",
            "calls_zero": "no calls",
            "calls_one": "{{count}} call",
            "calls_other": "{{count}} calls",
        },
        "pl": {
            "mails_one": "{{count}} wiadomość",
            "mails_few": "{{count}} wiadomości",
            "mails_many": "{{count}} wiadomości (wiele)",
            "mails_other": "{{count}} wiadomości (ułamek)",
        },
        "tr": {"mails_one": "{{count}} posta", "mails_other": "{{count}} posta (çok)"},
    }
    for language, content in files.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "area.json").write_text(json.dumps(content))
    return Texts(tmp_path)


def test_values_are_filled_in_and_missing_ones_stay(texts: Texts) -> None:
    assert texts.text("en", "area", "hello", name="<A>") == "Hello <A>, <A> and {{missing}}"
    assert texts.text("en", "area", "deep.key") == "Deep"


def test_a_missing_text_comes_in_english_else_as_its_key(texts: Texts) -> None:
    assert texts.text("tr", "area", "deep.key") == "Deep"
    assert texts.text("xx", "area", "deep.key") == "Deep"
    assert texts.text("pl", "area", "nothing") == "area:nothing"
    assert texts.text("en", "../../etc", "passwd") == "../../etc:passwd"
    assert texts.find("en", "area", "nothing") is None


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 1, "1 mail"),
        ("en", 0, "0 mails"),
        ("tr", 1, "1 posta"),
        ("tr", 5, "5 posta (çok)"),
        ("pl", 1, "1 wiadomość"),
        ("pl", 3, "3 wiadomości"),
        ("pl", 13, "13 wiadomości (wiele)"),
        ("pl", 0, "0 wiadomości (wiele)"),
    ],
)
def test_counts_choose_their_form(texts: Texts, language: str, count: int, expected: str) -> None:
    assert texts.text(language, "area", "mails", count=count) == expected


def test_zero_has_a_form_of_its_own_where_given(texts: Texts) -> None:
    assert texts.text("en", "area", "calls", count=0) == "no calls"


def test_polish_plurals_follow_cldr() -> None:
    """Reference: Intl.PluralRules("pl") for 0…125, written out by its rule in CLDR 44."""
    few = [n for n in range(126) if plural_form("pl", n) == "few"]
    expected = [n for n in range(126) if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14]
    assert few == expected
    assert [n for n in range(126) if plural_form("pl", n) == "one"] == [1]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("de,tr;q=0.5,en;q=0.4", "tr"),
        ("de", "en"),
        ("", "en"),
        ("en;q=abc,tr;q=0.1", "tr"),
        ("," * 10_000, "en"),
    ],
)
def test_the_browsers_wish_is_followed(header: str, language: str) -> None:
    assert choose_language(header) == language


@pytest.mark.parametrize("area", ["errors", "pages", "account_mail"])
def test_our_texts_have_the_same_holes_in_all_languages(area: str) -> None:
    def holes(language: str) -> dict[str, list[str]]:
        texts = Texts(templates() / "i18n")._area(language, area)
        import re

        return {key: sorted(re.findall(r"{{(\w+)}}", text)) for key, text in texts.items()}

    assert holes("en")
    for language in LANGUAGES:
        assert holes(language) == holes("en")
