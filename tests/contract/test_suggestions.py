"""Who is suggested to be the same person, why, and what a "no" does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.model.contact import Address, Contact
from tests.support.core import Core, running_core
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def core(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path) as core:
        yield core


async def _person(core: Core, name: str, *addresses: Address, **facts: object) -> Contact:
    contacts, scope = core.hub.services.contacts, core.agent()
    contact = await contacts.create(scope, name, list(addresses))
    return await contacts.change(scope, contact.id, dict(facts)) if facts else contact


async def _reasons(core: Core, contact: Contact) -> dict[str, list[str]]:
    """By the other's name, in the order of suggestion."""
    found = await core.hub.services.suggestions.find(core.agent(), contact.id)
    return {one.contact.name: [reason.kind for reason in one.reasons] for one in found}


async def test_equal_addresses_and_names_with_something_in_common_are_suggested(
    core: Core,
) -> None:
    ann = await _person(core, "Ann Smith", Address("email", "ann@shop.example"), company="Shop")
    claims = await _person(
        core, "Visitor", Address("phone", "+48600100200"), claimed_email="ann@shop.example"
    )
    named = await _person(core, "SMITH Ann", Address("phone", "+48600100201"), company="shop")
    await _person(core, "Ann Smith", Address("phone", "+48600100202"))
    await _person(core, "Bob", Address("phone", "+48600100203"), company="Shop")
    assert await _reasons(core, ann) == {"Visitor": ["email"], "SMITH Ann": ["company"]}
    assert await _reasons(core, claims) == {"Ann Smith": ["email"]}
    assert await _reasons(core, named) == {"Ann Smith": ["company"]}


async def test_variants_of_a_number_are_one_person_and_elsewhere_a_suggestion(core: Core) -> None:
    contacts = core.hub.services.contacts
    first = await contacts.meet(core.workspace, Address("phone", "+551187654321"))
    second = await contacts.meet(core.workspace, Address("phone", "+5511987654321"))
    assert first.contact.id == second.contact.id
    typed = await _person(
        core, "Typed", Address("email", "x@shop.example"), fields={"tel": "+55 11 98765 4321"}
    )
    assert list((await _reasons(core, typed)).values()) == [["phone"]]


async def test_what_a_network_states_comes_first(core: Core) -> None:
    one = await _person(core, "One", Address("email", "one@shop.example"))
    two = await _person(core, "Two", Address("phone", "+48600100200"))
    await _person(core, "Three", Address("phone", "+48600100201"), claimed_email="one@shop.example")
    names = await core.hub.services.names.of(core.workspace)
    await core.hub.services.contacts.hint(names, one.id, two.id, "handle-2")
    assert await _reasons(core, one) == {"Two": ["network"], "Three": ["email"]}


async def test_a_no_is_kept_for_both(core: Core) -> None:
    one = await _person(core, "One", Address("email", "one@shop.example"))
    two = await _person(
        core, "Two", Address("phone", "+48600100200"), claimed_email="one@shop.example"
    )
    suggestions = core.hub.services.suggestions
    await suggestions.dismiss(core.agent(), two.id, one.id)
    await suggestions.dismiss(core.agent(), one.id, two.id)
    names = await core.hub.services.names.of(core.workspace)
    await core.hub.services.contacts.hint(names, one.id, two.id, "again")
    assert await _reasons(core, one) == await _reasons(core, two) == {}


async def test_a_merged_contact_is_suggested_no_more(core: Core) -> None:
    one = await _person(core, "One", Address("email", "one@shop.example"))
    two = await _person(
        core, "Two", Address("phone", "+48600100200"), claimed_email="one@shop.example"
    )
    await core.hub.services.merges.merge(core.agent(), one.id, two.id, [])
    assert await _reasons(core, one) == {}
