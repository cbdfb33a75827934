"""Finds the channel folders: `channels/<name>/config.py` with a `SPEC`. No list of names anywhere.

A folder with a leading underscore holds what channels of one vendor share, and is no channel.
"""

from __future__ import annotations

import importlib
import pkgutil

import channels
from hub.ports.channel import ChannelSpec


def find_specs() -> dict[str, ChannelSpec]:
    """Every channel's spec by name. Imports no SDK: adapters are loaded when their first inbox
    starts.
    """
    specs = {}
    for found in pkgutil.iter_modules(channels.__path__):
        if found.ispkg and not found.name.startswith("_"):
            spec: ChannelSpec = importlib.import_module(f"channels.{found.name}.config").SPEC
            specs[spec.name] = spec
    return specs


def sample_spec(specs: dict[str, ChannelSpec]) -> ChannelSpec | None:
    """A live channel that needs no settings: opened at the first start, so that the sample site can
    talk at once.
    """
    for spec in specs.values():
        if spec.capabilities.is_live and not any(field.is_required for field in spec.fields):
            return spec
    return None
