"""The door: cookies, origins, CSRF tokens, keys, addresses behind proxies."""

import ipaddress
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request

from hub.ports.collections import SESSIONS
from hub.web.client_ip import client_ip
from tests.support.clock import ManualClock
from tests.support.people import PASSWORD, Town
from tests.support.people import town as make_town
from tests.support.web import API, Site
from tests.support.web import site as make_site


@pytest.fixture(autouse=True)
async def workspace(town: Town) -> str:
    workspace = await town.workspace()
    await town.agent(workspace, "admin@shop.test", "admin")
    await town.agent(workspace, "anna@shop.test")
    return workspace


async def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    body = {"email": "anna@shop.test", "password": PASSWORD}
    _, answer, _ = await site.browser().full("POST", f"{API}/auth/sign-in", body)
    for name in ("santral", "santral-device"):
        cookie = answer.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


async def test_on_https_the_cookie_is_secure_and_bound_to_its_host(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with make_town(tmp_path / "tls", clock, public_url="https://hub.test") as town:
        await town.agent(await town.workspace(), "anna@shop.test")
        async with make_site(town) as site:
            body = {"email": "anna@shop.test", "password": PASSWORD}
            headers = {"Origin": "https://hub.test"}
            _, answer, _ = await site.browser().full("POST", f"{API}/auth/sign-in", body, headers)
            assert answer.cookies["__Host-santral"]["secure"]
            assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


async def test_signing_in_makes_a_new_session_and_ends_the_old_one(site: Site) -> None:
    """S-28: no fixation."""
    browser = await site.signed_in("anna@shop.test")
    fixed = browser.cookie
    await browser.sign_in("anna@shop.test")
    assert browser.cookie != fixed
    assert await site.town.people.sessions.resolve(fixed) is None


async def test_a_cookie_chosen_by_somebody_else_is_never_signed_in(site: Site) -> None:
    browser = site.browser()
    browser.cookie = "a" * 52
    await browser.sign_in("anna@shop.test")
    assert browser.cookie != "a" * 52
    assert await site.town.people.sessions.resolve("a" * 52) is None


async def test_signing_out_kills_the_cookie(site: Site) -> None:
    """S-28; open sockets: `tests/e2e/test_live_rights.py`."""
    browser = await site.signed_in("anna@shop.test")
    old = browser.cookie
    status, answer, _ = await browser.full("POST", f"{API}/auth/sign-out")
    assert status == 200
    assert answer.cookies["santral"].value == ""
    browser.cookie = old
    assert (await browser.ask("GET", f"{API}/me"))[0] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.test:8080"},
        {"Origin": "file://"},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"Origin": None, "Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "x" * 26},
        {"X-CSRF-Token": "ł"},
        {"X-CSRF-Token": None},
    ],
)
async def test_forged_writes_change_nothing(site: Site, headers: dict[str, str]) -> None:
    """S-29; every route: `tests/security/test_forgery.py`."""
    browser = await site.signed_in("anna@shop.test")
    status, problem = await browser.ask("PATCH", f"{API}/me", {"name": "Hacked"}, headers)
    assert (status, problem["code"]) == (403, "not_allowed")
    _, me = await browser.ask("GET", f"{API}/me")
    assert me["name"] == "anna"


async def test_the_token_of_another_session_is_no_token(site: Site) -> None:
    one, other = await site.signed_in("anna@shop.test"), await site.signed_in("anna@shop.test")
    one.csrf = other.csrf
    assert (await one.ask("PATCH", f"{API}/me", {"name": "x"}))[0] == 403


async def test_our_own_page_may_write_under_every_address_it_has(site: Site) -> None:
    browser = await site.signed_in("anna@shop.test")
    for origin in (site.base, site.town.config.public_url):
        status, _ = await browser.ask("PATCH", f"{API}/me", {"name": "x"}, {"Origin": origin})
        assert status == 200


async def test_other_sites_cannot_sign_somebody_in(site: Site) -> None:
    body = {"email": "anna@shop.test", "password": PASSWORD}
    for path in ("sign-in", "forgot", "accept"):
        headers = {"Origin": "https://evil.test"}
        status, _ = await site.browser().ask("POST", f"{API}/auth/{path}", body, headers)
        assert status == 403


@pytest.mark.parametrize("origin", ["https://evil.test", "null", None])
async def test_a_foreign_page_cannot_open_our_socket(site: Site, origin: str | None) -> None:
    """S-30; the visitors' socket: `tests/channels/webchat/test_session.py`."""
    browser = await site.signed_in("anna@shop.test")
    headers = {"Cookie": f"santral={browser.cookie}"} | ({"Origin": origin} if origin else {})
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.session.ws_connect(f"{site.base}{API}/live", headers=headers)
    assert refused.value.status == 403


