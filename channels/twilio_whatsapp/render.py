"""Our message → the form of one WhatsApp message: text with at most one file, or a content
template. Raises `SendError`s for what can never be sent.
"""

from __future__ import annotations

from channels._twilio.form import Pairs
from channels._twilio.render import Link, content_form, public, text_form
from channels._twilio.settings import Account
from channels.twilio_whatsapp.templates import MEDIA_SLOT, SID
from hub.errors import ContentRejected
from hub.model.template import TemplateUse
from hub.ports.channel import OutboundMessage


def plain(message: OutboundMessage, account: Account, link: Link) -> Pairs:
    """Text, with a file or without."""
    if len(message.attachments) > 1:
        raise ContentRejected("one file in a message")
    return text_form(message, account, link)


def templated(message: OutboundMessage, use: TemplateUse, account: Account, link: Link) -> Pairs:
    """Values of file slots are file ids."""
    if not SID.fullmatch(use.name):
        raise ContentRejected("this is no content template")
    values = {
        name.removeprefix(MEDIA_SLOT): public(link(value), account)
        if name.startswith(MEDIA_SLOT) and value
        else value
        for name, value in use.values.items()
    }
    return content_form(message, account, use.name, values)
