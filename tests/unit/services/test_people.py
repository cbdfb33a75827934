"""Accounts, agents, sign-in, links: who gets in, who is kept out, and what nobody can find out."""

import asyncio

import pytest

from hub.errors import BadInput, Conflict, NotFound, TooMany, WrongPassword
from hub.model.agent import Scope
from hub.model.events import RightsChanged
from hub.model.ids import local
from hub.ports.collections import ACCOUNTS, AGENTS, MEMBERSHIPS, META, TOKENS
from hub.services.agents import scope_of
from hub.services.sign_in import Client
from tests.support.people import PASSWORD, URL, Town

HERE = Client(ip="192.0.2.1", user_agent="Firefox")
OTHER_PASSWORD = "another long secret"


async def sign_in(town: Town, email: str, password: str, client: Client = HERE) -> str:
    return (await town.people.sign_in.sign_in(email, password, client)).token


async def admin_scope(town: Town, workspace: str) -> Scope:
    return scope_of(await town.agent(workspace, "admin@shop.test", "admin"))


# accounts


async def test_an_address_has_one_account_however_it_is_written(town: Town) -> None:
    account = await town.people.accounts.create(" Anna@Shop.Test ", "Anna")
    assert account.email == "anna@shop.test"
    assert await town.people.accounts.find("ANNA@shop.test") == account
    with pytest.raises(Conflict):
        await town.people.accounts.create("anna@SHOP.test", "Other")


async def test_racing_for_one_address_makes_one_account(town: Town) -> None:
    tries = [town.people.accounts.create("anna@shop.test", f"{n}") for n in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in outcomes) == 1
    assert await town.store.count(ACCOUNTS, "sys", {}) == 1


async def test_a_claim_left_by_a_crash_is_taken_over(town: Town) -> None:
    account = await town.people.accounts.create("anna@shop.test", "Anna")
    await town.store.delete(ACCOUNTS, account.id)
    await town.clock.advance(61)
    again = await town.people.accounts.create("anna@shop.test", "Anna")
    assert await town.people.accounts.find("anna@shop.test") == again


@pytest.mark.parametrize(
    "email",
    ["", "@", "a@", "@b", "a b@c", "a@b\r\nBcc: x@y", "a,b@c.d", "a@b@c", "x" * 300 + "@y.z"],
)
async def test_what_is_no_address_is_refused(town: Town, email: str) -> None:
    with pytest.raises(BadInput):
        await town.people.accounts.create(email, "x")


async def test_a_hash_with_old_parameters_is_made_anew(town: Town) -> None:
    from hub.services.passwords import Passwords

    workspace = await town.workspace()
    agent = await town.agent(workspace, "anna@shop.test")
    weak = Passwords(memory_kib=32)
    old = await weak.hash(PASSWORD)
    weak.close()
    from hub.ports.store import Patch

    await town.store.patch(ACCOUNTS, agent.account_id, Patch(set={"password_hash": old}))
    await sign_in(town, "anna@shop.test", PASSWORD)
    account = await town.people.accounts.require(agent.account_id)
    assert account.password_hash != old
    assert not town.people.passwords.needs_rehash(account.password_hash)


# sign-in


async def test_right_password_starts_a_session_in_the_workspace(town: Town) -> None:
    workspace = await town.workspace()
    agent = await town.agent(workspace, "anna@shop.test")
    session = await town.people.sessions.resolve(await sign_in(town, "Anna@shop.test", PASSWORD))
    assert session is not None
    assert (session.agent_id, session.workspace) == (agent.id, workspace)


async def test_wrong_unknown_disabled_and_uninvited_look_the_same(town: Town) -> None:
    workspace = await town.workspace()
    gone = await town.agent(workspace, "gone@shop.test")
    await town.agent(workspace, "anna@shop.test")
    await town.people.agents.change(workspace, gone.id, is_active=False)
    await town.people.accounts.create("nopassword@shop.test", "x")
    faults = set()
    for email, password in [
        ("anna@shop.test", "wrong"),
        ("unknown@shop.test", PASSWORD),
        ("gone@shop.test", PASSWORD),
        ("nopassword@shop.test", ""),
        ("", ""),
        ("\udc80", "\udc80"),
    ]:
        with pytest.raises(WrongPassword) as refused:
            await sign_in(town, email, password)
        faults.add((str(refused.value), refused.value.code))
    assert len(faults) == 1


