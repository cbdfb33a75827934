"""The settings of a Telegram inbox, which way it receives by them, and what they load."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from channels.telegram.adapter import Adapter
from channels.telegram.config import SPEC, read
from channels.telegram.receive import can_webhook
from channels.telegram.signature import secret_of
from hub.errors import BadInput, ConfigFault
from hub.services.inbox_config import check_config
from tests.channels.telegram.conftest import MakeWorld
from tests.channels.telegram.sample import TOKEN
from tests.support.adapter_context import MemoryContext
from tests.support.specs import ROOT

_LOADED = "import sys, {}; print(*({{'aiogram', 'pydantic', 'aiofiles'}} & set(sys.modules)))"


@pytest.mark.parametrize(
    ("config", "faults"),
    [
        ({"token": TOKEN}, {}),
        ({"token": TOKEN, "api_base": "http://127.0.0.1:8090/telegram"}, {}),
        ({}, {"token": "telegram.fault.token"}),
        ({"token": "123"}, {"token": "telegram.fault.token"}),
        ({"token": f"{TOKEN} "}, {"token": "telegram.fault.token"}),
        ({"token": f"{TOKEN}/../x"}, {"token": "telegram.fault.token"}),
        ({"token": TOKEN, "receive": "pigeon"}, {"receive": "telegram.fault.value"}),
        ({"token": TOKEN, "groups": "yes"}, {"groups": "telegram.fault.value"}),
        ({"token": TOKEN, "api_base": "ftp://x"}, {"api_base": "telegram.fault.api_base"}),
        ({"token": TOKEN, "api_base": "https://"}, {"api_base": "telegram.fault.api_base"}),
        ({"token": TOKEN, "api_base": "https://a:b@x"}, {"api_base": "telegram.fault.api_base"}),
        ({"token": TOKEN, "api_base": "https://x/?a"}, {"api_base": "telegram.fault.api_base"}),
        ({"token": TOKEN, "api_base": "https://x/{m}"}, {"api_base": "telegram.fault.api_base"}),
    ],
)
def test_faults(config: dict[str, Any], faults: dict[str, str]) -> None:
    assert SPEC.check(config) == faults


def test_the_address_is_the_bot_and_never_its_secret() -> None:
    assert SPEC.address({"token": TOKEN}) == "800000001"
    assert SPEC.address({"token": "x"}) == SPEC.address({}) == ""


def test_an_unreadable_config_is_said_to_be() -> None:
    with pytest.raises(ConfigFault):
        read({"token": TOKEN, "groups": 5})


def test_secrets_differ_by_bot_and_inbox() -> None:
    assert len({secret_of(t, i) for t in ("1:a", "1:b") for i in ("x", "y")}) == 4
    assert len(secret_of("1:a", "x")) == 64


def context(public_url: str, **config: Any) -> MemoryContext:
    ctx = MemoryContext(check_config(SPEC, {"token": TOKEN, **config}))
    ctx.inbox = msgspec.structs.replace(ctx.inbox, public_url=public_url)
    return ctx


@pytest.mark.parametrize(
    ("public_url", "can"),
    [
        ("https://hub.example.com", True), ("https://hub.example.com:8443", True),
        ("https://8.8.8.8", True), ("https://hub.example.com:8080", False),
        ("http://hub.example.com", False), ("https://127.0.0.1", False),
        ("https://192.168.1.5", False), ("https://localhost", False),
        ("https://box.local", False), ("http://127.0.0.1:8080", False),
    ],
)  # fmt: skip
def test_whom_telegram_can_call(public_url: str, can: bool) -> None:
    ctx = context(public_url)
    assert can_webhook(ctx.inbox, read(ctx.inbox.config)) == can
    own = context(public_url, api_base="http://127.0.0.1:8081")
    assert can_webhook(own.inbox, read(own.inbox.config))


async def test_a_webhook_without_an_address_is_refused() -> None:
    ctx = context("http://127.0.0.1:8080", receive="webhook")
    with pytest.raises(BadInput, match=r"telegram\.state\.no_address"):
        await Adapter(ctx).start()
    await ctx.http.close()


async def test_by_itself_an_inbox_without_an_address_polls(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.telegram.adapter.can_webhook", lambda inbox, settings: False)
    async with make_world() as world:
        assert world.calls[0] == "deleteWebhook"


@pytest.mark.parametrize("part", ["config", "parse", "adapter", "receive", "standin"])
def test_the_sdk_is_not_loaded_before_a_bot_is_called(part: str) -> None:
    script = _LOADED.format(f"channels.telegram.{part}")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_the_check_sees_the_sdk() -> None:
    script = _LOADED.format("pydantic")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "pydantic"
