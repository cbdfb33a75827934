"""Opt-out words count alone, in any spelling, in three languages; within a sentence they do not."""

import pytest

from hub.services.opt_out_words import Word, word_of


@pytest.mark.parametrize(
    ("text", "wish", "language"),
    [
        *[(word, "out", "") for word in
          "STOP StopAll unsubscribe END quit Cancel REVOKE OptOut".split()],
        *[(word, "out", "pl") for word in ("REZYGNUJE", "Rezygnuję", "koniec", "WYPISZ")],
        *[(word, "out", "tr") for word in ("RET", "İPTAL", "iptal", "IPTAL", "DUR", "durdur")],
        *[(word, "in", "") for word in ("START", "yes", "Unstop")],
        *[(word, "help", "") for word in ("HELP", "info")],
        (" Stop. ", "out", ""),
        ("«STOP»!", "out", ""),
        ("ＳＴＯＰ", "out", ""),
    ],
)  # fmt: skip
def test_a_word_alone_counts(text: str, wish: str, language: str) -> None:
    assert word_of(text) == Word(wish, language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["Please stop", "stop it", "the end", "", "?", "STOPP", "nonstop", "STOP STOP",
     "cancel my order", "dur bakalim", "s t o p", "stop" * 100],
)  # fmt: skip
def test_everything_else_is_a_message(text: str) -> None:
    assert word_of(text) is None
