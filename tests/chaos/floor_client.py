"""An agent or a supervisor of `floor_people.py`: the inbox's rules of live routing (its own
desk, queues, offers, conversations; the wallboard) without a screen, and somebody who works with
it.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from hub.web.auth import session_cookie
from tests.support.web import API, Browser

if TYPE_CHECKING:
    from tests.chaos.floor_people import Outcome

#: What changes by events; the rest of a queue's numbers (times, rates) goes by the clock.
_NUMBERS = (
    "waiting", "offered", "agents_available", "agents_total", "offered_today", "answered_today",
)  # fmt: skip
#: How many begin their day in a second.
COME_IN_A_S = 40
#: Of what happens to an offer: accepted, declined, else overlooked.
_ACCEPTED, _DECLINED = 0.8, 0.9
_BREAKS_EVERY_S = 20.0
_TRIES = 5
#: As `inbox_ui/src/live/backoff.ts`.
_FIRST_WAIT_S = 0.5
_AWAY_S = 3.0

Doc = dict[str, Any]


class FloorClient:
    """`works` until cancelled; calm, it only looks."""

    def __init__(
        self,
        browser: Browser,
        agent_id: str,
        is_supervisor: bool,
        rnd: random.Random,
        outcome: Outcome,
    ) -> None:
        self.agent_id, self.is_supervisor, self.is_calm = agent_id, is_supervisor, False
        self._browser, self._rnd, self._outcome = browser, rnd, outcome
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._is_open, self.has_come = asyncio.Event(), asyncio.Event()
        self._cursor = self._hello = ""
        #: When what it had missed was there (monotonic s).
        self.caught_up_at = 0.0
        self._desks: dict[str, Doc] = {}
        self._queues: dict[str, Doc] = {}
        self._offers: dict[str, int] = {}
        self._mine: set[str] = set()
        self._busy: set[asyncio.Task[None]] = set()

    async def works(self) -> None:
        """Comes in, is available and does what an agent does."""
        await asyncio.sleep(self._rnd.random() * self._outcome.agents / COME_IN_A_S)
        await self.load()
        await self.come_back()
        if not self.is_supervisor:
            await self._ask("PUT", "/me/presence", {"presence": "available"})
        self.has_come.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._breaks())
                while True:
                    await self._follow()
        finally:
            busy = list(self._busy)
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)
            await self.go_away()

    async def load(self) -> None:
        """A fresh load of everything."""
        page = await self._ask("GET", "/conversations?view=mine&limit=200")
        self._cursor = page["cursor"]
        self._desks, self._queues = await self._board()
        self._mine = {item["id"] for item in page["items"]}
        self._offers = await self._open_offers()

    async def _board(self) -> tuple[dict[str, Doc], dict[str, Doc]]:
        if self.is_supervisor:
            found = await self._ask("GET", "/wallboard")
        else:
            found = await self._ask("GET", "/me/queues")
            found["desks"] = [found["desk"]]
        desks = {desk["agent_id"]: desk for desk in found["desks"]}
        return desks, {queue["queue_id"]: queue for queue in found["queues"]}

    async def _open_offers(self) -> dict[str, int]:
        offers: dict[str, int] = {}
        for id, queue in self._queues.items():
            if self.is_supervisor or not queue["offered"]:
                continue
            for one in await self._ask("GET", f"/queues/{id}/line"):
                if self.agent_id in one["offered_to"]:
                    at = f"/conversations/{one['conversation_id']}"
                    self._note_offer((await self._ask("GET", at))["conversation"], offers)
        return offers

    async def differs(self) -> str:
        """What is not as a fresh load tells; "" when nothing."""
        held = self._picture()
        other = FloorClient(
            self._browser, self.agent_id, self.is_supervisor, self._rnd, self._outcome
        )
        await other.load()
        fresh = other._picture()
        for name, value in fresh.items():
            if held[name] != value:
                return f"{self.agent_id} {name}: {held[name]} is {value}"
        return ""

    def _picture(self) -> Doc:
        desk = ("presence", "load", "is_over_limit", "handled_today")
        return {
            "desks": {id: [one[name] for name in desk] for id, one in sorted(self._desks.items())},
            "queues": {
                id: [one[name] for name in _NUMBERS] for id, one in sorted(self._queues.items())
            },
            "offers": dict(sorted(self._offers.items())),
            "mine": sorted(self._mine),
        }

    async def _ask(self, method: str, path: str, body: Doc | None = None) -> Any:
        status, answer = await self._again(method, path, body)
        if status != 200:
            raise AssertionError((method, path, status, answer))
        return answer

    async def _may_fail(self, method: str, path: str, body: Doc) -> None:
        """What may have been overtaken: another has it, the offer is over."""
        status, answer = await self._again(method, path, body)
        if status not in (200, 404, 409):
            raise AssertionError((method, path, status, answer))

    async def _again(self, method: str, path: str, body: Doc | None) -> tuple[int, Any]:
        """What does not answer is asked again, as the inbox does."""
        status, answer = await self._browser.ask(method, API + path, body)
        for tries in range(_TRIES - 1):
            if status != 503:
                break
            self._outcome.repeated += 1
            await asyncio.sleep(2**tries)
            status, answer = await self._browser.ask(method, API + path, body)
        return status, answer

    async def come_back(self) -> None:
        browser = self._browser
        cookie = f"{session_cookie(browser.public_url)}={browser.cookie}"
        url = f"{browser.base}{API}/live?cursor={self._cursor}"
        headers = {"Origin": browser.base, "Cookie": cookie}
        for tries in range(_TRIES):
            await asyncio.sleep(self._rnd.random() * _FIRST_WAIT_S * 2**tries)
            try:
                self._socket = await browser.session.ws_connect(url, headers=headers)
            except aiohttp.WSServerHandshakeError as refused:
                if refused.status != 503:
                    raise
                self._outcome.repeated += 1
            else:
                self._is_open.set()
                return
        raise AssertionError("the hub let nobody in")

    async def go_away(self) -> None:
        """The line breaks; `come_back` opens it again."""
        self._is_open.clear()
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _breaks(self) -> None:
        while True:
            await asyncio.sleep(self._rnd.expovariate(1 / _BREAKS_EVERY_S))
            if self.is_calm or not self._is_open.is_set():
                continue
            await self.go_away()
            self._outcome.breaks += 1
            await asyncio.sleep(self._rnd.random() * _AWAY_S)
            if not self.is_calm:
                await self.come_back()

    async def _follow(self) -> None:
        await self._is_open.wait()
        socket = self._socket
        if socket is None:
            return
        message = await socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            await asyncio.sleep(0)
            return
        frame = msgspec.json.decode(message.data)
        self._outcome.frames += 1
        if frame["type"] == "ping":
            await socket.send_json({"type": "pong"})
        if frame["type"] == "resync":
            self._outcome.resyncs += 1
            await self.load()
        for event in frame.get("events", ()):
            self._apply(event)
        if "cursor" not in frame:
            return
        if frame["type"] == "hello":  # what was missed comes after it: the cursor stays until then
            self._hello = frame["cursor"]
        if frame["type"] != "hello" or not self._cursor:
            self._cursor = frame["cursor"]
        if frame["cursor"] == self._hello:
            self.caught_up_at = time.monotonic()

    def _apply(self, event: Doc) -> None:
        match event["type"]:
            case "desk":
                desk = event["desk"]
                known = self._desks.get(desk["agent_id"])
                is_ours = self.is_supervisor or desk["agent_id"] == self.agent_id
                if is_ours and (known is None or desk["rev"] >= known["rev"]):
                    self._desks[desk["agent_id"]] = desk
            case "queue":
                if event["now"]["queue_id"] in self._queues:
                    self._queues[event["now"]["queue_id"]] = event["now"]
            case "conversation":
                self._note(event["conversation"])
            case "conversation_removed":
                self._mine.discard(event["conversation_id"])
                self._offers.pop(event["conversation_id"], None)

    def _note(self, conversation: Doc) -> None:
        id = conversation["id"]
        is_mine = conversation["assignee_id"] == self.agent_id and conversation["state"] == "open"
        if is_mine and id not in self._mine and not self.is_calm:
            self._begin(self._serve(id))
        (self._mine.add if is_mine else self._mine.discard)(id)
        self._offers.pop(id, None)
        offer = self._note_offer(conversation, self._offers)
        if offer and not self.is_calm:
            self._outcome.offers += 1
            self._outcome.shown_s.append(time.time() - offer["at"] / 1000)
            self._begin(self._answer(id, offer["number"]))

    def _note_offer(self, conversation: Doc, offers: dict[str, int]) -> Doc | None:
        offer = (conversation["routing"] or {}).get("offer")
        if not offer or self.agent_id not in offer["agent_ids"]:
            return None
        offers[conversation["id"]] = offer["number"]
        return dict(offer)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._outcome.wrong.append(repr(fault))

    async def _answer(self, id: str, number: int) -> None:
        await asyncio.sleep(self._rnd.random())
        luck = self._rnd.random()
        if luck < _DECLINED and not self.is_calm:
            verb = "accept" if luck < _ACCEPTED else "decline"
            await self._may_fail("POST", f"/conversations/{id}/offer/{verb}", {"number": number})

    async def _serve(self, id: str) -> None:
        await asyncio.sleep(self._rnd.random() * 3)
        body = {"client_id": f"close-{id}-{self.agent_id}", "state": "closed"}
        await self._may_fail("PATCH", f"/conversations/{id}", body)


class DeafClient(FloorClient):
    """Misses what becomes of queues and desks once it is calm: the floor must find it out."""

    def _apply(self, event: Doc) -> None:
        if not (self.is_calm and event["type"] in ("queue", "desk")):
            super()._apply(event)
