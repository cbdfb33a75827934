"""An agent's inbox without a screen: the client's rules of `hub/web/live_events.py` over the real
API and the real socket. A model for tests: what it holds after catching up must equal a fresh load.

The rules: snapshots, then events; of two views of one thing the higher `rev` stays; `resync` means
load anew; lists named by `settings` are asked for again; what is unknown is asked for.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from hub.web.auth import session_cookie
from tests.support.web import API, Browser

VIEWS = ("all", "snoozed", "closed", "spam", "mine", "mentions")
LISTS = {"labels": "/labels", "canned": "/canned", "agents": "/agents", "inboxes": "/inboxes"}
#: Times that lists may show a little late: written at most once a minute, told to nobody.
_LATE = ("last_seen_at", "updated_at", "last_in_at", "last_out_at")
Doc = dict[str, Any]


class LiveClient:
    """`load` once, then `come_back` and `go_away`; `state` is all that it holds."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._known: dict[str, Doc] = {}
        self.cursor = ""
        self.resyncs = 0
        #: Kinds of events applied, for tests that must have seen them all.
        self.seen: set[str] = set()

    @property
    def state(self) -> dict[str, Any]:
        """Comparable: transient and late facts left out."""
        known = {name: _tidy(value) for name, value in sorted(self._known.items())}
        for contact in known["contacts"].values():
            del contact["rev"]  # also counts what no client is shown: which conversation is open
        return known

    async def load(self) -> None:
        """A fresh load of everything."""
        self._known = {"conversations": {}, "messages": {}, "contacts": {}, "typing": {}}
        me = await self._get("/me")
        self._known["me"] = {"name": me["name"], "role": me["role"]}
        first = await self._get("/conversations?view=all&limit=200")
        cursor = first["cursor"]
        for name in LISTS:
            await self._load_list(name)
        for view in VIEWS:
            for item in (await self._get(f"/conversations?view={view}&limit=200"))["items"]:
                await self._load_conversation(item["id"])
        self.cursor = cursor

    async def _load_list(self, name: str) -> None:
        items = await self._get(LISTS[name])
        self._known[name] = {item["id"]: item for item in items}

    async def _load_conversation(self, id: str) -> None:
        """One timeline and its contact; not there for who may not see it."""
        detail = await self._get(f"/conversations/{id}", may_miss=True)
        if detail is None:
            self._forget(id)
            return
        item = detail["conversation"]
        self._known["conversations"][id] = item
        page = await self._get(f"/conversations/{id}/messages?limit=200")
        self._known["messages"][id] = {str(m["seq"]): m for m in page["items"]}
        contact = await self._get(f"/contacts/{item['contact']['id']}")
        self._known["contacts"][contact["id"]] = contact

    async def _get(self, path: str, *, may_miss: bool = False) -> Any:
        status, answer = await self._browser.ask("GET", API + path)
        if status == 404 and may_miss:
            return None
        assert status == 200, (path, status, answer)
        return answer

    async def come_back(self) -> None:
        """Open the socket with the last cursor; when this returns the hub has let us in."""
        browser = self._browser
        name = session_cookie(browser.public_url)
        headers = {"Origin": browser.base, "Cookie": f"{name}={browser.cookie}"}
        url = f"{browser.base}{API}/live?cursor={self.cursor}"
        self._ws = await browser.session.ws_connect(url, headers=headers)
        assert (await self._ws.receive_json())["type"] == "hello"

    async def go_away(self) -> None:
        assert self._ws is not None
        await self._ws.close()
        self._ws = None

    async def follow_until(self, mark: str, within_s: float = 20) -> None:
        """Apply what comes until the settings event named `mark`."""
        assert self._ws is not None
        async with asyncio.timeout(within_s):
            while not await self.follow_one(mark):
                pass

    async def follow_one(self, mark: str = "") -> bool:
        """Apply the next frame, whole; whether the settings event named `mark` was in it."""
        assert self._ws is not None
        frame = await self._ws.receive_json()
        if frame["type"] == "ping":
            await self._ws.send_json({"type": "pong"})
        if frame["type"] == "resync":
            self.resyncs += 1
            await self.load()
            self.cursor = max(self.cursor, frame["cursor"], key=_number)
        events = frame.get("events", ())
        for event in events:
            await self._apply(event)
        if frame["type"] == "events":
            self.cursor = frame["cursor"]
        return {"type": "settings", "what": mark} in events

    async def _apply(self, event: Doc) -> None:
        kind = event["type"]
        self.seen.add(kind)
        await getattr(self, f"_on_{kind}")(event)

    async def _on_conversation(self, event: Doc) -> None:
        new = event["conversation"]
        old = self._known["conversations"].get(new["id"])
        if old is None:
            await self._load_conversation(new["id"])
        elif new["rev"] > old["rev"]:
            self._known["conversations"][new["id"]] = {**new, "mine": old["mine"]}

    async def _on_conversation_removed(self, event: Doc) -> None:
        self._forget(event["conversation_id"])

    def _forget(self, id: str) -> None:
        gone = self._known["conversations"].pop(id, None)
        self._known["messages"].pop(id, None)
        if gone is not None:
            self._known["contacts"].pop(gone["contact"]["id"], None)

    async def _on_message(self, event: Doc) -> None:
        message = event["message"]
        timeline = self._known["messages"].get(message["conversation_id"])
        if timeline is not None:
            old = timeline.get(str(message["seq"]))
            if old is None or message["rev"] > old["rev"]:
                timeline[str(message["seq"])] = message

    async def _on_contact(self, event: Doc) -> None:
        self._keep("contacts", event["contact"])

    async def _on_inbox(self, event: Doc) -> None:
        self._keep("inboxes", event["inbox"])

    def _keep(self, name: str, new: Doc) -> None:
        """Only what is held already is kept up to date; equal revs may differ in their health."""
        old = self._known[name].get(new["id"])
        if old is not None and new["rev"] >= old["rev"]:
            self._known[name][new["id"]] = new

    async def _on_desk(self, event: Doc) -> None:
        """Presence and work of agents: the wallboard's, asked for anew there."""

    async def _on_queue(self, event: Doc) -> None:
        """Numbers of a queue: likewise."""

    async def _on_settings(self, event: Doc) -> None:
        if event["what"] in LISTS:
            await self._load_list(event["what"])

    async def _on_read(self, event: Doc) -> None:
        mine = self._mine(event)
        mine["read_seq"] = max(mine.get("read_seq", 0), event["seq"])

    async def _on_draft(self, event: Doc) -> None:
        self._mine(event)["has_draft"] = event["has_draft"]

    def _mine(self, event: Doc) -> Doc:
        item = self._known["conversations"].get(event["conversation_id"])
        return item["mine"] if item else {}

    async def _on_presence(self, event: Doc) -> None:
        agent = self._known["agents"].get(event["agent_id"])
        if agent is not None:
            agent["is_online"] = event["is_online"]

    async def _on_typing(self, event: Doc) -> None:
        self._known["typing"][event["conversation_id"]] = event

    async def _on_colleague(self, event: Doc) -> None:
        self._known["typing"][event["conversation_id"] + event["agent_id"]] = event


def _number(cursor: str) -> int:
    return int(cursor.partition(".")[2])


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tidy(item) for name, item in value.items() if name not in _LATE}
    return value
