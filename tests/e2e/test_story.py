"""The story of the first issue, in Chromium, with real SMTP and IMAP, on both stores.

A customer chats on the sample website and leaves; the agent answers in the inbox; the answer
follows by e-mail; the customer replies from a mail program; the agent sees one conversation.
"""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.support.dovecot import PASSWORD as MAIL_PASSWORD
from tests.support.dovecot import Dovecot
from tests.support.mail_hub import open_inbox, until
from tests.support.mail_sink import MailSink
from tests.support.real_hub import EMAIL, PASSWORD, RealHub, real_hub, signed_in
from tests.support.stores import KINDS

SUPPORT = "support@shop.test"


async def _open_mailbox(hub: RealHub, dovecot: Dovecot, sink: MailSink) -> None:
    """What an administrator fills in under Settings."""
    async with signed_in(hub.url) as api:
        inbox_id = await open_inbox(api, sink, SUPPORT, dovecot)
        assert (await api.post(f"/inboxes/{inbox_id}/test"))["ok"]
        shown = await api.get(f"/inboxes/{inbox_id}")
        assert "imap_secret" in shown["secrets_set"]
        assert MAIL_PASSWORD not in str(shown)


async def _chat(context: Any, hub: RealHub) -> None:
    """The customer asks, leaves an address, and closes the website."""
    page = await context.new_page()
    await page.goto(f"{hub.url}/demo")
    await page.get_by_role("button", name="Ask us something").click()
    message = page.get_by_role("textbox", name="Write a message")
    await message.fill("Where is my order?")
    await page.keyboard.press("Enter")
    await page.get_by_text("Sent").first.wait_for()
    await page.get_by_role("textbox", name="Your e-mail address").fill("ann@customer.test")
    await page.keyboard.press("Enter")
    await page.get_by_text("Answers also go to").wait_for()
    await page.close()


async def _sign_in(page: Any, hub: RealHub) -> None:
    await page.goto(hub.url)
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")


async def _answer(page: Any, text: str) -> None:
    await page.get_by_text("Where is my order?").first.click()
    composer = page.get_by_placeholder("Write a reply")
    await composer.fill(text)
    await page.keyboard.press("Control+Enter")
    await page.get_by_role("log").get_by_text(text).wait_for()


@pytest.mark.parametrize("kind", KINDS)
async def test_one_conversation_over_website_and_mail(
    kind: str, tmp_path: Path, dovecot: Dovecot, browser: Any
) -> None:
    async with MailSink() as sink, real_hub(kind, tmp_path) as hub:
        await _open_mailbox(hub, dovecot, sink)
        customer = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        agent = await browser.new_context(
            locale="en-GB", reduced_motion="reduce", viewport={"width": 1400, "height": 900}
        )
        page = await agent.new_page()
        await _sign_in(page, hub)
        await page.get_by_role("heading", name="Welcome").wait_for()
        await _chat(customer, hub)
        await _answer(page, "It left our shop this morning.")

        async def has_followed() -> bool:
            hub.clock.jump(60)
            return len(sink.mails) == 1

        await until(has_followed)
        followed = email.message_from_bytes(sink.mails[0].raw, policy=email.policy.default)
        assert sink.mails[0].recipients == ["ann@customer.test"]
        body = followed.get_body(("plain",))
        assert body is not None
        assert "It left our shop this morning." in body.get_content()

        reply = EmailMessage()
        reply["From"] = "Ann <ann@customer.test>"
        reply["To"] = followed["Reply-To"] or followed["From"]
        reply["Subject"] = f"Re: {followed['Subject']}"
        reply["Message-ID"] = "<reply-1@customer.test>"
        reply["In-Reply-To"] = followed["Message-ID"]
        reply.set_content("Thank you, that was quick!\n\n> It left our shop this morning.\n")
        dovecot.append(reply.as_bytes(policy=email.policy.SMTP))
        await page.get_by_role("log").get_by_text("Thank you, that was quick!").wait_for()
        await _check_one_conversation(hub)


async def _check_one_conversation(hub: RealHub) -> None:
    async with signed_in(hub.url) as api:
        listed = (await api.get("/conversations", view="all"))["items"]
        assert len(listed) == 1
        assert set(listed[0]["channels"]) == {"webchat", "email"}
        page = await api.get(f"/conversations/{listed[0]['id']}/messages")
        said = [m["text"].strip() for m in page["items"] if m["kind"] == "message"]
        assert said == [
            "Where is my order?",
            "It left our shop this morning.",
            "Thank you, that was quick!",
        ]
        contact = await api.get(f"/contacts/{listed[0]['contact']['id']}")
        kinds = {(i["kind"], i["is_verified"]) for i in contact["identities"]}
        assert kinds == {("visitor", False), ("email", True)}
