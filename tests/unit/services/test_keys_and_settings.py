"""API keys, workspaces, labels and canned answers."""

import asyncio

import pytest

from hub.errors import BadInput, Conflict, NotFound
from hub.model.agent import ADMIN_PERMISSIONS
from hub.model.events import SettingsChanged
from hub.ports.collections import API_KEYS, LABELS, META, WORKSPACES
from hub.services.api_keys import GRANTABLE, ApiKeys, scope_of_key
from hub.services.vault import Vault
from hub.services.workspaces import Workspaces
from tests.support.people import KEY, Town


async def test_a_key_opens_its_workspace_with_its_scopes_only(town: Town) -> None:
    workspace = await town.workspace()
    text, _ = await town.people.api_keys.create(workspace, "Shop", ["contact:read"])
    key = await town.people.api_keys.resolve(text)
    assert key is not None
    scope = scope_of_key(key)
    assert scope.workspace == workspace
    assert scope.permissions == {"contact:read"}


async def test_the_store_holds_no_key(town: Town) -> None:
    """S-32, S-63."""
    workspace = await town.workspace()
    text, _ = await town.people.api_keys.create(workspace, "Shop", ["contact:read"])
    docs = (await town.store.dump(API_KEYS)).docs
    assert text.rsplit("_", 1)[1] not in repr(docs)


@pytest.mark.parametrize("scope", ["self:write", "api_key:write", "everything", "", "CONTACT:READ"])
async def test_scopes_that_nobody_may_hand_out_are_refused(town: Town, scope: str) -> None:
    workspace = await town.workspace()
    with pytest.raises(BadInput):
        await town.people.api_keys.create(workspace, "x", ["contact:read", scope])


def test_what_can_be_granted_are_rights() -> None:
    assert GRANTABLE < ADMIN_PERMISSIONS


async def test_a_changed_key_is_no_key(town: Town) -> None:
    workspace, other = await town.workspace(), await town.workspace()
    text, _ = await town.people.api_keys.create(workspace, "x", ["contact:read"])
    changed = [
        text[:-1] + ("a" if text[-1] != "a" else "b"),
        text.replace(workspace, other),
        text.upper(),
        text + "a",
        " " + text,
        "",
        "santral_" + "a" * 60,
        text.rsplit("_", 1)[0] + "_" + "a" * 26,
    ]
    for one in changed:
        assert await town.people.api_keys.resolve(one) is None


async def test_a_deleted_key_is_dead_at_once_here_and_in_five_seconds_elsewhere(
    town: Town,
) -> None:
    """S-32."""
    workspace = await town.workspace()
    elsewhere = ApiKeys(town.store, town.clock)
    text, key = await town.people.api_keys.create(workspace, "x", ["contact:read"])
    assert await town.people.api_keys.resolve(text)
    assert await elsewhere.resolve(text)
    await town.people.api_keys.delete(workspace, key.id)
    assert await town.people.api_keys.resolve(text) is None
    await town.clock.advance(5)
    assert await elsewhere.resolve(text) is None


async def test_a_key_ends_when_it_was_meant_to_and_remembers_its_last_use(town: Town) -> None:
    workspace = await town.workspace()
    end = town.clock.now_ms() + 3_600_000
    text, _ = await town.people.api_keys.create(workspace, "x", ["contact:read"], end)
    await town.clock.advance(3599)
    await town.people.api_keys.resolve(text)
    (kept,) = await town.people.api_keys.list_all(workspace)
    assert kept.last_used_at == town.clock.now_ms()
    await town.clock.advance(1)
    assert await town.people.api_keys.resolve(text) is None
    with pytest.raises(BadInput):
        await town.people.api_keys.create(workspace, "x", ["contact:read"], end)


async def test_nobody_deletes_another_workspaces_key(town: Town) -> None:
    workspace, other = await town.workspace(), await town.workspace()
    text, key = await town.people.api_keys.create(workspace, "x", ["contact:read"])
    with pytest.raises(NotFound):
        await town.people.api_keys.delete(other, key.id)
    assert await town.people.api_keys.resolve(text)


