"""The JSON Schemas of both directions, as they lie in the channel's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import channels.custom

FOLDER = Path(channels.custom.__path__[0]) / "schema"


def _load(name: str) -> Any:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return schema


INBOUND = Draft202012Validator(_load("inbound"))
OUTBOUND = Draft202012Validator(_load("outbound"))


def check_order(order: Any) -> None:
    """For the stand-in: an order that is not as documented fails the test that sent it."""
    OUTBOUND.validate(order)


def allows(events: list[Any]) -> bool:
    return bool(INBOUND.is_valid({"events": events}))
