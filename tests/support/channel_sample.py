"""What a channel hands to the contract tests (`tests/contract/test_channels.py`): its settings for
a given address of the vendor, a signed request, a message to send, and which parts do not apply.

`tests/channels/<name>/sample.py` holds one `SAMPLE` for each channel folder. A part that a channel
lacks stays None or empty here: the contract knows no channel by name.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from hub.clock import Clock
from hub.model.contact import Address
from hub.ports.channel import InboxFacts, OutboundMessage, RawRequest


def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls through `ctx.http` are hurried by the contract itself."""


def plain_error(status: int) -> bytes:
    """An error answer without any of the vendor's own codes."""
    return json.dumps({"error": {"message": f"status {status}"}}).encode()


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One channel as the contract drives it."""

    #: Settings that `SPEC.check` accepts, secrets included; the argument is the base address of a
    #: server that stands for the vendor's (`http://127.0.0.1:1234`, at times https).
    config: Callable[[str], dict[str, Any]]
    #: A text to somebody, as short as it can be.
    outbound: OutboundMessage
    #: Does `send` call an API at the address that `config` was given?
    calls_api: bool = True
    #: A request with one message in it, signed for this inbox at this time; None: no webhooks.
    inbound: Callable[[InboxFacts, Clock], RawRequest] | None = None
    #: What the signature covers: "body", "query", "path", and "header:<name>" for each header that
    #: `verify` reads. Every bit of these is flipped, and each flip must be refused.
    signed: tuple[str, ...] = ("body",)
    #: Settings without which no inbox may be saved.
    signing_secrets: tuple[str, ...] = ()
    #: The body of the vendor's answer with this HTTP status, where it matters for the mapping.
    error: Callable[[int], bytes] = plain_error
    #: HTTP statuses of 5xx after which the vendor documents that nothing was accepted.
    not_accepted: frozenset[int] = frozenset()
    #: Shortens the time limits of a vendor's SDK that does not go through `ctx.http`.
    hurry: Callable[[pytest.MonkeyPatch], None] = _no_hurry
    #: The vendor's stand-in: with it `start` must end in `connected`.
    standin: Callable[[Clock], web.Application] | None = None


def sample_of(name: str) -> Sample:
    """The channel's own; a folder without one fails the test in words."""
    module = f"tests.channels.{name}.sample"
    try:
        is_there = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        is_there = False
    if not is_there:
        pytest.fail(f"write tests/channels/{name}/sample.py", pytrace=False)
    sample = importlib.import_module(module).SAMPLE
    assert isinstance(sample, Sample)
    return sample


def text_to(address: Address, text: str = "Hello", **more: Any) -> OutboundMessage:
    """The smallest message, with ids in the shape of real ones."""
    conversation = "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb"
    return OutboundMessage(
        id=f"{conversation}.2",
        conversation_id=conversation,
        seq=2,
        to=address,
        text=text,
        at=1_795_000_000_000,
        **more,
    )
