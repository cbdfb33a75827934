"""Texts that some store, encoder or index cannot hold (R-35), in every field that a customer can
fill: replaced or stored, nothing stuck, and both stores hold the same. What no JSON can hold, and
what is far too long, is dealt with before this point: `tests/channels/webchat/test_messages.py`,
`tests/channels/email/test_fuzz.py`, `tests/e2e/test_large_texts.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.model.contact import Address
from hub.model.message import Message
from hub.ports.collections import CONTACTS, JOURNAL
from hub.ports.inbound import DetailsClaimed, MessageReceived, ThreadHints
from tests.support.core import running_core
from tests.support.stores import KINDS

TEXTS = {
    "NUL": "a\x00b",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85",
    "invalid UTF-8": b"\xff\xfe\x80".decode("utf-8", "replace"),
    "four bytes": "😀👩‍👩‍👧‍👦𝔘",
    "right to left": "\u202egnp.exe\u2066",
    "not characters": "\ufffe\uffff\U0010ffff",
    "many marks": "e" + "\u0301" * 5_000,
    "expands when folded": "\ufdfa" * 1_000,
    "operators": '{"$ne": 1} $where a.b \\" \' ; --',
    "line ends": "a\r\nb\u2028c\rd",
    "empty": " \n ",
    "long": "x " * 25_000,
    "one long word of four bytes": "😀" * 20_000,
}


def events(inbox: str, text: str, number: int) -> list[MessageReceived | DetailsClaimed]:
    sender = Address("visitor", f"v{number}", inbox)
    return [
        MessageReceived(
            event_id=f"m{number}",
            sender=sender,
            sender_name=text,
            at=1,
            text=text,
            subject=text,
            refs=[text[:2_000]],
            thread=ThreadHints(tokens=[text[:2_000]], refs=[text[:2_000]]),
            claimed_name=text,
            claimed_email=text,
            language=text,
        ),
        DetailsClaimed(
            event_id=f"d{number}", sender=sender, name=text, email=text, language=text, at=2
        ),
        MessageReceived(event_id=f"n{number}", sender=sender, at=3, text="and on it goes"),
    ]


def shown(message: Message) -> tuple[str, ...]:
    return message.text, message.subject, message.author.name, message.kind


async def outcome(kind: str, folder: Path) -> tuple[list[object], list[object]]:
    """Messages and contacts as one store holds them, without their ids."""
    folder.mkdir()
    async with running_core(kind, folder) as core:
        inbox = core.inboxes["chat"].id
        for number, text in enumerate(TEXTS.values()):
            for event in events(inbox, text, number):
                await core.wire.receive(inbox, event)
        await core.settle()
        rows = (await core.store.dump(JOURNAL, limit=1_000)).docs
        assert {row["state"] for row in rows} == {"done"}
        assert len(rows) == 3 * len(TEXTS)
        messages = await core.messages()
        assert len(messages) == 2 * len(TEXTS)
        contacts = (await core.store.dump(CONTACTS, limit=1_000)).docs
        texts = [{name: doc[name] for name in ("name", "claimed_email")} for doc in contacts]
        return sorted(map(shown, messages)), sorted(texts, key=repr)


async def test_both_stores_hold_the_same_and_nothing_is_stuck(tmp_path: Path) -> None:
    found = [await outcome(kind, tmp_path / kind) for kind in KINDS]
    assert found[0] == found[1]
    messages, contacts = found[0]
    assert "\\x00" not in repr(messages) + repr(contacts)


@pytest.mark.parametrize("name", TEXTS)
async def test_what_was_stored_can_be_read_and_searched(name: str, tmp_path: Path) -> None:
    async with running_core("sqlite", tmp_path) as core:
        inbox = core.inboxes["chat"].id
        for event in events(inbox, TEXTS[name], 1):
            await core.wire.receive(inbox, event)
        await core.settle()
        reading = core.hub.services.reading
        hits, _ = await reading.search(
            core.agent(role="admin"), TEXTS[name][:1_000].encode("utf-8", "replace").decode(),
            kind="", accepts=lambda c, m: True, after=None, limit=10,
        )  # fmt: skip
        assert len(hits) <= 2
