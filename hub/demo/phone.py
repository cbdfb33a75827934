"""A customer's phone beside the sample shop: one app for every channel whose folder has a stand-in
that can be played (`standin.py` with `demo`). The page is `templates/demo/phone.html` with the
texts of the area `phone`; each app talks to its stand-in's `/_customer/` routes on the same port.
"""

from __future__ import annotations

import base64
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

import channels
from hub.clock import Clock
from hub.demo.page import Page, language_of
from hub.i18n import Texts
from hub.services.channel_texts import ChannelTexts
from hub.standin import Network


def find_networks(clock: Clock) -> dict[str, Network]:
    """The stand-ins that can be played on the phone, by their channel."""
    return {name: make(clock) for name, make in _makers()}


def _makers() -> Iterator[tuple[str, Any]]:
    for found in pkgutil.iter_modules(channels.__path__):
        module = f"channels.{found.name}.standin"
        if found.ispkg and not found.name.startswith("_") and importlib.util.find_spec(module):
            make = getattr(importlib.import_module(module), "demo", None)
            if make is not None:
                yield found.name, make


class PhonePage:
    """One route, on a port of its own on loopback; the stand-ins are mounted beside it."""

    def __init__(self, texts: Texts, shop: str, networks: Mapping[str, Network]) -> None:
        self._shop = shop
        self._networks = networks
        self._folder = Path(channels.__path__[0])
        self._names = ChannelTexts(self._folder)
        self._page = Page(texts, "phone")

    def routes(self, path: str) -> list[web.RouteDef]:
        return [web.get(path, self.show)]

    async def show(self, request: web.Request) -> web.Response:
        language = language_of(request)
        apps = [self._app(name, language) for name in self._networks]
        return self._page.answer(language, shop=self._shop, apps=apps)

    def _app(self, name: str, language: str) -> dict[str, Any]:
        icon = base64.b64encode((self._folder / name / "icon.svg").read_bytes()).decode()
        return {
            "name": name,
            "title": self._names.get(name, language, "name", name),
            "icon": f"data:image/svg+xml;base64,{icon}",
            "has_numbers": self._networks[name].has_numbers,
        }
