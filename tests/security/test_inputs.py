"""Hostile input to every route: strange fields, operators, ids of others, ids guessed."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from hub.model import agent, contact, conversation, files, inbox, message, session, settings
from hub.model.ids import new_key
from hub.web.route import PUBLIC, Route
from hub.web.routes import PREFIX, ROUTES
from tests.security.matrix import CASES
from tests.security.test_matrix import changed, contents, in_order
from tests.support.people import Town
from tests.support.web import Browser, Site
from tests.support.web import site as make_site
from tests.support.whole import CANARY, Full, all_services, furnish

MODELS = (agent, contact, conversation, files, inbox, message, session, settings)
WRITES = [route for route in ROUTES if route.body is not None]
OPERATORS: tuple[Any, ...] = (
    {"$ne": 1},
    {"$gt": ""},
    {"$where": "sleep(1000)"},
    {"$regex": ".*"},
    {"$in": ["a"]},
    ["$ne", 1],
    {"_id": {"$ne": None}},
    {"__proto__": {"isAdmin": True}},
    "' OR 1=1 --",
    '"; DROP TABLE accounts; --',
    "%00",
    "{{7*7}}",
    "${7*7}",
    "a' AND SLEEP(5) AND 'a'='a",
    "\\",
    "*",
    '"',
    'x" NEAR "y',
    "a:b",
    "(",
    "../../etc/passwd",
    -(2**63) - 1,
    2**63,
    1e308,
    "\u202e\u0000",
    "\ufdfa" * 300,
    True,
    None,
    [],
    {},
)


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


@pytest.fixture
async def full(site: Site) -> Full:
    return await furnish(site.town, site.services)


def model_fields() -> set[str]:
    """The name of every field of everything that is stored."""
    structs = {
        item
        for module in MODELS
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, msgspec.Struct)
    }
    return {
        name for one in structs for name in (*one.__struct_fields__, *one.__struct_encode_fields__)
    }


def filled(value: Any, full: Full) -> Any:
    text = json.dumps(value)
    for name, one in {**full.ids, "workspace": full.workspace}.items():
        text = text.replace("{" + name + "}", one)
    return json.loads(text)


def path_of(route: Route, full: Full) -> str:
    """With the ids of the full workspace; the invited agent, so that nobody's role changes."""
    ids = {**full.ids, "agent_id": full.ids["invited_id"]}
    return PREFIX + str(filled(route.path, Full(full.workspace, full.admin, ids)))


async def browser_of(site: Site, full: Full) -> Browser:
    site.town.people.limits.__init__(site.town.clock)  # type: ignore[misc]
    return await site.signed_in(full.admin.email)


@pytest.mark.parametrize("route", WRITES, ids=lambda one: f"{one.method} {one.path}")
async def test_fields_of_the_model_that_a_route_does_not_offer_are_refused(
    site: Site, full: Full, route: Route
) -> None:
    """S-18."""
    browser = await browser_of(site, full)
    offered = set(route.body.__struct_fields__)
    strange = model_fields() - offered
    assert len(strange) > 30
    body = filled(CASES[route.method, route.path].body, full)
    before = await contents(site.town, full.workspace)
    taken = []
    for name in sorted(strange):
        status, problem = await browser.ask(
            route.method, path_of(route, full), {**body, name: "admin"}
        )
        if (status, problem["code"], problem["field"]) != (400, "bad_input", name):
            taken.append((name, status, problem))
    assert taken == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


@pytest.mark.parametrize("route", WRITES, ids=lambda one: f"{one.method} {one.path}")
async def test_operators_in_bodies_are_texts_or_refused(
    site: Site, full: Full, route: Route
) -> None:
    """S-20."""
    browser = await browser_of(site, full)
    body = filled(CASES[route.method, route.path].body, full)
    broken = []
    for name in route.body.__struct_fields__:
        for evil in OPERATORS:
            site.town.people.limits.__init__(site.town.clock)  # type: ignore[misc]
            status, answer = await browser.ask(
                route.method, path_of(route, full), {**body, name: evil}
            )
            if status >= 500:
                broken.append((name, evil, status, answer))
            if isinstance(answer, dict) and answer.get("csrf_token"):
                browser.csrf = answer["csrf_token"]
            if status == 401 and route.permission != PUBLIC:
                await browser.sign_in(full.admin.email)
    assert broken == []


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.query is not None], ids=lambda one: one.path
)
async def test_operators_in_queries_are_texts_or_refused(
    site: Site, full: Full, route: Route
) -> None:
    """S-20."""
    from urllib.parse import quote

    browser = await browser_of(site, full)
    known = CASES[route.method, route.path].query
    broken = []
    for name in route.query.__struct_fields__:
        for evil in OPERATORS:
            text = quote(evil if isinstance(evil, str) else json.dumps(evil))
            for query in (f"{name}={text}", f"{name}[$ne]={text}", f"{known}&{name}={text}"):
                site.town.people.limits.__init__(site.town.clock)  # type: ignore[misc]
                path = f"{path_of(route, full)}?{query}"
                status, answer = await browser.ask(route.method, path)
                if status >= 500:
                    broken.append((query, status, answer))
    assert broken == []


