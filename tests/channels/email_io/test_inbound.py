"""What each kind of mail becomes: messages, reports, or nothing; with real mails where there are
some.
"""

import os
from pathlib import Path

import pytest

from channels.email.inbound import UNKNOWN_SENDER, Intake
from channels.email.kinds import OWN_MARK
from channels.email.own import OwnNames
from channels.email.parse import Known
from hub.errors import Unavailable
from hub.model.ids import message_id
from hub.ports.inbound import DeliveryReported, Ignored, InboundEvent, MessageReceived
from tests.channels.email_io.support import InlineParser, config, intake_of, mail
from tests.support.adapter_context import MemoryContext

SPECS = Path(os.environ.get("SANTRAL_SPECS", Path(__file__).parents[4] / "shared/specs")) / "email"
ARRIVED = 1_790_000_000_000
TOKEN = "a" * 26 + "b" * 16


@pytest.fixture
def ctx() -> MemoryContext:
    return MemoryContext(config())


async def take(ctx: MemoryContext, raw: bytes, **known: tuple[str, ...]) -> InboundEvent:
    own, _ = intake_of(ctx)
    intake = Intake(ctx, own, InlineParser(), Known(own_addresses=(own.address,), **known))
    await intake.take(raw, arrived_ms=ARRIVED)
    return ctx.events[-1]


async def message(ctx: MemoryContext, raw: bytes, **known: tuple[str, ...]) -> MessageReceived:
    event = await take(ctx, raw, **known)
    assert isinstance(event, MessageReceived), event
    return event


def own_message(ctx: MemoryContext) -> tuple[str, str]:
    """A message of ours and the Message-ID under which it left."""
    id = message_id(f"{ctx.inbox.id.split('.')[0]}.{'c' * 26}", 7)
    own, _ = intake_of(ctx)
    return id, own.provider_id(id)


def dsn(original: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.test\r\nTo: support@shop.test\r\nSubject: Undelivered\r\n"
        "Message-ID: <dsn1@mx.test>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        f"Final-Recipient: rfc822; ayse@customer.test\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 No such user\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: support@shop.test\r\nMessage-ID: {original}\r\nSubject: hi\r\n\r\n--b--\r\n"
    ).encode()


async def test_a_plain_mail(ctx: MemoryContext) -> None:
    event = await message(ctx, mail(1, at=ARRIVED / 1000 - 60))
    assert event.sender.kind == "email"
    assert event.sender.value == "ayse@customer.test"
    assert event.sender_name == "Ayşe"
    assert event.text == "Hello 1"
    assert event.refs == ["<m1@customer.test>"]
    assert event.at == ARRIVED - 60_000
    assert not event.is_verified
    assert not event.is_auto
    assert event.thread is not None
    assert event.thread.auth == "none"
    assert event.mail is not None
    assert event.mail.to == ["support@shop.test"]
    assert ctx.files.saved[event.mail.source_file_id][1] == mail(1, at=ARRIVED / 1000 - 60)


@pytest.mark.parametrize("days", [-400, 3])
async def test_a_senders_wrong_clock_is_not_believed(ctx: MemoryContext, days: int) -> None:
    event = await message(ctx, mail(1, at=ARRIVED / 1000 + days * 86_400))
    assert event.at == ARRIVED


async def test_only_our_own_server_proves_a_sender(ctx: MemoryContext) -> None:
    verdict = b"Authentication-Results: mx.shop.test; dmarc=%s header.from=customer.test\r\n"
    known = ("mx.shop.test",)
    proved = await message(ctx, verdict % b"pass" + mail(1), authserv_ids=known)
    assert proved.is_verified
    failed = await message(ctx, verdict % b"fail" + mail(2), authserv_ids=known)
    assert not failed.is_verified
    assert failed.thread is not None
    assert failed.thread.auth == "fail"
    forged = await message(ctx, verdict % b"pass" + mail(3), authserv_ids=("mx.other.test",))
    assert not forged.is_verified


async def test_tokens_and_references_are_handed_on_unverified(ctx: MemoryContext) -> None:
    raw = mail(1, to=f"Shop <support+{TOKEN.upper()}@shop.test>")
    raw = b"In-Reply-To: <b@x>\r\nReferences: <a@x> <b@x>\r\n" + raw
    event = await message(ctx, raw)
    assert event.thread is not None
    assert event.thread.tokens == [TOKEN]
    assert event.thread.refs == ["<b@x>", "<a@x>"]


async def test_our_own_mail_that_comes_back_is_dropped(ctx: MemoryContext) -> None:
    _, sent_as = own_message(ctx)
    own, _ = intake_of(ctx)
    echo = f"{OWN_MARK}: {own.mark(sent_as)}\r\nMessage-ID: {sent_as}\r\n".encode()
    raw = echo + b"From: list@elsewhere.test\r\nSubject: echo\r\n\r\nhi\r\n"
    assert (await take(ctx, raw)) == Ignored(event_id=ctx.events[-1].event_id, reason="own_mail")
    spoofed = mail(2).replace(b"ayse@customer.test>\r\nTo", b"Support@shop.test>\r\nTo")
    event = await take(ctx, spoofed)
    assert isinstance(event, Ignored)
    assert event.reason == "own_mail"


