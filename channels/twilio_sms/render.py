"""Our message → the form of one text or MMS. Raises `SendError`s for what can never be sent."""

from __future__ import annotations

from channels._twilio.form import Pairs
from channels._twilio.render import Link, text_form
from channels._twilio.settings import Account
from hub.ports.channel import OutboundMessage


def form(message: OutboundMessage, account: Account, link: Link) -> Pairs:
    return text_form(message, account, link)
