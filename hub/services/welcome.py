"""One-time links and what they open: the first administrator, invitations, joining, forgotten
passwords, recovery.

All links read `/welcome?token=…`. Without a way to send mail an invitation's link is shown to the
administrator, and a forgotten password is a matter for `hub init --link`. An invitation of
somebody who has a password asks for it and never changes it, else whoever sees the link could take
the account over. Called by the CLI, the people page and the welcome page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec

from hub import log
from hub.config import Config
from hub.errors import Conflict, NotFound, WrongPassword
from hub.i18n import DEFAULT, LANGUAGES, Texts, fill
from hub.model.agent import Account, Agent, Role, Scope
from hub.model.ids import SYS, local, workspace_of
from hub.model.session import OneTimeToken
from hub.ports.collections import META
from hub.ports.store import DocumentStore, Patch
from hub.services.accounts import Accounts, check_email
from hub.services.agents import Agents
from hub.services.audit import Audit
from hub.services.docs import one_line
from hub.services.limits import RESET_ACCOUNT, RESET_IP, TOKEN_IP, Limits, ip_key
from hub.services.one_time import OneTimeTokens
from hub.services.passwords import check_new_password
from hub.services.sessions import Sessions
from hub.services.sign_in import Client, SignedIn, SignIn
from hub.services.workspaces import Workspaces
from hub.tasks import Tasks

#: (to, subject, text)
SendMail = Callable[[str, str, str], Awaitable[None]]
#: (workspace, language)
SetUp = Callable[[str, str], Coroutine[Any, Any, None]]
_SETUP_ID = f"{SYS}.setup"
_AREA = "account_mail"
_log = log.get("hub.welcome")


class Invitation(msgspec.Struct, frozen=True):
    agent: Agent
    link: str


class Welcome:
    def __init__(
        self,
        store: DocumentStore,
        *,
        accounts: Accounts,
        agents: Agents,
        sessions: Sessions,
        workspaces: Workspaces,
        tokens: OneTimeTokens,
        sign_in: SignIn,
        limits: Limits,
        audit: Audit,
        tasks: Tasks,
        texts: Texts,
        public_url: str,
        send_mail: SendMail | None = None,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._agents = agents
        self._sessions = sessions
        self._workspaces = workspaces
        self._tokens = tokens
        self._sign_in = sign_in
        self._limits = limits
        self._audit = audit
        self._tasks = tasks
        self._texts = texts
        self._public_url = public_url
        self._send_mail = send_mail
        self._when_set_up: SetUp | None = None

    def when_set_up(self, told: SetUp) -> None:
        """Who is told the workspace and the language that its administrator chose."""
        self._when_set_up = told

    async def first_start(self, config: Config) -> str | None:
        """Make the first workspace if there is none; a setup link's path while nobody can sign in,
        else None.

        With HUB_ADMIN_EMAIL and HUB_ADMIN_PASSWORD the administrator is made at once.
        """
        workspace = await self._first_workspace()
        if await self._accounts.exist():
            return None
        if config.admin_email and config.admin_password:
            token = await self._setup_token(workspace)
            row = await self._tokens.take(token)
            await self._make_admin(row, config.admin_email, "", config.admin_password, "")
            return None
        return _path(await self._setup_token(workspace))

    async def recovery_link(self) -> str:
        """A path for `hub init --link`: setup while nobody can sign in, else a new password for an
        administrator.
        """
        workspace = await self._first_workspace()
        await self._audit.add(workspace, "setup.link_made")
        if not await self._accounts.exist():
            return _path(await self._setup_token(workspace))
        for agent in sorted(await self._agents.list_all(workspace), key=lambda one: one.created_at):
            if agent.role == "admin" and agent.is_active and agent.has_joined:
                account = await self._accounts.require(agent.account_id)
                return _path(await self._reset_token(account))
        return _path(await self._setup_token(workspace))

    async def describe(self, token: str, client: Client) -> tuple[OneTimeToken, str, str]:
        """What a link is for, the name of its workspace, the language to greet in. Raises
        NotFound.
        """
        self._limits.take(TOKEN_IP, ip_key(client.ip))
        row = await self._tokens.peek(token)
        self._limits.give_back(TOKEN_IP, ip_key(client.ip))
        workspace = await self._workspaces.get(row.workspace) if row.workspace else None
        account = await self._accounts.get(row.account_id) if row.account_id else None
        language = (account and account.language) or (workspace and workspace.language) or DEFAULT
        return row, workspace.name if workspace else "", language

    async def accept(
        self, token: str, password: str, *, name: str, email: str, language: str, client: Client
    ) -> SignedIn:
        """Use a link up and sign in. A refused password leaves the link as it was."""
        self._limits.take(TOKEN_IP, ip_key(client.ip))
        row = await self._tokens.peek(token)
        tongue = language if language in LANGUAGES else ""
        name = one_line(name, 120)
        if row.purpose == "setup":
            check_email(email)
            check_new_password(password, email, name)
            row = await self._tokens.take(token)
            account, agent = await self._make_admin(row, email, name, password, tongue)
        elif row.purpose == "reset":
            account, agent = await self._reset(token, row, password, client)
        else:
            account, agent = await self._join(token, row, password, name, tongue)
        self._limits.give_back(TOKEN_IP, ip_key(client.ip))
        return await self._sign_in.admit(account, agent, client)

    async def forgot(self, email: str, client: Client) -> None:
        """Always the same answer at once; whatever there is to do is done after it."""
        self._limits.take(RESET_IP, ip_key(client.ip))
        _ = self._tasks.spawn("forgot password", self._send_reset(email, client.ip))

    async def invite(
        self, scope: Scope, *, email: str, name: str, role: Role, homes: list[str] | None
    ) -> Invitation:
        """A new member and the link to join with; also sent by e-mail where possible."""
        account = await self._accounts.find_or_create(email, name)
        agent = await self._agents.add(scope.workspace, account, name=name, role=role, homes=homes)
        return Invitation(agent, await self._invitation_link(scope, account, agent))

    async def renew(self, scope: Scope, agent_id: str) -> Invitation:
        """A new link for somebody who has not joined yet."""
        agent = await self._agents.require(scope.workspace, agent_id)
        if agent.has_joined:
            raise Conflict("This colleague has joined already.", "has_joined")
        account = await self._accounts.require(agent.account_id)
        return Invitation(agent, await self._invitation_link(scope, account, agent))

    async def _first_workspace(self) -> str:
        known = await self._workspaces.all()
        return local((known[0] if known else await self._workspaces.create("Santral")).id)

    async def _setup_token(self, workspace: str) -> str:
        """The latest link is the only one that works."""
        token = await self._tokens.issue("setup", workspace=workspace)
        new = {"_id": _SETUP_ID, "v": 1, "token_id": ""}
        before = await self._store.get(META, _SETUP_ID)
        patch = Patch(set={"token_id": self._tokens.id_of(token)})
        await self._store.patch(META, _SETUP_ID, patch, upsert=new)
        if before is not None and before["token_id"]:
            await self._tokens.forget(before["token_id"])
        return token

    async def _make_admin(
        self, row: OneTimeToken, email: str, name: str, password: str, language: str
    ) -> tuple[Account, Agent]:
        name = name or email.partition("@")[0]
        account = await self._accounts.find_or_create(email, name, language)
        agent = await self._membership(row.workspace, account, name)
        account = await self._accounts.set_password(account.id, password)
        agent = await self._agents.join(agent.id, name)
        if language:
            await self._workspaces.change(row.workspace, language=language)
            if self._when_set_up is not None:
                _ = self._tasks.spawn("set up", self._when_set_up(row.workspace, language))
        await self._audit.add(row.workspace, "setup.done", local(agent.id))
        return account, agent

    async def _membership(self, workspace: str, account: Account, name: str) -> Agent:
        """The administrator to be; found again when an earlier setup broke off half way."""
        try:
            return await self._agents.add(workspace, account, name=name, role="admin")
        except Conflict:
            for agent in await self._agents.list_all(workspace):
                if agent.account_id == account.id:
                    return await self._agents.change(
                        workspace, agent.id, role="admin", is_active=True
                    )
            raise

    async def _join(
        self, token: str, row: OneTimeToken, password: str, name: str, language: str
    ) -> tuple[Account, Agent]:
        account = await self._accounts.require(row.account_id)
        agent = await self._agents.require(row.workspace, row.agent_id)
        if agent.has_joined or not agent.is_active:
            raise NotFound("This link does not work any more; ask for a new one.")
        if account.password_hash:
            # Their own password; the link alone proves nothing about an account that is in use.
            if not await self._accounts.check_password(account, password):
                raise WrongPassword("The password is wrong.")
            await self._tokens.take(token)
        else:
            check_new_password(password, account.email, name or account.name)
            await self._tokens.take(token)
            account = await self._accounts.set_password(account.id, password)
            await self._accounts.change(account.id, name=name or None, language=language or None)
        agent = await self._agents.join(agent.id, name)
        await self._audit.add(row.workspace, "agent.joined", local(agent.id))
        return account, agent

    async def _reset(
        self, token: str, row: OneTimeToken, password: str, client: Client
    ) -> tuple[Account, Agent]:
        account = await self._accounts.require(row.account_id)
        memberships = await self._agents.of_account(account.id)
        if not account.is_active or not memberships:
            raise NotFound("This link does not work any more; ask for a new one.")
        check_new_password(password, account.email, account.name)
        await self._tokens.take(token)
        account = await self._accounts.set_password(account.id, password)
        await self._sessions.end_all(account.id)
        workspace = workspace_of(memberships[0].id)
        await self._audit.add(workspace, "password.reset", local(account.id), ip=client.ip)
        return account, memberships[0]

    async def _reset_token(self, account: Account) -> str:
        return await self._tokens.issue("reset", account_id=account.id, email=account.email)

    async def _send_reset(self, email: str, ip: str) -> None:
        account = await self._accounts.find(email)
        if account is None or not account.is_active or not account.password_hash:
            return
        memberships = await self._agents.of_account(account.id)
        if not memberships or not self._limits.try_take(RESET_ACCOUNT, account.id):
            return
        workspace = workspace_of(memberships[0].id)
        await self._audit.add(workspace, "password.reset_asked", local(account.id), ip=ip)
        link = self._public_url + _path(await self._reset_token(account))
        language = account.language or (await self._workspaces.require(workspace)).language
        await self._mail(account.email, language, "reset", name=account.name, link=link)

    async def _invitation_link(self, scope: Scope, account: Account, agent: Agent) -> str:
        token = await self._tokens.issue(
            "join" if account.password_hash else "invitation",
            email=account.email,
            name=agent.name,
            workspace=scope.workspace,
            account_id=account.id,
            agent_id=agent.id,
        )
        link = self._public_url + _path(token)
        workspace = await self._workspaces.require(scope.workspace)
        sending = self._mail(
            account.email,
            account.language or workspace.language,
            "invitation",
            name=agent.name,
            by=scope.name,
            workspace=workspace.name,
            link=link,
        )
        _ = self._tasks.spawn("send invitation", sending)
        return link

    async def _mail(self, to: str, language: str, kind: str, **values: str) -> None:
        """Send if there is a way; a failure is logged, for the answer to the person is the same
        either way.
        """
        if self._send_mail is None:
            return
        safe = {name: one_line(value, 500) for name, value in values.items()}
        subject = fill(self._texts.text(language, _AREA, f"{kind}.subject"), safe)
        text = fill(self._texts.text(language, _AREA, f"{kind}.text"), safe)
        try:
            await self._send_mail(to, one_line(subject, 200), text)
        except Exception as error:  # noqa: BLE001 - an edge: any mail transport may fail in its way
            _log.warning("an account e-mail could not be sent", error=error, kind=kind)


def _path(token: str) -> str:
    return f"/welcome?token={token}"
