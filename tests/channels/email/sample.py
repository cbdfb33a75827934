"""E-mail for the channel contract: it speaks SMTP and IMAP, whose faults `email_io` tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from hub.model.contact import Address
from tests.support.channel_sample import Sample, text_to


def _config(base: str) -> dict[str, Any]:
    return {
        "address": "support@shop.test",
        "receive": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": urlsplit(base).port or 25,
        "smtp_security": "none",
    }


SAMPLE = Sample(
    config=_config,
    outbound=text_to(Address("email", "ada@customer.test")),
    calls_api=False,
)
