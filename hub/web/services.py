"""The record of services that handlers reach through `call.hub`; made once by `hub/app.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.clock import Clock
    from hub.config import Config
    from hub.i18n import Texts
    from hub.ports.bus import Bus
    from hub.ports.store import DocumentStore
    from hub.services.accounts import Accounts
    from hub.services.agents import Agents
    from hub.services.amending import Amending
    from hub.services.api_keys import ApiKeys
    from hub.services.audit import Audit
    from hub.services.away import WhileAway
    from hub.services.channel_texts import ChannelTexts
    from hub.services.contacts import Contacts
    from hub.services.conversations import Conversations
    from hub.services.desks import Desks
    from hub.services.drafts import Drafts
    from hub.services.egress import EgressClient
    from hub.services.files import Files
    from hub.services.hold import Hold
    from hub.services.inboxes import Inboxes
    from hub.services.journal import Journal
    from hub.services.limits import Limits
    from hub.services.lost_files import LostFiles
    from hub.services.merges import Merges
    from hub.services.names import NameBook
    from hub.services.outbox import Outbox
    from hub.services.presence import Presence
    from hub.services.presence_reasons import PresenceReasons
    from hub.services.queue_book import QueueBook
    from hub.services.queues import Queues
    from hub.services.reading import Reading
    from hub.services.receipts import Receipts
    from hub.services.reports.reporting import Reporting
    from hub.services.routing.board import Board
    from hub.services.routing.verbs import RoutingVerbs
    from hub.services.saved import Saved
    from hub.services.schedules import Schedules
    from hub.services.sessions import Sessions
    from hub.services.settings import Settings
    from hub.services.sign_in import SignIn
    from hub.services.skills import Skills
    from hub.services.suggestions import Suggestions
    from hub.services.suppression import Suppressions
    from hub.services.task_list import TaskList
    from hub.services.teams import Teams
    from hub.services.templates import Templates
    from hub.services.timeline import Timeline
    from hub.services.vault import Vault
    from hub.services.ways import Ways
    from hub.services.welcome import Welcome
    from hub.services.workspaces import Workspaces
    from hub.tasks import Tasks
    from hub.web.live import LiveHub


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Only the web layer and the composition root hold this; services get what they need one by
    one.
    """

    config: Config
    store: DocumentStore
    clock: Clock
    tasks: Tasks
    bus: Bus
    vault: Vault
    workspaces: Workspaces
    accounts: Accounts
    sessions: Sessions
    agents: Agents
    sign_in: SignIn
    welcome: Welcome
    api_keys: ApiKeys
    audit: Audit
    limits: Limits
    egress: EgressClient
    files: Files
    settings: Settings
    queue_book: QueueBook
    queues: Queues
    teams: Teams
    skills: Skills
    schedules: Schedules
    presence_reasons: PresenceReasons
    names: NameBook
    texts: Texts
    channel_texts: ChannelTexts
    contacts: Contacts
    merges: Merges
    suggestions: Suggestions
    conversations: Conversations
    reading: Reading
    drafts: Drafts
    timeline: Timeline
    outbox: Outbox
    hold: Hold
    journal: Journal
    inboxes: Inboxes
    #: Of customers on live channels; that of agents stands in `desks`.
    readers: Presence
    ways: Ways
    templates: Templates
    suppressions: Suppressions
    amending: Amending
    lost_files: LostFiles
    receipts: Receipts
    task_list: TaskList
    saved: Saved
    while_away: WhileAway
    reporting: Reporting
    live: LiveHub
    desks: Desks
    routing: RoutingVerbs
    board: Board
