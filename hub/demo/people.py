"""Who works in the sample shop, and how they sign in: one password made at random, kept beside the
data (the demo's alone, readable by its owner) so that every start can print it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import NamedTuple

from hub.model.agent import Agent, Role, Scope
from hub.services.agents import scope_of
from hub.web.services import Services

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Worker(NamedTuple):
    key: str
    name: str
    role: Role
    language: str


STAFF = (
    Worker("fern", "Fern Potterly", "admin", ""),
    Worker("moss", "Mossa Glazewell", "supervisor", ""),
    Worker("pip", "Pip Kilnworth", "agent", ""),
    Worker("toprak", "Toprak Çömlekoğlu", "agent", ""),
)


def email_of(worker: Worker) -> str:
    return f"{worker.key}@shop.example"


class SignIns:
    """The password of everybody in the sample shop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.password = ""

    def load(self) -> None:
        """Read the file, or make it with a new password (about 79 bits)."""
        if self._path.exists():
            self.password = self._path.read_text(encoding="utf-8").strip()
            return
        groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        self.password = "-".join(groups)
        number = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(f"{self.password}\n")

    def notes(self) -> list[tuple[str, str]]:
        admin, *others = STAFF
        roles = ", ".join(f"{email_of(worker)} ({worker.role})" for worker in others)
        return [
            ("Sign in as", email_of(admin)),
            ("Password", self.password),
            ("Same password for", roles),
        ]


async def make_staff(services: Services, workspace: str, sign_ins: SignIns) -> dict[str, Scope]:
    """Everybody who works here, by key. Safe to repeat."""
    found = {agent.email: agent for agent in await services.agents.list_all(workspace)}
    return {
        worker.key: scope_of(
            await _make(services, workspace, worker, found.get(email_of(worker)), sign_ins)
        )
        for worker in STAFF
    }


async def _make(
    services: Services, workspace: str, worker: Worker, agent: Agent | None, sign_ins: SignIns
) -> Agent:
    if agent is not None and agent.has_joined:
        return agent
    accounts, agents = services.accounts, services.agents
    account = await accounts.find_or_create(email_of(worker), worker.name, worker.language)
    if agent is None:
        agent = await agents.add(workspace, account, name=worker.name, role=worker.role)
    await accounts.set_password(account.id, sign_ins.password)
    return await agents.join(agent.id, worker.name)
