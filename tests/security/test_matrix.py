"""Every route × {anonymous, other workspace, other role, other inbox, revoked, wrong key}: nothing
leaks or changes (S-14).

Made from the route table, so that a new route is asked too; one without a row in `matrix.py`
fails. Answers are searched for the canary word that stands in every text of the full workspace,
and the store is compared before and after.
"""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.model.agent import PERMISSIONS
from hub.ports.collections import ALL, META, SESSIONS
from hub.web.openapi import build_openapi
from hub.web.route import PUBLIC, SIGNED_IN, Route
from hub.web.routes import PREFIX, ROUTES
from tests.security.matrix import CASES, LAST, Case
from tests.support.people import Town
from tests.support.web import Browser, Site
from tests.support.web import site as make_site
from tests.support.whole import CANARY, Full, all_services, furnish

CLOSED = [route for route in ROUTES if route.permission != PUBLIC]


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


@pytest.fixture
async def full(site: Site) -> Full:
    return await furnish(site.town, site.services)


def case_of(route: Route) -> Case:
    return CASES[route.method, route.path]


def in_order(routes: list[Route]) -> list[Route]:
    """Reading first, deleting last."""
    order = ("GET", "POST", "PATCH", "PUT", "DELETE")

    def rank(route: Route) -> tuple[bool, bool, int]:
        is_last = route.path.startswith(LAST) and route.method != "GET"
        return is_last, route.path == "/auth/sign-out", order.index(route.method)

    return sorted(routes, key=rank)


async def ask(browser: Browser, route: Route, full: Full) -> tuple[int, str]:
    """Status and the answer as text."""
    case = case_of(route)
    ids = {**full.ids, "workspace": full.workspace}
    path = re.sub(r"{(\w+)}", lambda part: ids[case.ids.get(part[1], part[1])], route.path)
    body = json.loads(
        re.sub(r"{(\w+)}", lambda part: ids[part[1]], json.dumps(case.body))
    ) if case.body is not None else None  # fmt: skip
    more: dict[str, Any] = {"data": b"some bytes"} if route.is_raw else {"json": body}
    query = f"?{case.query}" if case.query else ""
    status, answer, content = await browser.full(route.method, PREFIX + path + query, **more)
    if isinstance(content, dict) and "csrf_token" in content:
        browser.csrf = content["csrf_token"]
    said = content if isinstance(content, bytes) else json.dumps(content).encode()
    return status, said.decode("utf-8", "replace") + str(dict(answer.headers))


async def contents(town: Town, workspace: str) -> dict[str, Any]:
    """All rows that belong to a workspace or name it, without the sessions that are used."""
    rows: dict[str, Any] = {}
    for coll in ALL:
        if coll in (SESSIONS, META):
            continue
        after: str | None = None
        while True:
            page = await town.store.dump(coll, after)
            rows |= {f"{coll.name} {doc['_id']}": doc for doc in page.docs if workspace in str(doc)}
            after = page.next
            if after is None:
                break
    return rows


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {(route.method, route.path) for route in ROUTES} == CASES.keys()


def test_the_api_document_shows_the_same_routes() -> None:
    document = build_openapi(ROUTES, "", "test")
    shown = {(m.upper(), path) for path, item in document["paths"].items() for m in item}
    assert shown == CASES.keys()


def test_every_route_needs_a_right_that_exists() -> None:
    known = PERMISSIONS["admin"] | {PUBLIC, SIGNED_IN}
    assert [route.path for route in ROUTES if route.permission not in known] == []


async def test_an_administrator_at_home_gets_what_the_table_says(site: Site, full: Full) -> None:
    """Without this the refusals below would prove nothing."""
    browser = await site.signed_in(full.admin.email)
    wrong = []
    for route in in_order(CLOSED):
        status, said = await ask(browser, route, full)
        if status not in case_of(route).own:
            wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert wrong == []


