"""The JSON Schema of outgoing bodies in specs/whatsapp, as a check."""

from __future__ import annotations

import functools
import json
from typing import Any

from jsonschema import Draft202012Validator

from tests.support import specs


@functools.cache
def _validator() -> Draft202012Validator:
    path = specs.require("whatsapp/schemas/outbound_message.schema.json")
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def check(body: Any) -> None:
    """Raises `ValueError` with what is wrong."""
    faults = [error.message[:300] for error in _validator().iter_errors(body)]
    if faults:
        raise ValueError("; ".join(faults))
