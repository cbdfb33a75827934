"""Public holidays of countries and their regions, for schedules. What was found is kept; the
library itself (20 MB of rules) runs in a process of its own that ends with the answer. Called by
schedules and the queue book.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable

_WORKER = Path(__file__).with_name("holiday_worker.py")
_TIME_LIMIT_S = 20.0
#: Years before and after the present one.
_BACK, _AHEAD = 1, 3
_YEAR_MS = 31_556_952_000
_log = log.get(__name__)

Days = Mapping[str, str]


class PublicHolidays:
    """One instance serves the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._days: dict[tuple[str, str, int], Days] = {}
        self._countries: dict[str, list[str]] = {}
        self._turn = asyncio.Lock()

    async def countries(self) -> Mapping[str, list[str]]:
        """ISO 3166 codes with their regions. Raises `Unavailable`."""
        async with self._turn:
            if not self._countries:
                self._countries = await _ask(dict[str, list[str]])
            return self._countries

    async def days(self, country: str, region: str) -> Days:
        """Names by date (yyyy-mm-dd), from last year to three years ahead. Where the library fails,
        none: the hours of the week then hold.
        """
        if not country:
            return {}
        year = self._clock.now_ms() // _YEAR_MS + 1970
        key = (country, region, year)
        async with self._turn:
            if key not in self._days:
                span = (str(year - _BACK), str(year + _AHEAD))
                try:
                    self._days[key] = await _ask(dict[str, str], country, region, *span)
                except Unavailable as fault:
                    _log.error("no public holidays", error=fault, country=country, region=region)
                    return {}
            return self._days[key]


async def _ask(kind: Any, *arguments: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_WORKER),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            out, _ = await process.communicate()
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Unavailable(f"public holidays could not be looked up (status {process.returncode})")
    return msgspec.json.decode(out, type=kind)
