"""People at work while the hub dies again and again: visitors of a website, writers of e-mails,
an agent who answers.

Everybody behaves as their real program does: an own id for each message, sent again and again
under the same id until there is an answer, and now and then once more although there was one.
What was answered goes into the ledger.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import aiohttp
import aiosmtplib

from hub.web.auth import CSRF_HEADER
from tests.chaos.ledger import Ledger
from tests.chaos.server import ADMIN, MAILBOX, PASSWORD, Server

API = "/api/v1"
VISITORS, WRITERS, AGENTS = 6, 3, 2
REPEATS = 0.15
RETRY_S = 0.1
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_AGAIN = {409, 429, 500, 502, 503, 504}


@dataclass
class Load:
    """`prepare` once, then `run` as a task until `stop`ped: everybody finishes what they began."""

    server: Server
    ledger: Ledger
    rnd: random.Random
    sink_port: int
    #: Seconds between two messages of one person, at most.
    pause_s: float = 0.15
    repeats: float = REPEATS
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    inboxes: dict[str, str] = field(default_factory=dict)
    is_ending: bool = False
    visitors: int = 0
    refused: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        """Sign in and open an e-mail inbox that sends through the sink."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            body = {"email": ADMIN, "password": PASSWORD}
            async with session.post(
                f"{self.server.base}{API}/auth/sign-in", json=body, headers=self.headers()
            ) as answer:
                assert answer.status == 200, await answer.text()
                self.csrf = (await answer.json())["csrf_token"]
                self.cookies = {name: one.value for name, one in answer.cookies.items()}
            config = {
                "address": MAILBOX, "receive": "smtp", "smtp_host": "127.0.0.1",
                "smtp_port": self.sink_port, "smtp_security": "none",
            }  # fmt: skip
            await self.api("POST", "/inboxes", {"channel": "email", "name": "M", "config": config})
            for inbox in await self.api("GET", "/inboxes"):
                self.inboxes[inbox["channel"]] = inbox["id"]
            workspace = (await self.api("GET", "/me"))["workspace"]["id"]
        self.inboxes = {name: f"{workspace}.{id}" for name, id in self.inboxes.items()}

    def headers(self) -> dict[str, str]:
        headers = {"Origin": self.server.base, CSRF_HEADER: self.csrf}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return headers

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask until the hub is there to answer; None when it says that the request is wrong."""
        return await self._ask(method, f"{self.server.base}{API}{path}", self.headers(), body)

    async def _ask(
        self, method: str, url: str, headers: dict[str, str], body: Any = None, data: Any = None
    ) -> Any:
        while True:
            try:
                async with (
                    aiohttp.ClientSession(
                        timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()
                    ) as session,
                    session.request(method, url, json=body, data=data, headers=headers) as answer,
                ):
                    if answer.status == 200:
                        return await answer.json()
                    if answer.status not in _AGAIN:
                        self.refused.append(f"{method} {url} {answer.status}")
                        return None
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                pass
            await asyncio.sleep(RETRY_S)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(VISITORS):
                group.create_task(self._visit(number))
            for number in range(WRITERS):
                group.create_task(self._write_mails(number))
            for number in range(AGENTS):
                group.create_task(self._answer(number))

    async def _pause(self) -> None:
        await asyncio.sleep(self.rnd.uniform(0, self.pause_s))

    async def _confirmed(self, key: str, send: Callable[[], Any]) -> None:
        """Send until confirmed, and sometimes once more."""
        if await send() is None:
            return
        self.ledger.ack(key)
        if self.rnd.random() < self.repeats and await send() is not None:
            self.ledger.repeat(key)

    async def _visit(self, number: int) -> None:
        """One visitor after the other, each with some messages in order."""
        hook = f"{self.server.base}/hooks/webchat/{self.inboxes['webchat']}"
        origin = {"Origin": self.server.base}
        while not self.is_ending:
            self.visitors += 1
            who = f"v{number}x{self.visitors}"
            session = await self._ask("POST", f"{hook}/session", origin, {})
            if session is None:
                return  # noted as refused
            headers = {**origin, "Authorization": f"Bearer {session['token']}"}
            for turn in range(self.rnd.randint(3, 12)):
                await self._chat(hook, headers, who, turn)
                await self._pause()
                if self.is_ending:
                    break

    async def _chat(self, hook: str, headers: dict[str, str], who: str, turn: int) -> None:
        key = f"chat-{who}-{turn:04d}"
        body: dict[str, Any] = {"client_id": key, "text": key}
        sha256 = ""
        if self.rnd.random() < 0.12:
            data = self.rnd.randbytes(self.rnd.randint(10, 60_000))
            sha256 = hashlib.sha256(data).hexdigest()
            uploaded = await self._ask("POST", f"{hook}/files", headers, data=data)
            if uploaded is not None:
                body["file_ids"] = [uploaded["file"]["id"]]
            else:
                sha256 = ""
        self.ledger.begin("chat", key, sender=who, turn=turn, sha256=sha256)
        await self._confirmed(key, lambda: self._ask("POST", f"{hook}/messages", headers, body))

    async def _write_mails(self, number: int) -> None:
        turn = 0
        while not self.is_ending:
            who = f"p{number}x{turn // 6}"
            key = f"mail-{who}-{turn:04d}"
            raw = (
                f"From: {who} <{who}@people.test>\r\nTo: {MAILBOX}\r\nSubject: Order {who}\r\n"
                f"Message-ID: <{key}@people.test>\r\nDate: {_date(turn)}\r\n"
                f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{key}\r\n"
            )
            self.ledger.begin("mail", key, sender=who, turn=turn)
            await self._confirmed(
                key, lambda raw=raw, who=who: self.mail(f"{who}@people.test", raw)
            )
            turn += 1
            await self._pause()

    async def mail(self, sender: str, raw: str) -> bool:
        """Offer one mail until the answer to its last dot is 250."""
        while True:
            client = aiosmtplib.SMTP(
                hostname="127.0.0.1", port=self.server.smtp_port, use_tls=False, start_tls=False,
                timeout=10, local_hostname="people.test",
            )  # fmt: skip
            try:
                async with client:
                    await client.sendmail(sender, [MAILBOX], raw.encode())
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                await asyncio.sleep(RETRY_S)
            else:
                return True
            finally:
                client.close()

    async def _answer(self, number: int) -> None:
        turn = 0
        while not self.is_ending:
            page = await self.api("GET", "/conversations?view=all&limit=30")
            if page is None:
                return
            if not page["items"]:
                await asyncio.sleep(RETRY_S)
                continue
            by_mail = [item for item in page["items"] if item["channel"] == "email"]
            chosen = self.rnd.choice(by_mail if by_mail and turn % 2 else page["items"])
            key = f"reply-{number}-{turn:05d}"
            body = {"client_id": key, "text": key}
            path = f"/conversations/{chosen['id']}/messages"
            self.ledger.begin("reply", key, channel=chosen["channel"])
            await self._confirmed(key, lambda path=path, body=body: self.api("POST", path, body))
            turn += 1
            await self._pause()


def _date(turn: int) -> str:
    """Later for each mail: those that wait together are put in order by it. A day old at first, so
    that no clock that is ahead is needed.
    """
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return format_datetime(
        began.replace(hour=0, minute=0, second=0) + datetime.timedelta(seconds=turn)
    )
