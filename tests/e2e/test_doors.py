"""Every door of a running hub, knocked at with a wrong credential (S-21) or with a right one of
another inbox or workspace (S-35): all stay shut, and nothing is stored. The SMTP listener, at
which nobody signs in at all: `tests/channels/email_io/test_smtp_in.py`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from hub.bench import channel
from hub.model.ids import local
from hub.ports.collections import JOURNAL, MESSAGES
from tests.support.real_hub import EMAIL
from tests.support.vendor import Vendor, payload, vendor
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
WRONG = "a" * 52


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Vendor]:
    async with vendor("sqlite", tmp_path) as running:
        yield running


async def status_of(hub: Vendor, method: str, path: str, **options: Any) -> int:
    headers = {"Origin": hub.hub.url, **options.pop("headers", {})}
    url = hub.hub.url + path
    async with hub.session.request(method, url, headers=headers, **options) as answer:
        return answer.status


async def sign_in(hub: Vendor) -> int:
    body = {"email": EMAIL, "password": "wrong-horse-battery"}
    return await status_of(hub, "POST", "/api/v1/auth/sign-in", json=body)


async def cookie(hub: Vendor) -> int:
    return await status_of(hub, "GET", "/api/v1/me", headers={"Cookie": f"santral={WRONG}"})


async def api_key(hub: Vendor) -> int:
    headers = {"Authorization": f"Bearer {WRONG}"}
    return await status_of(hub, "GET", "/api/v1/labels", headers=headers)


async def one_time_link(hub: Vendor) -> int:
    body = {"token": WRONG, "password": "another-horse-battery", "email": "eve@x.example"}
    return await status_of(hub, "POST", "/api/v1/auth/accept", json=body)


async def live_socket(hub: Vendor) -> int:
    headers = {"Origin": hub.hub.url, "Cookie": f"santral={WRONG}"}
    try:
        async with hub.session.ws_connect(f"{hub.hub.url}/api/v1/live", headers=headers):
            return 101
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


async def visitor_token(hub: Vendor) -> int:
    path = (await chat_hook(hub.hub)).removeprefix(hub.hub.url)
    headers = {"Authorization": f"Bearer v1.{WRONG}.{WRONG}"}
    body = {"client_id": "client-0001", "text": "let me in"}
    return await status_of(hub, "POST", f"{path}/messages", json=body, headers=headers)


async def visitor_socket(hub: Vendor) -> int:
    url = f"{await chat_hook(hub.hub)}/socket"
    async with hub.session.ws_connect(url, headers={"Origin": hub.hub.url}) as socket:
        await socket.send_json({"type": "hello", "token": f"v1.{WRONG}.{WRONG}"})
        said = await socket.receive(timeout=30)
        assert said.type is WSMsgType.CLOSE
        return int(socket.close_code or 0)


async def webhook(hub: Vendor) -> int:
    return await hub.post(payload(1), **{channel.SIGNATURE: "sha256=" + "0" * 64})


async def file_link(hub: Vendor) -> int:
    (about,) = await hub.hub.services.workspaces.all()
    file = await hub.hub.services.files.save(local(about.id), b"x", "x.txt", owner="")
    link = f"/files/{local(about.id)}/{local(file.id)}?reader=x&until=9999999999999&key={WRONG}"
    return await status_of(hub, "GET", link)


async def metrics(hub: Vendor) -> int:
    headers = {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {WRONG}"}
    return await status_of(hub, "GET", "/metrics", headers=headers)


DOORS: list[tuple[Callable[[Vendor], Awaitable[int]], set[int]]] = [
    (sign_in, {401}),
    (cookie, {401}),
    (api_key, {401}),
    (one_time_link, {404}),
    (live_socket, {401}),
    (visitor_token, {401}),
    (visitor_socket, {1008}),
    (webhook, {403}),
    (file_link, {403}),
    (metrics, {404}),
]


@pytest.mark.parametrize(("door", "refusals"), DOORS, ids=[door.__name__ for door, _ in DOORS])
async def test_a_wrong_credential_opens_no_door(
    hub: Vendor, door: Callable[[Vendor], Awaitable[int]], refusals: set[int]
) -> None:
    assert await door(hub) in refusals
    for coll in (JOURNAL, MESSAGES):
        assert (await hub.hub.services.store.dump(coll)).docs == []


async def test_what_is_valid_elsewhere_opens_nothing_here(hub: Vendor) -> None:
    """A visitor's token and a proof of identity, each good at its own inbox (S-35)."""
    bases = []
    for name in ("one", "two"):
        config = {"identity_secret": f"{name}-" + "s" * 40, "origins": [hub.hub.url]}
        made = await hub.api.post("/inboxes", channel="webchat", name=name, config=config)
        bases.append(hub.url.rpartition("/bench/")[0] + f"/webchat/{_full(hub, made)}")
    one, two = bases
    visitor = Visitor(hub.session, hub.hub.url, one)
    await visitor.say("at home")
    headers = {"Origin": hub.hub.url, "Authorization": f"Bearer {visitor.token}"}
    body = b'{"client_id": "client-0001", "text": "next door"}'
    assert (await hub.refusal(f"{two}/messages", body, headers))[0] == 401
    mac = hmac.new(b"one-" + b"s" * 40, b"customer-7", hashlib.sha256).hexdigest()
    proof = {"identity": {"external_id": "customer-7", "hmac": mac}}
    said = [await _session(hub, base, proof) for base in bases]
    assert [one["identity"] for one in said] == ["verified", "unverified"]
    other_door = one.replace("/webchat/", f"/{channel.NAME}/")
    assert (await hub.refusal(f"{other_door}/messages", body, headers))[0] == 404
    await hub.settle()
    assert await hub.texts() == ["at home"]


def _full(hub: Vendor, made: Any) -> str:
    return f"{hub.inbox_id.partition('.')[0]}.{made['inbox']['id']}"


async def _session(hub: Vendor, base: str, ask: dict[str, Any]) -> Any:
    headers = {"Origin": hub.hub.url}
    async with hub.session.post(f"{base}/session", json=ask, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()
