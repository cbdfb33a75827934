"""A visitor of a website's chat without a browser: the widget's own endpoints over HTTP."""

from __future__ import annotations

from itertools import count
from typing import Any
from urllib.parse import quote

import aiohttp

from hub.model.ids import local
from tests.support.real_hub import RealHub


async def chat_hook(hub: RealHub) -> str:
    """The address of the first web chat inbox, which every new hub has."""
    for workspace in await hub.services.workspaces.all():
        for inbox in hub.services.inboxes.of_workspace(local(workspace.id)):
            if inbox.channel == "webchat":
                return f"{hub.url}/hooks/webchat/{inbox.id}"
    raise LookupError("this hub has no web chat")


async def visitors_ask(hub: RealHub, *questions: str) -> None:
    """Each question by a visitor of her own, one after the other."""
    hook = await chat_hook(hub)
    async with aiohttp.ClientSession() as session:
        for question in questions:
            await Visitor(session, hub.url, hook).say(question)


class Visitor:
    """`await visitor.say("…")`; the first call opens the session."""

    def __init__(
        self, session: aiohttp.ClientSession, hub_url: str, hook_url: str, address: str = ""
    ) -> None:
        self._session = session
        self._base = hook_url
        self._headers = {"Origin": hub_url}
        if address:  # as a trusted proxy says
            self._headers["X-Forwarded-For"] = address
        self._numbers = count()
        self.token = ""

    async def say(self, text: str, **more: Any) -> None:
        await self._post("messages", client_id=self._id(), text=text, **more)

    async def tell(self, *, name: str = "", email: str = "") -> None:
        await self._post("details", client_id=self._id(), name=name, email=email)

    async def upload(self, data: bytes, name: str, media_type: str = "text/plain") -> str:
        """The ticket of a file that a message may carry."""
        await self._open()
        headers = {**self._headers, "X-File-Name": quote(name, safe=""), "Content-Type": media_type}
        async with self._session.post(f"{self._base}/files", data=data, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["file"]["id"])

    def _id(self) -> str:
        return f"visitor-{next(self._numbers):08d}"

    async def _open(self) -> None:
        if not self.token:
            self.token = "opening"
            self.token = (await self._post("session"))["token"]
            self._headers["Authorization"] = f"Bearer {self.token}"

    async def _post(self, endpoint: str, **body: Any) -> Any:
        if endpoint != "session":
            await self._open()
        url = f"{self._base}/{endpoint}"
        async with self._session.post(url, json=body, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()
