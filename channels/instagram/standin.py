"""Stands in for Instagram: one professional account, see `channels._meta.direct.standin`."""

from __future__ import annotations

from aiohttp import web

from channels._meta.direct.standin import Check, DirectStandin, Subcodes
from channels._meta.direct.standin_people import Account
from channels.instagram.parse import OBJECT
from channels.instagram.render import DIALECT
from hub.clock import Clock

ACCOUNT_ID = "17841452690000098"


def standin(
    clock: Clock,
    *,
    account_id: str = ACCOUNT_ID,
    token: str = "",
    has_echoes: bool = True,
    check: Check | None = None,
) -> DirectStandin:
    account = Account(
        object=OBJECT,
        id=account_id,
        name="shop",
        # Both ways to connect ask for their own fields; here they find each other's, too.
        me={
            "id": "9876543",
            "user_id": account_id,
            "username": "shop",
            "instagram_business_account": {"id": account_id},
        },
        has_watermarks=False,
        has_usernames=True,
    )
    subcodes = Subcodes(window=2534022, stranger=2534014)
    return DirectStandin(
        clock, account, DIALECT, subcodes, token=token, has_echoes=has_echoes, check=check
    )


def app(clock: Clock, *, account_id: str = ACCOUNT_ID, token: str = "") -> web.Application:
    """For `hub demo`."""
    return standin(clock, account_id=account_id, token=token).app()