async def test_the_mark_of_another_inbox_ends_automatic_answers_not_the_mail(
    ctx: MemoryContext,
) -> None:
    raw = f"{OWN_MARK}: {'z' * 26}\r\n".encode() + mail(1)
    assert (await message(ctx, raw)).is_auto


async def test_a_bounce_is_a_report_on_our_message(ctx: MemoryContext) -> None:
    id, sent_as = own_message(ctx)
    event = await take(ctx, dsn(sent_as))
    assert isinstance(event, DeliveryReported)
    assert (event.message_id, event.provider_id) == (id, sent_as)
    assert event.delivery == "failed"
    assert event.reason == "recipient_unreachable"
    assert event.detail.startswith("5.1.1")


async def test_a_delay_does_not_fail_the_message(ctx: MemoryContext) -> None:
    _, sent_as = own_message(ctx)
    event = await take(ctx, dsn(sent_as, "delayed", "4.4.1"))
    assert isinstance(event, DeliveryReported)
    assert (event.delivery, event.reason) == ("sent", "")


async def test_a_bounce_with_a_forged_id_touches_nothing(ctx: MemoryContext) -> None:
    _, sent_as = own_message(ctx)
    forged = sent_as.replace(sent_as.split(".")[2][:4], "aaaa")
    for original in (forged, "<foreign@x.test>"):
        event = await take(ctx, dsn(original))
        assert event == Ignored(event_id=event.event_id, reason="foreign_bounce")


async def test_a_bounce_that_only_knows_the_conversation_is_shown_there(
    ctx: MemoryContext,
) -> None:
    raw = dsn("<lost@x.test>").replace(b"To: support@", f"To: support+{TOKEN}@".encode(), 1)
    event = await message(ctx, raw)
    assert event.is_auto
    assert event.thread is not None
    assert event.thread.tokens == [TOKEN]


async def test_a_mail_without_a_sender_is_kept_and_never_answered(ctx: MemoryContext) -> None:
    event = await message(ctx, b"Subject: who\r\n\r\nhello\r\n")
    assert event.sender.value == UNKNOWN_SENDER
    assert event.is_auto


async def test_attachments_are_stored_before_the_event(ctx: MemoryContext) -> None:
    raw = (
        b"From: a@b.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; boundary="b"\r\n\r\n'
        b'--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p><img src="cid:pic@x"><img src="http://t/x">'
        b"\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\n"
        b"Content-Disposition: inline; filename=../p.png\r\n\r\npng\r\n--b--\r\n"
    )
    event = await message(ctx, raw)
    (picture,) = event.attachments
    assert ctx.files.saved[picture.file_id][1] == b"png"
    assert (picture.content_id, picture.is_inline) == ("pic@x", True)
    assert "/" not in picture.name
    assert event.mail is not None
    assert "cid:pic@x" in event.mail.html
    assert event.mail.remote_images == 1


async def test_an_attachment_over_the_hubs_limit_is_left_out_with_a_notice(
    ctx: MemoryContext,
) -> None:
    raw = (
        b"From: a@b.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\ntext\r\n'
        b"--b\r\nContent-Disposition: attachment; filename=a.bin\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * 300 + b"\r\n--b--\r\n"
    )
    ctx.files.limit_bytes = 600
    event = await message(ctx, raw)
    assert event.text == "text"
    assert event.attachments == []
    assert event.mail is not None
    assert event.mail.source_file_id == ""
    assert event.mail.notices == ["source_too_large", "attachment_too_large"]


async def test_unavailable_is_passed_on(ctx: MemoryContext) -> None:
    ctx.fail_accepts = 1
    with pytest.raises(Unavailable):
        await take(ctx, mail(1))


async def test_every_synthetic_mail_becomes_one_event() -> None:
    ctx = MemoryContext(config(address="support@acme.example"))
    folder = SPECS / "synthetic"
    if not folder.is_dir():
        pytest.skip("shared/specs/email/synthetic is missing")
    files = sorted(folder.glob("*.eml"))
    assert len(files) > 70
    for file in files:
        before = len(ctx.events)
        event = await take(ctx, file.read_bytes())
        assert len(ctx.events) == before + 1, file.name
        if file.name.startswith("loop_") and isinstance(event, MessageReceived):
            assert event.is_auto or "human" in file.name, file.name


def test_names_of_one_inbox_mean_nothing_to_another() -> None:
    one, two = MemoryContext(config()), MemoryContext(config())
    id, sent_as = own_message(one)
    own = OwnNames(two.inbox.address, one.inbox.id, two.sign)
    assert intake_of(one)[0].message_of(sent_as) == id
    assert own.message_of(sent_as) is None
