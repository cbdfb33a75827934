"""A workspace with people in it, on a real store, for tests of all that is around signing in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub.bus.local import LocalBus
from hub.config import Config
from hub.config_values import Address
from hub.model.agent import Agent, Role
from hub.model.events import Event
from hub.model.ids import local
from hub.ports.collections import ALL
from hub.ports.store import DocumentStore
from hub.services.passwords import Passwords
from hub.services.people import People, make_people
from hub.services.vault import Vault
from hub.tasks import Tasks
from tests.support.clock import ManualClock, settle
from tests.support.stores import fresh_store

PASSWORD = "correct horse battery"
KEY = bytes(range(32))
URL = "http://127.0.0.1:8080"


def make_config(data_dir: Path, public_url: str = URL, **changes: object) -> Config:
    fields: dict[str, object] = {
        "data_dir": data_dir,
        "listen": Address("127.0.0.1", 0),
        "public_url": public_url,
        "store": "sqlite:",
        "redis_url": None,
        "admin_email": None,
        "admin_password": None,
        "smtp_listen": None,
        "trusted_proxies": (),
        "egress_allow": (),
        "secret_key_file": data_dir / "secret.key",
        "demo": False,
        **changes,
    }
    return Config(**fields)  # type: ignore[arg-type]


@dataclass
class Town:
    """All services about people, what they published and the mails they sent."""

    people: People
    store: DocumentStore
    clock: ManualClock
    bus: LocalBus
    tasks: Tasks
    vault: Vault
    config: Config
    events: list[tuple[str, Event]] = field(default_factory=list)
    mails: list[tuple[str, str, str]] = field(default_factory=list)

    async def workspace(self, name: str = "Shop") -> str:
        return local((await self.people.workspaces.create(name)).id)

    async def agent(
        self, workspace: str, email: str, role: Role = "agent", *, homes: list[str] | None = None
    ) -> Agent:
        """A member who has joined, with PASSWORD."""
        people = self.people
        account = await people.accounts.find_or_create(email, email.partition("@")[0])
        if not account.password_hash:
            await people.accounts.set_password(account.id, PASSWORD)
        name = account.name
        agent = await people.agents.add(workspace, account, name=name, role=role, homes=homes)
        return await people.agents.join(agent.id)

    async def background(self) -> None:
        """Wait until what was started in the background is done."""
        while len(self.tasks):
            await settle()


@asynccontextmanager
async def town(
    tmp_path: Path,
    clock: ManualClock,
    kind: str = "sqlite",
    *,
    sends_mail: bool = True,
    **config: object,
) -> AsyncIterator[Town]:
    mails: list[tuple[str, str, str]] = []

    async def send_mail(to: str, subject: str, text: str) -> None:
        mails.append((to, subject, text))

    async with fresh_store(kind, tmp_path, clock, ALL) as store:
        bus, tasks, vault = LocalBus(), Tasks(), Vault(KEY)
        settings = make_config(tmp_path, **config)  # type: ignore[arg-type]
        people = make_people(
            store,
            vault=vault,
            clock=clock,
            bus=bus,
            tasks=tasks,
            public_url=settings.public_url,
            send_mail=send_mail if sends_mail else None,
            passwords=Passwords(memory_kib=64),
        )
        built = Town(people, store, clock, bus, tasks, vault, settings, mails=mails)
        bus.subscribe(lambda workspace, event: built.events.append((workspace, event)))
        try:
            yield built
        finally:
            people.passwords.close()
            await tasks.close()
