"""Hundreds of script payloads in every field that strangers control, through a real mail server and
the web chat, opened in a real browser in every view: nothing runs, nothing leaves the hub, nothing
moves, and no policy has to step in, because nothing active is left in the page (S-01, S-02, S-05,
S-06, S-08).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels.email.html import SafeHtml
from channels.email.parse import Known, parse_with_files
from tests.support import hostile
from tests.support.dovecot import Dovecot
from tests.support.mail_hub import open_inbox, until
from tests.support.mail_sink import MailSink
from tests.support.real_hub import EMAIL, PASSWORD, Api, RealHub, real_hub, signed_in
from tests.support.visitor import Visitor, chat_hook
from tests.support.watch import Watch

pytestmark = pytest.mark.e2e

BATCH = 40
#: Mails with a sender of their own; the others' payloads come in texts, bodies and file names.
NAMED = 540
#: Chat visitors called like a payload; the mails' senders are called like all of them.
VISITORS = 60
#: Scrolls most of a screen on; false at the end.
_ONE_STEP = """async (e) => {
  const before = e.scrollTop;
  e.scrollTop += e.clientHeight * 0.9;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return e.scrollTop > before;
}"""
#: The texts of all mail frames of the page once they are there.
_FRAME_TEXTS = """() => {
  const frames = [...document.querySelectorAll('[role=log] iframe')].map(f => f.contentDocument);
  const isReady = d => d && d.readyState === 'complete' && d.URL.includes('/body');
  return frames.every(isReady) && frames.map(d => d.body.textContent);
}"""


class Canary:
    """The foreign server that payloads lead to; `heard` are the requests that reached it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        secrets = [
            name for name in ("Cookie", "Referer", "Authorization") if name in request.headers
        ]
        self.heard.append(" ".join([request.method, request.path, *secrets]))
        return web.Response(body=b"GIF89a", content_type="image/gif")


