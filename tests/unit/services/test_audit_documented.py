"""docs/operations.md explains every audited action, and nothing that is none."""

import re
from pathlib import Path

from hub.services.audit import ACTIONS

DOCS = Path(__file__).parents[3] / "docs/operations.md"


def test_every_action_is_documented() -> None:
    section = DOCS.read_text("utf-8").partition("\n## Audit log\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE)) == ACTIONS
