"""A whole hub for tests of the API: every service real, two workspaces, one of them full of
canaries.

Nothing is started that talks to the outside: inboxes are known but paused. Used by tests/security.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

import hub
from channels.email.config import SPEC as EMAIL
from channels.webchat.config import SPEC as WEBCHAT
from hub.app.routing import Ground, Routing
from hub.errors import Unavailable
from hub.model.agent import PERMISSIONS, Agent, Scope
from hub.model.contact import Address, Contact, Identity
from hub.model.conversation import Conversation
from hub.model.ids import local, message_id, new_id
from hub.model.inbox import Inbox
from hub.model.message import Attachment, Author, MailFacts, Message
from hub.model.saved import Step, ViewFilter
from hub.model.suppression import Proof
from hub.model.template import Template
from hub.ports.collections import (
    CONTACTS,
    CONVERSATIONS,
    IDENTITIES,
    INBOXES,
    MESSAGES,
    TEMPLATES,
)
from hub.services.agents import scope_of
from hub.services.amending import Amending
from hub.services.away import WhileAway
from hub.services.blobs_disk import DiskBlobs
from hub.services.channel_texts import ChannelTexts
from hub.services.contacts import Contacts
from hub.services.conversations import Conversations
from hub.services.counters import Counters
from hub.services.docs import to_doc
from hub.services.drafts import Drafts
from hub.services.egress import EgressClient
from hub.services.files import Files
from hub.services.hold import Hold
from hub.services.inboxes import Inboxes
from hub.services.journal import Journal
from hub.services.lanes import Lanes
from hub.services.lost_files import LostFiles
from hub.services.media import Media
from hub.services.merges import Merges
from hub.services.names import NameBook
from hub.services.outbox import Outbox
from hub.services.outbox_rows import Gate
from hub.services.reading import Reading
from hub.services.receipts import Receipts
from hub.services.reports.reporting import make_reporting
from hub.services.rewriting import Rewriting
from hub.services.saved import Saved
from hub.services.suggestions import Suggestions
from hub.services.suppression import Suppressions
from hub.services.task_list import NewTask, TaskList
from hub.services.templates import Templates
from hub.services.timeline import Timeline
from hub.services.timers import Timers
from hub.services.ways import Ways
from hub.web.live import LiveHub
from tests.support.people import Town

CANARY = "canary"


def all_services(town: Town) -> dict[str, Any]:
    """What `tests.support.web.site` takes besides the services about people."""
    store, clock, bus, tasks = town.store, town.clock, town.bus, town.tasks
    specs = {spec.name: spec for spec in (EMAIL, WEBCHAT)}
    counters, names = Counters(), NameBook(town.people.workspaces.key_of)
    timeline = Timeline(store, Lanes(), bus)
    contacts = Contacts(store, names, bus, clock)
    inboxes = Inboxes(store, specs, town.vault, bus, clock, tasks, _no_context)
    reading = Reading(store, inboxes.home_ids, town.people.queue_book.home_ids)
    timers = Timers(store, clock)
    gate = Gate(inboxes.way, _never, lambda: True, inboxes.attempted, _never)
    outbox = Outbox(store, timeline, names, clock, tasks, counters, gate)

    async def can_see(workspace: str, agent_id: str, conversation: Conversation) -> bool:
        scope = await town.people.agents.scope(agent_id)
        return scope is not None and await reading.may_see(scope, conversation)

    routing = Routing(
        Ground(
            store=store, bus=bus, clock=clock, tasks=tasks, specs=specs, people=town.people,
            names=names, timeline=timeline, contacts=contacts, timers=timers,
            owns=lambda lane: True,
        )
    )  # fmt: skip
    suppressions = Suppressions(store, names, clock)
    rewriting = Rewriting(store, timeline, names)
    blobs = DiskBlobs(town.config.data_dir / "files")
    files = Files(store, blobs, town.people.workspaces, clock)
    media = Media(store, files, inboxes, rewriting, clock, tasks, counters)
    return {
        "names": names,
        "receipts": Receipts(inboxes, reading, contacts, tasks),
        "suppressions": suppressions,
        "ways": Ways(inboxes, contacts, reading, suppressions, clock),
        "templates": Templates(store, inboxes, names, bus, clock),
        "lost_files": LostFiles(store, media, rewriting, clock),
        "amending": Amending(store, timeline, inboxes, outbox, rewriting, _never, clock),
        "egress": EgressClient(()),
        "files": files,
        "channel_texts": ChannelTexts(Path(hub.__file__).parent.parent / "channels"),
        "contacts": contacts,
        "conversations": Conversations(
            store, timeline, reading, contacts, names, outbox, timers, bus, clock, can_see
        ),
        "merges": Merges(
            store, contacts, timeline, names, timers, town.people.audit, bus, clock, tasks
        ),
        "suggestions": Suggestions(store, contacts, names, clock),
        "reading": reading,
        "desks": routing.desks,
        "routing": routing.verbs(can_see),
        "board": routing.board,
        "reporting": make_reporting(store, clock, town.people.texts),
        "task_list": TaskList(
            store, reading, contacts, timers, bus, clock, can_see, town.people.agents.is_working
        ),
        "saved": Saved(store, bus, clock),
        "while_away": WhileAway(store, reading),
        "drafts": Drafts(store, bus, clock),
        "timeline": timeline,
        "outbox": outbox,
        "hold": Hold(store, clock),
        "journal": Journal(store, names, clock, tasks, counters),
        "inboxes": inboxes,
        "live": LiveHub(clock, specs),
    }


async def _no_context(*_: object) -> Any:
    raise Unavailable("no inbox starts in this test")


async def _never(*_: object) -> Any:
    raise AssertionError("nothing is sent in this test")


@dataclass
class Full:
    """One workspace with one of everything; ids as the API shows them, by the names that paths
    use.
    """

    workspace: str
    admin: Agent
    ids: dict[str, str] = field(default_factory=dict)


async def furnish(town: Town, services: Any) -> Full:
    """Fill a new workspace. Every text in it holds the canary word."""
    workspace = await town.workspace(f"{CANARY} ltd")
    admin = await town.agent(workspace, f"{CANARY}-admin@a.test", "admin")
    agent = await town.agent(workspace, f"{CANARY}-agent@a.test")
    await town.agent(workspace, f"{CANARY}-supervisor@a.test", "supervisor")
    await town.agent(workspace, f"{CANARY}-homeless@a.test", homes=[])
    now = town.clock.now_ms()
    inbox = Inbox(
        id=new_id(workspace),
        channel="webchat",
        name=f"{CANARY} site",
        is_paused=True,
        created_at=now,
    )
    await town.store.insert(INBOXES, to_doc(inbox))
    await services.inboxes.load([workspace])
    contact = Contact(id=new_id(workspace), name=f"{CANARY} person", about=CANARY, created_at=now)
    identity = Identity(
        id=new_id(workspace),
        contact_id=contact.id,
        address=Address("email", f"{CANARY}@c.test"),
        is_verified=True,
    )
    conversation = Conversation(
        id=new_id(workspace),
        contact_id=contact.id,
        contact_name=contact.name,
        home=inbox.id,
        inbox_id=inbox.id,
        channel="webchat",
        join_group="main",
        identities=[identity.id],
        subject=f"{CANARY} subject",
        preview=f"{CANARY} preview",
        seq=1,
        inbound_seq=1,
        last_at=now,
        created_at=now,
    )
    file = await services.files.save(workspace, CANARY.encode(), f"{CANARY}.txt", owner=identity.id)
    await services.files.attach(workspace, [file.id], conversation.id, owners={identity.id})
    message = Message(
        id=message_id(conversation.id, 1),
        conversation_id=conversation.id,
        seq=1,
        kind="message",
        direction="in",
        author=Author("contact", contact.id, contact.name),
        inbox_id=inbox.id,
        channel="webchat",
        at=now,
        text=f"{CANARY} text",
        attachments=[
            Attachment(file_id=file.id, name=file.name, media_type="text/plain", size_bytes=6)
        ],
        mail=MailFacts(html=f"<p>{CANARY}</p>", source_file_id=file.id),
    )
    for coll, item in (
        (CONTACTS, contact),
        (IDENTITIES, identity),
        (CONVERSATIONS, conversation),
        (MESSAGES, message),
    ):
        await town.store.insert(coll, to_doc(item))
    others = [Contact(id=new_id(workspace), name=f"{CANARY} {n}", created_at=now) for n in range(3)]
    for other in others:
        await town.store.insert(CONTACTS, to_doc(other))
    scope = scope_of(admin)
    merge = await services.merges.merge(scope, others[1].id, others[2].id, [])
    settings = town.people.settings
    label = await settings.create_label(workspace, f"{CANARY} label")
    canned = await settings.create_canned(workspace, CANARY, f"{CANARY} answer")
    _, key = await town.people.api_keys.create(workspace, f"{CANARY} key", ["label:read"])
    account = await town.people.accounts.create(f"{CANARY}-new@a.test", "new")
    invited = await town.people.agents.add(workspace, account, name=f"{CANARY} new", role="agent")
    sign_in = await town.people.sessions.start(
        account_id=admin.account_id, agent_id=admin.id, workspace=workspace, user_agent=CANARY
    )
    await town.people.audit.add(workspace, "label.created", CANARY)
    proof = Proof(at=now, is_opted_out=True, source="agent", text=CANARY, cause="test")
    suppressed = await services.suppressions.opt_out(
        workspace, "", Address("email", f"{CANARY}-out@c.test"), proof
    )
    template = Template(
        id=new_id(workspace), inbox_id=inbox.id, name=CANARY, language="en", state="approved",
        body=CANARY,
    )  # fmt: skip
    await town.store.insert(TEMPLATES, to_doc(template))
    made = await _routing(town, workspace) | await _kept(services, scope_of(agent), conversation)
    ids = {
        **made,
        "conversation_id": conversation.id,
        "contact_id": contact.id,
        "identity_id": identity.id,
        "file_id": file.id,
        "agent_id": agent.id,
        "invited_id": invited.id,
        "label_id": label.id,
        "canned_id": canned.id,
        "key_id": key.id,
        "inbox_id": inbox.id,
        "session_id": sign_in[1].id,
        "suppression_id": suppressed.id,
        "other_id": others[0].id,
        "merge_id": merge.id,
    }
    shown = {name: local(one) for name, one in ids.items()}
    return Full(workspace, admin, {**shown, "seq": "1", "position": "0", "channel": "webchat"})


async def _kept(services: Any, scope: Scope, conversation: Conversation) -> dict[str, str]:
    """What an agent keeps: a task, everybody's macro and view."""
    task = await services.task_list.create(
        scope, NewTask(text=f"{CANARY} task", conversation_id=conversation.id)
    )
    steps = [Step(kind="reply", value=CANARY)]
    macro = await services.saved.create_macro(scope.workspace, f"{CANARY} macro", steps)
    ruling = msgspec.structs.replace(scope, permissions=PERMISSIONS["admin"])
    view = await services.saved.create_view(ruling, f"{CANARY} view", ViewFilter(), is_shared=True)
    return {"task_id": task.id, "macro_id": macro.id, "view_id": view.id}


async def _routing(town: Town, workspace: str) -> dict[str, str]:
    """One of everything that routing is set up with, by the names that paths use."""
    people, name = town.people, f"{CANARY} thing"
    hours = {"name": name, "time_zone": "UTC"}
    return {
        "queue_id": (await people.queues.create(workspace, {"name": name, "script": CANARY})).id,
        "schedule_id": (await people.schedules.create(workspace, hours)).id,
        "team_id": (await people.teams.create(workspace, name, [])).id,
        "skill_id": (await people.skills.create(workspace, name)).id,
        "reason_id": (await people.presence_reasons.create(workspace, name)).id,
    }
