"""The stand-in speaks the vendor's documented API: its answers validate, its phone is complete."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jsonschema
import pytest

from channels.twilio_sms.config import SPEC
from channels.twilio_sms.standin import app
from hub.model.contact import Address
from tests.support.channel_hook import served
from tests.support.channel_sample import text_to
from tests.support.clock import ManualClock
from tests.support.twilio import ACCOUNT, API, CONTENT, TOKEN, World, schema, world

NUMBER, ANNA = "+48732000001", "+48501000002"
AUTH = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def config(base: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api_base": base}


@pytest.fixture
async def sms() -> AsyncIterator[World]:
    async with world(SPEC, config, number=NUMBER) as made:
        yield made


@pytest.fixture
async def http(sms: World) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sms.base) as session:
        yield session


def check(document: str, ref: str, value: Any) -> None:
    """Against one of the document's schemas; OpenAPI 3.0 says `nullable` for null."""
    whole = schema(document)
    found = {"$ref": f"#/components/schemas/{ref}", "components": _with_null(whole["components"])}
    jsonschema.Draft202012Validator(found).validate(value)


def _with_null(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_null(one) for one in part]
    if not isinstance(part, dict):
        return part
    changed = {name: _with_null(one) for name, one in part.items()}
    if changed.get("nullable") is True and isinstance(changed.get("type"), str):
        changed["type"] = [changed["type"], "null"]
        if "enum" in changed:
            changed["enum"] = [*changed["enum"], None]
    return changed


async def test_its_answers_are_in_the_vendors_shapes(
    sms: World, http: aiohttp.ClientSession
) -> None:
    form = {"To": ANNA, "From": NUMBER, "Body": "Hi", "MediaUrl": f"{sms.hook.url}/nothing"}
    async with http.post(MESSAGES, data=form, headers=AUTH) as answer:
        made = await answer.json()
        assert answer.status == 201
    check(API, "api.v2010.account.message", made)
    async with http.get(MESSAGES, headers=AUTH) as answer:
        listed = await answer.json()
    assert [one["sid"] for one in listed["messages"]] == [made["sid"]]
    async with http.get(made["uri"], headers=AUTH) as answer:
        assert await answer.json() == listed["messages"][0]
    async with http.get(made["subresource_uris"]["media"], headers=AUTH) as answer:
        files = (await answer.json())["media_list"]
    check(API, "api.v2010.account.message.media", files[0])
    content = {"language": "en", "types": {"twilio/text": {"body": "Hi"}}}
    async with http.post("/v1/Content", json=content, headers=AUTH) as answer:
        check(CONTENT, "content.v1.content", await answer.json())
    async with http.get("/v1/ContentAndApprovals", headers=AUTH) as answer:
        told = await answer.json()
    check(CONTENT, "content.v1.content_and_approvals", told["contents"][0])


@pytest.mark.parametrize(
    "auth", [{}, {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, "wrong")}]
)
async def test_wrong_credentials_are_refused(
    http: aiohttp.ClientSession, auth: dict[str, str]
) -> None:
    for path in (MESSAGES, "/v1/ContentAndApprovals"):
        async with http.get(path, headers=auth) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, 20003)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": NUMBER, "Body": "x"}, 20001),
        ({"To": ANNA, "Body": "x"}, 21603),
        ({"To": ANNA, "From": NUMBER}, 21619),
        ({"To": "a b", "From": NUMBER, "Body": "x"}, 21211),
        ({"To": ANNA, "From": NUMBER, "Body": "x" * 1601}, 21617),
        ({"To": ANNA, "From": NUMBER, "ContentSid": "HX" + "0" * 32}, 21655),
        ({"To": ANNA, "From": NUMBER, "Body": "x", "Colour": "red"}, 20001),
    ],
)
async def test_what_twilio_refuses_it_refuses(
    sms: World, http: aiohttp.ClientSession, form: dict[str, str], code: int
) -> None:
    async with http.post(MESSAGES, data=form, headers=AUTH) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, code)
    assert sms.vendor.desk.accepted == []
    sms.schemas.faults.clear()


async def test_the_phone_by_http(sms: World, http: aiohttp.ClientSession) -> None:
    await sms.adapter.send(text_to(Address("phone", ANNA)))
    sid = sms.vendor.desk.accepted[0]
    async with http.post("/_status", json={"sid": sid, "status": "sent"}) as answer:
        assert await answer.json() == [200]
    picture = base64.b64encode(b"picture").decode()
    written = {
        "address": ANNA,
        "text": "Look",
        "file": {"name": "a.png", "media_type": "image/png", "data": picture},
    }
    async with http.post("/_customer/messages", json=written) as answer:
        assert (await answer.json())["statuses"] == [200]
    async with http.get("/_customer/messages", params={"address": ANNA}) as answer:
        first, second = await answer.json()
    assert (first["text"], first["is_ours"]) == ("Hello", True)
    assert (second["text"], second["is_ours"], second["file_type"]) == ("Look", False, "image/png")
    async with http.get(second["file"]) as answer:
        assert await answer.read() == b"picture"
    params = {"address": ANNA, "after": "2"}
    async with http.get("/_customer/messages", params=params) as answer:
        assert await answer.json() == []
    async with http.post("/_customer/read", json={"address": ANNA}) as answer:
        assert await answer.json() == {"read": 0}  # texts know no read marks


async def test_nobody_can_write_before_an_inbox_is_set_up() -> None:
    async with served(app(ManualClock())) as base, aiohttp.ClientSession(base) as http:
        async with http.post("/_customer/messages", json={"address": ANNA}) as answer:
            assert answer.status == 409
        hook = {"url": "http://127.0.0.1:9/x", "account_sid": ACCOUNT, "auth_token": TOKEN}
        async with http.post("/_hook", json=hook) as answer:
            assert answer.status == 200
