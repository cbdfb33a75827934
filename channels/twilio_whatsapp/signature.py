"""The signature of this channel's webhooks is Twilio's: see `channels._twilio.signature`."""

from channels._twilio.signature import HEADER, sign, verify

__all__ = ["HEADER", "sign", "verify"]
