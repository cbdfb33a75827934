"""The synthetic mails through a whole hub by SMTP: which conversation each one joins and why, on
both stores. What a mail says is asserted in `tests/channels/email/test_expected.py`; here, what
becomes of it.

The corpus speaks of a conversation c123 with Anna in another system's format; each mail gets an
Anna of its own, to whom an agent of this hub really wrote, and our real names in place of those.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.model.ids import local
from hub.model.message import Message
from hub.ports.collections import MESSAGES
from hub.services.docs import from_doc
from tests.support import specs
from tests.support.mail_hub import SUPPORT, MailHub, mail_hub
from tests.support.stores import KINDS

pytestmark = pytest.mark.e2e

EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data/email/expected.json").read_text("utf-8")
)
#: The corpus' words for the sign that joined a mail, and the hub's.
JOINED_BY = {
    "none": "new",
    "token": "token",
    "message_id": "reference",
    "thread_index": "reference",
}
#: What a report does to the message it is about; a complaint and a foreign bounce do nothing.
DELIVERY = {
    "dsn_01_hard_5_1_1.eml": "failed",
    "dsn_02_soft_4_2_2_delayed.eml": "sent",
    "dsn_03_policy_5_7_26_dmarc.eml": "failed",
    "dsn_04_size_5_3_4.eml": "failed",
    "dsn_05_delivered_relayed.eml": "sent",
    "loop_10_mdn_read_receipt.eml": "read",
}
_FROM = re.compile(rb"^From:.*?([\w.+-]+)@([\w.-]+)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Case:
    """One mail as this hub gets it."""

    name: str
    raw: bytes
    to: str
    sender: str
    #: The conversation that the mail may be about, "" when there is none.
    about: str = ""

    @property
    def wanted(self) -> dict[str, Any]:
        return EXPECTED[self.name]


async def prepare(hub: MailHub, name: str, number: int) -> Case:
    """The mail with a sender of its own, and what must have happened before it comes."""
    raw = (specs.require("email/synthetic") / name).read_bytes()
    for address in {b"anna@customer.example", *_senders(raw)}:
        raw = raw.replace(address, address.replace(b"@", b"@n%d." % number))
    case = Case(name, raw, SUPPORT, next(iter(_senders(raw)), b"").decode().lower())
    if b"c123" in raw:
        await _write_first(hub, case, f"anna@n{number}.customer.example")
    if name.startswith("thread_08"):
        first = b"Message-ID: <t9-first@outlook.example>"
        await hub.deliver(raw.replace(b"Message-ID: <t9@outlook.example>", first))
        await hub.settle()
        listed = await hub.api.get("/conversations", view="all")
        case.about = listed["items"][0]["id"]
    return case


def _senders(raw: bytes) -> list[bytes]:
    """The sender's address, unless it is ours or no plain one."""
    return [b"@".join(found) for found in _FROM.findall(raw)[:1] if found[1] != b"acme.example"]


async def _write_first(hub: MailHub, case: Case, anna: str) -> None:
    case.about, mail = await hub.start(anna)
    reply_to = mail["Reply-To"].addresses[0].addr_spec
    if b"support+c123.9f8e7d6c@" in case.raw:
        case.to = reply_to
    case.raw = case.raw.replace(b"support+c123.9f8e7d6c@acme.example", reply_to.encode())
    own_id = mail["Message-ID"].strip("<> ").encode()
    case.raw = case.raw.replace(b"conv-c123-msg-2@acme.example", own_id)
    if case.name.startswith("thread_06"):  # its subject must not reopen what is closed
        await hub.api.write(
            "PATCH", f"/conversations/{case.about}", client_id="close-thread-06", state="closed"
        )


async def all_inbound(hub: MailHub) -> list[Message]:
    services = hub.hub.services
    workspace = local((await services.workspaces.all())[0].id)
    found: list[Message] = []
    after = None
    while True:
        page = await services.store.find(MESSAGES, workspace, {}, after=after, limit=200)
        found += [from_doc(Message, doc) for doc in page.docs]
        after = page.next
        if after is None:
            return [m for m in found if m.kind == "message" and m.direction == "in"]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_mail_joins_what_it_must(kind: str, tmp_path: Path) -> None:
    specs.require("email/synthetic")
    async with mail_hub(kind, tmp_path) as hub:
        cases = [await prepare(hub, name, n) for n, name in enumerate(sorted(EXPECTED))]
        sent = len(hub.sink.mails)
        for case in cases:
            await hub.deliver(case.raw, case.to)
        await hub.settle()
        inbound = await all_inbound(hub)
        faults = []
        for case in cases:
            faults += await _faults(hub, case, inbound)
        assert not faults, "\n".join(faults)
        assert len(hub.sink.mails) == sent, "nothing answers by itself"


async def _faults(hub: MailHub, case: Case, inbound: list[Message]) -> list[str]:
    """What differs from the conclusions, as text."""
    wanted = case.wanted
    found = _of(case, inbound)
    if wanted["conversation"] == "dropped" or wanted["joined_by"] == "about_message_id":
        faults = [f"{case.name}: shown as a message"] if found else []
        return faults + await _report_faults(hub, case)
    if len(found) != 1:
        return [f"{case.name}: {len(found)} messages"]
    message = found[0]
    assert message.mail is not None
    conversation = message.conversation_id.split(".", 1)[1]
    beside = [m for m in inbound if m.conversation_id == message.conversation_id]
    is_new = conversation != case.about and len(beside) == 1
    facts = {
        "conversation": "new" if is_new else "known" if conversation == case.about else "foreign",
        "joined_by": message.details["joined_by"],
        "kind": message.mail.kind,
        "auto": message.is_auto,
        "text": message.text.strip(),
    }
    stated = {
        "conversation": "new" if wanted["conversation"] == "new" else "known",
        "joined_by": JOINED_BY[wanted["joined_by"]],
        "kind": wanted["kind"],
        "auto": wanted["auto"],
        "text": wanted["text"].strip(),
    }
    return [
        f"{case.name}: {key} is {facts[key]!r}, not {value!r}"
        for key, value in stated.items()
        if facts[key] != value
    ]


def _of(case: Case, inbound: list[Message]) -> list[Message]:
    """The messages that this mail became (its own file tells, for senders may lack an address)."""
    own_id = re.search(rb"^Message-ID:\s*(<[^>\s]+>)", case.raw, re.MULTILINE | re.IGNORECASE)
    return [
        m
        for m in inbound
        if m.mail is not None
        and (m.address == case.sender or not case.sender)
        and (own_id is None or m.mail.message_id == own_id[1].decode())
    ]


async def _report_faults(hub: MailHub, case: Case) -> list[str]:
    if not case.about:
        return []
    ours = [m for m in await hub.messages(case.about) if m["direction"] == "out"]
    wanted = DELIVERY.get(case.name, "accepted")
    if ours[0]["delivery"] == wanted:
        return []
    return [f"{case.name}: our message is {ours[0]['delivery']}, not {wanted}"]
