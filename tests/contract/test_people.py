"""Signing in, rights and the audit chain hold on every store, also in a race."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import Conflict, NotFound
from hub.services.audit import Audit
from hub.services.sign_in import Client
from tests.support.clock import ManualClock
from tests.support.people import PASSWORD, Town
from tests.support.people import town as make_town
from tests.support.stores import KINDS

HERE = Client(ip="192.0.2.1")


@pytest.fixture(params=KINDS)
async def town(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Town]:
    async with make_town(tmp_path, clock, request.param) as built:
        yield built


async def test_two_writers_make_one_audit_chain(town: Town) -> None:
    workspace = await town.workspace()
    people = town.people
    writers = [people.audit, Audit(town.store, people.workspaces, town.clock)]
    adds = [writers[n % 2].add(workspace, "label.created", f"t{n}") for n in range(30)]
    await asyncio.gather(*adds)
    assert len((await people.audit.page(workspace, limit=100)).rows) == 30
    assert await people.audit.verify(workspace)


async def test_one_of_many_gets_an_address_a_name_and_a_membership(town: Town) -> None:
    people, workspace = town.people, await town.workspace()
    for tries in (
        [people.accounts.create("anna@shop.test", "Anna") for _ in range(6)],
        [people.settings.create_label(workspace, "vip") for _ in range(6)],
    ):
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    account = await people.accounts.find("anna@shop.test")
    assert account is not None
    adds = [people.agents.add(workspace, account, name="Anna", role="agent") for _ in range(6)]
    joined = await asyncio.gather(*adds, return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in joined) == 5


async def test_administrators_who_remove_each_other_at_once_leave_one(town: Town) -> None:
    workspace = await town.workspace()
    admins = [await town.agent(workspace, f"a{n}@shop.test", "admin") for n in range(4)]
    removing = [town.people.agents.change(workspace, one.id, role="agent") for one in admins]
    outcomes = await asyncio.gather(*removing, return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1


async def test_a_link_used_by_many_at_once_works_once(town: Town) -> None:
    link = await town.people.welcome.first_start(town.config)
    token = (link or "").partition("?token=")[2]
    tries = [
        town.people.welcome.accept(
            token, PASSWORD, name="Ada", email=f"ada{n}@shop.test", language="", client=HERE
        )
        for n in range(5)
    ]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, NotFound) for one in outcomes) == 4


async def test_a_session_begins_is_listed_and_ends(town: Town) -> None:
    await town.agent(await town.workspace(), "anna@shop.test")
    signed_in = await town.people.sign_in.sign_in("anna@shop.test", PASSWORD, HERE)
    sessions = town.people.sessions
    account_id = signed_in.session.account_id
    assert await sessions.list_of(account_id) == [signed_in.session]
    await sessions.end_all(account_id)
    assert await sessions.resolve(signed_in.token) is None
    assert await sessions.list_of(account_id) == []