async def test_unknown_addresses_cost_the_same_hashing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-24: equal work, so that no clock can tell them apart."""
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    done: list[str] = []
    real = town.people.passwords._check

    def counted(stored: str, password: str) -> bool:
        done.append(stored)
        return real(stored, password)

    monkeypatch.setattr(town.people.passwords, "_check", counted)
    for email in ("anna@shop.test", "unknown@shop.test"):
        with pytest.raises(WrongPassword):
            await sign_in(town, email, "wrong")
    assert len(done) == 2
    assert all(stored.startswith("$argon2id$") for stored in done)


async def test_a_thousand_addresses_get_ten_guesses_in_15_minutes(town: Town) -> None:
    """S-23; made-up addresses of clients: `tests/unit/web/test_auth.py`."""
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    guesses = 0
    for n in range(1000):
        if n % 100 == 0:
            await town.clock.advance(89)
        try:
            await sign_in(town, "anna@shop.test", "wrong", Client(ip=f"10.0.{n // 250}.{n % 250}"))
        except WrongPassword:
            guesses += 1
        except TooMany as refused:
            assert 0 < refused.retry_after_s <= 900
    assert 5 <= guesses <= 10


async def test_strangers_cannot_lock_somebody_out_of_a_known_browser(town: Town) -> None:
    """S-23: no lasting denial."""
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    first = await town.people.sign_in.sign_in("anna@shop.test", PASSWORD, HERE)
    await town.people.sessions.end(first.session)
    for n in range(20):
        with pytest.raises((WrongPassword, TooMany)):
            await sign_in(town, "anna@shop.test", "wrong", Client(ip=f"10.0.0.{n}"))
    with pytest.raises(TooMany):
        await sign_in(town, "anna@shop.test", PASSWORD, Client(ip="10.9.9.9"))
    known = Client(ip="10.9.9.9", device=first.device)
    assert await sign_in(town, "anna@shop.test", PASSWORD, known)


async def test_strangers_cannot_lock_somebody_out_of_the_office(town: Town) -> None:
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    await sign_in(town, "anna@shop.test", PASSWORD)
    for n in range(20):
        with pytest.raises((WrongPassword, TooMany)):
            await sign_in(town, "anna@shop.test", "wrong", Client(ip=f"10.0.0.{n}"))
    assert await sign_in(town, "anna@shop.test", PASSWORD, Client(ip=HERE.ip))


async def test_a_known_browser_is_limited_too(town: Town) -> None:
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    first = await town.people.sign_in.sign_in("anna@shop.test", PASSWORD, HERE)
    stolen = Client(ip="10.9.9.9", device=first.device)
    outcomes = []
    for _ in range(20):
        with pytest.raises((WrongPassword, TooMany)) as refused:
            await sign_in(town, "anna@shop.test", "wrong", stolen)
        outcomes.append(refused.type)
    assert outcomes.count(WrongPassword) == 5


async def test_a_device_cookie_is_worth_nothing_for_another_account(town: Town) -> None:
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    await town.agent(workspace, "bert@shop.test")
    anna = await town.people.sign_in.sign_in("anna@shop.test", PASSWORD, HERE)
    tries = 0
    for n in range(20):
        client = Client(ip=f"10.0.0.{n}", device=anna.device)
        try:
            await sign_in(town, "bert@shop.test", "wrong", client)
        except WrongPassword:
            tries += 1
        except TooMany:
            pass
    assert tries == 5


async def test_right_passwords_use_nothing_up(town: Town) -> None:
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    for _ in range(100):
        await sign_in(town, "anna@shop.test", PASSWORD)


# agents


async def test_an_agent_is_limited_to_homes_and_others_are_not(town: Town) -> None:
    workspace = await town.workspace()
    limited = await town.agent(workspace, "anna@shop.test", homes=[])
    boss = await town.agent(workspace, "boss@shop.test", "supervisor", homes=[])
    assert scope_of(limited).homes == frozenset()
    assert scope_of(boss).homes is None


async def test_homes_must_be_inboxes_of_this_workspace(town: Town) -> None:
    workspace, other = await town.workspace(), await town.workspace()
    for home in (f"{workspace}.{'a' * 26}", f"{other}.{'a' * 26}"):
        with pytest.raises(BadInput):
            await town.agent(workspace, "anna@shop.test", homes=[home])


async def test_disabling_ends_sessions_and_rights_at_once(town: Town) -> None:
    workspace = await town.workspace()
    agent = await town.agent(workspace, "anna@shop.test")
    token = await sign_in(town, "anna@shop.test", PASSWORD)
    assert await town.people.agents.scope(agent.id)
    await town.people.agents.change(workspace, agent.id, is_active=False)
    assert await town.people.sessions.resolve(token) is None
    assert await town.people.agents.scope(agent.id) is None
    assert any(isinstance(event, RightsChanged) for _, event in town.events)


async def test_a_new_role_is_in_force_at_once_here_and_in_five_seconds_elsewhere(
    town: Town,
) -> None:
    from hub.bus.local import LocalBus
    from hub.services.agents import Agents

    elsewhere = Agents(town.store, town.people.sessions, LocalBus(), town.clock)
    workspace = await town.workspace()
    await town.agent(workspace, "admin@shop.test", "admin")
    agent = await town.agent(workspace, "anna@shop.test", "admin")
    for agents in (town.people.agents, elsewhere):
        before = await agents.scope(agent.id)
        assert before is not None
        assert before.can("agent:write")
    await town.people.agents.change(workspace, agent.id, role="agent")
    here = await town.people.agents.scope(agent.id)
    await town.clock.advance(5)
    there = await elsewhere.scope(agent.id)
    assert here == there
    assert here is not None
    assert not here.can("agent:write")


async def test_the_last_administrator_stays(town: Town) -> None:
    workspace = await town.workspace()
    admin = await town.agent(workspace, "admin@shop.test", "admin")
    await town.agent(workspace, "anna@shop.test")
    for change in ({"role": "agent"}, {"is_active": False}):
        with pytest.raises(Conflict) as refused:
            await town.people.agents.change(workspace, admin.id, **change)  # type: ignore[arg-type]
        assert refused.value.key == "last_admin"


async def test_administrators_who_remove_each_other_at_once_leave_one(town: Town) -> None:
    workspace = await town.workspace()
    admins = [await town.agent(workspace, f"a{n}@shop.test", "admin") for n in range(6)]
    removing = [town.people.agents.change(workspace, admin.id, is_active=False) for admin in admins]
    outcomes = await asyncio.gather(*removing, return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1
    left = [one for one in await town.people.agents.list_all(workspace) if one.is_active]
    assert len(left) == 1


async def test_an_invited_administrator_does_not_count_before_joining(town: Town) -> None:
    workspace = await town.workspace()
    admin = await town.agent(workspace, "admin@shop.test", "admin")
    account = await town.people.accounts.create("new@shop.test", "New")
    await town.people.agents.add(workspace, account, name="New", role="admin")
    with pytest.raises(Conflict):
        await town.people.agents.change(workspace, admin.id, role="agent")


async def test_a_membership_left_by_a_crash_is_taken_over(town: Town) -> None:
    workspace = await town.workspace()
    account = await town.people.accounts.create("anna@shop.test", "Anna")
    row = {"_id": f"{account.id}.{workspace}", "v": 1, "agent_id": f"{workspace}.{'a' * 26}"}
    await town.store.insert(MEMBERSHIPS, row)
    agent = await town.people.agents.add(workspace, account, name="Anna", role="agent")
    await town.people.agents.join(agent.id)
    assert [one.id for one in await town.people.agents.of_account(account.id)] == [agent.id]


async def test_the_profile_cannot_change_rights(town: Town) -> None:
    workspace = await town.workspace()
    agent = await town.agent(workspace, "anna@shop.test")
    for field in ("role", "is_active", "has_joined", "homes", "account_id", "email", "_id"):
        with pytest.raises(ValueError, match="profile"):
            await town.people.agents.change_self(agent.id, {field: "admin"})


# one-time links


def token_of(link: str) -> str:
    return link.partition("?token=")[2]


async def accept(town: Town, token: str, password: str = OTHER_PASSWORD, **given: str) -> str:
    fields = {"name": "", "email": "", "language": "", **given}
    signed_in = await town.people.welcome.accept(token, password, client=HERE, **fields)
    return signed_in.session.agent_id


async def test_first_start_prints_a_link_until_somebody_has_used_it(town: Town) -> None:
    welcome = town.people.welcome
    first = await welcome.first_start(town.config)
    second = await welcome.first_start(town.config)
    assert first is not None
    assert second is not None
    with pytest.raises(NotFound):
        await welcome.describe(token_of(first), HERE)
    agent_id = await accept(
        town, token_of(second), name="Ada", email="ada@shop.test", language="pl"
    )
    agent = await town.people.agents.get(agent_id)
    assert agent is not None
    assert (agent.name, agent.role) == ("Ada", "admin")
    assert await welcome.first_start(town.config) is None
    with pytest.raises(NotFound):
        await welcome.describe(token_of(second), HERE)
    with pytest.raises(NotFound):
        await accept(town, token_of(second), email="eve@shop.test")
    (workspace,) = await town.people.workspaces.all()
    assert workspace.language == "pl"


async def test_two_people_with_the_setup_link_make_one_administrator(town: Town) -> None:
    token = token_of(await town.people.welcome.first_start(town.config) or "")
    tries = [accept(town, token, email=f"a{n}@shop.test") for n in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert await town.store.count(ACCOUNTS, "sys", {}) == 1


async def test_first_start_with_a_password_given_makes_the_administrator(town: Town) -> None:
    from msgspec.structs import replace

    config = replace(town.config, admin_email="ada@shop.test", admin_password=PASSWORD)
    assert await town.people.welcome.first_start(config) is None
    assert await sign_in(town, "ada@shop.test", PASSWORD)
    assert await town.people.welcome.first_start(config) is None


async def test_a_refused_password_leaves_the_link_usable(town: Town) -> None:
    token = token_of(await town.people.welcome.first_start(town.config) or "")
    with pytest.raises(BadInput):
        await accept(town, token, "short", email="ada@shop.test")
    assert await accept(town, token, email="ada@shop.test")


async def test_recovery_gives_an_administrator_a_new_password(town: Town) -> None:
    await town.people.welcome.first_start(town.config)
    (workspace,) = await town.people.workspaces.all()
    await town.agent(local(workspace.id), "ada@shop.test", "admin")
    link = await town.people.welcome.recovery_link()
    await accept(town, token_of(link))
    assert await sign_in(town, "ada@shop.test", OTHER_PASSWORD)


async def test_an_invitation_leads_into_the_workspace_in_the_role(town: Town) -> None:
    workspace = await town.workspace()
    scope = await admin_scope(town, workspace)
    invitation = await town.people.welcome.invite(
        scope, email="Bert@shop.test", name="Bert", role="supervisor", homes=None
    )
    assert invitation.link.startswith(f"{URL}/welcome?token=")
    await town.background()
    ((to, subject, text),) = town.mails
    assert to == "bert@shop.test"
    assert "Shop" in subject
    assert invitation.link in text
    agent_id = await accept(town, token_of(invitation.link), language="tr")
    assert agent_id == invitation.agent.id
    with pytest.raises(NotFound):
        await accept(town, token_of(invitation.link))


async def test_an_invitation_never_changes_the_password_of_an_account_in_use(town: Town) -> None:
    mine, theirs = await town.workspace("Mine"), await town.workspace("Theirs")
    await town.agent(mine, "anna@shop.test", "admin")
    scope = await admin_scope(town, theirs)
    invitation = await town.people.welcome.invite(
        scope, email="anna@shop.test", name="Anna", role="agent", homes=None
    )
    with pytest.raises(WrongPassword):
        await accept(town, token_of(invitation.link), "chosen by the other admin")
    assert await sign_in(town, "anna@shop.test", PASSWORD)
    assert await accept(town, token_of(invitation.link), PASSWORD) == invitation.agent.id


async def test_a_withdrawn_invitation_does_not_work(town: Town) -> None:
    workspace = await town.workspace()
    scope = await admin_scope(town, workspace)
    invitation = await town.people.welcome.invite(
        scope, email="bert@shop.test", name="Bert", role="agent", homes=None
    )
    await town.people.agents.change(workspace, invitation.agent.id, is_active=False)
    with pytest.raises(NotFound):
        await accept(town, token_of(invitation.link))


async def test_nobody_renews_the_invitation_of_somebody_who_is_in(town: Town) -> None:
    workspace = await town.workspace()
    scope = await admin_scope(town, workspace)
    anna = await town.agent(workspace, "anna@shop.test")
    with pytest.raises(Conflict):
        await town.people.welcome.renew(scope, anna.id)
    other = await town.workspace()
    stranger = await town.agent(other, "eve@shop.test")
    with pytest.raises(NotFound):
        await town.people.welcome.renew(scope, stranger.id)


@pytest.mark.parametrize(("purpose", "hours"), [("invitation", 72), ("reset", 1)])
async def test_links_expire(town: Town, purpose: str, hours: int) -> None:
    """S-25."""
    workspace = await town.workspace()
    scope = await admin_scope(town, workspace)
    if purpose == "invitation":
        invitation = await town.people.welcome.invite(
            scope, email="bert@shop.test", name="Bert", role="agent", homes=None
        )
        token = token_of(invitation.link)
    else:
        await town.people.welcome.forgot("admin@shop.test", HERE)
        await town.background()
        token = token_in(town.mails[0][2])
    await town.clock.advance(hours * 3600 - 1)
    await town.people.welcome.describe(token, HERE)
    await town.clock.advance(2)
    with pytest.raises(NotFound):
        await town.people.welcome.describe(token, HERE)
    with pytest.raises(NotFound):
        await accept(town, token)


def token_in(text: str) -> str:
    return text.partition("?token=")[2].split()[0]


async def test_a_reset_ends_all_sessions_and_works_once(town: Town) -> None:
    """S-25, S-28."""
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    old = await sign_in(town, "anna@shop.test", PASSWORD)
    await town.people.welcome.forgot("Anna@shop.test", HERE)
    await town.background()
    token = token_in(town.mails[0][2])
    await accept(town, token)
    assert await town.people.sessions.resolve(old) is None
    assert await sign_in(town, "anna@shop.test", OTHER_PASSWORD)
    with pytest.raises(WrongPassword):
        await sign_in(town, "anna@shop.test", PASSWORD)
    with pytest.raises(NotFound):
        await accept(town, token)


async def test_forgotten_passwords_of_nobody_send_nothing(town: Town) -> None:
    workspace = await town.workspace()
    gone = await town.agent(workspace, "gone@shop.test")
    await town.people.agents.change(workspace, gone.id, is_active=False)
    await town.people.accounts.create("invited@shop.test", "x")
    for email in ("unknown@shop.test", "gone@shop.test", "invited@shop.test", "", "\udc80"):
        await town.people.welcome.forgot(email, HERE)
    await town.background()
    assert town.mails == []


async def test_one_address_gets_few_reset_mails(town: Town) -> None:
    workspace = await town.workspace()
    await town.agent(workspace, "anna@shop.test")
    for n in range(15):
        await town.people.welcome.forgot("anna@shop.test", Client(ip=f"10.0.0.{n}"))
    await town.background()
    assert len(town.mails) == 3


@pytest.mark.parametrize("token", ["", "x", "x" * 52, "x" * 200, "../..", "\udc80"])
async def test_made_up_tokens_open_nothing(town: Town, token: str) -> None:
    """S-25: empty, made up."""
    with pytest.raises(NotFound):
        await accept(town, token)


async def test_the_store_holds_no_link(town: Town) -> None:
    """S-25: hashed at rest."""
    link = await town.people.welcome.first_start(town.config)
    docs = [*(await town.store.dump(TOKENS)).docs, *(await town.store.dump(META)).docs]
    assert len(docs) >= 2
    assert token_of(link or "") not in repr(docs)


async def test_names_cannot_forge_headers_of_account_mail(town: Town) -> None:
    workspace = await town.workspace("Evil\r\nBcc: x@y.test")
    scope = await admin_scope(town, workspace)
    await town.people.welcome.invite(
        scope, email="bert@shop.test", name="B\r\nSubject: hi", role="agent", homes=None
    )
    await town.background()
    ((_, subject, text),) = town.mails
    assert "\n" not in subject
    assert "\nSubject:" not in text


async def test_agents_of_other_workspaces_do_not_exist(town: Town) -> None:
    one, other = await town.workspace(), await town.workspace()
    stranger = await town.agent(other, "eve@shop.test")
    with pytest.raises(NotFound):
        await town.people.agents.change(one, stranger.id, name="Hacked")
    doc = await town.store.get(AGENTS, stranger.id)
    assert doc is not None
    assert doc["name"] == "eve"
