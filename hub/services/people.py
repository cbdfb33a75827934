"""Puts the services about people together, in their order. Called by the composition root and by
tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.clock import Clock
from hub.i18n import Texts
from hub.ports.bus import Bus
from hub.ports.store import DocumentStore
from hub.services.accounts import Accounts
from hub.services.agents import Agents
from hub.services.api_keys import ApiKeys
from hub.services.audit import Audit
from hub.services.limits import Limits
from hub.services.one_time import OneTimeTokens
from hub.services.passwords import Passwords
from hub.services.presence_reasons import PresenceReasons
from hub.services.queue_book import QueueBook
from hub.services.queues import Queues
from hub.services.schedules import Schedules
from hub.services.sessions import Sessions
from hub.services.settings import Settings
from hub.services.sign_in import SignIn
from hub.services.skills import Skills
from hub.services.teams import Teams
from hub.services.vault import Vault
from hub.services.welcome import SendMail, Welcome
from hub.services.workspaces import Workspaces
from hub.tasks import Tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Each of them by its name in `hub.web.services.Services`; `passwords.close()` at the end of
    the process.
    """

    workspaces: Workspaces
    passwords: Passwords
    accounts: Accounts
    sessions: Sessions
    agents: Agents
    api_keys: ApiKeys
    audit: Audit
    limits: Limits
    settings: Settings
    queue_book: QueueBook
    queues: Queues
    teams: Teams
    skills: Skills
    schedules: Schedules
    presence_reasons: PresenceReasons
    sign_in: SignIn
    welcome: Welcome
    texts: Texts


def make_people(
    store: DocumentStore,
    *,
    vault: Vault,
    clock: Clock,
    bus: Bus,
    tasks: Tasks,
    public_url: str,
    send_mail: SendMail | None = None,
    passwords: Passwords | None = None,
) -> People:
    workspaces = Workspaces(store, vault, clock, bus)
    passwords = passwords or Passwords()
    accounts = Accounts(store, workspaces, passwords, clock)
    sessions = Sessions(store, bus, clock)
    book = QueueBook(store, workspaces, bus, clock, tasks)
    agents = Agents(store, sessions, bus, clock, book.queue_ids_of)
    audit = Audit(store, workspaces, clock)
    limits = Limits(clock)
    texts = Texts()
    sign_in = SignIn(
        accounts=accounts, agents=agents, sessions=sessions, limits=limits, audit=audit, vault=vault
    )
    welcome = Welcome(
        store,
        accounts=accounts,
        agents=agents,
        sessions=sessions,
        workspaces=workspaces,
        tokens=OneTimeTokens(store, clock),
        sign_in=sign_in,
        limits=limits,
        audit=audit,
        tasks=tasks,
        texts=texts,
        public_url=public_url,
        send_mail=send_mail,
    )
    return People(
        workspaces=workspaces,
        passwords=passwords,
        accounts=accounts,
        sessions=sessions,
        agents=agents,
        api_keys=ApiKeys(store, clock),
        audit=audit,
        limits=limits,
        settings=Settings(store, workspaces, bus, clock),
        queue_book=book,
        queues=Queues(store, workspaces, book, bus, clock),
        teams=Teams(store, workspaces, book, bus, clock),
        skills=Skills(store, workspaces, agents, book, bus, clock),
        schedules=Schedules(store, workspaces, book, bus, clock),
        presence_reasons=PresenceReasons(store, workspaces, bus, clock),
        sign_in=sign_in,
        welcome=welcome,
        texts=texts,
    )
