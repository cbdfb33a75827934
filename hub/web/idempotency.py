"""`Idempotency-Key`: a POST repeated with the same key gets the first answer again and does
nothing twice.

Kept for 24 hours, sealed, because some answers hold a secret that is shown once. A repeat while
the first still runs, or with another body, is a Conflict; a first that failed leaves no trace.
Called by dispatch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from hub.errors import BadInput, Conflict
from hub.model.agent import Scope
from hub.model.ids import derived_id
from hub.ports.collections import IDEMPOTENCY
from hub.ports.store import Patch
from hub.web.answers import raw_json

if TYPE_CHECKING:
    from hub.web.services import Services

HEADER = "Idempotency-Key"
KEPT_MS = 24 * 3600 * 1000
#: A process that died leaves its claim; after this time the request may be tried anew.
STUCK_MS = 60 * 1000
_MAX_KEY_CHARS = 200
_MAX_ANSWER_BYTES = 600_000

Work = Callable[[], Awaitable[web.StreamResponse]]


async def once(
    request: web.Request, raw: bytes, scope: Scope, hub: Services, work: Work
) -> web.StreamResponse:
    """Do `work`, or give its first answer again."""
    key = request.headers[HEADER]
    if not 0 < len(key) <= _MAX_KEY_CHARS or not key.isascii():
        raise BadInput(f"An idempotency key has 1 to {_MAX_KEY_CHARS} ASCII characters.", HEADER)
    secret = await hub.workspaces.key_of(scope.workspace)
    parts = ("idempotency", scope.agent_id, request.method, request.path, key)
    row_id = derived_id(scope.workspace, secret, *parts)
    known = await _claim(row_id, hashlib.sha256(raw).hexdigest(), hub)
    if known is not None:
        return raw_json(hub.vault.open(known, row_id).encode())
    try:
        response = await work()
    except BaseException:
        await hub.store.delete(IDEMPOTENCY, row_id)
        raise
    body = response.body if isinstance(response, web.Response) else None
    if response.status != 200 or not isinstance(body, bytes) or len(body) > _MAX_ANSWER_BYTES:
        await hub.store.delete(IDEMPOTENCY, row_id)
        return response
    patch = Patch(set={"answer": hub.vault.seal(body.decode(), row_id)})
    await hub.store.patch(IDEMPOTENCY, row_id, patch)
    return response


async def _claim(row_id: str, body_hash: str, hub: Services) -> str | None:
    """None when the work is ours to do, else the sealed answer."""
    now = hub.clock.now_ms()
    row = {"_id": row_id, "v": 1, "body": body_hash, "at": now, "expires_at": now + KEPT_MS}
    for _ in range(3):
        try:
            await hub.store.insert(IDEMPOTENCY, row)
        except Conflict:
            known = await hub.store.get(IDEMPOTENCY, row_id)
            if known is None:
                continue
            is_stuck = "answer" not in known and known["at"] + STUCK_MS <= now
            if known["expires_at"] <= now or is_stuck:
                await hub.store.delete(IDEMPOTENCY, row_id, version=known["v"])
                continue
            if known["body"] != body_hash:
                raise Conflict("This idempotency key was used for another body.", HEADER) from None
            if "answer" not in known:
                raise Conflict("The first request is still being worked on.", HEADER) from None
            return str(known["answer"])
        return None
    raise Conflict("The first request is still being worked on.", HEADER)
