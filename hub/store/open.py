"""Which store a URL means. Called by the composition root; imports a driver only when it is asked
for.
"""

from __future__ import annotations

from pathlib import Path

from hub.clock import Clock
from hub.errors import ConfigFault
from hub.ports.store import DocumentStore


def make_store(url: str, data_dir: Path, clock: Clock) -> DocumentStore:
    """The store of `sqlite:` (data_dir/hub.db), `sqlite:/path` or `mongodb://…`; not opened yet."""
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        from hub.store.sqlite import SqliteStore

        return SqliteStore(Path(rest) if rest else data_dir / "hub.db", clock)
    if scheme in {"mongodb", "mongodb+srv"}:
        try:
            from hub.store.mongo import MongoStore
        except ImportError:
            raise ConfigFault(["HUB_STORE: MongoDB needs the extra 'mongo'"]) from None
        return MongoStore(url, clock)
    raise ConfigFault(
        ["HUB_STORE: expected sqlite:, sqlite:/path/to/file or mongodb://host/database"]
    )
