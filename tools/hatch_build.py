"""Hatchling's hook: builds the inbox into a wheel by the same function as `make ui`."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))


class InboxHook(BuildHookInterface[Any]):
    """Runs before a wheel is packed; an editable install leaves the inbox to `make ui`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        from build_ui import build

        build()
