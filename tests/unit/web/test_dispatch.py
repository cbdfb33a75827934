"""Dispatch: decoding, errors, idempotency and limits, on routes made for the test."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from hub import errors
from hub.ports.collections import IDEMPOTENCY
from hub.services.limits import API_CALLER
from hub.web.errors import STATUS
from hub.web.requests import Body, Query
from hub.web.route import PUBLIC, Call, Route
from tests.support.people import Town
from tests.support.web import API, Browser, Site
from tests.support.web import site as make_site


class Note(Body, kw_only=True):
    text: str
    number: int = 0
    deep: dict[str, Any] = msgspec.field(default_factory=dict)


class Find(Query, kw_only=True):
    text: str = ""
    limit: int = 50
    unread: bool = False


made: list[str] = []


async def make(call: Call) -> Any:
    made.append(call.body.text)
    await asyncio.sleep(0)
    if call.body.text == "fail":
        raise errors.Unavailable("Not now.")
    return {"n": len(made), "text": call.body.text}


async def find(call: Call) -> Any:
    return msgspec.to_builtins(call.query)


async def fail(call: Call) -> Any:
    raise KNOWN[call.path["name"]]()


async def burst(call: Call) -> Any:
    raise RuntimeError("secret detail")


KNOWN: dict[str, Any] = {
    "BadInput": lambda: errors.BadInput("Wrong.", "a.b"),
    "TooLarge": lambda: errors.TooLarge("Big.", 1),
    "NotAllowed": lambda: errors.NotAllowed("No."),
    "NotSignedIn": lambda: errors.NotSignedIn("Who?"),
    "WrongPassword": lambda: errors.WrongPassword("Wrong."),
    "BadSignature": lambda: errors.BadSignature("Bad."),
    "NotFound": lambda: errors.NotFound("Gone."),
    "Conflict": lambda: errors.Conflict("Taken.", "name"),
    "TooMany": lambda: errors.TooMany("Wait.", 2.3),
    "Unavailable": lambda: errors.Unavailable("Down."),
    "ConfigFault": lambda: errors.ConfigFault(["x"]),
    "SendError": lambda: errors.SendError("No."),
    "OutcomeUnknown": lambda: errors.OutcomeUnknown("?"),
}
ROUTES = (
    Route(method="POST", path="/notes", permission="contact:write", handler=make,
          body=Note, returns=Note, max_bytes=2000),
    Route(method="GET", path="/find", permission=PUBLIC, handler=find, query=Find, returns=Find),
    Route(method="GET", path="/fail/{name}", permission=PUBLIC, handler=fail, returns=Note),
    Route(method="GET", path="/burst", permission=PUBLIC, handler=burst, returns=Note),
    Route(method="GET", path="/nobody", permission="nothing:read", handler=find, returns=Note),
)  # fmt: skip


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    made.clear()
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    from hub.web.routes import ROUTES as REAL

    async with make_site(town, (*ROUTES, *(r for r in REAL if r.tag == "auth"))) as built:
        yield built


@pytest.fixture
async def anna(site: Site) -> Browser:
    return await site.signed_in("anna@shop.test")


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (b'"x"', ""),
        (b"\xff", ""),
        (b"{}", "text"),
        (b'{"text": 1}', "text"),
        (b'{"text": {"$ne": 1}}', "text"),
        (b'{"text": "x", "other": 1}', "other"),
        (b'{"text": "x", "__proto__": {}}', "__proto__"),
        (b'{"text": "\\ud800"}', ""),
        (b'{"text": "a\\u0000b"}', ""),
        (b'{"text": "a\\\\\\u0000b"}', ""),
        (b'{"text": "a\x00b"}', ""),
        (b'{"text": "x", "number": 1.5}', "number"),
        (b'{"text": "x", "number": 99999999999999999999}', ""),
        (b'{"text": "x", "number": NaN}', ""),
        (b'{"text": "x", "deep": {"a": 99999999999999999999}}', ""),
        (b'{"text": "x", "deep": ' + b'{"a":' * 40 + b"1" + b"}" * 41, ""),
        (b"[" * 1900, ""),
        (b'{"text": "x", "deep": {"$gt": 1}}', "deep"),
        (b'{"text": "x", "deep": {"a": [{"b.c": 1}]}}', "deep"),
        (b'{"text": "x", "deep": {"": 1}}', "deep"),
    ],
)
async def test_unreadable_bodies_are_refused_and_change_nothing(
    anna: Browser, raw: bytes, field: str
) -> None:
    headers = {"Content-Type": "application/json"}
    status, problem = await anna.ask("POST", f"{API}/notes", headers=headers, data=raw)
    assert (status, problem["code"], problem["field"]) == (400, "bad_input", field)
    assert made == []


async def test_a_backslash_before_u0000_is_only_text(anna: Browser) -> None:
    status, answer = await anna.ask("POST", f"{API}/notes", {"text": r"a\u0000"})
    assert (status, answer["text"]) == (200, r"a\u0000")


async def test_brackets_in_texts_are_not_depth(anna: Browser) -> None:
    text = "[" * 500 + '"}\\' + "{" * 500
    assert (await anna.ask("POST", f"{API}/notes", {"text": text}))[0] == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_only_json_is_taken(anna: Browser, kind: str) -> None:
    headers = {"Content-Type": kind}
    status, problem = await anna.ask("POST", f"{API}/notes", headers=headers, data=b'{"text":"x"}')
    assert (status, problem["field"]) == (400, "Content-Type")


@pytest.mark.parametrize("is_chunked", [True, False])
async def test_large_bodies_are_refused_before_parsing(anna: Browser, is_chunked: bool) -> None:
    raw = b'{"text": "' + b"x" * 5000 + b'"}'

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), 500):
            yield raw[at : at + 500]

    headers = {"Content-Type": "application/json"}
    data: Any = chunks() if is_chunked else raw
    status, problem = await anna.ask("POST", f"{API}/notes", headers=headers, data=data)
    assert (status, problem["code"]) == (413, "too_large")


async def test_compressed_bodies_are_refused(anna: Browser) -> None:
    import gzip

    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b'{"text": "' + b"x" * 10_000_000 + b'"}')
    status, problem = await anna.ask("POST", f"{API}/notes", headers=headers, data=bomb)
    assert (status, problem["field"]) == (400, "Content-Encoding")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("text[$ne]=1", "text[$ne]"),
        ("limit=x", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("unread=maybe", "unread"),
        ("text=a&text=b", "text"),
        ("other=1", "other"),
        ("text=a%00b", "text"),
    ],
)
async def test_unreadable_queries_are_refused(site: Site, query: str, field: str) -> None:
    status, problem = await site.browser().ask("GET", f"{API}/find?{query}")
    assert (status, problem["code"]) == (400, "bad_input")
    assert problem["field"] in (field, "")


async def test_queries_are_decoded_to_their_types(site: Site) -> None:
    status, found = await site.browser().ask("GET", f"{API}/find?text=%C5%82&limit=7&unread=true")
    assert (status, found) == (200, {"text": "ł", "limit": 7, "unread": True})


@pytest.mark.parametrize("name", ["..%2f..%2fetc", "a.b", "%00", "x" * 65, "a%20b", "$ne", "%FF"])
async def test_what_cannot_be_an_id_names_nothing(site: Site, name: str) -> None:
    assert (await site.browser().ask("GET", f"{API}/fail/{name}"))[0] in (400, 404)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("language", ["en", "tr", "pl"])
async def test_every_error_has_its_status_and_a_text_in_each_language(
    site: Site, name: str, language: str
) -> None:
    headers = {"Accept-Language": language}
    status, answer, problem = await site.browser().full("GET", f"{API}/fail/{name}", None, headers)
    error = KNOWN[name]()
    assert status == next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    assert problem["code"] == error.code
    assert problem["message"]
    assert "errors:" not in problem["message"]
    if language != "en":
        assert problem["message"] != str(error)
    if status == 429:
        assert answer.headers["Retry-After"] == "3"
        assert problem["retry_after_s"] == 3


async def test_an_unexpected_error_says_a_number_and_nothing_else(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    status, problem = await site.browser().ask("GET", f"{API}/burst")
    assert status == 500
    assert "secret" not in str(problem)
    told = [record for record in caplog.records if record.exc_info]
    assert len(told) == 1
    assert told[0].fields["number"] in problem["message"]  # type: ignore[attr-defined]


async def test_a_right_that_nobody_has_opens_for_nobody(anna: Browser) -> None:
    assert (await anna.ask("GET", f"{API}/nobody"))[0] == 403


async def test_a_repeat_with_the_same_key_gets_the_first_answer(anna: Browser, town: Town) -> None:
    """R-08."""
    key = {"Idempotency-Key": "one"}
    first = await anna.ask("POST", f"{API}/notes", {"text": "x"}, key)
    again = await anna.ask("POST", f"{API}/notes", {"text": "x"}, key)
    assert first == again == (200, {"n": 1, "text": "x"})
    assert made == ["x"]
    other = await anna.ask("POST", f"{API}/notes", {"text": "y"}, key)
    assert other[0] == 409
    await town.clock.advance(24 * 3600 + 1)
    later = await anna.ask("POST", f"{API}/notes", {"text": "y"}, key)
    assert later[0] == 200


async def test_twenty_at_once_with_one_key_do_it_once(anna: Browser) -> None:
    """R-08."""
    key = {"Idempotency-Key": "one"}
    tries = [anna.ask("POST", f"{API}/notes", {"text": "x"}, key) for _ in range(20)]
    statuses = {status for status, _ in await asyncio.gather(*tries)}
    assert statuses <= {200, 409}
    assert made == ["x"]


async def test_a_failed_request_can_be_repeated(anna: Browser) -> None:
    key = {"Idempotency-Key": "one"}
    for _ in range(2):
        assert (await anna.ask("POST", f"{API}/notes", {"text": "fail"}, key))[0] == 503
    assert made == ["fail", "fail"]


async def test_kept_answers_are_sealed(anna: Browser, town: Town) -> None:
    await anna.ask("POST", f"{API}/notes", {"text": "canary"}, {"Idempotency-Key": "one"})
    assert "canary" not in repr((await town.store.dump(IDEMPOTENCY)).docs)


async def test_keys_belong_to_their_caller(site: Site, anna: Browser, town: Town) -> None:
    session = await town.people.sessions.resolve(anna.cookie)
    assert session is not None
    await town.agent(session.workspace, "bert@shop.test")
    bert = await site.signed_in("bert@shop.test")
    key = {"Idempotency-Key": "one"}
    await anna.ask("POST", f"{API}/notes", {"text": "x"}, key)
    await bert.ask("POST", f"{API}/notes", {"text": "x"}, key)
    assert made == ["x", "x"]


async def test_one_caller_is_limited_and_told_when_to_come_back(anna: Browser) -> None:
    """S-51."""
    statuses = []
    for n in range(API_CALLER.burst + 5):
        status, answer, _ = await anna.full("POST", f"{API}/notes", {"text": str(n)})
        statuses.append(status)
        if status == 429:
            assert int(answer.headers["Retry-After"]) >= 1
    assert abs(statuses.count(200) - API_CALLER.burst) <= API_CALLER.burst * 0.05
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("DELETE", "/notes", 405), ("OPTIONS", "/notes", 405)],
)
async def test_unknown_addresses_get_a_problem(
    site: Site, method: str, path: str, status: int
) -> None:
    got, problem = await site.browser().ask(method, API + path)
    assert got == status
    assert problem["code"] in ("not_found", "no_such_method")
