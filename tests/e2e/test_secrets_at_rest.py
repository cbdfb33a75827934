"""Who copies the store reads no secret in it (S-63), and the API gives none back: credentials of
mailboxes, sessions, keys, links, passwords. Changing the key: `tests/unit/services/test_vault.py`,
`test_keys_and_settings.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from hub.ports.collections import ALL
from tests.support.real_hub import EMAIL, PASSWORD, Api, RealHub, real_hub
from tests.support.stores import KINDS
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
CANARY = "canary-of-the-mailbox-4711"


async def everything(hub: RealHub) -> str:
    """All documents as the port gives them."""
    found: list[str] = []
    for coll in ALL:
        after: str | None = None
        while True:
            page = await hub.services.store.dump(coll, after)
            found += [repr(doc) for doc in page.docs]
            after = page.next
            if after is None:
                break
    return "\n".join(found)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_store_and_the_api_hold_no_plain_secret(kind: str, tmp_path: Path) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        real_hub(kind, tmp_path) as hub,
        aiohttp.ClientSession(cookie_jar=jar) as session,
        aiohttp.ClientSession() as website,
    ):
        api = Api(session, hub.url)
        await api.sign_in(EMAIL, PASSWORD)
        secrets = {cookie.value for cookie in jar} | {PASSWORD, CANARY}
        config = {
            "address": "support@acme.example",
            "receive": "none",
            "smtp_host": "127.0.0.1",
            "smtp_port": 9,
            "smtp_security": "none",
            "smtp_user": "support",
            "smtp_secret": CANARY,
        }
        made = await api.post("/inboxes", channel="email", name="Mail", config=config)
        shown = [made, await api.get("/inboxes"), await api.get(f"/inboxes/{made['inbox']['id']}")]
        assert CANARY not in json.dumps(shown)
        secrets.add((await api.post("/api-keys", name="Shop", scopes=["label:read"]))["key"])
        invited = await api.post("/agents", email="bea@shop.example", name="Bea", role="agent")
        secrets.add(invited["link"].partition("token=")[2])
        visitor = Visitor(website, hub.url, await chat_hook(hub))
        await visitor.say("hello")
        secrets.add(visitor.token.rpartition(".")[2])
        await hub.running.hub.journal.settle()
        said = await everything(hub)
        assert "support@acme.example" in said
        assert len(secrets) >= 6
        assert [one for one in secrets if len(one) < 10 or one in said] == []
    # Leaving also closed the store: what SQLite keeps on disk beside its documents.
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "secret.key"]
    raw = b"".join(path.read_bytes() for path in files)
    assert [one for one in secrets if one.encode() in raw] == []
