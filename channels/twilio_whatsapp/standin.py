"""The stand-in of Twilio's WhatsApp for `hub demo` and tests: see `channels._twilio.standin`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels._twilio.standin import TwilioStandin
from channels._twilio.standin_phone import Phone
from channels.twilio_whatsapp.config import PREFIX
from hub.clock import Clock


def app(clock: Clock, **settings: Any) -> web.Application:
    """`settings` are those of `TwilioStandin`."""
    world = TwilioStandin(clock, prefix=PREFIX, **settings)
    return Phone(world).add_to(world.app())