async def test_operators_in_sign_in_open_nothing(site: Site, full: Full) -> None:
    for email in ({"$ne": ""}, {"$gt": ""}, ["admin"], "' OR 1=1 --", "*", None):
        body = {"email": email, "password": {"$ne": ""} if email != "*" else "*"}
        status, _ = await site.browser().ask("POST", f"{PREFIX}/auth/sign-in", body)
        assert status in (400, 401)


async def test_ids_of_another_workspace_in_bodies_are_refused(site: Site, full: Full) -> None:
    """At home with a thing of one's own, but naming things of others inside the body."""
    mine = await furnish_second(site)
    browser = await site.signed_in(mine.admin.email)
    talk = f"/conversations/{mine.ids['conversation_id']}"
    theirs = full.ids
    own = mine.ids
    note = {"client_id": "client-03", "kind": "note", "text": "x"}
    start = {"client_id": "client-06", "text": "x"}
    tries = [
        ("PATCH", talk, {"client_id": "client-01", "assignee_id": theirs["agent_id"]}),
        ("PATCH", talk, {"client_id": "client-02", "labels": [theirs["label_id"]]}),
        ("POST", f"{talk}/messages", note | {"mentions": [theirs["agent_id"]]}),
        ("POST", f"{talk}/messages", note | {"file_ids": [theirs["file_id"]]}),
        ("POST", f"{talk}/messages", start | {"inbox_id": theirs["inbox_id"]}),
        ("POST", "/conversations", start | pick(own, "inbox_id") | pick(theirs, "contact_id")),
        ("POST", "/conversations", start | pick(theirs, "inbox_id") | pick(own, "contact_id")),
        ("POST", "/agents", {"email": "n@b.test", "name": "x", "homes": [theirs["inbox_id"]]}),
        ("PATCH", f"/agents/{own['agent_id']}", {"homes": [theirs["inbox_id"]]}),
        ("POST", "/me/workspace", {"workspace_id": full.workspace}),
        ("GET", f"/conversations?inbox_id={theirs['inbox_id']}", None),
        ("GET", f"/conversations?label={theirs['label_id']}", None),
        ("GET", f"/conversations?assignee_id={theirs['agent_id']}", None),
        ("GET", f"/search?text=canary&inbox_id={theirs['inbox_id']}", None),
        ("DELETE", f"/contacts/{own['contact_id']}/identities/{theirs['identity_id']}", None),
    ]
    before = await contents(site.town, full.workspace)
    wrong = []
    for method, path, body in tries:
        status, said = await browser.ask(method, PREFIX + path, body)
        ids = {theirs[name] for name in theirs if name not in ("seq", "position", "channel")}
        empty = status == 200 and not any(one in json.dumps(said) for one in ids)
        if not empty and status not in (400, 404, 409):
            wrong.append((method, path, body, status, said))
    assert wrong == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


def pick(ids: dict[str, str], name: str) -> dict[str, str]:
    return {name: ids[name]}


async def furnish_second(site: Site) -> Full:
    from tests.support import whole

    before = whole.CANARY
    whole.CANARY = "second"
    try:
        return await furnish(site.town, site.services)
    finally:
        whole.CANARY = before


async def test_guessed_ids_hit_nothing(site: Site, full: Full) -> None:
    """S-66, scaled down: random ids, and near misses of one that exists."""
    browser = await browser_of(site, full)
    chance = random.Random(66)
    known = full.ids["conversation_id"]
    near = [known[:n] + chance.choice("abc") + known[n + 1 :] for n in range(26)]
    guesses = [new_key() for _ in range(300)] + [one for one in near if one != known]
    for guess in guesses:
        for kind in ("conversations", "contacts", "files"):
            site.town.people.limits.__init__(site.town.clock)  # type: ignore[misc]
            status, _ = await browser.ask("GET", f"{PREFIX}/{kind}/{guess}")
            assert status == 404
    assert (await browser.ask("GET", f"{PREFIX}/conversations/{known}"))[0] == 200


async def test_ids_have_128_random_bits() -> None:
    keys = {new_key() for _ in range(20_000)}
    assert len(keys) == 20_000
    assert {len(key) for key in keys} == {26}
    assert len({key[:4] for key in keys}) > 19_000


async def test_no_field_of_the_full_workspace_shows_a_secret(site: Site, full: Full) -> None:
    """What the API answers to an administrator holds neither hashes nor sealed texts nor tokens."""
    browser = await browser_of(site, full)
    account = await site.town.people.accounts.require(full.admin.account_id)
    (key,) = await site.town.people.api_keys.list_all(full.workspace)
    secrets = [account.password_hash, key.hash, browser.cookie, "$argon2", "v1."]
    shown = []
    for route in in_order([one for one in ROUTES if one.method == "GET"]):
        query = CASES[route.method, route.path].query
        path = path_of(route, full) + (f"?{query}" if query else "")
        _, said = await browser.ask("GET", path)
        text = json.dumps(said) if not isinstance(said, bytes) else said.decode("utf-8", "replace")
        shown += [(route.path, one) for one in secrets if one in text and "openapi" not in path]
    assert shown == []
    assert CANARY
