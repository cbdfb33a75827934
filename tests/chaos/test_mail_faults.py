"""R-26 through the outbox: what an SMTP server may do to an answer, and the state that it ends in.
The neighbour of `test_vendor_faults.py` for the one channel that does not speak HTTP.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.email.config import SPEC
from hub.model.message import Delivery
from tests.channels.email.sample import SAMPLE
from tests.support.mail_hub import until
from tests.support.mail_sink import MailSink
from tests.support.real_hub import free_port
from tests.support.still_hub import still_hub

#: What the server does → the row's state and reason, and how many mails it holds afterwards.
CASES: list[tuple[str, dict[str, Any], Delivery, str, int]] = [
    ("refused", {}, "retry", "transient_failure", 0),
    ("no login", {}, "retry", "auth_failed", 0),
    ("greylisted", {"at_dot": "451 4.7.1 later"}, "retry", "transient_failure", 0),
    ("full", {"at_data": "421 4.3.2 shutting down"}, "retry", "transient_failure", 0),
    ("gone at DATA", {"drop_before_data": True}, "retry", "transient_failure", 0),
    ("refused content", {"at_dot": "554 5.7.1 no"}, "failed", "content_rejected", 0),
    ("gone at the dot", {"drop_after_dot": True}, "unknown", "outcome_unknown", 1),
    ("unknown mailbox", {"at_rcpt": {SAMPLE.outbound.to.value: "550 5.1.1 no such user"}}, "failed",
     "recipient_unreachable", 0),
]  # fmt: skip

pytestmark = pytest.mark.chaos


async def test_each_fault_of_a_mail_server_ends_in_the_right_state(tmp_path: Path) -> None:
    wrong = []
    async with still_hub("sqlite", tmp_path, {SPEC.name: SPEC}) as still:
        for name, script, state, reason, held in CASES:
            async with MailSink(user="ada", password="right") as sink:
                for what, value in script.items():
                    setattr(sink, what, value)
                port = free_port() if name == "refused" else sink.port
                login = "wrong" if name == "no login" else "right"
                config = SAMPLE.config(f"smtp://127.0.0.1:{port}")
                inbox = await still.open(
                    SPEC.name, {**config, "smtp_user": "ada", "smtp_secret": login}
                )
                await still.hear(inbox, SAMPLE.outbound.to)
                [talk] = await still.conversations(inbox)
                message = await still.answer(inbox, talk, SAMPLE.outbound.to, "Hello")

                async def is_attempted(message: Any = message) -> bool:
                    row, shown = await still.row(message), await still.shown(message)
                    return not {row.state, shown.delivery} & {"queued", "sending"}

                await until(is_attempted)
                row, shown = await still.row(message), await still.shown(message)
                said = (row.state, row.reason, shown.delivery, shown.reason, len(sink.mails))
                if said != (state, reason, state, reason, held):
                    wrong.append((name, said, shown.detail))
    assert wrong == []
