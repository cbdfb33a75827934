"""Every store of blobs, for tests that run over each; whichever it is, its files can be seen below
`<folder>/files`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.app.blobs import Blobs
from hub.clock import SystemClock
from hub.services.blobs_disk import DiskBlobs
from hub.services.blobs_s3 import Place, S3Blobs
from tests.support.s3_server import ACCESS_KEY, SECRET_KEY, S3Server, running_s3

BLOB_KINDS = ("disk", "s3")
BUCKET = "files"


@asynccontextmanager
async def blob_store(kind: str, folder: Path) -> AsyncIterator[Blobs]:
    if kind == "disk":
        yield DiskBlobs(folder / BUCKET)
        return
    async with running_s3(folder, BUCKET) as server:
        yield s3_blobs(server, folder)


def s3_blobs(
    server: S3Server,
    folder: Path,
    *,
    key: str = ACCESS_KEY,
    secret: str = SECRET_KEY,
    bucket: str = BUCKET,
    prefix: str = "",
    patience_s: float = 15.0,
) -> S3Blobs:
    place = Place(bucket, prefix, server.endpoint, "us-east-1", key, secret)
    return S3Blobs(place, folder / "spool", SystemClock(), patience_s=patience_s)


async def make_old(blobs: Blobs, folder: Path, workspace: str, sha256: str, at: int) -> None:
    """As if stored at `at`; until the store says so, as rclone remembers a folder for some
    milliseconds.
    """
    path = folder / BUCKET / workspace / sha256[:2] / sha256[2:]
    os.utime(path, (at / 1000, at / 1000))
    async with asyncio.timeout(30):
        while True:
            facts = await blobs.facts(workspace, sha256)
            assert facts is not None
            if abs(facts.stored_at - at) <= 1_000:
                return
            await asyncio.sleep(0.01)
