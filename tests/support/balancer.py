"""What stands before several hubs: gives each new connection to the next one that answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

from tests.support.relay import pump


class Balancer:
    """Listens on `port` after `start`; `hits` counts connections by the port they went to."""

    def __init__(self, targets: Sequence[int], port: int = 0) -> None:
        self._targets = targets
        self._next = itertools.count()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = port
        self.hits = dict.fromkeys(targets, 0)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await self._connect()
        if found is None:
            writer.close()
            return
        far_reader, far_writer = found
        both = {writer, far_writer}
        self._open |= both
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        self._open -= both

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._next)
        for turn in range(len(self._targets)):
            port = self._targets[(first + turn) % len(self._targets)]
            try:
                found = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            self.hits[port] += 1
            return found
        return None