async def test_a_disabled_agent_is_out_within_five_seconds(site: Site, workspace: str) -> None:
    browser = await site.signed_in("anna@shop.test")
    admin = await site.signed_in("admin@shop.test")
    _, me = await browser.ask("GET", f"{API}/me")
    path = f"{API}/agents/{me['agent_id']}"
    assert (await admin.ask("PATCH", path, {"is_active": False}))[0] == 200
    assert (await browser.ask("GET", f"{API}/me"))[0] == 401


async def test_a_new_password_ends_all_other_sessions(site: Site) -> None:
    here, there = await site.signed_in("anna@shop.test"), await site.signed_in("anna@shop.test")
    body = {"old": PASSWORD, "new": "another long secret"}
    assert (await here.ask("POST", f"{API}/me/password", body))[0] == 200
    assert (await here.ask("GET", f"{API}/me"))[0] == 200
    assert (await there.ask("GET", f"{API}/me"))[0] == 401


async def test_a_wrong_old_password_changes_nothing_and_is_limited(site: Site) -> None:
    browser = await site.signed_in("anna@shop.test")
    body = {"old": "wrong", "new": "another long secret"}
    statuses = [(await browser.ask("POST", f"{API}/me/password", body))[0] for _ in range(8)]
    assert statuses == [400] * 5 + [429] * 3
    await site.signed_in("anna@shop.test")


async def test_nobody_ends_a_strangers_session(site: Site) -> None:
    anna, admin = await site.signed_in("anna@shop.test"), await site.signed_in("admin@shop.test")
    (theirs,) = (await admin.ask("GET", f"{API}/me/sessions"))[1]
    assert (await anna.ask("DELETE", f"{API}/me/sessions/{theirs['id']}"))[0] == 404
    assert (await admin.ask("GET", f"{API}/me"))[0] == 200
    (mine,) = (await anna.ask("GET", f"{API}/me/sessions"))[1]
    assert mine["is_current"]
    assert (await anna.ask("DELETE", f"{API}/me/sessions/{mine['id']}"))[0] == 200
    assert (await anna.ask("GET", f"{API}/me"))[0] == 401


async def test_the_session_shown_is_no_way_in(site: Site, town: Town) -> None:
    browser = await site.signed_in("anna@shop.test")
    (shown,) = (await browser.ask("GET", f"{API}/me/sessions"))[1]
    stranger = site.browser()
    stranger.cookie = shown["id"]
    assert (await stranger.ask("GET", f"{API}/me"))[0] == 401
    assert (await town.store.dump(SESSIONS)).docs


async def test_a_key_does_what_its_scopes_say_and_is_nobody(site: Site, workspace: str) -> None:
    admin = await site.signed_in("admin@shop.test")
    body = {"name": "Shop", "scopes": ["label:read"]}
    _, made = await admin.ask("POST", f"{API}/api-keys", body)
    program = site.browser()
    headers = {"Authorization": f"Bearer {made['key']}", "Origin": None}
    assert (await program.ask("GET", f"{API}/labels", headers=headers))[0] == 200
    refused = [
        ("POST", "/labels", {"name": "x"}),
        ("GET", "/agents", None),
        ("GET", "/me", None),
        ("PATCH", "/me", {"name": "x"}),
        ("POST", "/api-keys", body),
        ("POST", "/me/workspace", {"workspace_id": workspace}),
        ("GET", "/me/sessions", None),
    ]
    for method, path, sent in refused:
        assert (await program.ask(method, API + path, sent, headers))[0] == 403, path
    assert (await program.ask("POST", f"{API}/auth/sign-out", headers=headers))[0] in (401, 403)
    assert (await admin.ask("DELETE", f"{API}/api-keys/{made['id']}"))[0] == 200
    assert (await program.ask("GET", f"{API}/labels", headers=headers))[0] == 401
    entries = (await admin.ask("GET", f"{API}/audit"))[1]["items"]
    assert "api_key.created" in {one["action"] for one in entries}
    assert made["key"] not in str(entries)


async def test_a_bad_key_is_refused_even_beside_a_good_cookie(site: Site) -> None:
    """S-21."""
    browser = await site.signed_in("anna@shop.test")
    for header in ("Bearer x", "Basic YTpi", "Bearer", "x"):
        headers = {"Authorization": header}
        assert (await browser.ask("GET", f"{API}/me", headers=headers))[0] == 401


