"""The API's side of answering: ways, refusals before anything is queued, the suppression list with
its trail.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hub.errors import OptedOut, OutsideWindow, RecipientUnreachable
from hub.web.errors import status_of
from tests.support.people import Town
from tests.support.web import Site
from tests.support.web import site as make_site
from tests.support.whole import CANARY, Full, all_services, furnish

API = "/api/v1"


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


@pytest.fixture
async def full(site: Site) -> Full:
    return await furnish(site.town, site.services)


def test_what_may_become_possible_is_a_conflict() -> None:
    for fault in (OutsideWindow("x"), OptedOut("x"), RecipientUnreachable("x")):
        assert status_of(fault) == 409


async def test_supervisors_keep_the_list_and_leave_a_trail(site: Site, full: Full) -> None:
    browser = await site.signed_in(f"{CANARY}-supervisor@a.test")
    status, added = await browser.ask(
        "POST", f"{API}/suppressions",
        json={"kind": "phone", "value": "+48 600 100 200", "reason": "called us"},
    )  # fmt: skip
    assert (status, added["value"], added["channel"]) == (200, "+48600100200", "")
    assert [p["text"] for p in added["history"]] == ["called us"]
    _, listed = await browser.ask("GET", f"{API}/suppressions")
    assert added["id"] in {one["id"] for one in listed["items"]}
    gone = f"{API}/suppressions/{added['id']}"
    assert (await browser.ask("DELETE", gone))[0] == 200
    assert (await browser.ask("DELETE", gone))[0] == 404
    admin = await site.signed_in(full.admin.email)
    _, audit = await admin.ask("GET", f"{API}/audit")
    about = [entry for entry in audit["items"] if entry["target"].endswith(added["id"])]
    assert [entry["action"] for entry in about] == ["suppression.removed", "suppression.added"]


async def test_the_list_is_searched_by_any_part_that_people_type(site: Site, full: Full) -> None:
    browser = await site.signed_in(full.admin.email)
    zone = {"time_zone": "Europe/Warsaw"}
    assert (await browser.ask("PATCH", f"{API}/workspace", json=zone))[0] == 200
    for kind, value in (
        ("phone", "+48600100200"), ("phone", "+905321234567"), ("email", "ann.nowak@shop.test"),
    ):  # fmt: skip
        added = {"kind": kind, "value": value}
        assert (await browser.ask("POST", f"{API}/suppressions", json=added))[0] == 200

    async def found(text: str) -> set[str]:
        status, listed = await browser.ask("GET", f"{API}/suppressions", params={"search": text})
        assert status == 200
        return {one["value"] for one in listed["items"]}

    for text in ("+48 600-100-200", "600 100 200", "0048 600", "600 10", "48600", "48600100200"):
        assert await found(text) == {"+48600100200"}, text
    for text in ("+90 532", "905321234567"):
        assert await found(text) == {"+905321234567"}, text
    for text in ("Ann", "nowak", "SHOP.te", "ann.nowak@shop.test"):
        assert await found(text) == {"ann.nowak@shop.test"}, text
    for text in ("bob", "+49", "601"):
        assert await found(text) == set(), text
    _, page = await browser.ask(
        "GET", f"{API}/suppressions", params={"search": "ann", "limit": "1"}
    )
    gone = f"{API}/suppressions/{page['items'][0]['id']}"
    assert (await browser.ask("DELETE", gone))[0] == 200
    assert await found("ann") == set()


async def test_a_list_entry_needs_an_address_and_a_known_channel(site: Site, full: Full) -> None:
    browser = await site.signed_in(full.admin.email)
    for body in (
        {"kind": "phone", "value": "not a number"},
        {"kind": "email", "value": "a@b.test", "channel": "nothing"},
        {"kind": "visitor", "value": "abc"},
    ):
        assert (await browser.ask("POST", f"{API}/suppressions", json=body))[0] == 400


async def test_an_inbox_has_an_alarm_for_silence(site: Site, full: Full) -> None:
    browser = await site.signed_in(full.admin.email)
    path = f"{API}/inboxes/{full.ids['inbox_id']}"
    status, changed = await browser.ask("PATCH", path, json={"alarm_after_minutes": 30})
    assert (status, changed["alarm_after_minutes"]) == (200, 30)
    assert changed["inbox"]["health"]["is_quiet"] is False
    assert (await browser.ask("PATCH", path, json={"alarm_after_minutes": -1}))[0] == 400


async def test_templates_are_listed_and_cannot_be_loaded_where_there_are_none(
    site: Site, full: Full
) -> None:
    browser = await site.signed_in(full.admin.email)
    path = f"{API}/inboxes/{full.ids['inbox_id']}/templates"
    _, listed = await browser.ask("GET", path)
    assert [(one["name"], one["state"]) for one in listed] == [(CANARY, "approved")]
    assert (await browser.ask("POST", f"{path}/sync"))[0] == 400
