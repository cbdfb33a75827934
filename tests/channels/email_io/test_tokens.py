"""Access tokens against a token server that speaks RFC 6749: when it is asked, what is kept, and
what its faults become.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from channels.email import tokens as module
from channels.email.credentials import TokenRefused, TokenUnavailable
from channels.email.settings import Account, OAuthSettings
from channels.email.tokens import MEMORY, Tokens
from hub.errors import AuthFailed, Unavailable
from hub.services.egress import EgressClient
from hub.services.vendor_http import HttpClient
from tests.support.adapter_context import MemoryContext
from tests.support.clock import ManualClock
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, FIRST, TokenServer

USER = "support@shop.test"
ACCOUNT = Account(host="localhost", port=993, security="tls", user=USER)
Make = Callable[..., Tokens]


@pytest.fixture
async def server() -> AsyncIterator[TokenServer]:
    async with TokenServer(USER) as server:
        yield server


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def ctx(clock: ManualClock) -> AsyncIterator[MemoryContext]:
    ctx = MemoryContext({}, clock=clock)
    yield ctx
    await ctx.http.close()
    assert await ctx.tasks.close() == []
    assert ctx.crashes == []


@pytest.fixture
def make(ctx: MemoryContext, server: TokenServer) -> Make:
    def made(context: MemoryContext = ctx, **changes: Any) -> Tokens:
        settings = {
            "token_url": server.token_url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": FIRST,
        }
        return Tokens(context, OAuthSettings(**{**settings, **changes}))

    return made


def only(good: str) -> Callable[[Account], Awaitable[str]]:
    """A mail server that takes one token."""

    async def sign_in(account: Account) -> str:
        if account.secret != good:
            raise AuthFailed("535 5.7.3 Authentication unsuccessful")
        return account.secret

    return sign_in


async def test_a_token_serves_until_shortly_before_its_end(
    make: Make, server: TokenServer, clock: ManualClock
) -> None:
    tokens = make()
    first = await tokens.access()
    await clock.advance(3299)
    assert await tokens.access() == first
    await clock.advance(2)
    assert await tokens.access() == server.issued[1]
    assert server.used == [FIRST, FIRST]


async def test_a_token_that_lives_seconds_is_used_for_most_of_them(
    make: Make, server: TokenServer, clock: ManualClock
) -> None:
    server.lifetime_s = 10
    tokens = make()
    first = await tokens.access()
    await clock.advance(8)
    assert await tokens.access() == first
    await clock.advance(1.5)
    assert await tokens.access() != first


async def test_many_who_wait_ask_once(make: Make, server: TokenServer) -> None:
    server.gate = asyncio.Event()
    tokens = make()
    waiting = [asyncio.create_task(tokens.access()) for _ in range(20)]
    await server.until_asked(1)
    server.gate.set()
    assert set(await asyncio.gather(*waiting)) == {server.issued[0]}
    assert len(server.asked) == 1


async def test_a_replaced_refresh_token_outlives_whoever_asked_and_lies_sealed(
    make: Make, ctx: MemoryContext, server: TokenServer
) -> None:
    server.rotates, server.gate = True, asyncio.Event()
    tokens = make()
    asking = asyncio.create_task(tokens.access())
    await server.until_asked(1)
    asking.cancel()
    await asyncio.wait([asking])
    closing = asyncio.create_task(tokens.close())
    server.gate.set()
    await closing
    kept = json.dumps(ctx.notes)
    assert MEMORY in ctx.notes
    assert not [secret for secret in server.secrets if secret in kept]
    latest = server.refresh_token
    assert await make().access()  # as after a restart
    assert server.used == [FIRST, latest]


async def test_a_new_sign_in_takes_the_place_of_what_was_kept(
    make: Make, server: TokenServer
) -> None:
    server.rotates = True
    await make().access()
    again = server.sign_in_again()
    await make(refresh_token=again).access()
    assert server.used == [FIRST, again]


async def test_what_another_inbox_kept_does_not_open(
    make: Make, ctx: MemoryContext, server: TokenServer
) -> None:
    server.rotates = True
    await make().access()
    ctx.notes[MEMORY]["sealed"] = ctx.notes[MEMORY]["sealed"][:-6] + "AAAA=="
    server.refresh_token = FIRST
    await make().access()
    assert server.used == [FIRST, FIRST]


async def test_a_refresh_token_that_the_store_could_not_take_is_kept_later(
    make: Make, ctx: MemoryContext, server: TokenServer, clock: ManualClock
) -> None:
    server.rotates, ctx.fail_remembers = True, 1
    tokens = make()
    await tokens.access()
    assert ctx.notes == {}
    await clock.advance(3599)
    ctx.fail_remembers = 1
    await tokens.access()  # goes on with the newest, though it is not stored yet
    assert server.used[1] not in {FIRST, ""}
    latest = server.refresh_token
    await tokens.access()
    await make().access()
    assert server.used[2] == latest


async def test_a_store_that_cannot_be_read_is_no_reason_to_ask_with_an_old_token(
    make: Make, ctx: MemoryContext, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(name: str) -> None:
        raise Unavailable("the store is down")

    monkeypatch.setattr(ctx, "recall", down)
    with pytest.raises(TokenUnavailable):
        await make().access()
    assert server.asked == []


async def test_another_hub_was_faster(make: Make, ctx: MemoryContext, server: TokenServer) -> None:
    server.rotates = True
    other = MemoryContext({}, clock=ctx.clock, inbox_id=ctx.inbox.id)
    await make(other).access()
    server.gate = asyncio.Event()
    asking = asyncio.create_task(make().access())
    await server.until_asked(2)
    ctx.notes.update(other.notes)
    server.gate.set()
    assert await asking == server.issued[-1]
    assert server.used[0] == server.used[1] == FIRST != server.used[2]
    await other.http.close()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "sign in to"), ("tr", "yeniden oturum"), ("pl", "zaloguj się")]
)
async def test_a_revoked_sign_in_says_what_to_do(
    make: Make, ctx: MemoryContext, server: TokenServer, language: str, words: str
) -> None:
    ctx.inbox = type(ctx.inbox)(
        **{name: getattr(ctx.inbox, name) for name in ctx.inbox.__struct_fields__}
        | {"language": language}
    )
    server.revoke()
    with pytest.raises(TokenRefused) as refused:
        await make().access()
    assert words in str(refused.value)
    assert "(invalid_grant: Token has been revoked.)" in str(refused.value)
    assert refused.value.code == "auth_failed"


async def test_a_wrong_client_secret_is_told_as_such(make: Make) -> None:
    with pytest.raises(TokenRefused, match="client secret"):
        await make(client_secret="wrong").access()


@pytest.mark.parametrize(
    "fault",
    [
        (500, "oops"),
        (503, {"error": "temporarily_unavailable"}),
        (429, ""),
        (200, "<html>"),
        (200, {"token": "x"}),
    ],
)
async def test_a_passing_fault_is_asked_about_again_after_a_pause(
    make: Make, server: TokenServer, clock: ManualClock, fault: tuple[int, Any]
) -> None:
    server.answers.extend([fault, fault])
    tokens = make()
    for times, pause_s in ((1, 1.0), (2, 5.0)):
        for _ in range(3):
            with pytest.raises(TokenUnavailable):
                await tokens.access()
        assert len(server.asked) == times
        await clock.advance(pause_s)
    assert await tokens.access() == server.issued[0]


async def test_the_pause_is_as_long_as_the_server_asks(
    make: Make, server: TokenServer, clock: ManualClock
) -> None:
    server.answers.append((503, ""))
    server.headers["Retry-After"] = "120"
    tokens = make()
    with pytest.raises(TokenUnavailable):
        await tokens.access()
    await clock.advance(119)
    with pytest.raises(TokenUnavailable):
        await tokens.access()
    await clock.advance(1)
    assert await tokens.access()


async def test_no_server_and_a_silent_one_are_passing_faults(
    make: Make, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TokenUnavailable):
        await make(token_url="http://127.0.0.1:9/token").access()
    monkeypatch.setattr(module, "_TIMEOUT_S", 1)
    server.gate = asyncio.Event()
    with pytest.raises(TokenUnavailable):
        await make().access()
    server.gate.set()


async def test_a_token_that_is_still_good_bridges_a_fault(
    make: Make, server: TokenServer, clock: ManualClock
) -> None:
    tokens = make()
    first = await tokens.access()
    server.answers.extend([(500, "")] * 3)
    await clock.advance(3400)
    assert await tokens.access() == first
    await clock.advance(200)
    with pytest.raises(TokenUnavailable):
        await tokens.access()


async def test_an_address_that_may_not_be_called_needs_a_person(
    make: Make, ctx: MemoryContext, server: TokenServer
) -> None:
    await ctx.http.close()
    ctx.http = HttpClient(EgressClient(), ctx.clock)
    with pytest.raises(TokenRefused, match="this port is not allowed"):
        await make().access()
    assert server.asked == []


async def test_an_endless_answer_is_not_read(make: Make, server: TokenServer) -> None:
    server.answers.append((200, {"access_token": "x" * 300_000}))
    with pytest.raises(TokenRefused):
        await make().access()


async def test_a_token_that_the_mail_server_refuses_is_renewed_once(
    make: Make, server: TokenServer
) -> None:
    tokens = make()
    await tokens.access()
    next_one = server.issued[0].replace("token-0", "token-1")
    assert await tokens.use(ACCOUNT, only(next_one)) == next_one
    assert len(server.asked) == 2
    with pytest.raises(TokenRefused, match=r"IMAP and SMTP.*5\.7\.3"):
        await tokens.use(ACCOUNT, only("nothing"))
    assert len(server.asked) == 3


async def test_both_halves_that_are_refused_share_the_new_token(
    make: Make, server: TokenServer
) -> None:
    tokens = make()
    old = await tokens.access()
    first, second = await asyncio.gather(tokens.renew(old), tokens.renew(old))
    assert first == second == await tokens.renew(old) != old
    assert len(server.asked) == 2


async def test_an_application_signs_in_by_itself(make: Make, server: TokenServer) -> None:
    tokens = make(refresh_token="", grant="client_credentials", scope="mail/.default")
    assert await tokens.access() == server.issued[0]
    assert server.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": "mail/.default",
        }
    ]
