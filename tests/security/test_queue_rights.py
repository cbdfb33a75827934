"""Who works in a queue sees what lies in it, and nobody else who is limited to other homes (I5).

The lists, one conversation, its messages and live sockets give the same answer, and a change of
the queue's people holds at once.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from hub.model.agent import Agent
from hub.model.conversation import Conversation
from hub.model.events import ConversationChanged, InboxChanged, RightsChanged, SettingsChanged
from hub.model.ids import local
from hub.model.routing import Member, Offer, Routing
from hub.ports.collections import CONVERSATIONS
from hub.services.docs import from_doc
from hub.web.live import Audience, Entry, LiveHub, Socket
from tests.support.clock import settle
from tests.support.people import Town
from tests.support.web import API, Browser, Site
from tests.support.web import site as make_site
from tests.support.whole import CANARY, Full, all_services, furnish


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


class Scene:
    """A conversation in a queue, and an agent who is granted no inbox."""

    def __init__(self, site: Site, full: Full, agent: Agent, browser: Browser) -> None:
        self.site, self.full, self.agent, self.browser = site, full, agent, browser
        self.queue_id = f"{full.workspace}.{full.ids['queue_id']}"
        self.conversation_id = f"{full.workspace}.{full.ids['conversation_id']}"

    async def move(self, home: str, **facts: Any) -> Conversation:
        store = self.site.town.store
        doc = await store.get(CONVERSATIONS, self.conversation_id)
        assert doc is not None
        moved = msgspec.structs.replace(from_doc(Conversation, doc), home=home, **facts)
        assert await store.replace(CONVERSATIONS, msgspec.to_builtins(moved), doc["v"])
        return moved

    async def join(self, *agents: Agent) -> None:
        members = [Member(agent_id=agent.id) for agent in agents]
        queues = self.site.town.people.queues
        settings = {"name": "q", "members": members}
        await queues.save(self.full.workspace, self.queue_id, settings)

    async def sees(self, query: str = "") -> bool:
        """By every door, which must agree."""
        at = f"{API}/conversations/{self.full.ids['conversation_id']}"
        answers = [(await self.browser.ask("GET", path))[0] for path in (at, f"{at}/messages")]
        _, page = await self.browser.ask("GET", f"{API}/conversations?limit=10{query}")
        listed = self.full.ids["conversation_id"] in {item["id"] for item in page["items"]}
        _, found = await self.browser.ask("GET", f"{API}/search?text={CANARY}")
        assert answers == [200 if listed else 404] * 2
        assert bool(found["items"]) == listed
        return listed


@pytest.fixture
async def scene(site: Site) -> Scene:
    full = await furnish(site.town, site.services)
    agents = await site.town.people.agents.list_all(full.workspace)
    homeless = next(one for one in agents if "homeless" in one.email)
    return Scene(site, full, homeless, await site.signed_in(homeless.email))


async def test_members_see_their_queue_and_others_do_not(scene: Scene) -> None:
    await scene.move(scene.queue_id)
    assert not await scene.sees()
    await scene.join(scene.agent)
    assert await scene.sees()
    await scene.join()
    assert not await scene.sees()


async def test_by_a_team_too(scene: Scene) -> None:
    await scene.move(scene.queue_id)
    people, workspace = scene.site.town.people, scene.full.workspace
    team = await people.teams.create(workspace, "t", [scene.agent.id])
    await people.queues.save(workspace, scene.queue_id, {"name": "q", "team_ids": [team.id]})
    assert await scene.sees()
    await people.teams.save(workspace, team.id, "t", [])
    assert not await scene.sees()


async def test_a_queue_can_be_granted_like_an_inbox(scene: Scene) -> None:
    await scene.move(scene.queue_id)
    agents = scene.site.town.people.agents
    workspace = scene.full.workspace
    await agents.change(workspace, scene.agent.id, homes=[scene.queue_id], sets_homes=True)
    assert await scene.sees()


async def test_an_inbox_shows_what_came_in_there_in_whatever_queue(scene: Scene) -> None:
    conversation = await scene.move(scene.queue_id)
    await scene.join(scene.agent)
    assert await scene.sees(f"&inbox_id={local(conversation.inbox_id)}")
    assert await scene.sees(f"&queue_id={scene.full.ids['queue_id']}")
    _, page = await scene.browser.ask("GET", f"{API}/conversations?queue_id={'a' * 26}")
    assert page["items"] == []
    _, page = await scene.browser.ask("GET", f"{API}/conversations?inbox_id={'a' * 26}")
    assert page["items"] == []


async def test_whom_it_is_offered_to_may_look_at_it(scene: Scene) -> None:
    offer = Offer(number=1, agent_ids=[scene.agent.id], at=1, until=2)
    routing = Routing(queue_id=scene.queue_id, state="offered", offer=offer)
    await scene.move(scene.queue_id, routing=routing)
    at = f"{API}/conversations/{scene.full.ids['conversation_id']}"
    assert (await scene.browser.ask("GET", at))[0] == 200
    await scene.move(scene.queue_id, routing=msgspec.structs.replace(routing, offer=None))
    assert (await scene.browser.ask("GET", at))[0] == 404


async def test_what_lay_in_a_deleted_queue_is_still_found(scene: Scene) -> None:
    await scene.move(scene.queue_id, state="closed")
    people, full = scene.site.town.people, scene.full
    await people.queues.delete(full.workspace, scene.queue_id)
    admin = await scene.site.signed_in(full.admin.email)
    _, page = await admin.ask("GET", f"{API}/conversations?view=closed")
    assert [item["id"] for item in page["items"]] == [full.ids["conversation_id"]]


async def test_what_came_into_a_deleted_inbox_is_still_found(scene: Scene) -> None:
    admin = await scene.site.signed_in(scene.full.admin.email)
    status, _ = await admin.ask("DELETE", f"{API}/inboxes/{scene.full.ids['inbox_id']}")
    assert status == 200
    _, page = await admin.ask("GET", f"{API}/conversations?view=all")
    assert [item["id"] for item in page["items"]] == [scene.full.ids["conversation_id"]]


async def test_a_socket_obeys_the_same_rule(scene: Scene) -> None:
    conversation = await scene.move(scene.queue_id)
    town = scene.site.town
    entry = Entry(1, 0, None, Audience(conversation=conversation))

    async def may_see() -> bool:
        scope = await town.people.agents.scope(scene.agent.id)
        assert scope is not None
        return Socket(scope, "", None).may_see(entry)  # type: ignore[arg-type]

    assert not await may_see()
    town.events.clear()
    await scene.join(scene.agent)
    assert await may_see()
    assert RightsChanged(agent_id=scene.agent.id) in [event for _, event in town.events]
    assert not any(isinstance(event, ConversationChanged) for _, event in town.events)


async def test_an_inbox_that_leads_into_ones_queue_is_known_by_name(scene: Scene) -> None:
    admin = await scene.site.signed_in(scene.full.admin.email)
    inbox = f"{API}/inboxes/{scene.full.ids['inbox_id']}"
    await scene.join(scene.agent)
    assert (await scene.browser.ask("GET", f"{API}/inboxes"))[1] == []
    queue_id = scene.full.ids["queue_id"]
    status, shown = await admin.ask("PATCH", inbox, {"entry_queue_id": queue_id})
    assert (status, shown["entry_queue_id"]) == (200, queue_id)
    _, listed = await scene.browser.ask("GET", f"{API}/inboxes")
    assert [one["id"] for one in listed] == [scene.full.ids["inbox_id"]]


class Wire:
    """A transport that keeps what was written."""

    def __init__(self) -> None:
        self.sent = b""

    def write(self, frame: bytes) -> None:
        self.sent += frame

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


async def test_a_socket_hears_of_the_inboxes_that_the_list_shows(scene: Scene) -> None:
    """Of an inbox by who may list it, through its home or the queue behind it, and nobody else."""
    town, workspace = scene.site.town, scene.full.workspace
    inbox_id = f"{workspace}.{scene.full.ids['inbox_id']}"
    inboxes = scene.site.services.inboxes

    async def hears() -> bool:
        inbox = inboxes.get(inbox_id)
        scope = await town.people.agents.scope(scene.agent.id)
        assert inbox is not None
        assert scope is not None
        live, wire = LiveHub(town.clock, inboxes.specs), Wire()
        live.join(Socket(scope, "", wire), "")  # type: ignore[arg-type]
        health = inboxes.health.of(inbox_id)
        live.listen(workspace, InboxChanged(inbox=inbox, health=health))
        await settle()
        _, listed = await scene.browser.ask("GET", f"{API}/inboxes")
        is_heard = b'"type":"inbox"' in wire.sent
        assert is_heard == bool(listed)
        return is_heard

    await scene.join(scene.agent)
    assert not await hears()
    town.events.clear()
    await inboxes.change(workspace, inbox_id, entry_queue_id=scene.queue_id)
    assert SettingsChanged(what="inboxes") in [event for _, event in town.events]
    assert await hears()
    await scene.join()
    assert not await hears()
    agents = town.people.agents
    await agents.change(workspace, scene.agent.id, homes=[inbox_id], sets_homes=True)
    assert await hears()


async def test_the_texts_and_the_queue_of_an_inbox_are_checked(scene: Scene) -> None:
    admin = await scene.site.signed_in(scene.full.admin.email)
    inbox = f"{API}/inboxes/{scene.full.ids['inbox_id']}"
    for body, field in (
        ({"entry_queue_id": "a" * 26}, "entry_queue_id"),
        ({"acknowledgement": "{{ place }}"}, "acknowledgement"),
        ({"away_text": "{% set x = 1 %}"}, "away_text"),
    ):
        status, problem = await admin.ask("PATCH", inbox, body)
        assert (status, problem["field"]) == (400, field)
    given = {"acknowledgement": "Hello {{ contact.name }}", "away_text": "We sleep."}
    status, shown = await admin.ask("PATCH", inbox, given)
    assert status == 200
    assert {key: shown[key] for key in given} == given
