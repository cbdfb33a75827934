"""A hub with a channel that receives signed webhooks (the benchmark's, which does all that such a
channel must), and the vendor who sends them. Used by `tests/e2e/test_webhooks.py`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp

from hub.app.channels import find_specs
from hub.bench import channel
from hub.model.ids import local
from hub.ports.collections import CONTACTS, CONVERSATIONS, IDENTITIES, JOURNAL, MESSAGES
from hub.ports.store import Doc
from tests.support.mail_hub import until
from tests.support.real_hub import Api, RealHub, real_hub, signed_in

#: What a webhook may add rows to.
ROWS = (JOURNAL, CONTACTS, IDENTITIES, CONVERSATIONS, MESSAGES)


def payload(number: int, text: str = "Where is my parcel?") -> bytes:
    """The `number`-th message; ten people write in turn."""
    sender = f"4930{number % 10:07d}"
    message = {
        "id": f"wamid.{number}",
        "from": sender,
        "timestamp": str(1_795_000_000 + number),
        "text": {"body": text},
    }
    contact = {"wa_id": sender, "profile": {"name": f"Customer {number % 10}"}}
    change = {"value": {"contacts": [contact], "messages": [message]}}
    return json.dumps({"entry": [{"changes": [change]}]}).encode()


@dataclass
class Vendor:
    hub: RealHub
    api: Api
    session: aiohttp.ClientSession
    inbox_id: str

    @property
    def path(self) -> str:
        return f"/hooks/{channel.NAME}/{self.inbox_id}"

    @property
    def url(self) -> str:
        return f"{self.hub.url}{self.path}"

    @property
    def port(self) -> int:
        return int(self.hub.url.rpartition(":")[2])

    async def post(self, body: bytes, **headers: str) -> int:
        """As it stands; the status."""
        async with self.session.post(self.url, data=BytesIO(body), headers=headers) as answer:
            await answer.read()
            return answer.status

    async def send(self, number: int, text: str = "Where is my parcel?") -> int:
        """A message, signed."""
        body = payload(number, text)
        return await self.post(body, **{channel.SIGNATURE: channel.sign(body)})

    async def refusal(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """What anybody is answered who posts this anywhere."""
        async with self.session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.hub.url + path) as answer:
            return answer.status, await answer.text()

    async def settle(self) -> None:
        await self.hub.running.hub.journal.settle()

    async def rows(self) -> dict[str, Doc]:
        """Everything that webhooks led to."""
        found: dict[str, Doc] = {}
        for coll in ROWS:
            page = await self.hub.services.store.dump(coll, limit=10_000)
            found |= {f"{coll.name} {doc['_id']}": doc for doc in page.docs}
        return found

    async def texts(self) -> list[str]:
        """Of the messages that are stored."""
        docs: list[dict[str, Any]] = (await self.hub.services.store.dump(MESSAGES)).docs
        return sorted(doc["text"] for doc in docs if doc["kind"] == "message")


@asynccontextmanager
async def vendor(kind: str, data_dir: Path, **settings: str) -> AsyncIterator[Vendor]:
    specs = {**find_specs(), channel.NAME: channel.SPEC}
    async with (
        real_hub(kind, data_dir, specs, **settings) as hub,
        signed_in(hub.url) as api,
        aiohttp.ClientSession() as session,
    ):
        (about,) = await hub.services.workspaces.all()
        # Not by the API: the benchmark's channel has no texts for people.
        inboxes = hub.services.inboxes
        inbox = await inboxes.create(local(about.id), channel.NAME, "Messenger", {}, "main")

        async def is_up() -> bool:
            return inboxes.adapter(inbox.id) is not None

        await until(is_up)
        yield Vendor(hub, api, session, inbox.id)
