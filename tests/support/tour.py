"""Every page and state of the inbox, for tests that look at all of them: `furnish` fills a hub,
`STOPS` are (name, how to get there). Names of buttons are English; `tour` sets the reader's
language afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import aiohttp

from tests.support.mail_hub import SUPPORT, MailHub
from tests.support.real_hub import EMAIL, PASSWORD
from tests.support.visitor import Visitor, chat_hook
from tests.support.watch import Watch

_GO_INSIDE = """path => {
  history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
}"""
_SCROLL = "(log, share) => { log.scrollTop = share * log.scrollHeight; }"
_LONG = "Can you send the parcel to the office instead? https://shop.example/orders/12345678 " * 3


@dataclass
class Places:
    """Ids of what was made."""

    chat: str
    mail: str
    contact: str
    inbox: str
    welcome: str
    queue: str
    schedule: str


async def furnish(hub: MailHub) -> Places:
    """A chat with files and an answer, a mail with pictures and a quote, people, labels, notes."""
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(session, hub.hub.url, await chat_hook(hub.hub))
        await visitor.say("Where is my order?", name="Zoë Visitor")
        ticket = await visitor.upload(b"x" * 4000, "invoice 2026.pdf", "application/pdf")
        await visitor.say(_LONG, file_ids=[ticket])
        await visitor.tell(name="Zoë Visitor", email="zoe@customer.example")
    await hub.deliver(_mail())
    await hub.settle()
    listed = (await hub.api.get("/conversations", view="all"))["items"]
    chat = next(c for c in listed if c["channel"] == "webchat")
    mail = next(c for c in listed if c["channel"] == "email")
    label = await hub.api.post("/labels", name="Delivery", color="teal")
    await hub.api.post("/labels", name="Returns", color="orange")
    await hub.api.post("/canned", shortcut="hello", text="Hello {{contact.first_name}}, thanks!")
    invited = await hub.api.post(
        "/agents", email="bea@shop.example", name="Bea Colleague", role="agent"
    )
    await hub.api.post("/api-keys", name="Reports", scopes=["conversation:read"])
    await _write(hub, chat["id"], label["id"])
    queue, schedule = await _set_routing_up(hub, invited["agent"]["id"])
    return Places(
        chat["id"],
        mail["id"],
        chat["contact"]["id"],
        mail["inbox_id"],
        invited["link"],
        queue,
        schedule,
    )


async def _set_routing_up(hub: MailHub, agent_id: str) -> tuple[str, str]:
    """A queue that uses everything, hours with holidays, a team, skills, reasons to be away."""
    api = hub.api
    skill = await api.post("/skills", name="Polski", language="pl")
    await api.post("/teams", name="Returns team", agent_ids=[agent_id])
    await api.post("/presence-reasons", name="Lunch", limit_minutes=45)
    work_days = {day: [{"start": 540, "end": 1080}] for day in ("mon", "tue", "wed")}
    schedule = await api.post(
        "/schedules",
        name="Office hours",
        time_zone="Europe/Warsaw",
        week=work_days,
        holidays_country="PL",
        dates=[{"date": "2027-01-04", "name": "Stocktaking", "spans": []}],
    )
    queue = await api.post(
        "/queues",
        name="Support",
        members=[{"agent_id": agent_id}],
        needs=[{"skill_id": skill["id"], "level": 3, "steps": [[60, 1], [120, 0]]}],
        schedule_id=schedule["id"],
        overflow=[{"after_wait_s": 300, "action": "message", "text": "Please wait."}],
        sla={"first_answer_s": 300},
        waiting_text="You are number {{ place }}.",
        dispositions=[{"id": "sold", "name": "Sold"}],
        script="Say hello.",
        form=[{"key": "order", "label": "Order number", "say": "Your order, please?"}],
        alert_length=5,
    )
    return queue["id"], schedule["id"]


async def _write(hub: MailHub, chat: str, label: str) -> None:
    at = f"/conversations/{chat}/messages"
    await hub.api.post(at, client_id="tour-answer", text="It left our shop *this morning*.")
    await hub.api.post(at, client_id="tour-note-1", kind="note", text="She called before.")
    await hub.api.write(
        "PATCH", f"/conversations/{chat}", client_id="tour-change", labels=[label], priority=2
    )
    await hub.settle()


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"] = "Łukasz Żółć <lukasz@customer.example>"
    mail["To"] = f"Support <{SUPPORT}>"
    mail["Subject"] = "Reklamacja zamówienia 12345678: paczka przyszła uszkodzona, proszę o zwrot"
    mail["Message-ID"] = "<tour@customer.example>"
    mail.set_content("Dzień dobry,\n\npaczka przyszła uszkodzona.\n\n> stara wiadomość\n")
    mail.add_alternative(
        "<p>Dzień dobry,</p><p>paczka przyszła <b>uszkodzona</b>.</p><table><tr><td>Nr</td><td>12</td>"  # noqa: E501
        "</tr></table><img src='https://pictures.example/a.png' alt='photo'><blockquote>stara</blockquote>",  # noqa: E501
        subtype="html",
    )
    mail.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", filename="zdjęcie.png")
    return mail.as_bytes()


async def sign_in(watch: Watch, page: Any) -> None:
    await watch.go(page, "/sign-in")
    await page.locator("input[type=email]").fill(EMAIL)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("main#main").wait_for()


@dataclass
class Stop:
    """A path, and what to do once it is there: keys to press, `css:` to click, `fill:place=text` to
    type, `pick:place=text` to choose from a list, `scroll:0.5` to halfway through the timeline.
    """

    path: str
    steps: tuple[str, ...] = ()


def stops(places: Places) -> dict[str, Stop]:
    """Every place behind the sign-in, by name."""
    chat, mail = f"/inbox/all/{places.chat}", f"/inbox/all/{places.mail}"
    settings = "profile inboxes people labels canned workspace api-keys audit"
    settings += " queues teams skills hours presence"
    pages = {
        "list": "/inbox/all",
        "empty": "/inbox/snoozed",
        "chat": chat,
        "mail": mail,
        "contacts": "/contacts",
        "contact": f"/contacts/{places.contact}",
        "search": "/search?text=order",
        "nothing found": "/search?text=xyzzy",
        "not found": "/settings/nothing",
        "new inbox": "/settings/inboxes/new",
        "one inbox": f"/settings/inboxes/{places.inbox}",
        "one queue": f"/settings/queues/{places.queue}",
        "one schedule": f"/settings/hours/{places.schedule}",
        "wallboard": "/wallboard",
        **{f"settings {name}": f"/settings/{name}" for name in settings.split()},
    }
    opened = {
        "note": (chat, "n"),
        "assign": (chat, "a"),
        "labels": (chat, "l"),
        "snooze": (chat, "s"),
        "new conversation": ("/inbox/all", "c"),
        "palette": ("/inbox/all", "Control+k"),
        "help": ("/inbox/all", "?"),
        "presence": ("/inbox/all", "v"),
        "transfer": (chat, "f"),
        "invite": (chat, "Shift+f"),
        "new queue": ("/settings/queues", "css:main section button >> nth=0"),
        "line": ("/wallboard", "css:main article h2 button >> nth=0"),
        "new mail inbox": ("/settings/inboxes/new", "css:main button:has(small) >> nth=0"),
        "new chat inbox": ("/settings/inboxes/new", "css:main button:has(small) >> nth=1"),
    }
    return {
        **{name: Stop(path) for name, path in pages.items()},
        **{name: Stop(path, (step,)) for name, (path, step) in opened.items()},
    }


async def arrive(watch: Watch, page: Any, stop: Stop, *, is_inside: bool) -> None:
    """Go there: by the app's own router when it `is_inside` already and nothing is open."""
    if is_inside:
        await page.evaluate(_GO_INSIDE, stop.path)
    else:
        await watch.go(page, stop.path)
    await watch.quiet(page)
    await page.locator("main").first.wait_for()
    await watch.quiet(page)
    for step in stop.steps:
        await _do(page, step)
        await page.wait_for_timeout(100)  # menus appear a moment later
        await watch.quiet(page)


async def _do(page: Any, step: str) -> None:
    what, _, rest = step.partition(":")
    match what if rest else "":
        case "css":
            await page.locator(rest).click()
            await page.mouse.move(0, 0)  # tooltips go with the pointer
        case "fill":
            place, _, text = rest.rpartition("=")
            await page.locator(place).fill(text)
            await page.wait_for_timeout(300)  # a search waits for the next key
        case "pick":
            place, _, text = rest.rpartition("=")
            option = page.locator(f"[role=option]:has-text('{text}')")
            await page.locator(place).focus()
            if not await option.is_visible():
                await page.keyboard.press("ArrowDown")
            await option.click()
        case "scroll":
            await page.get_by_role("log").evaluate(_SCROLL, float(rest))
        case _:
            await page.keyboard.press(step)
