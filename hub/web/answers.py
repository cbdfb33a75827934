"""JSON answers. Handlers that set cookies or a status build theirs here; dispatch does it for the
rest.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web


def json_answer(value: Any, status: int = 200) -> web.Response:
    return raw_json(msgspec.json.encode(value), status)


def raw_json(body: bytes, status: int = 200) -> web.Response:
    """Never stored by a browser or proxy: answers differ by who asks."""
    return web.Response(
        body=body,
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )
