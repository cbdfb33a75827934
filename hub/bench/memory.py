"""How much memory `hub serve` holds at rest, with one inbox of each channel that needs nothing from
outside.

Two of them, a live one and one that stores and forwards, are the channels that DESIGN §12.14 names.
The value is the resident set of the whole process, as the kernel counts it, some seconds after it
is ready.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from hub.app.build import build
from hub.bench.child import server
from hub.bench.report import Result, result
from hub.bench.settings import CannotRunError, Settings
from hub.clock import SystemClock
from hub.config import load
from hub.model.ids import local
from hub.tasks import Tasks

GOAL_MB = 64.0
REST_S = 5.0
_READY_S = 60.0
#: A mailbox that only sends, so that nothing outside is needed.
_MAILBOX = {
    "address": "help@shop.test",
    "receive": "none",
    "smtp_host": "127.0.0.1",
    "smtp_port": 9,
    "smtp_security": "none",
}


async def run(settings: Settings) -> list[Result]:
    values, floors = [], []
    with settings.scratch() as folder:
        await _prepare(folder)
        for _ in range(min(settings.rounds, 3)):
            values.append(await _serve(folder))
            async with server("http") as bare:
                floors.append(_resident_mb(bare.pid))
    return [
        result("hub_at_rest", "MB", values, goal=GOAL_MB, better="lower"),
        result("bare_aiohttp", "MB", floors, better="lower"),
    ]


def _environment(folder: Path) -> dict[str, str]:
    return {"HUB_DATA_DIR": str(folder), "HUB_LISTEN": "127.0.0.1:0"}


async def _prepare(folder: Path) -> None:
    """A store with the inboxes; the first start itself opens the live one."""
    tasks = Tasks()
    hub = await build(load(_environment(folder)), SystemClock(), tasks)
    services = hub.services
    try:
        await services.welcome.first_start(services.config)
        (about,) = await services.workspaces.all()
        await services.inboxes.create(local(about.id), "email", "Mail", _MAILBOX, "main")
        await services.inboxes.create(local(about.id), "webchat", "Chat", {}, "main")
    finally:
        await services.inboxes.close()
        await tasks.close()
        await services.store.close()


async def _serve(folder: Path) -> float:
    """Start the command that people start, let it rest, read what it holds, end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub", "serve", "--log-level", "warning",
        stdout=asyncio.subprocess.PIPE, env={**_inherited(), **_environment(folder)},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_READY_S):
            while b"ready" not in (line := await process.stdout.readline()):
                if not line:
                    raise CannotRunError("hub serve did not start; its words are above")
        await asyncio.sleep(REST_S)
        return _resident_mb(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _inherited() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}


def _resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        raise CannotRunError("the memory of a process can be read on Linux only") from None
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