async def test_wrong_and_unknown_get_the_same_answer(site: Site) -> None:
    """S-24: the same body and status; the same work: `tests/unit/services/test_people.py`."""
    answers = set()
    for email in ("anna@shop.test", "unknown@shop.test"):
        body = {"email": email, "password": "wrong"}
        status, answer, problem = await site.browser().full("POST", f"{API}/auth/sign-in", body)
        names = tuple(sorted(answer.headers))
        answers.add((status, str(problem), names, answer.headers["Content-Length"]))
    assert len(answers) == 1
    assert answers.pop()[0] == 401


async def test_forgetting_a_password_tells_nothing(site: Site) -> None:
    answers = [
        await site.browser().ask("POST", f"{API}/auth/forgot", {"email": email})
        for email in ("anna@shop.test", "unknown@shop.test")
    ]
    assert answers == [(200, {"ok": True})] * 2
    await site.town.background()
    assert len(site.town.mails) == 1


async def test_setup_is_gone_after_the_first_administrator(site: Site, town: Town) -> None:
    """S-19."""
    for token in ("", "x" * 52):
        path = f"{API}/auth/token?token={token}"
        assert (await site.browser().ask("GET", path))[0] == 404
    assert await town.people.welcome.first_start(town.config) is None


async def test_an_invitation_is_accepted_through_the_api(site: Site) -> None:
    admin = await site.signed_in("admin@shop.test")
    body = {"email": "bert@shop.test", "name": "Bert", "role": "supervisor"}
    _, invited = await admin.ask("POST", f"{API}/agents", body)
    token = invited["link"].partition("?token=")[2]
    guest = site.browser()
    _, info = await guest.ask("GET", f"{API}/auth/token?token={token}")
    assert (info["purpose"], info["email"], info["workspace_name"]) == (
        "invitation", "bert@shop.test", "Shop",
    )  # fmt: skip
    sent = {"token": token, "password": "another long secret", "language": "tr"}
    status, me = await guest.ask("POST", f"{API}/auth/accept", sent)
    assert (status, me["role"], me["language"]) == (200, "supervisor", "tr")
    assert (await guest.ask("POST", f"{API}/auth/accept", sent))[0] == 404
    actions = [one["action"] for one in (await admin.ask("GET", f"{API}/audit"))[1]["items"]]
    assert {"agent.invited", "agent.joined", "session.started"} <= set(actions)


async def test_going_to_another_workspace_of_mine(site: Site, town: Town) -> None:
    other = await town.workspace("Other")
    theirs = await town.workspace("Theirs")
    await town.agent(other, "anna@shop.test", "supervisor")
    browser = await site.signed_in("anna@shop.test")
    assert (await browser.ask("POST", f"{API}/me/workspace", {"workspace_id": theirs}))[0] == 404
    status, me = await browser.ask("POST", f"{API}/me/workspace", {"workspace_id": other})
    assert (status, me["role"], me["workspace"]["name"]) == (200, "supervisor", "Other")
    assert (await browser.ask("PATCH", f"{API}/me", {"name": "x"}))[0] == 403
    browser.csrf = me["csrf_token"]
    assert (await browser.ask("PATCH", f"{API}/me", {"name": "x"}))[0] == 200


async def test_errors_come_in_the_callers_language(site: Site) -> None:
    browser = await site.signed_in("anna@shop.test")
    await browser.ask("PATCH", f"{API}/me", {"language": "pl"})
    _, problem = await browser.ask("GET", f"{API}/api-keys", headers={"Accept-Language": "tr"})
    assert problem["message"] == "Twoja rola na to nie pozwala."


async def test_the_api_describes_itself(site: Site) -> None:
    status, document = await site.browser().ask("GET", f"{API}/openapi.json")
    assert status == 200
    assert document["openapi"].startswith("3.1")


TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, 10.2.2.2"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["10.3.3.3"], "10.3.3.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::1", ["[2001:db8::1]"], "2001:db8::1"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: list[str], expected: str) -> None:
    from multidict import CIMultiDict

    headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])
    request = make_mocked_request("GET", "/", headers=headers)
    request = request.clone(remote=peer)
    assert client_ip(request, TRUSTED) == expected


async def test_a_made_up_address_does_not_open_new_guesses(site: Site) -> None:
    """S-23."""
    statuses = []
    for n in range(12):
        headers = {"X-Forwarded-For": f"1.2.3.{n}", "CF-Connecting-IP": f"1.2.3.{n}"}
        body = {"email": "anna@shop.test", "password": "wrong"}
        statuses.append((await site.browser().ask("POST", f"{API}/auth/sign-in", body, headers))[0])
    assert statuses == [401] * 5 + [429] * 7