@asynccontextmanager
async def listening() -> AsyncIterator[Canary]:
    canary = Canary()
    runner = web.ServerRunner(web.Server(canary.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    canary.address = f"{host}:{port}"
    try:
        yield canary
    finally:
        await runner.cleanup()


class Stage:
    """A hub full of payloads, and a watched browser in front of it."""

    def __init__(self, hub: RealHub, api: Api, canary: Canary, watch: Watch, page: Any) -> None:
        self.hub, self.api, self.canary, self.watch, self.page = hub, api, canary, watch, page
        self.payloads = hostile.payloads(canary.address)
        self.batches = hostile.in_batches(self.payloads)

    async def conversations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.api.get("/conversations", view="all", limit="200", after=after)
            found += page["items"]
            after = page["next"]
            if not after:
                return found

    async def conversation_of(self, address: str) -> str:
        """The long conversation with this sender."""
        for conversation in await self.conversations():
            if conversation["seq"] >= len(self.batches):
                page = await self.api.get(f"/conversations/{conversation['id']}/messages")
                if page["items"][0]["address"] == address:
                    return str(conversation["id"])
        raise LookupError(address)

    async def texts_of(self, conversation: str) -> str:
        page = await self.api.get(f"/conversations/{conversation}/messages", limit="200")
        return "\n".join(
            f"{m['text']}\n{m['mail']['quoted'] if m['mail'] else ''}" for m in page["items"]
        )


@asynccontextmanager
async def staged(tmp_path: Path, browser: Any) -> AsyncIterator[tuple[Stage, MailSink]]:
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(MailSink())
        canary = await stack.enter_async_context(listening())
        hub = await stack.enter_async_context(
            real_hub("sqlite", tmp_path, HUB_TRUSTED_PROXIES="127.0.0.1/32")
        )
        api = await stack.enter_async_context(signed_in(hub.url))
        context = await browser.new_context(
            locale="en-GB", reduced_motion="reduce", viewport={"width": 1400, "height": 1000}
        )
        stack.push_async_callback(context.close)
        watch = await Watch.over(context, hub.url)
        page = await watch.page()
        yield Stage(hub, api, canary, watch, page), sink


async def sign_in(stage: Stage) -> None:
    await stage.watch.go(stage.page, "/sign-in")
    await stage.page.get_by_label("E-mail").fill(EMAIL)
    await stage.page.locator("input[type=password]").fill(PASSWORD)
    await stage.page.keyboard.press("Enter")
    await stage.page.get_by_role("navigation").first.wait_for()


async def receive(stage: Stage, sink: MailSink, dovecot: Dovecot, mails: list[bytes]) -> None:
    """Through the mailbox of a real server; all of them have arrived when this returns."""
    await open_inbox(stage.api, sink, "support@shop.test", dovecot)
    await asyncio.to_thread(dovecot.append_many, mails)

    async def has_all() -> bool:  # the hub marks a mail as seen once it is committed
        return await asyncio.to_thread(dovecot.count, "SEEN") == len(mails)

    await until(has_all, for_s=60 + len(mails) / 2)
    await stage.hub.running.hub.journal.settle()


async def chat(stage: Stage, session: aiohttp.ClientSession) -> Visitor:
    """Visitors called like payloads; one writes them all and sends files named after some."""
    hook = await chat_hook(stage.hub)
    for number, payload in enumerate(stage.payloads[:: len(stage.payloads) // VISITORS]):
        visitor = Visitor(session, stage.hub.url, hook, address=f"10.0.0.{number}")
        await visitor.say(payload, name=payload[:200])
    talker = Visitor(session, stage.hub.url, hook, address="10.0.1.1")
    for number, batch in enumerate(stage.batches):
        tickets = []
        if number < 10:
            tickets.append(await talker.upload(batch[0].encode(), batch[0][:200], "text/html"))
        await talker.say("\n".join(batch), file_ids=tickets, name=batch[1][:200])
    await stage.hub.running.hub.journal.settle()
    return talker


async def scroll(stage: Stage, selector: str) -> int:
    """Show all of a virtual list; how many steps it took."""
    region = stage.page.locator(selector).first
    await region.wait_for()
    await _to_top(stage, region)
    steps = 1
    while await region.evaluate(_ONE_STEP):
        await stage.watch.quiet(stage.page)
        steps += 1
    return steps


async def _to_top(stage: Stage, region: Any) -> None:
    """A thread places itself at its end while it loads, so it is asked until it stays."""
    stays = 0
    while stays < 3:
        top = await region.evaluate(
            "e => { const top = e.scrollTop; e.scrollTop = 0; return top; }"
        )
        stays = stays + 1 if top == 0 else 0
        await stage.watch.quiet(stage.page)


async def open_thread(stage: Stage, conversation: str) -> Any:
    await stage.watch.go(stage.page, f"/inbox/all/{conversation}")
    log = stage.page.get_by_role("log")
    await log.locator("article, li, iframe, p").first.wait_for()
    await stage.watch.quiet(stage.page)
    return log


async def test_no_payload_of_a_mail_runs_anywhere(
    tmp_path: Path, dovecot: Dovecot, browser: Any
) -> None:
    async with staged(tmp_path, browser) as (stage, sink):
        assert len(stage.payloads) >= 500
        mails = [hostile.named(payload, n) for n, payload in enumerate(stage.payloads[:NAMED])]
        mails += [hostile.texts(batch, n) for n, batch in enumerate(stage.batches)]
        mails += [hostile.bodies(batch, n) for n, batch in enumerate(stage.batches)]
        await receive(stage, sink, dovecot, mails)
        await sign_in(stage)
        await _walk_lists(stage)
        await _walk_threads(stage)
        assert stage.watch.faults == {}


async def _walk_lists(stage: Stage) -> None:
    """Conversations, contacts and search results, each to its end."""
    conversations = await stage.conversations()
    assert len(conversations) == NAMED + 2
    shown = " ".join(c["contact"]["name"] + c["preview"] + c["subject"] for c in conversations)
    assert sum(payload in shown for payload in stage.payloads) >= 500
    page = stage.page
    await stage.watch.go(page, "/inbox/all")
    assert await scroll(stage, "section[aria-label='Conversations']") > 20
    await stage.watch.go(page, "/contacts")
    assert await scroll(stage, "section[aria-label='Contacts']") > 10
    await stage.watch.go(page, "/search?text=alert")
    await page.get_by_role("main").get_by_text("alert").first.wait_for()
    assert stage.canary.heard == []


async def _walk_threads(stage: Stage) -> None:
    """All texts and files, all frames without and with pictures, as text, the contact's page."""
    texts = await stage.conversation_of("texts@hostile.example")
    said = await stage.texts_of(texts)
    assert sum(payload in said for payload in stage.payloads) >= 500
    await open_thread(stage, texts)
    assert await scroll(stage, "[role=log]") >= len(stage.batches) // 2
    await open_thread(stage, await stage.conversation_of("bodies@hostile.example"))
    await _walk_frames(stage)
    assert stage.canary.heard == []
    await _walk_frames(stage, with_pictures=True)
    assert stage.canary.heard, "pictures come when asked for"
    assert {one.partition(" ")[0] for one in stage.canary.heard} == {"GET"}
    assert not [one for one in stage.canary.heard if one.count(" ") > 1], "cookies or referrers"


async def _walk_frames(stage: Stage, *, with_pictures: bool = False) -> None:
    """Every mail's frame into view; each shows its end, so all parts before it were read."""
    seen: set[str] = set()
    log = stage.page.get_by_role("log")
    await _to_top(stage, log)
    is_moved = True
    while is_moved:
        await stage.watch.quiet(stage.page)
        if with_pictures:
            await _ask_for_pictures(stage)
        for text in await (await stage.page.wait_for_function(_FRAME_TEXTS)).json_value():
            seen.update(re.findall(r"end of mail \d+", text))
        is_moved = await log.evaluate(_ONE_STEP)
    assert len(seen) == len(stage.batches)


async def _ask_for_pictures(stage: Stage) -> None:
    button = stage.page.get_by_role("button", name=re.compile("remote image"))
    while await button.count():
        await button.first.dispatch_event("click")  # a real click would scroll
        await stage.watch.quiet(stage.page)


async def test_no_payload_of_a_chat_runs_anywhere(tmp_path: Path, browser: Any) -> None:
    """Names, texts and files of visitors, and all that colleagues can name, on every page."""
    async with staged(tmp_path, browser) as (stage, _), aiohttp.ClientSession() as session:
        await stage.page.context.grant_permissions(["notifications"])
        await sign_in(stage)
        talker = await chat(stage, session)
        long = next(c for c in await stage.conversations() if c["seq"] >= len(stage.batches))
        said = await stage.texts_of(long["id"])
        assert sum(payload in said for payload in stage.payloads) >= 500
        paths = await name_everything(stage, long)
        await scroll_list_and_thread(stage, long["id"])
        for path in paths:
            await stage.watch.go(stage.page, path)
            await stage.page.get_by_role("main").wait_for()
            await stage.watch.quiet(stage.page)
        await _walk_widget(stage, talker)
        assert stage.watch.faults == {}
        assert stage.canary.heard == []


def _as_it_came(html: str, limits: object) -> SafeHtml:
    return SafeHtml(html, "", None, 0, frozenset())


class Unsanitised:
    """The parser with its sanitiser taken out, for the guard test; in this process."""

    async def parse(self, raw: bytes, known: Known) -> tuple[Any, list[bytes]]:
        found = parse_with_files(raw, known=known)
        return found.mail, found.files

    async def close(self) -> None:
        pass


async def test_without_the_sanitiser_the_watch_sees_it_and_the_other_walls_hold(
    tmp_path: Path, dovecot: Dovecot, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.shared.ParsePool", Unsanitised)
    monkeypatch.setattr("channels.email.parse.sanitise", _as_it_came)
    async with staged(tmp_path, browser) as (stage, sink):
        batch = [p for p in stage.payloads if p.startswith(("<script>", "<img", "<svg"))][:BATCH]
        await receive(stage, sink, dovecot, [hostile.bodies(batch, 0)])
        await sign_in(stage)
        [conversation] = await stage.conversations()
        await open_thread(stage, conversation["id"])
        assert stage.watch.stopped, "policy and sandbox had to step in"
        assert (stage.watch.ran, stage.watch.moved) == ([], [])
        assert stage.canary.heard == []
        await _open_without_policy(stage, conversation["id"])
        assert stage.watch.ran, "the watch hears what runs"


async def _open_without_policy(stage: Stage, conversation: str) -> None:
    """The mail's own page with its last walls taken down too."""
    page = await stage.watch.page()

    async def bare(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(status=200, content_type="text/html", body=await answer.text())

    path = f"/api/v1/conversations/{conversation}/messages/1/body"
    await page.route(f"**{path}", bare)
    await stage.watch.go(page, path)


async def scroll_list_and_thread(stage: Stage, conversation: str) -> None:
    page = stage.page
    await open_thread(stage, conversation)
    await scroll(stage, "[role=log]")
    await scroll(stage, "section[aria-label='Conversations']")
    await page.keyboard.press("Control+k")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Close the conversation").first.click()  # a toast
    await page.get_by_role("button", name="Undo").click()
    await stage.watch.quiet(page)


async def name_everything(stage: Stage, conversation: dict[str, Any]) -> list[str]:
    """Polyglots in every field that people of the workspace fill in; the pages that show them."""
    api, id = stage.api, conversation["id"]
    evil = [p for p in stage.payloads if "onerror" in p or "<script>" in p or "javascript:" in p]
    names = iter([p[:60] for p in evil if len(p) <= 60] * 2)
    label = await api.post("/labels", name=next(names)[:40], color="red")
    await api.post("/canned", shortcut="evil", text="\n".join(evil[:20]))
    await api.post("/agents", email="evil@hostile.example", name=next(names), role="agent")
    await api.write("PATCH", "/me", name=next(names), signature="\n".join(evil[:5]))
    await api.write(
        "PATCH", f"/contacts/{conversation['contact']['id']}", name=next(names), company=next(names),  # noqa: E501
        about="\n".join(evil[:20]), fields={"Site": "javascript:alert(1)", "X": next(names)},
    )  # fmt: skip
    await api.write(
        "PATCH", f"/conversations/{id}", client_id="labels-00000001", labels=[label["id"]],
        subject=next(names),
    )  # fmt: skip
    for number, batch in enumerate(stage.batches[:6]):
        await api.post(
            f"/conversations/{id}/messages", client_id=f"evil-{number:08d}", text="\n".join(batch),
            kind="note" if number % 2 else "message", quick_replies=[] if number % 2 else [next(names)],  # noqa: E501
        )  # fmt: skip
    await api.write("PATCH", "/workspace", name=next(names))
    inbox = next(i for i in await api.get("/inboxes") if i["channel"] == "webchat")
    config = {
        "title": next(names),
        "greeting": "\n".join(evil[:6])[:500],
        "quick_replies": [next(names)],
    }
    await api.write("PATCH", f"/inboxes/{inbox['id']}", name=next(names), config=config)
    await api.post("/api-keys", name=next(names), scopes=["conversation:read"])
    settings = "profile inboxes people labels canned workspace api-keys audit"
    return [
        *(f"/settings/{name}" for name in settings.split()),
        f"/settings/inboxes/{inbox['id']}",
        "/contacts",
        f"/contacts/{conversation['contact']['id']}",
        "/search?text=alert",
        "/inbox/mine",
    ]


async def _walk_widget(stage: Stage, talker: Visitor) -> None:
    """The talker's own window on a website: her history, the agents' answers, the inbox's words."""
    page = await stage.watch.page()
    inbox = (await chat_hook(stage.hub)).rsplit("/", 1)[1]
    await page.add_init_script(f"localStorage['santral.{inbox}.token'] = {talker.token!r}")
    await stage.watch.go(page, "/demo")
    await page.locator("#santral-chat .launch").click()
    await page.get_by_role("dialog").wait_for()
    await page.get_by_role("log").get_by_text(stage.batches[-1][-1]).first.wait_for()
    await page.get_by_role("textbox").first.fill("<img src=x onerror=alert(1)>")
    await page.keyboard.press("Enter")
    await page.get_by_text("<img src=x onerror=alert(1)>").first.wait_for()
    await stage.watch.quiet(page)
