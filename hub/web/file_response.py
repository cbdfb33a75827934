"""A stored file as an HTTP answer: ranges, ETag, and headers that keep a browser from running
anything in it.

Called by `api_files`, `api_mail` and `file_links`, after the right to read was checked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from aiohttp import web

from hub import log
from hub.errors import HubError
from hub.model.files import StoredFile
from hub.services.file_names import content_disposition
from hub.services.files import Files
from hub.services.sniff import RASTER

#: What a browser may show in place; everything else, PDF too, is saved.
_INLINE = RASTER | {
    "audio/mpeg", "audio/ogg", "audio/wav", "audio/mp4", "audio/aac", "audio/flac",
    "video/mp4", "video/webm", "video/ogg",
}  # fmt: skip
_log = log.get("hub.web")
CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"


async def send_file(
    request: web.Request, files: Files, file: StoredFile, *, is_embeddable: bool = False
) -> web.StreamResponse:
    """Stream the file, or the range asked for. `is_embeddable`: pages of other sites may show
    it.
    """
    headers = _headers(file, is_embeddable=is_embeddable)
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    try:
        start, stop = _range(request, file, headers["ETag"])
    except ValueError:
        headers["Content-Range"] = f"bytes */{file.size_bytes}"
        return web.Response(status=416, headers=headers)
    is_part = (start, stop) != (0, file.size_bytes)
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size_bytes}"
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.content_length = stop - start
    async with aclosing(files.stream(file, start, stop - start)) as chunks:  # type: ignore[type-var]
        # The first piece before the head of the answer: missing bytes must become a 404.
        first = await anext(chunks, b"")
        await response.prepare(request)
        if request.method != "HEAD":
            await response.write(first)
            await _write_rest(request, response, chunks)
    await response.write_eof()
    return response


async def _write_rest(
    request: web.Request, response: web.StreamResponse, chunks: AsyncIterator[bytes]
) -> None:
    """The head has gone: that the rest does not come is told by a connection that breaks."""
    try:
        async for chunk in chunks:
            await response.write(chunk)
    except HubError as fault:
        _log.warning("a file broke off", error=fault, path=request.path)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the file broke off") from fault


def _headers(file: StoredFile, *, is_embeddable: bool) -> dict[str, str]:
    is_inline = file.media_type in _INLINE
    return {
        "Content-Type": _content_type(file.media_type),
        "Content-Disposition": content_disposition(file.name, is_inline=is_inline),
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        # Kept by the browser, but asked for each time: a right may have gone.
        "Cache-Control": "private, max-age=240" if is_embeddable else "private, no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin" if is_embeddable else "same-origin",
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.sha256[:32]}"',
    }


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _range(request: web.Request, file: StoredFile, etag: str) -> tuple[int, int]:
    """[start, stop) of the one range asked for. Raises ValueError when it cannot be satisfied."""
    if request.headers.get("If-Range", etag) != etag:
        return 0, file.size_bytes
    asked = request.http_range
    if asked.start is None and asked.stop is None:
        return 0, file.size_bytes
    start, stop, _ = asked.indices(file.size_bytes)
    if start >= stop:
        raise ValueError("no such part")
    return start, stop
