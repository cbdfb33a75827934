"""Parsing in a process of its own with a CPU and memory limit a mail, so that no mail can stop
the hub: a bomb ends the worker, its mail is reported as unreadable, and the next one gets a new
worker. The worker starts with the first mail and ends after a minute without any (memory). Run
with -m, this module is the worker.
"""

from __future__ import annotations

import asyncio
import resource
import struct
import sys
from typing import BinaryIO

import msgspec

from channels.email.limits import DEFAULT, Limits
from channels.email.mail import ParsedMail
from channels.email.parse import NOTHING_KNOWN, Known, Parsed, parse_with_files, unreadable

CPU_S = 5
MEMORY_BYTES = 512 * 1024 * 1024
_WALL_S = 30.0
_IDLE_S = 60.0
_LENGTH = struct.Struct("<I")


class Job(msgspec.Struct, frozen=True, array_like=True):
    """One mail to parse."""

    raw: bytes
    limits: Limits
    known: Known


class ParsePool:
    """Parses mail in one worker process, one mail at a time. Close it when the hub stops."""

    def __init__(
        self, limits: Limits = DEFAULT, idle_s: float = _IDLE_S, wall_s: float = _WALL_S
    ) -> None:
        self._limits = limits
        self._idle_s = idle_s
        self._wall_s = wall_s
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._leaving: asyncio.subprocess.Process | None = None
        self._idle_timer: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether a worker process is waiting for mail now."""
        return self._process is not None and self._process.returncode is None

    async def parse(
        self, raw: bytes, known: Known = NOTHING_KNOWN
    ) -> tuple[ParsedMail, list[bytes]]:
        """The mail and its files' bytes. Never raises for what the mail holds."""
        if len(raw) > self._limits.mail_bytes:
            return unreadable(raw, "too_large", self._limits), []
        async with self._lock:
            self._stop_timer()
            job = Job(raw, self._limits, known)
            parsed = await self._try(job) if self.is_running else None
            # A worker that had been waiting may have died of something else: ask a new one.
            parsed = parsed or await self._try(job)
            self._start_timer()
        if parsed is None:
            return unreadable(raw, "too_costly", self._limits), []
        return parsed.mail, parsed.files

    async def close(self) -> None:
        """Ends the worker."""
        async with self._lock:
            self._stop_timer()
            await self._stop()
            if self._leaving:
                await self._leaving.wait()

    async def _try(self, job: Job) -> Parsed | None:
        """The worker's answer, or None when it died or took too long over it."""
        try:
            async with asyncio.timeout(self._wall_s):
                return await self._ask(job)
        except (OSError, EOFError, TimeoutError, msgspec.DecodeError):
            await self._stop()
            return None
        except asyncio.CancelledError:
            await self._stop()  # half an answer may be in the pipe
            raise

    async def _ask(self, job: Job) -> Parsed:
        process = await self._worker()
        assert process.stdin is not None and process.stdout is not None
        payload = msgspec.msgpack.encode(job)
        process.stdin.write(_LENGTH.pack(len(payload)))
        process.stdin.write(payload)
        await process.stdin.drain()
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        return msgspec.msgpack.decode(await process.stdout.readexactly(length), type=Parsed)

    async def _worker(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "channels.email.parse_worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin:
            process.stdin.close()
        await process.wait()

    def _start_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self._idle_timer = loop.call_later(self._idle_s, self._send_home)

    def _stop_timer(self) -> None:
        if self._idle_timer:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _send_home(self) -> None:
        """The worker leaves by itself at the end of its input; the next mail starts another."""
        self._idle_timer = None
        self._leaving, self._process = self._process, None
        if self._leaving and self._leaving.stdin:
            self._leaving.stdin.close()


def main() -> None:
    """The worker's loop: length-prefixed msgpack in, the same out, until its input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while (job := _read_job(source)) is not None:
        _renew_cpu_limit()
        payload = msgspec.msgpack.encode(parse_with_files(job.raw, job.limits, job.known))
        sink.write(_LENGTH.pack(len(payload)))
        sink.write(payload)
        sink.flush()


def _read_job(source: BinaryIO) -> Job | None:
    header = source.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    return msgspec.msgpack.decode(source.read(length), type=Job)


def _renew_cpu_limit() -> None:
    """Grants the next mail its seconds on top of what the process has used so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_S, hard))


if __name__ == "__main__":
    main()
