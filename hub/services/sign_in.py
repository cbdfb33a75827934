"""Signing in: who may guess how often, and what a right password leads to.

At most ten guesses in 15 minutes at one account from the whole world; yet nobody is locked out of
their own account by strangers: a browser that signed in before (device cookie), or an address with
a living session, has guesses of its own. Unknown addresses, disabled accounts and wrong passwords
take the same way and the same work. Called by the sign-in page.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from hub.errors import TooMany, WrongPassword
from hub.model.agent import Account, Agent
from hub.model.ids import SYS, local, new_key, workspace_of
from hub.model.session import Session
from hub.services.accounts import Accounts, normal_email
from hub.services.agents import Agents
from hub.services.audit import Audit
from hub.services.limits import LOGIN_ACCOUNT, LOGIN_IP, LOGIN_KNOWN, Limits, Rule, ip_key
from hub.services.sessions import Sessions
from hub.services.vault import Vault

_NOBODY = f"{SYS}.{'a' * 26}"


class Client(msgspec.Struct, frozen=True):
    """The browser at the other end. `device` is its device cookie, "" without one."""

    ip: str
    user_agent: str = ""
    device: str = ""


class SignedIn(msgspec.Struct, frozen=True):
    token: str
    session: Session
    #: To be kept by the browser as a cookie.
    device: str


class SignIn:
    def __init__(
        self,
        *,
        accounts: Accounts,
        agents: Agents,
        sessions: Sessions,
        limits: Limits,
        audit: Audit,
        vault: Vault,
    ) -> None:
        self._accounts = accounts
        self._agents = agents
        self._sessions = sessions
        self._limits = limits
        self._audit = audit
        self._device_key = vault.derive("device")

    async def sign_in(self, email: str, password: str, client: Client) -> SignedIn:
        """Raises WrongPassword, whatever is wrong, and TooMany."""
        address = normal_email(email)
        account = await self._accounts.find(address)
        account_id = _NOBODY if account is None else account.id
        give_back = await self._count(address, account_id, client)
        is_right = await self._accounts.check_password(account, password)
        memberships = await self._agents.of_account(account_id)
        if not is_right or account is None or not memberships:
            workspace = workspace_of(memberships[0].id) if memberships else SYS
            target = "" if account is None else local(account.id)
            await self._audit.add(workspace, "session.refused", target, ip=client.ip)
            raise WrongPassword("The e-mail address or the password is wrong.")
        for rule, key in give_back:
            self._limits.give_back(rule, key)
        return await self.admit(account, memberships[0], client)

    async def admit(self, account: Account, agent: Agent, client: Client) -> SignedIn:
        """A new session for somebody who has proved who they are."""
        token, session = await self._sessions.start(
            account_id=account.id,
            agent_id=agent.id,
            workspace=workspace_of(agent.id),
            user_agent=client.user_agent,
            ip=client.ip,
        )
        who = await self._agents.scope(agent.id)
        await self._audit.add(who or session.workspace, "session.started", ip=client.ip)
        return SignedIn(token, session, self._new_device(account.id))

    async def _count(self, address: str, account_id: str, client: Client) -> list[tuple[Rule, str]]:
        """Count one guess; what to give back when it was right."""
        ip = ip_key(client.ip)
        self._limits.take(LOGIN_IP, ip)
        if self._is_known_device(account_id, client.device):
            device = f"{account_id} {client.device}"
            self._limits.take(LOGIN_KNOWN, device)
            return [(LOGIN_IP, ip), (LOGIN_KNOWN, device)]
        try:
            self._limits.take(LOGIN_ACCOUNT, address)
        except TooMany:
            if not await self._is_known_ip(account_id, ip):
                raise
            self._limits.take(LOGIN_KNOWN, f"{account_id} {ip}")
            return [(LOGIN_IP, ip), (LOGIN_KNOWN, f"{account_id} {ip}")]
        return [(LOGIN_IP, ip), (LOGIN_ACCOUNT, address)]

    async def _is_known_ip(self, account_id: str, ip: str) -> bool:
        return any(ip_key(one.ip) == ip for one in await self._sessions.list_of(account_id))

    def _new_device(self, account_id: str) -> str:
        nonce = new_key()
        return f"{nonce}.{self._device_mac(account_id, nonce)}"

    def _is_known_device(self, account_id: str, device: str) -> bool:
        nonce, _, mac = device.partition(".")
        expected = self._device_mac(account_id, nonce)
        return hmac.compare_digest(mac.encode("utf-8", "replace"), expected.encode())

    def _device_mac(self, account_id: str, nonce: str) -> str:
        data = f"{account_id}|{nonce}".encode("utf-8", "replace")
        return hmac.new(self._device_key, data, hashlib.sha256).hexdigest()
