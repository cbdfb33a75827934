"""The inbox tells every action of the audit log as a sentence, in each language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.services.audit import ACTIONS

TEXTS = Path(__file__).parents[3] / "templates/i18n"


@pytest.mark.parametrize("language", ["en", "tr", "pl"])
def test_every_action_is_a_sentence(language: str) -> None:
    texts = json.loads((TEXTS / language / "ui_settings.json").read_text("utf-8"))
    told = {
        f"{kind}.{what}": text
        for kind, group in texts["audit_action"].items()
        for what, text in group.items()
    }
    assert set(told) == ACTIONS
    assert all(len(text) > 10 for text in told.values())
