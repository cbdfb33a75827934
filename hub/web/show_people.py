"""Views of people and settings: what the API shows of agents, sessions, labels, keys and the audit
log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub import __version__
from hub.errors import NotSignedIn
from hub.model.agent import PERMISSIONS, Agent, Workspace
from hub.model.audit import AuditRow
from hub.model.ids import local, workspace_of
from hub.model.routing import DEFAULT_CAPACITY
from hub.model.session import Session
from hub.model.settings import ApiKey, Canned, Label
from hub.services.agents import local_homes
from hub.web import views as v

if TYPE_CHECKING:
    from hub.web.services import Services


async def me(hub: Services, session: Session) -> v.Me:
    """Everything that the inbox needs to know about the person at the screen."""
    agent = await hub.agents.working(session.agent_id)
    account = await hub.accounts.get(session.account_id)
    if agent is None or account is None:
        raise NotSignedIn("Sign in first.")
    members = await hub.agents.of_account(account.id)
    workspaces = [await hub.workspaces.require(workspace_of(one.id)) for one in members]
    own = await hub.workspaces.require(session.workspace)
    return v.Me(
        account_id=local(account.id),
        agent_id=local(agent.id),
        name=agent.name,
        email=account.email,
        role=agent.role,
        permissions=sorted(PERMISSIONS[agent.role]),
        language=agent.language or account.language or own.language,
        theme=agent.theme,
        signature=agent.signature,
        prefs=agent.prefs,
        workspace=workspace(own),
        workspaces=[workspace(one) for one in workspaces],
        csrf_token=session.csrf,
        version=__version__,
        is_demo=hub.config.demo,
        is_outbound_held=hub.hold.is_held(),
    )


def workspace(one: Workspace) -> v.WorkspaceView:
    return v.WorkspaceView(
        id=local(one.id),
        name=one.name,
        language=one.language,
        time_zone=one.time_zone,
        capacity=dict(DEFAULT_CAPACITY.items()) | one.capacity,
    )


def agent(one: Agent, hub: Services) -> v.AgentView:
    online = hub.live.online(workspace_of(one.id))
    return v.AgentView(
        id=local(one.id),
        name=one.name,
        email=one.email,
        role=one.role,
        homes=local_homes(one),
        is_active=one.is_active,
        has_joined=one.has_joined,
        is_online=one.id in online,
    )


def session(one: Session, current_id: str) -> v.SessionView:
    return v.SessionView(
        id=local(one.id),
        created_at=one.created_at,
        last_seen_at=one.last_seen_at,
        user_agent=one.user_agent,
        ip=one.ip,
        is_current=one.id == current_id,
    )


def label(one: Label) -> v.LabelView:
    return v.LabelView(id=local(one.id), name=one.name, color=one.color)


def canned(one: Canned) -> v.CannedView:
    return v.CannedView(id=local(one.id), shortcut=one.shortcut, text=one.text)


def api_key(one: ApiKey, key: str = "") -> v.ApiKeyView:
    """`key` only in the answer that made it."""
    return v.ApiKeyView(
        id=local(one.id),
        name=one.name,
        scopes=one.scopes,
        last_used_at=one.last_used_at,
        expires_at=one.expires_at,
        created_at=one.created_at,
        key=key,
    )


def audit_entry(one: AuditRow) -> v.AuditEntry:
    return v.AuditEntry(
        id=local(one.id),
        at=one.at,
        actor=one.actor,
        action=one.action,
        target=one.target,
        details=one.details,
        ip=one.ip,
    )
