"""The bridge of `docs/custom-channel.md`, run exactly as it stands there."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from channels.custom.adapter import Adapter
from channels.custom.config import SPEC
from channels.custom.standin import SECRET
from hub.errors import AuthFailed, RecipientUnreachable, TransientFailure
from hub.model.contact import Address
from hub.ports.inbound import MessageReceived
from hub.services.inbox_config import check_config
from tests.support.adapter_context import MemoryContext
from tests.support.channel_hook import hook_of
from tests.support.channel_sample import text_to

DOCS = Path(__file__).resolve().parents[3] / "docs/custom-channel.md"
MAX_LINES = 75


def example() -> str:
    (code,) = re.findall(r"^```python\n(.*?)^```$", DOCS.read_text("utf-8"), re.S | re.M)
    return str(code)


def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Bridge:
    """The example as a program of its own."""

    file: Path
    environment: dict[str, str]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await self._start()
        try:
            yield process
        finally:
            process.terminate()
            await process.wait()

    async def say(self, *words: str) -> str:
        process = await self._start("say", *words)
        out, error = await process.communicate()
        assert process.returncode == 0, error.decode()
        return out.decode()

    async def _start(self, *args: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, str(self.file), *args, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


@asynccontextmanager
async def joined(tmp_path: Path) -> AsyncIterator[tuple[MemoryContext, Adapter, Bridge]]:
    """An inbox and the example, each knowing the other's address."""
    port = unused_port()
    settings = {"secret": SECRET, "callback_url": f"http://127.0.0.1:{port}/"}
    ctx = MemoryContext(check_config(SPEC, settings))
    file = tmp_path / "bridge.py"
    file.write_text(example(), "utf-8")
    async with hook_of(ctx) as hook:
        ctx.inbox = msgspec.structs.replace(ctx.inbox, public_url=hook.url)
        adapter = hook.adapter = Adapter(ctx)
        environment = {
            **os.environ,
            "SANTRAL_SECRET": SECRET,
            "SANTRAL_HOOK": hook.url + ctx.inbox.hook_path,
            "PORT": str(port),
        }
        yield ctx, adapter, Bridge(file, environment)
        await adapter.stop()
        await ctx.http.close()


async def until_it_listens(adapter: Adapter) -> None:
    for _ in range(1000):
        try:
            return await adapter.probe()
        except TransientFailure:
            await asyncio.sleep(0.02)
    raise AssertionError("the example does not listen")


def test_it_is_as_short_as_promised() -> None:
    code = example()
    assert len(code.splitlines()) <= MAX_LINES
    assert max(map(len, code.splitlines())) <= 100
    imported = set(re.findall(r"^(?:import|from) ([\w., ]+?)(?: import .*)?$", code, re.M))
    names = {name.strip().split(".")[0] for line in imported for name in line.split(",")}
    assert names <= sys.stdlib_module_names


async def test_customers_of_the_example_reach_the_hub(tmp_path: Path) -> None:
    async with joined(tmp_path) as (ctx, _, bridge):
        said = await bridge.say("ada", "Dzień", "dobry")
        assert said == "{'taken': 1, 'left_out': []}\n"
        (event,) = ctx.events
        assert isinstance(event, MessageReceived)
        assert event.text == "Dzień dobry" and event.sender_name == "Ada"
        assert event.sender == Address("handle", "ada", ctx.inbox.id)


async def test_answers_reach_customers_of_the_example_once(tmp_path: Path) -> None:
    async with joined(tmp_path) as (ctx, adapter, bridge), bridge.running() as process:
        await until_it_listens(adapter)
        ada = Address("handle", "ada", ctx.inbox.id)
        first = await adapter.send(text_to(ada, "Merhaba"))
        again = await adapter.send(text_to(ada, "Merhaba"))
        assert first.provider_ids == again.provider_ids == ["mine-1"]
        with pytest.raises(RecipientUnreachable):
            await adapter.send(text_to(Address("handle", "nobody", ctx.inbox.id)))
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ada < Merhaba\n"
        ctx.inbox = msgspec.structs.replace(
            ctx.inbox, config={**ctx.inbox.config, "secret": "z" * 32}
        )
        with pytest.raises(AuthFailed):
            await Adapter(ctx).send(text_to(ada))
