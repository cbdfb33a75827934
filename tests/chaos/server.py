"""One hub as a process: started, watched until it is ready, killed, started again on the same data.

Used by the schedule (`run.py`) and by the tests of draining and reconnecting.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
#: Limits for a machine with much else to do; what the product promises is measured, not waited for.
UP_S, ASK_S, STOP_S = 120.0, 30.0, 60.0
ADMIN, PASSWORD = "admin@chaos.test", "chaos horse battery"
MAILBOX = "help@chaos.test"


class Died(Exception):
    """The process ended before it was ready."""


def free_port() -> int:
    """Below the ports that the kernel gives to outgoing connections: while the hub is down, nobody
    can take its port, not even a client that by chance connects to itself.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class Server:
    """`start` waits for /ready; `kill` is SIGKILL; `stop` is SIGTERM and returns the status."""

    folder: Path
    store: str = "sqlite:"
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    #: Seconds from the start to /ready, of each start.
    ready_after_s: list[float] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log_path(self) -> Path:
        return self.folder / "child.log"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def spawn(self, **extra: str) -> None:
        """Start the process without waiting for it."""
        settings = {
            "HUB_DATA_DIR": str(self.data_dir),
            "HUB_STORE": self.store,
            "HUB_LISTEN": f"127.0.0.1:{self.port}",
            "HUB_SMTP_LISTEN": f"127.0.0.1:{self.smtp_port}",
            "HUB_EGRESS_ALLOW": "127.0.0.0/8",
            "HUB_ADMIN_EMAIL": ADMIN,
            "HUB_ADMIN_PASSWORD": PASSWORD,
        }
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HUB_", "CHAOS_"))}
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos.child",
                env={**clean, **settings, **self.env, **extra}, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip

    async def start(self, timeout_s: float = UP_S, **extra: str) -> float:
        """Seconds until /ready said yes. Raises `Died`."""
        began = time.monotonic()
        await self.spawn(**extra)
        await self.ready(timeout_s)
        self.ready_after_s.append(time.monotonic() - began)
        return self.ready_after_s[-1]

    async def ready(self, timeout_s: float = UP_S) -> None:
        await self.until(lambda status, _: status == 200, "/ready", timeout_s)

    async def until(
        self, is_so: Callable[[int, str], bool], path: str, timeout_s: float, pause_s: float = 0.05
    ) -> None:
        """Ask `path` again and again until `is_so(status, body)`. Raises `Died`, TimeoutError."""
        limit = aiohttp.ClientTimeout(total=ASK_S)
        async with aiohttp.ClientSession(timeout=limit) as session:
            async with asyncio.timeout(timeout_s):
                while True:
                    if not self.is_running:
                        raise Died(self.last_words())
                    try:
                        async with session.get(self.base + path) as answer:
                            if is_so(answer.status, await answer.text()):
                                return
                    except (aiohttp.ClientError, TimeoutError):
                        pass
                    await asyncio.sleep(pause_s)

    async def kill(self) -> None:
        if self.process is not None:
            if self.process.returncode is None:
                self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def ended(self, timeout_s: float) -> int:
        """Wait until it ends by itself; its status."""
        assert self.process is not None
        async with asyncio.timeout(timeout_s):
            return await self.process.wait()

    async def stop(self, timeout_s: float = STOP_S) -> int:
        assert self.process is not None
        self.process.terminate()
        return await self.ended(timeout_s)

    def last_words(self) -> str:
        return self.log_path.read_text(errors="replace")[-3000:] if self.log_path.exists() else ""


def numbers(metrics: str) -> dict[str, float]:
    """The samples of a /metrics answer by name with labels."""
    lines = (line for line in metrics.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def is_settled(status: int, metrics: str) -> bool:
    """Nothing received waits for the intake and nothing waits to be sent."""
    if status != 200:
        return False
    signs = numbers(metrics)
    states = ("queued", "retry", "sending")
    rows = [signs.get(f'santral_outbox_rows{{state="{state}"}}') for state in states]
    return rows == [0, 0, 0] and signs.get("santral_journal_waiting") == 0
