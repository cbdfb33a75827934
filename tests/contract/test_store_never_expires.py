"""0 means never: rows still waiting in journal and outbox carry it, and losing them is losing
messages.
"""

from typing import Any

from hub.ports.store import DocumentStore, Patch
from tests.support.clock import ManualClock
from tests.support.stores import LEASES

YEAR_S = 365 * 24 * 3600


async def test_documents_without_an_end_outlive_every_sweep(
    store: DocumentStore, clock: ManualClock
) -> None:
    sweeper: Any = store
    ended = clock.now_ms() + 1000
    await store.insert(LEASES, {"_id": "w.zero", "until": 0})
    await store.insert(LEASES, {"_id": "w.missing"})
    await store.insert(LEASES, {"_id": "w.patched", "until": ended})
    await store.insert(LEASES, {"_id": "w.ended", "until": ended})
    await store.patch(LEASES, "w.patched", Patch(set={"until": 0}))
    await clock.advance(YEAR_S)
    while await sweeper.sweep():
        pass
    left = [doc["_id"] for doc in (await store.dump(LEASES)).docs]
    assert left == ["w.missing", "w.patched", "w.zero"]