async def test_workspace_keys_are_sealed_stable_and_different(town: Town) -> None:
    one, other = await town.workspace(), await town.workspace()
    again = Workspaces(town.store, Vault(KEY), town.clock, town.bus)
    keys = [await town.people.workspaces.key_of(name) for name in (one, other, "sys")]
    assert len(set(keys)) == 3
    assert [await again.key_of(name) for name in (one, other, "sys")] == keys
    docs = [*(await town.store.dump(WORKSPACES)).docs, *(await town.store.dump(META)).docs]
    assert all(doc["key"].startswith("v1.") for doc in docs if "key" in doc)


async def test_the_secret_key_can_be_changed_while_working(town: Town) -> None:
    """S-63."""
    name = await town.workspace()
    keys = {one: await town.people.workspaces.key_of(one) for one in (name, "sys")}
    new_key = bytes(32)
    both = Workspaces(town.store, Vault(new_key, old=[KEY]), town.clock, town.bus)
    assert await both.reseal() == 2
    assert await both.reseal() == 0
    only_new = Workspaces(town.store, Vault(new_key), town.clock, town.bus)
    assert {one: await only_new.key_of(one) for one in (name, "sys")} == keys


@pytest.mark.parametrize(
    "change", [{"language": "xx"}, {"time_zone": "Mars/Base"}, {"time_zone": "../../etc/passwd"}]
)
async def test_workspaces_take_known_languages_and_zones(
    town: Town, change: dict[str, str]
) -> None:
    workspace = await town.workspace()
    with pytest.raises(BadInput):
        await town.people.workspaces.change(workspace, **change)
    with pytest.raises(NotFound):
        await town.people.workspaces.require("nowhere1")


async def test_names_are_unique_in_any_spelling_and_free_after_a_change(town: Town) -> None:
    settings, workspace = town.people.settings, await town.workspace()
    label = await settings.create_label(workspace, "Kırmızı", "red")
    with pytest.raises(Conflict):
        await settings.create_label(workspace, "KIRMIZI")
    await settings.save_label(workspace, label.id, "kirmizi", "blue")
    await settings.save_label(workspace, label.id, "Yeşil", "green")
    await settings.create_label(workspace, "Kırmızı")
    await settings.create_label(await town.workspace(), "Yeşil")
    assert [one.name for one in await settings.labels(workspace)] == ["Kırmızı", "Yeşil"]
    assert ("labels" in {e.what for _, e in town.events if isinstance(e, SettingsChanged)}) is True


async def test_racing_for_a_name_gives_it_to_one(town: Town) -> None:
    workspace = await town.workspace()
    tries = [town.people.settings.create_label(workspace, "vip") for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in outcomes) == 1


async def test_a_name_lost_in_a_crash_can_be_used_again(town: Town) -> None:
    settings, workspace = town.people.settings, await town.workspace()
    label = await settings.create_label(workspace, "vip")
    await town.store.delete(LABELS, label.id)
    await town.clock.advance(61)
    assert await settings.create_label(workspace, "vip")


async def test_canned_answers_are_kept_by_shortcut(town: Town) -> None:
    settings, workspace = town.people.settings, await town.workspace()
    hello = await settings.create_canned(workspace, "hello", "Hi {{ contact.name }}\0")
    with pytest.raises(Conflict) as refused:
        await settings.create_canned(workspace, "HELLO", "x")
    assert refused.value.key == "shortcut"
    await settings.save_canned(workspace, hello.id, "hello", "Good day")
    assert [(one.shortcut, one.text) for one in await settings.canned(workspace)] == [
        ("hello", "Good day")
    ]
    await settings.delete_canned(workspace, hello.id)
    assert await settings.canned(workspace) == []


async def test_what_belongs_to_others_cannot_be_changed(town: Town) -> None:
    settings = town.people.settings
    one, other = await town.workspace(), await town.workspace()
    label = await settings.create_label(other, "theirs")
    with pytest.raises(NotFound):
        await settings.save_label(one, label.id, "mine", "red")
    with pytest.raises(NotFound):
        await settings.delete_label(one, label.id)
    with pytest.raises(BadInput):
        await settings.create_label(one, "x", "url(javascript:1)")
