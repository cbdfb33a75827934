"""Where the bytes of files lie, as HUB_FILES says: on this machine's disk or in a bucket. What a
bucket needs is loaded only then. Called by `build` and the commands that read or write files.
"""

from __future__ import annotations

from typing import Protocol

from hub.clock import Clock
from hub.config import Config
from hub.config_values import bucket
from hub.ports.blobs import BlobStore
from hub.services.blobs_disk import DiskBlobs


class Blobs(BlobStore, Protocol):
    def clear_strays(self) -> int:
        """Remove what a crash left half written; call before the first `create`. How many."""

    async def close(self) -> None:
        """Call when nothing more is asked, before the process ends."""


async def open_blobs(config: Config, clock: Clock) -> Blobs:
    """Ready for use: a bucket was asked. Raises `ConfigFault` and `Unavailable`."""
    place = bucket(config.files)
    if place is None:
        return DiskBlobs(config.data_dir / "files")
    from hub.services.blobs_s3 import Place, S3Blobs

    keys = Place(*place, config.s3_access_key, config.s3_secret_key)
    blobs = S3Blobs(keys, config.data_dir / "spool", clock)
    await blobs.check()
    return blobs
