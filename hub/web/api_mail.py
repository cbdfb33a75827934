"""API handlers: mail. The body is a page of its own for a sandboxed frame; remote images come
through the hub.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlencode

from aiohttp import web

from hub.errors import BadInput, HubError, NotFound
from hub.model.ids import derived_key, local, message_id
from hub.model.message import Message
from hub.ports.collections import MESSAGES
from hub.services.docs import from_doc
from hub.services.egress import ANY_HOST
from hub.services.sniff import HEAD_BYTES, RASTER, image_size, is_too_large_to_show, sniff
from hub.web import file_response, mail_page
from hub.web.route import Call

IMAGE_MAX_BYTES = 5 * 1024 * 1024
IMAGE_TIMEOUT_S = 10.0
_MAX_SEQ = 10**9


async def get_body(call: Call) -> web.Response:
    """The mail as its own page; `?images=1` lets remote images in."""
    message = await _message(call)
    mail = message.mail
    page = mail_page.mail_page(
        html=mail.html if mail else "",
        text=message.text,
        quoted=mail.quoted if mail else "",
        title=message.subject,
        files_by_content_id={
            a.content_id.strip("<> "): f"/api/v1/files/{local(a.file_id)}"
            for a in message.attachments
            if a.content_id and a.media_type in RASTER
        },
        remote=await _proxy(call, message) if call.request.query.get("images") == "1" else None,
    )
    headers = {
        "Content-Security-Policy": mail_page.CSP,
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return web.Response(text=page, content_type="text/html", charset="utf-8", headers=headers)


async def get_source(call: Call) -> web.StreamResponse:
    """The mail as it came, as a download."""
    message = await _message(call)
    if message.mail is None or not message.mail.source_file_id:
        raise NotFound("there is no source of this message")
    files = call.hub.files
    file = await files.require(call.scope.workspace, message.mail.source_file_id)
    if file.conversation_id not in ("", message.conversation_id):
        raise NotFound("there is no source of this message")
    return await file_response.send_file(call.request, files, file)


async def get_remote_image(call: Call) -> web.Response:
    """A remote image of this mail, fetched by the hub so that the sender learns nothing of the
    reader.
    """
    message = await _message(call)
    url, signature = call.request.query.get("url", ""), call.request.query.get("key", "")
    expected = await _signature(call, message, url)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise NotFound("this image is not part of the message")
    body = await _fetched(call, url)
    media_type = sniff(body[:HEAD_BYTES])
    size = image_size(body[:HEAD_BYTES], media_type)
    if media_type not in RASTER or is_too_large_to_show(size):
        raise NotFound("this is no image that can be shown")
    headers = {
        "Content-Security-Policy": file_response.CSP,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=86400",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return web.Response(body=body, content_type=media_type, headers=headers)


async def _fetched(call: Call, url: str) -> bytes:
    try:
        answer = await call.hub.egress.fetch(
            url,
            max_bytes=IMAGE_MAX_BYTES,
            timeout_s=IMAGE_TIMEOUT_S,
            allowed_hosts=ANY_HOST,
            accept_types=("image/", "application/octet-stream", "binary/octet-stream"),
        )
    except HubError as fault:
        # Whatever went wrong out there is no fault of this hub, and must not describe our network.
        raise NotFound("this image could not be loaded") from fault
    if answer.status != 200:
        raise NotFound("this image could not be loaded")
    return answer.body


async def _message(call: Call) -> Message:
    """The message if the caller may read its conversation."""
    seq = call.path["seq"]
    if not (seq.isascii() and seq.isdigit() and int(seq[:12]) < _MAX_SEQ):
        raise BadInput("the number of a message is a whole number", "seq")
    conversation_id = f"{call.scope.workspace}.{call.path['conversation_id']}"
    conversation = await call.hub.reading.require(call.scope, conversation_id)
    doc = await call.hub.store.get(MESSAGES, message_id(conversation.id, int(seq)))
    if doc is None:
        raise NotFound("there is no such message")
    return from_doc(Message, doc)


async def _proxy(call: Call, message: Message) -> mail_page.Proxied:
    key = await call.hub.workspaces.key_of(call.scope.workspace)
    base = f"/api/v1/conversations/{local(message.conversation_id)}/messages/{message.seq}/image"

    def proxied(url: str) -> str:
        return f"{base}?{urlencode({'url': url, 'key': _sign(key, message, url)})}"

    return proxied


async def _signature(call: Call, message: Message, url: str) -> str:
    return _sign(await call.hub.workspaces.key_of(call.scope.workspace), message, url)


def _sign(key: bytes, message: Message, url: str) -> str:
    return derived_key(key, "remote image", message.id, url)
