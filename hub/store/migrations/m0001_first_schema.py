"""The first schema: nothing to change, only a version to begin with."""

from __future__ import annotations

from hub.ports.migrations import Migration, Progress
from hub.ports.store import DocumentStore


async def run(store: DocumentStore, progress: Progress) -> None:
    """Collections and indexes are made when the store is opened."""


MIGRATION = Migration(1, "first schema", run)
