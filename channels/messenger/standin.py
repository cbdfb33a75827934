"""Stands in for Messenger: one page, see `channels._meta.direct.standin`."""

from __future__ import annotations

from aiohttp import web

from channels._meta.direct.standin import Check, DirectStandin, Subcodes
from channels._meta.direct.standin_people import Account
from channels.messenger.parse import OBJECT
from channels.messenger.render import DIALECT
from hub.clock import Clock

PAGE_ID = "1906385232743851"


def standin(
    clock: Clock,
    *,
    page_id: str = PAGE_ID,
    token: str = "",
    has_echoes: bool = True,
    check: Check | None = None,
) -> DirectStandin:
    account = Account(
        object=OBJECT,
        id=page_id,
        name="Shop",
        me={"id": page_id, "name": "Shop"},
        has_watermarks=True,
    )
    subcodes = Subcodes(window=2018278, stranger=2018001)
    return DirectStandin(
        clock, account, DIALECT, subcodes, token=token, has_echoes=has_echoes, check=check
    )


def app(clock: Clock, *, page_id: str = PAGE_ID, token: str = "") -> web.Application:
    """For `hub demo`."""
    return standin(clock, page_id=page_id, token=token).app()
