"""Small pictures of stored images, made by a limited process of its own and kept on disk by
content.

Pillow is an extra: without it, or when an image cannot be decoded within the limits, there is no
thumbnail and the page shows the file's name. Called by `Files.thumbnail`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from hub import log
from hub.errors import NotFound, Unavailable

SIDE = 480
MEDIA_TYPE = "image/webp"
AT_ONCE = 2
TIME_LIMIT_S = 10.0
_WORKER = Path(__file__).with_name("thumbnail_worker.py")
_NO_PILLOW = 3
Load = Callable[[], Awaitable[bytes]]
_log = log.get(__name__)


class Thumbnails:
    """`folder` is a cache: it may be emptied at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, workspace: str, sha256: str, load: Load) -> bytes:
        """The thumbnail (WebP) of the image that `load` reads; raises `NotFound` when there can
        be none.
        """
        path = self._path(workspace, sha256)
        thumbnail = await asyncio.to_thread(_read, path)
        if thumbnail is None:
            async with self._turns:
                thumbnail = await asyncio.to_thread(_read, path)
                if thumbnail is None:
                    thumbnail = await _make(await load())
                    await asyncio.to_thread(_keep, path, thumbnail)
        if not thumbnail:
            raise NotFound("this image cannot be decoded")
        return thumbnail

    async def forget(self, workspace: str, sha256: str) -> None:
        """Its image is gone (`hub.services.file_sweep.Forget`)."""
        await asyncio.to_thread(self._path(workspace, sha256).unlink, missing_ok=True)

    def _path(self, workspace: str, sha256: str) -> Path:
        return self._folder / workspace / sha256[:2] / f"{sha256[2:]}.webp"


async def _make(image: bytes) -> bytes:
    """One worker, one image; nothing when it cannot be decoded within the limits."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_WORKER),
        str(SIDE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            out, _ = await process.communicate(image)
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == _NO_PILLOW:
        raise NotFound("thumbnails need the extra 'media'")
    if process.returncode != 0:
        _log.info("an image could not be decoded", status=process.returncode)
        return b""
    return out


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(path: Path, thumbnail: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(thumbnail)
        Path(file.name).replace(path)
    except OSError as fault:
        raise Unavailable(f"the thumbnail could not be kept: {fault.strerror}") from fault
