"""A mailbox at a provider that takes nothing but tokens, in the whole hub: mail comes and goes for
longer than a token lives, a replaced refresh token outlives a restart, the end of the sign-in is
told to people, and no secret lies about.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from hub import log
from hub.model.ids import local
from hub.ports.collections import INBOX_MEMORY
from hub.ports.store import Doc
from tests.support.dovecot import Dovecot, require_dovecot
from tests.support.mail_hub import until
from tests.support.mail_sink import MailSink
from tests.support.real_hub import Api, RealHub, real_hub, signed_in
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, FIRST, TokenServer

SUPPORT = "support@shop.test"


@pytest.fixture
async def provider() -> AsyncIterator[TokenServer]:
    async with TokenServer(SUPPORT) as server:
        server.rotates = True
        yield server


@pytest.fixture
async def mailbox(provider: TokenServer) -> AsyncIterator[Dovecot]:
    require_dovecot()
    server = Dovecot(introspection_url=provider.introspection_url)
    await asyncio.to_thread(server.start)
    yield server
    await asyncio.to_thread(server.remove)


@pytest.fixture
async def sink(provider: TokenServer) -> AsyncIterator[MailSink]:
    async with MailSink(takes_token=provider.is_good) as sink:
        yield sink


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    log.setup("DEBUG", stream, human=False)
    yield stream
    log.setup("WARNING", io.StringIO(), human=False)


async def open_inbox(api: Api, provider: TokenServer, mailbox: Dovecot, sink: MailSink) -> str:
    """What an administrator fills in under Settings; connected when this returns."""
    config = {
        "address": SUPPORT,
        "provider": "oauth",
        "imap_host": "127.0.0.1",
        "imap_port": mailbox.port,
        "imap_security": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": sink.port,
        "smtp_security": "none",
        "oauth_token_url": provider.token_url,
        "oauth_client_id": CLIENT_ID,
        "oauth_client_secret": CLIENT_SECRET,
        "oauth_refresh_token": FIRST,
    }
    made = await api.post("/inboxes", channel="email", name="Support", config=config)
    await until_state(api, str(made["inbox"]["id"]), "connected")
    return str(made["inbox"]["id"])


async def until_state(api: Api, inbox_id: str, state: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}

    async def is_so() -> bool:
        shown.update(await api.get(f"/inboxes/{inbox_id}"))
        return bool(shown["inbox"]["health"]["state"] == state)

    await until(is_so)
    return shown


def mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"] = "Ann <ann@customer.test>"
    message["To"] = SUPPORT
    message["Subject"] = f"Order {number}"
    message["Message-ID"] = f"<m{number}@customer.test>"
    message.set_content(f"Where is order {number}?\n")
    return message.as_bytes().replace(b"\n", b"\r\n")


async def comes_in(api: Api, mailbox: Dovecot, number: int) -> str:
    """A customer's mail arrives in the mailbox, then in the inbox: its conversation's id."""
    await asyncio.to_thread(mailbox.append, mail(number))
    found: list[str] = []

    async def is_there() -> bool:
        listed = (await api.get("/conversations", view="all"))["items"]
        page = await api.get(f"/conversations/{listed[0]['id']}/messages") if listed else {}
        said = [item["text"].strip() for item in page.get("items", [])]
        found[:] = [listed[0]["id"]] if f"Where is order {number}?" in said else []
        return bool(found)

    await until(is_there)
    return found[0]


async def token_ends(hub: RealHub, provider: TokenServer, mailbox: Dovecot) -> None:
    """An hour later: the provider closes the mailbox's connection."""
    provider.expire()
    hub.clock.jump(3600)
    await asyncio.to_thread(mailbox.stop)
    await asyncio.to_thread(mailbox.start)


async def answer(api: Api, sink: MailSink, conversation_id: str, times: int) -> None:
    await api.post(
        f"/conversations/{conversation_id}/messages", client_id=f"answer-{times:08d}", text="Soon."
    )

    async def has_left() -> bool:
        return len(sink.mails) == times

    await until(has_left)


def clear_secrets(provider: TokenServer, folder: Path) -> list[str]:
    """Secrets that any file of the hub holds in the clear."""
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"customer.test" in kept
    return [secret for secret in provider.secrets if secret.encode() in kept]


async def test_a_mailbox_by_oauth_lives_longer_than_its_tokens(
    tmp_path: Path,
    provider: TokenServer,
    mailbox: Dovecot,
    sink: MailSink,
    lines: io.StringIO,
) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as api:
        inbox_id = await open_inbox(api, provider, mailbox, sink)
        conversation_id = await comes_in(api, mailbox, 1)
        await answer(api, sink, conversation_id, 1)
        await token_ends(hub, provider, mailbox)
        await comes_in(api, mailbox, 2)
        await sink.hang_up()
        await answer(api, sink, conversation_id, 2)
        tried = await api.post(f"/inboxes/{inbox_id}/test")
        assert tried["ok"], tried
        shown = await api.get(f"/inboxes/{inbox_id}")
        assert {"oauth_client_secret", "oauth_refresh_token"} <= set(shown["secrets_set"])
        assert not [secret for secret in provider.secrets if secret in str(shown)]
        assert clear_secrets(provider, tmp_path) == []
    latest, asked = provider.refresh_token, len(provider.asked)
    assert latest != FIRST
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as api:
        await until_state(api, inbox_id, "connected")
        assert provider.used[asked] == latest
        await comes_in(api, mailbox, 3)
        await over_and_again(api, hub, inbox_id, provider, mailbox)
        assert clear_secrets(provider, tmp_path) == []
        assert await kept_by_inboxes(hub)
        await api.write("DELETE", f"/inboxes/{inbox_id}")
        assert await kept_by_inboxes(hub) == []
    told = lines.getvalue()
    assert "migration begins" in told
    assert not [secret for secret in provider.secrets if secret in told]


async def kept_by_inboxes(hub: RealHub) -> list[Doc]:
    (workspace,) = await hub.services.workspaces.all()
    page = await hub.services.store.find(INBOX_MEMORY, local(workspace.id), {}, limit=100)
    docs: list[Doc] = page.docs
    return docs


async def over_and_again(
    api: Api, hub: RealHub, inbox_id: str, provider: TokenServer, mailbox: Dovecot
) -> None:
    """Somebody changed the mailbox's password; health says what to do, and it helps."""
    provider.revoke()
    await token_ends(hub, provider, mailbox)
    shown = await until_state(api, inbox_id, "bad_credentials")
    assert "enter the new refresh token" in shown["inbox"]["health"]["detail"]
    tried = await api.post(f"/inboxes/{inbox_id}/test")
    assert (tried["ok"], tried["code"]) == (False, "auth_failed")
    assert "enter the new refresh token" in tried["message"]
    config = {"oauth_refresh_token": provider.sign_in_again()}
    await api.write("PATCH", f"/inboxes/{inbox_id}", config=config)
    await until_state(api, inbox_id, "connected")
    await comes_in(api, mailbox, 4)
