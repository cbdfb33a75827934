"""A webhook of Twilio's texts → events. The form is read by `channels._twilio.inbound`; plain texts
add nothing to it.
"""

from __future__ import annotations

from channels._twilio.inbound import Form
from hub.ports.inbound import MessageReceived


def enrich(form: Form, message: MessageReceived) -> MessageReceived:
    return message
