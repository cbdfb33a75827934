"""The bus of a single process: calls every listener in turn. A listener that fails is logged and
kept.
"""

from __future__ import annotations

from collections.abc import Callable

from hub import log
from hub.model.events import Event
from hub.ports.bus import Listener


class LocalBus:
    """Implements `hub.ports.bus.Bus`."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._log = log.get("bus")

    def publish(self, workspace: str, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(workspace, event)
            except Exception as fault:  # noqa: BLE001 - one broken listener must not silence the rest
                self._log.error("a bus listener failed", error=fault)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end
