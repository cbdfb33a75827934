"""What keeps two machines from talking for ever (R-46), and that its loss would be seen (R-52): a
machine's answer neither reopens a conversation nor waits for one, and our own mail coming back by
somebody's forwarding is no message.
"""

import asyncio
import random
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.faults import WITHOUT
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.server import MAILBOX, UP_S, Server, is_settled
from tests.support.mail_sink import MailSink

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
CUSTOMER = "ann@people.test"


def _mail(sender: str, text: str, **headers: str) -> str:
    lines = [f"From: {sender}", f"To: {MAILBOX}", "Subject: Order", f"Message-ID: <{text}@p.test>"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", text, ""])


async def _until(found: Any) -> Any:
    async with asyncio.timeout(UP_S):
        while not (value := await found()):
            await asyncio.sleep(0.05)
        return value


async def _story(server: Server, load: Load, sink: MailSink) -> dict[str, Any]:
    """Ann writes, is answered, the conversation is closed; then only machines go on."""
    await load.mail(CUSTOMER, _mail(CUSTOMER, "hello"))

    async def first() -> Any:
        return (await load.api("GET", "/conversations?view=all"))["items"]

    at = f"/conversations/{(await _until(first))[0]['id']}"
    body = {"client_id": "reply-0001", "text": "Good day"}
    await load.api("POST", f"{at}/messages", body)

    async def sent() -> list[Any]:
        return list(sink.mails)

    ours: Message = message_from_bytes((await _until(sent))[0].raw)
    await load.api("PATCH", at, {"client_id": "close-0001", "state": "closed"})
    absent = _mail(CUSTOMER, "away", Auto_Submitted="auto-replied", In_Reply_To=ours["Message-ID"])
    await load.mail(CUSTOMER, absent)
    ours.replace_header("From", "forwarder@elsewhere.test")
    await load.mail("forwarder@elsewhere.test", ours.as_string())
    await server.until(is_settled, "/metrics", UP_S)
    page = await load.api("GET", f"{at}/messages")
    detail = await load.api("GET", at)
    everything = [
        item
        for view in ("all", "closed")
        for item in (await load.api("GET", f"/conversations?view={view}"))["items"]
    ]
    return {
        "state": detail["conversation"]["state"],
        "waits": detail["conversation"]["waiting_since"] > 0,
        "conversations": len(everything),
        "texts": [m["text"].strip() for m in page["items"] if m["kind"] == "message"],
        "mails_out": len(sink.mails),
    }


async def _outcome(folder: Path, without: str) -> dict[str, Any]:
    server = Server(folder, env={WITHOUT: without})
    ledger = Ledger(folder / "ledger.jsonl")
    try:
        async with MailSink() as sink:
            await server.start()
            load = Load(server, ledger, random.Random(1), sink.port)
            await load.prepare()
            return await _story(server, load, sink)
    finally:
        await server.kill()
        ledger.close()


GOOD = {
    "state": "closed", "waits": False, "conversations": 1, "texts": ["hello", "Good day", "away"],
    "mails_out": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("without", "is_good"), [("", True), ("auto_mark", False), ("own_mark", False)]
)
async def test_machines_do_not_keep_each_other_busy(
    without: str, is_good: bool, tmp_path: Path
) -> None:
    outcome = await _outcome(tmp_path, without)
    assert (outcome == GOOD) is is_good, outcome
