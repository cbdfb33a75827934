"""A whole hub with an inbox of any network, an agent at its API, and customers who write, as the
tests of messengers from outside need them. Inboxes are opened when they are first asked for.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.channel_hook import served
from tests.support.networks import NETWORKS, Network
from tests.support.real_hub import Api, RealHub, real_hub, signed_in

_LONGEST_S = 90.0
_LOOK_S = 0.02

Message = dict[str, Any]
IsSo = Callable[[Message], bool]


@dataclass
class Shop:
    hub: RealHub
    api: Api
    http: aiohttp.ClientSession
    _stack: AsyncExitStack
    _networks: dict[str, Network] = field(default_factory=dict)
    _inboxes: dict[str, str] = field(default_factory=dict)
    #: As their hooks name them.
    _full_ids: dict[str, str] = field(default_factory=dict)
    _conversations: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def network(self, name: str) -> Network:
        """The vendor of this name, with a connected inbox."""
        if name not in self._networks:
            network = NETWORKS[name](self.hub.clock)
            base = await self._stack.enter_async_context(served(network.app()))
            network.served(base, self.http)
            await self._open(network)
            self._networks[name] = network
        return self._networks[name]

    def inbox(self, network: Network) -> str:
        return self._inboxes[network.name]

    async def _open(self, network: Network) -> None:
        made = await self.api.post(
            "/inboxes", channel=network.name, name=network.name, config=network.config()
        )
        self._inboxes[network.name] = made["inbox"]["id"]
        self._full_ids[network.name] = made["hook_url"].rpartition("/")[2]
        await self.until_state(network, "connected")
        await network.connect(made["hook_url"])

    async def until_state(self, network: Network, state: str) -> None:
        id = self.inbox(network)

        async def is_so() -> bool:
            found = (await self.api.get(f"/inboxes/{id}"))["inbox"]
            has_started = self.hub.services.inboxes.adapter(self._full_ids[network.name])
            return has_started is not None and found["health"]["state"] == state

        await until(is_so)

    async def customer(self, name: str) -> Customer:
        """Somebody new on a network."""
        network = await self.network(name)
        number = next(self._numbers)
        return Customer(self, network, network.address(number), f"Ada {number}")

    async def same(self, customer: Customer, name: str) -> Customer:
        """Somebody known, on another network."""
        network = await self.network(name)
        return Customer(self, network, customer.address, customer.name, customer.conversation)

    async def settle(self) -> None:
        """Until all that came in is on a timeline."""
        await self.hub.running.hub.journal.settle()

    async def new_conversations(self) -> set[str]:
        """Since the last call."""
        listed = (await self.api.get("/conversations", view="all"))["items"]
        new = {item["id"] for item in listed} - self._conversations
        self._conversations |= new
        return new

    async def upload(self, name: str, data: bytes) -> str:
        url = f"{self.hub.url}/api/v1/files"
        headers = self.api._headers
        async with self.api._session.post(
            url, params={"name": name}, data=data, headers=headers
        ) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["id"])

    async def open(self, path: str) -> bytes:
        """A file by the address that the API shows to the agent."""
        async with self.api._session.get(self.hub.url + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    async def refusal(self, method: str, path: str, **body: Any) -> tuple[int, str]:
        """The status and code of what must not work."""
        url = f"{self.hub.url}/api/v1{path}"
        async with self.api._session.request(
            method, url, json=body, headers=self.api._headers
        ) as answer:
            told = await answer.json()
            assert answer.status >= 400, told
            return answer.status, str(told["code"])


@dataclass
class Customer:
    """Somebody on one network, and the conversation that they are in."""

    shop: Shop
    network: Network
    address: str
    name: str
    conversation: str = ""
    _answers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def writes(self, text: str = "", **more: Any) -> str:
        """The vendor's id of it; it is on the timeline when this returns."""
        about = {} if self.network.name == "viber" and "reply_to" in more else more
        id = await self.network.do("messages", self.address, name=self.name, text=text, **about)
        await self.shop.settle()
        if not self.conversation:
            (self.conversation,) = await self.shop.new_conversations()
        return id

    async def sends(self, kind: str, name: str, media_type: str, data: bytes) -> None:
        part = self.network.enclosed(kind, name, media_type, base64.b64encode(data).decode())
        await self.writes(**part)

    async def does(self, path: str, **what: Any) -> None:
        await self.network.do(path, self.address, **what)
        await self.shop.settle()

    @property
    def path(self) -> str:
        return f"/conversations/{self.conversation}"

    async def timeline(self) -> list[Message]:
        page = await self.shop.api.get(f"{self.path}/messages")
        return list(page["items"])

    async def messages(self) -> list[Message]:
        return [item for item in await self.timeline() if item["kind"] == "message"]

    async def last(self) -> Message:
        return (await self.messages())[-1]

    async def one(self, seq: int) -> Message:
        (found,) = [item for item in await self.timeline() if item["seq"] == seq]
        return found

    async def until_stored(self, text: str) -> Message:
        """What the agent wrote: the inbox shows it before the hub has it."""
        found: list[Message] = []

        async def is_there() -> bool:
            found[:] = [item for item in await self.messages() if item["text"] == text]
            return bool(found)

        await until(is_there)
        return found[0]

    async def ways(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.shop.api.get(f"{self.path}/ways")
        return found

    async def way(self) -> dict[str, Any]:
        """The one of this network."""
        (found,) = [w for w in await self.ways() if w["channel"] == self.network.name]
        return found

    async def until_way(self, state: str) -> None:
        """A way closes a moment after the message failed."""

        async def is_so() -> bool:
            return bool((await self.way())["state"] == state)

        await until(is_so)

    async def is_answered(self, text: str = "", **more: Any) -> Message:
        """Queued by this network's inbox; as the API shows it."""
        told: Message = await self.shop.api.post(
            f"{self.path}/messages", **self._answer(text, more)
        )
        return told

    async def is_not_answered(self, text: str = "", **more: Any) -> tuple[int, str]:
        return await self.shop.refusal("POST", f"{self.path}/messages", **self._answer(text, more))

    def _answer(self, text: str, more: dict[str, Any]) -> dict[str, Any]:
        client_id = f"{self.network.name}-{self.conversation[-12:]}-{next(self._answers):04}"
        inbox = {"inbox_id": self.shop.inbox(self.network)}
        return {"client_id": client_id, "text": text, **inbox, **more}

    async def until(self, seq: int, is_so: IsSo) -> Message:
        """The message `seq`, as soon as it is so."""

        async def look() -> bool:
            return is_so(await self.one(seq))

        try:
            await until(look)
        except TimeoutError as late:
            raise AssertionError(await self.one(seq)) from late
        return await self.one(seq)

    async def until_delivery(self, seq: int, *deliveries: str) -> Message:
        return await self.until(seq, lambda item: item["delivery"] in deliveries)

    async def is_told(self, text: str = "", **more: Any) -> Message:
        """Answered, and the vendor has it."""
        queued = await self.is_answered(text, **more)
        return await self.until_delivery(queued["seq"], "accepted", "sent", "delivered", "read")


async def until(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(_LONGEST_S):
        while not await what():
            await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def shop(kind: str, data_dir: Path) -> AsyncIterator[Shop]:
    async with (
        AsyncExitStack() as stack,
        aiohttp.ClientSession() as http,
        real_hub(kind, data_dir) as hub,
        signed_in(hub.url) as api,
    ):
        yield Shop(hub, api, http, stack)
