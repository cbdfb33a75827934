"""What we send attacks nobody (S-07): scripts in an agent's answer, in the signature, in the name
and in the customer's own quoted mail, through the API into a real sink.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from hub.web.clean_html import clean_html
from tests.channels.email.test_html import faults
from tests.support.hostile import bodies, in_batches, payloads
from tests.support.mail_hub import MailHub, mail_hub

pytestmark = pytest.mark.e2e
CANARY = "canary.invalid"
#: What our own frame around an answer consists of.
OURS = ["<html>", "<head>", "<meta>", "charset", "<body>", "class"]
#: A link without a scheme, or to a part of the mail, leads nowhere; it does not leave in a mail.
LOCAL_LINK = re.compile(r"href (cid:|(?![a-z][a-z0-9+.-]*:)).*", re.DOTALL)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[MailHub]:
    async with mail_hub("sqlite", tmp_path) as hub:
        yield hub


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def active_in(html: str) -> list[str]:
    return [fault for fault in faults(html, may_load=True) if fault not in OURS]


def loaded_by(html: str) -> list[str]:
    """Pictures from anywhere but the mail itself."""
    return [fault for fault in faults(html) if fault.startswith("src ")]


def test_the_checker_finds_what_it_looks_for() -> None:
    assert active_in("<html><body><script>x</script></body></html>") == ["<script>"]
    assert loaded_by('<img src="http://x">') == ["src http://x"]


def test_what_an_agent_writes_is_cleaned_before_it_is_stored() -> None:
    for payload in payloads(CANARY):
        # Python takes this for white space before a scheme; browsers, for part of a path.
        html = clean_html(payload).replace("\u2028", "path/")
        assert [one for one in faults(html) if not LOCAL_LINK.fullmatch(one)] == [], payload


async def test_no_mail_that_leaves_holds_anything_active(hub: MailHub) -> None:
    found = [payload.replace("\0", "") for payload in payloads(CANARY)]
    await hub.api.write("PATCH", "/me", signature="\n".join(found[:40])[:900])
    await hub.api.write("PATCH", "/me", name=found[0][:100])
    await hub.deliver(bodies(found[:50], 1))
    await hub.settle()
    (talk,) = (await hub.api.get("/conversations", view="all"))["items"]
    batches = in_batches(found, 60)
    for number, batch in enumerate(batches):
        await hub.api.post(
            f"/conversations/{talk['id']}/messages",
            client_id=f"evil-{number:06d}",
            text="\n".join(batch)[:5000],
            html="".join(f"<div>{payload}</div>" for payload in batch) + "<p>end</p>",
        )
    await hub.settle()
    assert len(hub.sink.mails) == len(batches) >= 8
    for number in range(len(batches)):
        html = html_of(hub.sent(number))
        assert active_in(html) == [], number
        assert loaded_by(html) == [], number
