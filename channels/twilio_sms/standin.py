"""The stand-in of Twilio's texts for `hub demo` and tests: see `channels._twilio.standin`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels._twilio.standin import Hook, TwilioStandin
from channels._twilio.standin_phone import Phone
from hub.clock import Clock
from hub.standin import Network

_ACCOUNT, _TOKEN, _NUMBER = f"AC{1:032x}", "the demo's token", "+48732000001"


def app(clock: Clock, **settings: Any) -> web.Application:
    """`settings` are those of `TwilioStandin`."""
    world = TwilioStandin(clock, **settings)
    return Phone(world).add_to(world.app())


def demo(clock: Clock) -> Network:
    """For the demo phone."""
    return _Demo(clock)


class _Demo:
    has_numbers = True

    def __init__(self, clock: Clock) -> None:
        self._world = TwilioStandin(
            clock, account_sid=_ACCOUNT, auth_token=_TOKEN, tells_statuses=True
        )

    def app(self) -> web.Application:
        return Phone(self._world).add_to(self._world.app())

    def config(self, base_url: str) -> dict[str, Any]:
        self._world.base = base_url
        account = {"account_sid": _ACCOUNT, "auth_token": _TOKEN}
        return {**account, "number": _NUMBER, "per_second": 20, "api_base": base_url}

    async def connect(self, hook_url: str) -> None:
        self._world.hook = Hook(
            url=hook_url, account_sid=_ACCOUNT, auth_token=_TOKEN, number=_NUMBER
        )
