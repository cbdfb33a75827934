"""API handlers: files. Rights: the conversation's once attached, before that only the
uploader's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from hub.errors import BadInput, NotFound, TooLarge
from hub.model.files import StoredFile
from hub.model.ids import local, message_id
from hub.services.blobs_disk import CHUNK_BYTES
from hub.services.sniff import RASTER
from hub.services.thumbnails import MEDIA_TYPE as THUMBNAIL_TYPE
from hub.web import file_response, show
from hub.web.api_amending import seq_of
from hub.web.api_conversations import require_conversation
from hub.web.route import Call
from hub.web.views import FileView, MessageView


async def upload_file(call: Call) -> FileView:
    """Store a file; it stays mine alone until a message carries it."""
    files = call.hub.files
    length = call.request.content_length
    if length is not None and length > files.max_bytes:
        raise TooLarge(_limit_text(files.max_bytes), files.max_bytes)
    file = await files.save(
        call.scope.workspace,
        _body(call.request),
        call.query.name,
        declared_type=call.request.content_type,
        owner=call.scope.agent_id,
        refuses_bombs=True,
    )
    return file_view(file)


async def get_file(call: Call) -> web.StreamResponse:
    """The file's bytes; Range is understood."""
    return await file_response.send_file(call.request, call.hub.files, await _readable(call))


async def get_thumbnail(call: Call) -> web.StreamResponse:
    """A small WebP of an image."""
    file = await _readable(call)
    headers = {
        "ETag": f'"t-{file.sha256[:32]}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": file_response.CSP,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if call.request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    body = await call.hub.files.thumbnail(file)
    return web.Response(body=body, content_type=THUMBNAIL_TYPE, headers=headers)


async def fetch_again(call: Call) -> MessageView:
    """Ask the network once more for a file of a customer's message that did not come; `position`
    counts the message's attachments from 0.
    """
    conversation = await require_conversation(call)
    id = message_id(conversation.id, seq_of(call))
    message = await call.hub.timeline.require_message(id)
    position = call.path["position"]
    if not (position.isascii() and position.isdigit() and len(position) <= 4):
        raise NotFound("there is no such lost file")
    return show.message(await call.hub.lost_files.fetch_again(message, int(position)))


def file_view(file: StoredFile) -> FileView:
    """As the API shows it."""
    url = f"/api/v1/files/{local(file.id)}"
    return FileView(
        id=local(file.id),
        name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        width=file.width,
        height=file.height,
        url=url,
        thumbnail_url=f"{url}/thumbnail" if file.media_type in RASTER else "",
    )


async def _readable(call: Call) -> StoredFile:
    """The file if the caller may read it; otherwise it does not exist for them."""
    file = await call.hub.files.require(call.scope.workspace, call.path["file_id"])
    if file.conversation_id:
        await call.hub.reading.require(call.scope, file.conversation_id)
    elif not call.scope.agent_id or file.owner != call.scope.agent_id:
        raise NotFound("there is no such file")
    return file


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    received = 0
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        received += len(chunk)
        yield chunk
    if request.content_length is not None and received != request.content_length:
        raise BadInput("the upload broke off; send it again")


def _limit_text(limit_bytes: int) -> str:
    return f"a file may have at most {limit_bytes // (1024 * 1024)} MB"
