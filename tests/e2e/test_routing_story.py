"""The story of routing, in Chromium with three browsers at once, on both stores; and a newcomer who
sets two queues up by the interface alone, in Turkish.

A visitor waits in web chat and sees her place; the first agent's offer times out, the next accepts
and transfers to another queue; a supervisor takes over from the wallboard and answers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.office import at_work, be_available, join
from tests.support.real_hub import EMAIL, Api, RealHub, real_hub, signed_in
from tests.support.stores import KINDS

OFFER_S = 60


async def _open_queues(hub: RealHub, admin: Api) -> None:
    ayse = await join(hub, admin, "Ayşe", "ayse@shop.test")
    bora = await join(hub, admin, "Bora", "bora@shop.test")
    await join(hub, admin, "Selin", "selin@shop.test", "supervisor")
    support = await admin.post(
        "/queues",
        name="Support",
        members=[{"agent_id": ayse}, {"agent_id": bora}],
        strategy="top_down",
        offer_s=OFFER_S,
        missed_limit=1,
    )
    await admin.post("/queues", name="Returns", members=[{"agent_id": ayse}], position=1)
    chat = next(i for i in await admin.get("/inboxes") if i["channel"] == "webchat")
    await admin.write("PATCH", f"/inboxes/{chat['id']}", entry_queue_id=support["id"])


async def _visitor_asks(browser: Any, hub: RealHub) -> Any:
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = await context.new_page()
    await page.goto(f"{hub.url}/demo")
    await page.get_by_role("button", name="Ask us something").click()
    await page.get_by_role("textbox", name="Write a message").fill("Where is my order?")
    await page.keyboard.press("Enter")
    return page


def _offer(page: Any) -> Any:
    return page.get_by_role("article").filter(has=page.get_by_role("timer"))


async def _transfer(page: Any, queue: str, note: str) -> None:
    await page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name="Transfer")
    await dialog.get_by_label("Where to").first.fill(queue)
    await page.keyboard.press("Enter")
    await dialog.get_by_label("Note for them").fill(note)
    await page.keyboard.press("Control+Enter")
    await dialog.wait_for(state="hidden")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_visitor_waits_is_passed_on_and_is_answered(
    kind: str, tmp_path: Path, browser: Any
) -> None:
    async with real_hub(kind, tmp_path) as hub, signed_in(hub.url) as admin:
        await _open_queues(hub, admin)
        ayse = await at_work(browser, hub, "ayse@shop.test")
        bora = await at_work(browser, hub, "bora@shop.test")
        selin = await at_work(browser, hub, "selin@shop.test", "/wallboard")

        visitor = await _visitor_asks(browser, hub)
        await visitor.get_by_text("Your place in line: 1").wait_for()
        await selin.get_by_text("Support: open, and nobody is available").wait_for()

        await be_available(ayse)
        await _offer(ayse).get_by_text("Where is my order?").wait_for()
        await be_available(bora)
        assert await _offer(bora).count() == 0
        hub.clock.jump(OFFER_S + 1)
        await ayse.get_by_text("because offers to you went unanswered").wait_for()
        await _offer(bora).wait_for()
        assert await _offer(ayse).count() == 0

        await bora.keyboard.press("y")
        await bora.get_by_role("button", name="Why this agent?").click()
        why = bora.get_by_role("dialog", name="Why this agent?")
        await why.get_by_role("listitem").filter(has_text="Ayşe").wait_for()
        await bora.keyboard.press("Escape")
        await visitor.get_by_text("Your place in line").wait_for(state="hidden")

        await _transfer(bora, "Returns", "She wants her money back")
        await bora.get_by_role("log").get_by_text("Bora transferred it to Returns").wait_for()
        await ayse.get_by_role("button", name="I am available").click()
        await _offer(ayse).get_by_role("button", name="Accept").click()
        await ayse.get_by_role("log").get_by_text("She wants her money back").first.wait_for()

        await selin.get_by_role("button", name="Ayşe has 1 conversation").click()
        await selin.get_by_role("button", name="Take over").click()
        await selin.get_by_role("button", name="Selin has 1 conversation").click()
        await selin.get_by_role("link", name="Chat, for").click()
        await selin.get_by_role("log").get_by_text("Selin took it over from Ayşe").wait_for()
        await selin.get_by_placeholder("Write a reply").fill("I send it back to you today.")
        await selin.keyboard.press("Control+Enter")
        await visitor.get_by_text("I send it back to you today.").wait_for()

        desks = {d["agent_id"]: len(d["held"]) for d in await admin.get("/desks")}
        assert sum(desks.values()) == 1


async def _add_skill(page: Any, name: str) -> None:
    await page.get_by_role("button", name="Beceri ekle").click()
    dialog = page.get_by_role("dialog", name="Beceri ekle")
    await dialog.get_by_label("Ad", exact=False).first.fill(name)
    await dialog.get_by_role("button", name="Kaydet").click()
    await dialog.wait_for(state="hidden")


async def _choose(page: Any, scope: Any, field: str, option: str) -> None:
    await scope.get_by_role("combobox", name=field).click()
    await page.get_by_role("option", name=option, exact=True).click()
    await page.keyboard.press("Tab")  # a list of several stays open


async def _add_queue(page: Any, name: str, person: str, inbox: str = "") -> None:
    await page.get_by_role("link", name="Kuyruklar", exact=True).click()
    await page.get_by_role("heading", name="Kuyruklar").wait_for()
    await page.get_by_role("button", name="Kuyruk ekle").click()
    dialog = page.get_by_role("dialog", name="Kuyruk ekle")
    await dialog.get_by_role("textbox", name="Ad", exact=False).first.fill(name)
    await _choose(page, dialog, "Kimler çalışıyor", person)
    if inbox:
        await _choose(page, dialog, "Konuşmalar nereden gelir", inbox)
    await _choose(page, dialog, "Açık olduğu saatler", "Ofis saatleri")
    await dialog.get_by_role("button", name="Kuyruğu oluştur").click()
    await page.get_by_role("heading", name=name, level=1).wait_for()


async def _save(page: Any) -> None:
    """Until the hub has it: only what differs can be saved."""
    await page.get_by_role("button", name="Kaydet").click()
    done = page.locator("button:disabled:not([data-loading])", has_text="Kaydet")
    await done.wait_for()


async def _open(page: Any, part: str) -> None:
    await page.get_by_role("button", name=part).click()


async def test_a_newcomer_sets_two_queues_up_in_turkish(tmp_path: Path, browser: Any) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as admin:
        await join(hub, admin, "Ayşe", "ayse@shop.test")
        await admin.write("PATCH", "/workspace", language="tr", time_zone="Europe/Istanbul")
        inbox = (await admin.get("/inboxes"))[0]["name"]
        page = await at_work(browser, hub, EMAIL, "/settings/queues", locale="tr-TR")
        await page.get_by_text("Henüz kuyruk yok").wait_for()

        await page.get_by_role("link", name="Beceriler ve diller").click()
        await _add_skill(page, "Faturalar")
        level = page.get_by_role("textbox", name="Ayşe: Faturalar")
        await level.press("4")
        await page.get_by_text("1 kişide var").wait_for()

        await page.get_by_role("link", name="Çalışma saatleri").click()
        await page.get_by_role("button", name="Çalışma saati ekle").click()
        dialog = page.get_by_role("dialog", name="Çalışma saati ekle")
        await dialog.get_by_role("textbox").fill("Ofis saatleri")
        await dialog.get_by_role("button", name="Oluştur").click()
        await page.get_by_role("button", name=re.compile("^Aç ?: Cumartesi$")).click()
        await page.get_by_label("Cumartesi, bitiş (1)").fill("13:00")
        await _save(page)
        await page.get_by_text("Önümüzdeki on iki ayda").wait_for()

        await _add_queue(page, "Destek", "Ayşe", inbox)
        await _open(page, "Söz verilen süreler")
        await page.get_by_role("textbox", name="İlk yanıt süresi").fill("5")
        await _save(page)
        await page.get_by_text("yanıt 5 dk").wait_for()

        await _add_queue(page, "Muhasebe", "Ayşe")
        await _open(page, "Gereken beceriler")
        await _choose(page, page, "Beceri ekle", "Faturalar")
        await _save(page)
        await page.get_by_text("Faturalar 1+").wait_for()

        queues = {queue["name"]: queue for queue in await admin.get("/queues")}
        [hours] = await admin.get("/schedules")
        [skill] = await admin.get("/skills")
        assert (hours["time_zone"], hours["holidays_country"]) == ("Europe/Istanbul", "TR")
        assert hours["week"]["sat"] == [{"start": 540, "end": 780}]
        assert all(queue["schedule_id"] == hours["id"] for queue in queues.values())
        assert queues["Destek"]["sla"]["first_answer_s"] == 300
        assert [need["skill_id"] for need in queues["Muhasebe"]["needs"]] == [skill["id"]]
        assert (await admin.get(f"/inboxes/{(await admin.get('/inboxes'))[0]['id']}"))[
            "entry_queue_id"
        ] == queues["Destek"]["id"]
