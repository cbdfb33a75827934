"""Sessions: reference tokens that end by time, by hand, and at once when a right goes."""

import pytest

from hub.errors import NotFound
from hub.model.events import RightsChanged
from hub.model.session import Session
from hub.ports.collections import SESSIONS
from hub.services.sessions import ABSOLUTE_MS, IDLE_MS, Sessions
from tests.support.people import Town

DAY_S = 24 * 3600


async def start(town: Town, account: str = "sys.anna") -> tuple[str, Session]:
    return await town.people.sessions.start(
        account_id=account, agent_id="wwwwwwww.anna", workspace="wwwwwwww", ip="192.0.2.1"
    )


async def test_the_store_holds_no_token(town: Town) -> None:
    token, session = await start(town)
    doc = await town.store.get(SESSIONS, session.id)
    assert token not in repr(doc)
    assert len(token) == 52
    assert await town.people.sessions.resolve(token) == session


@pytest.mark.parametrize("token", ["", "x", "x" * 52, "x" * 10_000, "ł" * 52, "sys.x"])
async def test_strange_tokens_are_nobody(town: Town, token: str) -> None:
    await start(town)
    assert await town.people.sessions.resolve(token) is None


async def test_the_id_of_a_session_is_not_its_token(town: Town) -> None:
    _, session = await start(town)
    assert await town.people.sessions.resolve(session.id) is None
    assert await town.people.sessions.resolve(session.id.removeprefix("sys.")) is None


async def test_an_unused_session_ends(town: Town) -> None:
    token, _ = await start(town)
    await town.clock.advance(IDLE_MS / 1000 + 1)
    assert await town.people.sessions.resolve(token) is None


async def test_a_used_session_ends_too(town: Town) -> None:
    token, _ = await start(town)
    for _ in range(ABSOLUTE_MS // 1000 // DAY_S - 1):
        await town.clock.advance(DAY_S)
        assert await town.people.sessions.resolve(token) is not None
    await town.clock.advance(DAY_S + 1)
    assert await town.people.sessions.resolve(token) is None


async def test_an_ended_session_is_dead_at_once_and_sockets_are_told(town: Town) -> None:
    token, session = await start(town)
    assert await town.people.sessions.resolve(token)
    await town.people.sessions.end(session)
    assert await town.people.sessions.resolve(token) is None
    event = RightsChanged(agent_id=session.agent_id, session_id=session.id)
    assert ("wwwwwwww", event) in town.events


async def test_another_hub_notices_within_five_seconds(town: Town) -> None:
    """It shares the store but not the bus."""
    from hub.bus.local import LocalBus

    other = Sessions(town.store, LocalBus(), town.clock)
    token, session = await start(town)
    assert await other.resolve(token)
    await town.people.sessions.end(session)
    await town.clock.advance(5)
    assert await other.resolve(token) is None


async def test_a_session_used_long_ago_but_ended_elsewhere_is_not_revived(town: Town) -> None:
    from hub.bus.local import LocalBus

    other = Sessions(town.store, LocalBus(), town.clock)
    token, session = await start(town)
    await town.clock.advance(600)
    await town.people.sessions.end(session)
    assert await other.resolve(token) is None
    assert await town.store.get(SESSIONS, session.id) is None


async def test_ending_all_but_one(town: Town) -> None:
    tokens = [await start(town) for _ in range(5)]
    stranger, _ = await start(town, "sys.bert")
    kept = tokens[2][1]
    assert await town.people.sessions.end_all("sys.anna", keep=kept.id) == 4
    assert await town.people.sessions.list_of("sys.anna") == [kept]
    assert await town.people.sessions.resolve(stranger)


async def test_nobody_ends_a_strangers_session(town: Town) -> None:
    _, session = await start(town)
    with pytest.raises(NotFound):
        await town.people.sessions.end_own("sys.bert", session.id)
    await town.people.sessions.end_own("sys.anna", session.id)
