"""Starting where something is wrong: one clear line, and nothing is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.app.build import build
from hub.app.server import Running
from hub.errors import ConfigFault
from hub.tasks import Tasks
from tests.support.people import make_config
from tests.support.real_hub import JumpingClock, real_hub


async def test_a_store_is_not_served_with_another_key(tmp_path: Path) -> None:
    async with real_hub("sqlite", tmp_path):
        pass
    (tmp_path / "secret.key").unlink()
    tasks = Tasks()
    hub = await build(make_config(tmp_path), JumpingClock(), tasks)
    try:
        with pytest.raises(ConfigFault, match="HUB_SECRET_KEY_FILE"):
            await Running(hub).start()
    finally:
        await tasks.close()
        await hub.services.store.close()
