"""Whether a restore was broken off: such a store is not to be served, only restored into again.
Apart from `hub.services.backup`, which a hub at rest does without.
"""

from __future__ import annotations

from hub.ports.collections import META
from hub.ports.store import DocumentStore

#: The row of `META` that stands while a restore is under way.
RESTORING = "sys.restoring"


async def is_restoring(store: DocumentStore) -> bool:
    return await store.get(META, RESTORING) is not None
