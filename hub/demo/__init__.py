"""`hub demo`: sample data for newcomers. Not imported by `hub serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.app.build import Hub


async def prepare(hub: Hub) -> None:
    """Fill an empty hub once; a later start changes nothing."""
