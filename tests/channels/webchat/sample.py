"""Web chat for the channel contract: browsers come to it, it calls nobody and takes no webhooks."""

from __future__ import annotations

from typing import Any

from hub.model.contact import Address
from tests.support.channel_sample import Sample, text_to


def _config(base: str) -> dict[str, Any]:
    return {"origins": ["https://shop.example"], "identity_secret": "x" * 32}


SAMPLE = Sample(
    config=_config,
    outbound=text_to(Address("visitor", "somebody", "inbox")),
    calls_api=False,
)
