"""Who a visitor is, and which websites may ask."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from channels.webchat.origins import allowed, normalised
from hub.model.contact import Address
from tests.channels.webchat.conftest import ORIGIN, SECRET, Visitor
from tests.support.clock import START_MS

NOW_S = START_MS // 1000


def signed(claims: dict[str, Any], secret: str = SECRET, alg: str = "HS256") -> str:
    return jwt.encode({"alg": alg}, claims, OctKey.import_key(secret), algorithms=[alg])


def proof(external_id: str, secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()
    return {"external_id": external_id, "hmac": mac}


async def test_anonymous_visitor_keeps_its_token_and_costs_no_look_up(visitor: Visitor) -> None:
    first = await visitor.open(language="pl-PL")
    assert first["identity"] == "anonymous"
    assert first["config"]["language"] == "pl"
    assert first["conversation"] is None
    assert visitor.ctx.history.look_ups == 0
    again = await visitor.open()
    assert again["token"] == first["token"]
    assert again["reader"] == first["reader"]


@pytest.mark.parametrize(
    "garbage", ["x", "a.b.c", "a." + "q" * 26 + "." + "q" * 26, "é", "x..", "."]
)
async def test_garbage_tokens_are_refused_without_a_look_up(visitor: Visitor, garbage: str) -> None:
    """S-21."""
    visitor.token = garbage if garbage.isascii() else ""
    status, said = await visitor.write("hello")
    assert (status, said["error"]["code"]) == (401, "not_signed_in")
    visitor.token = garbage
    assert (await visitor.open())["token"] != garbage
    assert visitor.ctx.history.look_ups == 0


async def test_a_token_of_another_inbox_is_refused(visitor: Visitor) -> None:
    await visitor.open()
    visitor.ctx.key = b"other" * 8
    assert (await visitor.write("hello"))[0] == 401


async def test_hmac_makes_a_verified_reader(visitor: Visitor, stranger: Visitor) -> None:
    said = await visitor.open(
        identity={**proof("customer-7"), "name": "Ayşe", "email": "a@x.example"}
    )
    assert said["identity"] == "verified"
    await visitor.write("hello")
    [event] = visitor.ctx.messages()
    assert event.sender == Address("external", "customer-7", visitor.ctx.inbox.id)
    assert event.is_verified
    assert (event.sender_name, event.claimed_email) == ("Ayşe", "a@x.example")
    elsewhere = await stranger.open(identity=proof("customer-7"))
    assert [message["text"] for message in elsewhere["messages"]] == ["hello"]


async def test_jwt_makes_a_verified_reader_until_it_expires(visitor: Visitor) -> None:
    token = signed({"sub": "7", "exp": NOW_S + 600, "name": "Jan", "email": "jan@X.Example"})
    said = await visitor.open(identity={"jwt": token})
    assert said["identity"] == "verified"
    assert (await visitor.write("hello"))[0] == 200
    assert visitor.ctx.messages()[0].claimed_email == "jan@x.example"
    await visitor.ctx.clock.advance(600 + 61)  # type: ignore[attr-defined]
    assert (await visitor.write("later", "client-0002"))[0] == 401


def _unsigned() -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'sub': '7', 'exp': NOW_S + 60})}."


FALSE_CLAIMS = {
    "empty": {},
    "id only": {"external_id": "7"},
    "empty mac": {"external_id": "7", "hmac": ""},
    "wrong mac": {"external_id": "7", "hmac": "0" * 64},
    "mac of another id": {**proof("8"), "external_id": "7"},
    "mac by another secret": proof("7", "t" * 40),
    "mac of nothing": proof(""),
    "odd characters": {"external_id": "7", "hmac": "ı" * 64},
    "jwt expired": {"jwt": signed({"sub": "7", "exp": NOW_S - 61})},
    "jwt without exp": {"jwt": signed({"sub": "7"})},
    "jwt too long-lived": {"jwt": signed({"sub": "7", "exp": NOW_S + 2 * 86_400})},
    "jwt exp is text": {"jwt": signed({"sub": "7", "exp": NOW_S + 60}).replace(".", ".e", 1)},
    "jwt not yet": {"jwt": signed({"sub": "7", "exp": NOW_S + 600, "nbf": NOW_S + 300})},
    "jwt without sub": {"jwt": signed({"exp": NOW_S + 60})},
    "jwt sub is a number": {"jwt": signed({"sub": 7, "exp": NOW_S + 60})},
    "jwt by another secret": {"jwt": signed({"sub": "7", "exp": NOW_S + 60}, "t" * 40)},
    "jwt other algorithm": {"jwt": signed({"sub": "7", "exp": NOW_S + 60}, "s" * 40, "HS512")},
    "jwt unsigned": {"jwt": _unsigned()},
    "jwt garbage": {"jwt": "a.b.c"},
    "jwt huge": {"jwt": "a" * 5000},
}


@pytest.mark.parametrize("claim", FALSE_CLAIMS.values(), ids=FALSE_CLAIMS.keys())
async def test_false_proof_is_an_anonymous_visitor_with_nobodys_history(
    visitor: Visitor, stranger: Visitor, claim: dict[str, str]
) -> None:
    """S-36."""
    await visitor.open(identity=proof("7"))
    await visitor.write("private")
    said = await stranger.open(identity=claim)
    assert said["identity"] == "unverified"
    assert (said["conversation"], said["messages"]) == (None, [])
    await stranger.write("me too")
    assert visitor.ctx.messages()[-1].sender.kind == "visitor"
    assert not visitor.ctx.messages()[-1].is_verified


async def test_a_verified_token_alone_does_not_start_a_session(visitor: Visitor) -> None:
    """On a shared computer the page says who is signed in, at every load."""
    verified = await visitor.open(identity=proof("7"))
    await visitor.write("private")
    said = await visitor.open()
    assert said["token"] != verified["token"]
    assert said["messages"] == []


async def test_without_a_secret_nothing_is_proved(
    http: aiohttp.ClientSession, visitor: Visitor
) -> None:
    visitor.ctx.adapter._chat.settings = type(visitor.ctx.adapter._chat.settings)()
    said = await visitor.open(identity=proof("7", ""))
    assert said["identity"] == "unverified"


FOREIGN = [
    "https://evil.example",
    "null",
    None,
    "https://shop.example.evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://sub.shop.example",
    "http://127.0.0.1:9999",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_foreign_origins_get_403_before_anything_is_read(
    visitor: Visitor, origin: str | None
) -> None:
    """S-30."""
    status, said = await visitor.call("POST", "session", json={}, origin=origin)
    assert (status, said["error"]["code"]) == (403, "not_allowed")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await visitor.connect(origin)
    assert refused.value.status == 403


async def test_preflight_and_answers_name_the_exact_origin(
    visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    url = f"{visitor.base}/messages"
    async with http.options(url, headers={"Origin": ORIGIN}) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert response.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in response.headers
    async with http.post(url, headers={"Origin": ORIGIN}, data=b"{") as response:
        assert response.status == 401
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    async with http.options(url, headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers


def test_own_pages_always_loopback_only_for_a_loopback_hub() -> None:
    demo = allowed([], "http://127.0.0.1:8080")
    assert demo.allows("http://localhost:9000")
    assert demo.allows("http://127.0.0.1:8080")
    public = allowed([], "https://hub.example")
    assert public.allows("https://hub.example")
    assert not public.allows("http://localhost:9000")
    listed = allowed(["https://shop.example"], "http://127.0.0.1:8080")
    assert not listed.allows("http://localhost:9000")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:8080", "http://shop.example:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://*.example", ""),
        ("shop.example", ""),
        ("https://shop.example/path", ""),
        ("https://u:p@shop.example", ""),
        ("https://shop.example:notaport", ""),
        ("null", ""),
        ("", ""),
    ],
)
def test_origins_are_normalised(origin: str, expected: str) -> None:
    assert normalised(origin) == expected