@pytest.mark.parametrize("who", ["nobody", "made-up cookie", "revoked", "disabled", "signed out"])
async def test_without_a_living_session_every_door_is_shut(
    site: Site, full: Full, who: str
) -> None:
    browser = site.browser() if who == "nobody" else await site.signed_in(full.admin.email)
    if who == "made-up cookie":
        browser.cookie = "a" * 52
    if who == "revoked":
        await site.town.people.sessions.end_all(full.admin.account_id)
    if who == "disabled":
        await site.town.agent(full.workspace, "second@a.test", "admin")
        await site.town.people.agents.change(full.workspace, full.admin.id, is_active=False)
    if who == "signed out":
        assert (await browser.ask("POST", f"{PREFIX}/auth/sign-out"))[0] == 200
    before = await contents(site.town, full.workspace)
    wrong = []
    for route in CLOSED:
        status, said = await ask(browser, route, full)
        if status != 401 or CANARY in said.lower():
            wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert wrong == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


async def test_public_routes_say_nothing_of_anybody(site: Site, full: Full) -> None:
    wrong = []
    for route in ROUTES:
        if route.permission == PUBLIC:
            status, said = await ask(site.browser(), route, full)
            if status >= 500 or CANARY in said.lower():
                wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert wrong == []


async def test_another_workspace_does_not_exist(site: Site, full: Full) -> None:
    other = await site.town.workspace("Other")
    await site.town.agent(other, "admin@b.test", "admin")
    browser = await site.signed_in("admin@b.test")
    before = await contents(site.town, full.workspace)
    wrong = []
    for route in in_order(CLOSED):
        status, said = await ask(browser, route, full)
        # A search may say what was searched for.
        if status not in case_of(route).foreign or CANARY in said.lower():
            wrong.append(f"{route.method} {route.path}: {status} {said[:300]}")
    assert wrong == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_a_role_without_the_right_is_refused_and_changes_nothing(
    site: Site, full: Full, role: str
) -> None:
    """S-19; the set-up routes: `tests/unit/web/test_auth.py`."""
    browser = await site.signed_in(f"{CANARY}-{role}@a.test")
    before = await contents(site.town, full.workspace)
    granted = PERMISSIONS[role]  # type: ignore[index]
    refused = [r for r in CLOSED if r.permission not in granted | {SIGNED_IN}]
    wrong = []
    for route in refused:
        status, said = await ask(browser, route, full)
        if status != 403:
            wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert refused
    assert wrong == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_a_role_with_the_right_gets_in(site: Site, full: Full, role: str) -> None:
    browser = await site.signed_in(f"{CANARY}-{role}@a.test")
    granted = PERMISSIONS[role]  # type: ignore[index]
    wrong = []
    for route in in_order([r for r in CLOSED if r.permission in granted | {SIGNED_IN}]):
        status, said = await ask(browser, route, full)
        # Somebody else's session is not theirs to end, everybody's view not an agent's to change.
        is_others = "session_id" in route.path or (role == "agent" and "view_id" in route.path)
        expected = {404} if is_others else case_of(route).own
        if status not in expected:
            wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert wrong == []


async def test_an_agent_of_other_inboxes_sees_no_conversation(site: Site, full: Full) -> None:
    """Neither by its id nor in lists, search, counts, files or mail bodies (S-16)."""
    browser = await site.signed_in(f"{CANARY}-homeless@a.test")
    about = ("/conversations", "/search", "/files/")
    wrong = []
    before = await contents(site.town, full.workspace)
    for route in CLOSED:
        if not route.path.startswith(about) and "/conversations" not in route.path:
            continue
        status, said = await ask(browser, route, full)
        is_list = route.path.endswith("/conversations") or route.path in ("/search", "/live")
        allowed = {200, 400, 404} if is_list or route.path == "/conversations/counts" else {404}
        if status not in allowed or CANARY in said.lower():
            wrong.append(f"{route.method} {route.path}: {status} {said[:300]}")
    assert wrong == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


async def test_a_key_without_the_scope_is_refused(site: Site, full: Full) -> None:
    key, _ = await site.town.people.api_keys.create(full.workspace, "k", ["label:read"])
    browser = site.browser()
    before = await contents(site.town, full.workspace)
    wrong = []
    for route in CLOSED:
        if route.permission in ("label:read", SIGNED_IN):
            continue
        browser.session.headers["Authorization"] = f"Bearer {key}"
        status, said = await ask(browser, route, full)
        if status != 403 or CANARY in said.lower():
            wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert wrong == []
    now = changed(before, await contents(site.town, full.workspace))
    assert all(one.startswith("api_keys ") for one in now)
