"""API handlers: the API's own description."""

from __future__ import annotations

from typing import Any

from hub import __version__
from hub.web.openapi import build_openapi
from hub.web.route import Call


async def get_openapi(call: Call) -> Any:
    """This document."""
    # Imported late: the table names this handler.
    from hub.web.routes import PREFIX, ROUTES

    return build_openapi(ROUTES, PREFIX, __version__)
