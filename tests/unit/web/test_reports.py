"""Reports and the conversation log through the API: from lines to numbers and files."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from hub.model.conversation import Conversation, SlaClock
from hub.model.ids import local, new_id
from hub.model.message import Author
from hub.model.routing import Disposition, Queue, Routing
from hub.ports.collections import CONVERSATIONS, MESSAGES, QUEUES
from hub.services.docs import to_doc
from hub.services.reports.counting import WorkspaceCount
from hub.services.reports.grains import DAY_MS, HOUR_MS
from hub.services.reports.reporting import make_reporting
from hub.web import api_reports
from hub.web.routes import ROUTES
from tests.support.people import Town
from tests.support.timelines import line
from tests.support.web import API, Browser, Site
from tests.support.web import site as make_site

MINE = [route for route in ROUTES if route.handler.__module__ == api_reports.__name__]
SIGN_IN = [route for route in ROUTES if route.path == "/auth/sign-in"]


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    reporting = make_reporting(town.store, town.clock, town.people.texts)
    async with make_site(town, [*MINE, *SIGN_IN], reporting=reporting) as built:
        yield built


class Shop:
    """A workspace with a queue, a supervisor and some conversations."""

    def __init__(self, site: Site, workspace: str, browser: Browser) -> None:
        self.site, self.workspace, self.browser = site, workspace, browser
        self.now = site.town.clock.now_ms()
        self.queue = Queue(
            id=new_id(workspace), name="=Sales", dispositions=[Disposition("sold", "Sold")]
        )

    async def talk(self, at: int, name: str = "Ayşe", **facts: Any) -> Conversation:
        id = new_id(self.workspace)
        one = Conversation(
            id=id, contact_id=new_id(self.workspace), contact_name=name, home=self.queue.id,
            inbox_id=new_id(self.workspace), channel="webchat", join_group="main", created_at=at,
            last_at=at, seq=1,
            routing=Routing(queue_id=self.queue.id, entered_at=at, assigned_at=at + 5_000), **facts,
        )  # fmt: skip
        await self.site.town.store.insert(CONVERSATIONS, to_doc(one))
        return one

    async def line(self, talk: Conversation, at: int, seq: int, **fields: Any) -> None:
        message = line(at, seq=seq, **fields)
        id = f"{talk.id}.{seq:010d}"
        moved = msgspec.structs.replace(message, id=id, conversation_id=talk.id)
        await self.site.town.store.insert(MESSAGES, to_doc(moved))

    async def ask(self, path: str, **query: Any) -> Any:
        given = {"start": self.now - 30 * DAY_MS, "end": self.now + DAY_MS, **query}
        text = "&".join(f"{name}={value}" for name, value in given.items())
        status, body = await self.browser.ask("GET", f"{API}{path}?{text}")
        assert status == 200, body
        return body


@pytest.fixture
async def shop(site: Site) -> Shop:
    workspace = await site.town.workspace()
    await site.town.agent(workspace, "boss@a.test", "supervisor")
    built = Shop(site, workspace, await site.signed_in("boss@a.test"))
    await site.town.store.insert(QUEUES, to_doc(built.queue))
    return built


async def count(shop: Shop) -> None:
    counting = WorkspaceCount(shop.site.town.store, shop.workspace, shop.site.town.clock)
    await counting.step()
    while counting.has_history:
        await counting.count_history()


async def test_a_report_from_lines_to_measures(shop: Shop) -> None:
    talk = await shop.talk(shop.now)
    queue = {"queue_id": local(shop.queue.id)}
    await shop.line(talk, shop.now, 1)
    await shop.line(talk, shop.now, 2, activity="queued", details=queue)
    taken = {**queue, "assignee_id": "a", "waited_ms": 5_000, "is_in_level": True, "by": "routing"}
    await shop.line(talk, shop.now + 5_000, 3, activity="assigned", details=taken)
    await count(shop)
    found = await shop.ask("/reports", family="queue", zone="Europe/Warsaw", step="day")
    assert [row["name"] for row in found["rows"]] == ["=Sales"]
    row = found["rows"][0]
    assert (row["tally"]["queued"], row["tally"]["answered"]) == (1, 1)
    assert row["measures"]["asa"] == 5_000
    assert row["measures"]["service_level"] == 1
    assert row["measures"]["aht"] is None
    assert found["total"]["tally"]["created"] == 1
    assert sum(point["tally"].get("created", 0) for point in found["points"]) == 1
    assert {one["name"] for one in found["measures"]} >= {"asa", "service_level"}
    assert found["counted_until"] == shop.now
    assert found["counted_from"] == 0
    alone = await shop.ask("/reports", family="queue", key=local(shop.queue.id), step="week")
    assert sum(point["tally"].get("answered", 0) for point in alone["points"]) == 1


async def test_what_was_closed_long_ago_comes_from_larger_buckets(shop: Shop) -> None:
    for back in (3, 20, 50, 200):
        talk = await shop.talk(shop.now - back * DAY_MS)
        await shop.line(talk, shop.now - back * DAY_MS, 1)
    await count(shop)
    found = await shop.ask(
        "/reports", family="channel", start=shop.now - 300 * DAY_MS, step="month",
        zone="Europe/Istanbul",
    )  # fmt: skip
    assert found["total"]["tally"]["created"] == 4
    assert sum(point["tally"].get("created", 0) for point in found["points"]) == 4
    assert len([point for point in found["points"] if point["tally"].get("created")]) >= 3


async def test_the_log_shows_what_lies_behind(shop: Shop) -> None:
    mine = await shop.talk(shop.now - HOUR_MS, labels=["vip"], disposition="sold")
    other = await shop.talk(
        shop.now - 2 * HOUR_MS, name="Other", state="closed", sla=SlaClock(broken=["first"])
    )
    await shop.talk(shop.now - 60 * DAY_MS, name="Long ago")
    agent = Author("agent", f"{shop.workspace}.a")
    await shop.line(mine, shop.now - HOUR_MS, 1)
    await shop.line(mine, shop.now - HOUR_MS + 7_000, 2, direction="out", author=agent)
    every = await shop.ask("/log")
    assert [row["conversation_id"] for row in every["items"]] == [local(mine.id), local(other.id)]
    first = every["items"][0]
    assert (first["waited_ms"], first["first_answer_ms"], first["messages"]) == (5_000, 7_000, 2)
    for query, found in (
        ({"label": "vip"}, ["Ayşe"]),
        ({"outcome": "sold"}, ["Ayşe"]),
        ({"state": "closed"}, ["Other"]),
        ({"queue_id": local(shop.queue.id)}, ["Ayşe", "Other"]),
        ({"queue_id": "x"}, []),
        ({"channel": "email"}, []),
    ):
        page = await shop.ask("/log", **query)
        assert [row["contact_name"] for row in page["items"]] == found, query
    names = []
    after = ""
    for _ in range(2):
        page = await shop.ask("/log", limit=1, after=after)
        names += [row["contact_name"] for row in page["items"]]
        after = page["next"] or ""
    assert names == ["Ayşe", "Other"]


async def test_behind_a_number_stand_the_conversations_that_make_it_up(shop: Shop) -> None:
    """Whenever they began and whoever has them now, in the list and in its file."""
    old = await shop.talk(shop.now - 60 * DAY_MS, name="Old", state="merged")
    new = await shop.talk(shop.now - HOUR_MS, name="New")
    elsewhere = {"queue_id": "elsewhere"}
    here = {"queue_id": local(shop.queue.id)}
    level = {"by": "routing", "assignee_id": "a"}
    for seq, at in ((5, 50), (6, 40)):
        passed = {**here, "from_queue_id": here["queue_id"], "from_agent_id": "a"}
        await shop.line(old, shop.now - at, seq, activity="transferred", details=passed)
    in_level = {**here, **level, "is_in_level": True}
    await shop.line(new, shop.now - 30, 2, activity="assigned", details={**elsewhere, **level})
    await shop.line(new, shop.now - 20, 3, activity="assigned", details=in_level)
    await shop.line(old, shop.now - 10, 7, activity="assigned", details={**here, **level})
    await count(shop)
    report = await shop.ask("/reports", family="queue")
    [row] = [row for row in report["rows"] if row["key"] == here["queue_id"]]
    wanted = {"transfers": ["Old"], "answered": ["Old", "New"], "in_level": ["New"]}
    for field, names in wanted.items():
        number = {"family": "queue", "key": row["key"], "field": field}
        listed = (await shop.ask("/log", **number))["items"]
        assert [one["contact_name"] for one in listed] == names
        assert sum(one["times"] for one in listed) == row["tally"][field]
        csv: bytes = await shop.ask("/log/export", **number)
        lines = csv.decode("utf-8-sig").splitlines()
        assert [line.split(",")[1] for line in lines[1:]] == names
        assert [int(line.split(",")[-1]) for line in lines[1:]] == [one["times"] for one in listed]


async def test_files_are_harmless_and_in_the_readers_language(shop: Shop) -> None:
    await shop.talk(shop.now, name="=cmd|'/c calc'!A0")
    talk = await shop.talk(shop.now)
    queue = {"queue_id": local(shop.queue.id)}
    await shop.line(talk, shop.now, 2, activity="queued", details=queue)
    await count(shop)
    csv: bytes = await shop.ask("/log/export", language="pl", zone="Europe/Warsaw")
    text = csv.decode("utf-8-sig")
    assert text.startswith("Rozpoczęto;Kontakt;")
    assert "'=cmd" in text
    report: bytes = await shop.ask("/reports/export", family="queue", language="tr")
    assert "'=Sales;1;" in report.decode("utf-8-sig")
    for path in ("/log/export", "/reports/export"):
        book: bytes = await shop.ask(path, format="xlsx")
        with zipfile.ZipFile(io.BytesIO(book)) as parts:
            assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()


async def test_nonsense_is_refused(shop: Shop) -> None:
    for query in (
        "start=5&end=5", "start=0&end=9000000000000&step=hour", "start=0&end=9&zone=Mars",
        "start=0&end=9&family=nobody", "start=0", "start=1796286028000000&end=1796286028000001",
    ):  # fmt: skip
        status, _ = await shop.browser.ask("GET", f"{API}/reports?{query}")
        assert status == 400, query
    for query in ("after=x", "field=wait_ms", "field=nothing", "field=closed&family=nobody"):
        status, _ = await shop.browser.ask("GET", f"{API}/log?start=0&end=9&{query}")
        assert status == 400, query
    status, _ = await shop.browser.ask("GET", f"{API}/log/export?start=0&end=9&zone=Mars")
    assert status == 400


async def test_agents_see_no_reports(site: Site, shop: Shop) -> None:
    await site.town.agent(shop.workspace, "ada@a.test")
    browser = await site.signed_in("ada@a.test")
    for route in MINE:
        status, _ = await browser.ask("GET", f"{API}{route.path}?start=0&end=9")
        assert status == 403
