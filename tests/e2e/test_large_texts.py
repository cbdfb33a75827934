"""Mails whose texts are too long for a row of the store, or weigh too much in it (R-34, R-35):
taken, shown as far as there is room, and whole as a file; none is refused for ever.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.support.mail_hub import SUPPORT, mail_hub
from tests.support.stores import KINDS

pytestmark = pytest.mark.e2e
MILLION = 1_000_000
#: (text, HTML)
BODIES = {
    "a long text": ("x " * (MILLION // 2), ""),
    "a long text of four bytes": ("😀" * MILLION, ""),
    "a long page": ("short", "<p>x</p>" * (MILLION // 8)),
    "a page of three bytes": ("short", f"<p>{'漢' * 480_000}</p>"),
    "all of four bytes": ("😀" * 150_000 + "\n> " + "😀" * 150_000, f"<p>{'😀' * 200_000}</p>"),
    "a page of quotation marks": ('"' * 120_000, "<p>" + '"' * 400_000 + "</p>"),
    "a page of backslashes": ("\\" * 120_000 + "\n> " + "\\" * 120_000, "<p>" + "\\" * 400_000),
}


def mail(number: int, text: str, html: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Ann <ann{number}@customer.example>"
    message["To"] = SUPPORT
    message["Subject"] = f"large {number}"
    message["Message-ID"] = f"<large-{number}@customer.example>"
    message.set_content(text, cte="base64")
    if html:
        message.add_alternative(html, subtype="html", cte="base64")
    return message.as_bytes()


@pytest.mark.parametrize("kind", KINDS)
async def test_no_length_of_text_keeps_a_mail_out(kind: str, tmp_path: Path) -> None:
    async with mail_hub(kind, tmp_path) as hub:
        for number, (text, html) in enumerate(BODIES.values()):
            await hub.deliver(mail(number, text, html))  # raises when it is refused
        await hub.settle()
        talks = (await hub.api.get("/conversations", view="all"))["items"]
        assert {talk["subject"] for talk in talks} == {f"large {n}" for n in range(len(BODIES))}
        for talk in talks:
            (message,) = await hub.messages(talk["id"])
            assert message["text"][:1] in 'x😀s漢"\\'
            assert message["mail"]["source_url"], talk["subject"]
