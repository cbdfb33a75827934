"""One attempt to send, against a real SMTP server that misbehaves: every ending has its one meaning
(R-07, R-26).
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.email.settings import Account
from channels.email.smtp_out import Refused, SmtpSender, Timeouts
from hub.clock import SystemClock
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    OutcomeUnknown,
    RateLimited,
    RecipientUnreachable,
    TransientFailure,
    UnreachableNow,
)
from tests.support.adapter_context import LoopbackEgress
from tests.support.certificates import Certificates, make_certificates
from tests.support.clock import ManualClock
from tests.support.mail_sink import MailSink

MAIL = b"Subject: hello\r\n\r\nbody\r\n"
FROM, TO = "support@shop.test", "ayse@customer.test"


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with MailSink() as sink:
        yield sink


def sender(port: int, **changes: object) -> SmtpSender:
    account = Account(host="localhost", port=port, security="none", **changes)  # type: ignore[arg-type]
    return SmtpSender(account, "shop.test", LoopbackEgress(), SystemClock())


async def deliver(port: int, *recipients: str, mail: bytes = MAIL) -> list[Refused]:
    out = sender(port)
    try:
        return await out.deliver([FROM], recipients or [TO], mail)
    finally:
        out.close()


async def test_a_mail_arrives_once_and_byte_for_byte(sink: MailSink) -> None:
    mail = b"Subject: dots\n\n.one\n..two\n.\nend"
    assert await deliver(sink.port, mail=mail) == []
    (got,) = sink.mails
    assert got.sender == FROM
    assert got.recipients == [TO]
    assert got.raw == b"Subject: dots\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n"


async def test_a_mail_whose_lines_are_no_lines_stays_one_mail(sink: MailSink) -> None:
    smuggled = b"Subject: x\r\n\r\nA\n.\nMAIL FROM:<evil@x.test>\r.\rRSET\r\n.\r\nDATA"
    await deliver(sink.port, mail=smuggled)
    assert len(sink.mails) == 1
    assert b"\r\nMAIL FROM:<evil@x.test>\r\n.\r\nRSET\r\n.\r\nDATA\r\n" in sink.mails[0].raw


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.7.1 Greylisted, try again in 5 minutes", TransientFailure),
        ("450 4.2.1 The user is receiving mail at a rate that prevents this", RateLimited),
        ("421 4.7.28 Too many mails from your address", RateLimited),
        ("421 4.3.2 Shutting down", TransientFailure),
        ("550 5.1.1 No such user", RecipientUnreachable),
        ("552 5.2.2 Mailbox full", UnreachableNow),
        ("550 5.7.1 Blocked by our policy", UnreachableNow),
        ("530 5.7.0 Authentication required", AuthFailed),
    ],
)
async def test_answers_to_the_recipient(
    sink: MailSink, answer: str, error: type[Exception]
) -> None:
    sink.at_rcpt[TO] = answer
    with pytest.raises(error) as caught:
        await deliver(sink.port)
    assert type(caught.value) is error
    assert not sink.mails


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("421 4.4.2 Timeout", TransientFailure),
        ("451 4.3.0 Local error", TransientFailure),
        ("554 5.7.1 Spam", ContentRejected),
    ],
)
@pytest.mark.parametrize("stage", ["at_data", "at_dot"])
async def test_answers_to_the_mail(
    sink: MailSink, stage: str, answer: str, error: type[Exception]
) -> None:
    setattr(sink, stage, answer)
    with pytest.raises(error) as caught:
        await deliver(sink.port)
    assert type(caught.value) is error


async def test_a_refused_sender_needs_a_person(sink: MailSink) -> None:
    sink.at_mail[FROM] = "553 5.7.1 Sender address rejected: not owned by user"
    with pytest.raises(AuthFailed):
        await deliver(sink.port)


async def test_an_oversized_mail_is_the_contents_fault(sink: MailSink) -> None:
    sink.at_mail[FROM] = "552 5.3.4 Message size exceeds limit"
    with pytest.raises(ContentRejected):
        await deliver(sink.port)


async def test_the_second_return_path_is_used_when_the_first_is_refused(sink: MailSink) -> None:
    sink.at_mail["<>"] = sink.at_mail[""] = "550 5.7.1 null sender not allowed"
    out = sender(sink.port)
    assert await out.deliver(["", FROM], [TO], MAIL) == []
    assert [mail.sender for mail in sink.mails] == [FROM]
    out.close()


async def test_connection_lost_after_the_final_dot_is_unknown(sink: MailSink) -> None:
    sink.drop_after_dot = True
    with pytest.raises(OutcomeUnknown):
        await deliver(sink.port)
    assert len(sink.mails) == 1


async def test_no_answer_to_the_final_dot_is_unknown(sink: MailSink) -> None:
    sink.hang_after_dot = True
    account = Account(host="localhost", port=sink.port, security="none")
    limits = Timeouts(final=0.05)
    out = SmtpSender(account, "shop.test", LoopbackEgress(), SystemClock(), limits)
    with pytest.raises(OutcomeUnknown):
        await out.deliver([FROM], [TO], MAIL)


async def test_connection_lost_at_data_is_certainly_not_accepted(sink: MailSink) -> None:
    sink.drop_before_data = True
    with pytest.raises(TransientFailure):
        await deliver(sink.port)
    assert not sink.mails


async def test_of_three_recipients_two_get_one_copy_and_the_third_is_named(sink: MailSink) -> None:
    sink.at_rcpt["gone@customer.test"] = "550 5.1.1 No such user"
    refused = await deliver(sink.port, TO, "gone@customer.test", "c@customer.test")
    assert refused == [Refused("gone@customer.test", "550 5.1.1 No such user")]
    assert [mail.recipients for mail in sink.mails] == [[TO, "c@customer.test"]]


async def test_all_recipients_refused_and_one_only_for_now_is_tried_again(sink: MailSink) -> None:
    sink.at_rcpt = {TO: "550 no", "b@customer.test": "451 later"}
    with pytest.raises(TransientFailure):
        await deliver(sink.port, TO, "b@customer.test")


async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(TransientFailure):
            await deliver(closed.getsockname()[1])


async def test_a_forbidden_host_is_never_connected_to(sink: MailSink) -> None:
    egress = LoopbackEgress()
    egress.error = BadInput("private address", "smtp_host")
    account = Account(host="169.254.169.254", port=sink.port, security="none")
    out = SmtpSender(account, "shop.test", egress, SystemClock())
    with pytest.raises(TransientFailure, match="private address"):
        await out.deliver([FROM], [TO], MAIL)
    assert sink.connections == 0


async def test_wrong_password_needs_a_person_and_the_right_one_sends() -> None:
    async with MailSink(user="shop", password="right") as sink:
        with pytest.raises(AuthFailed):
            await sender(sink.port, user="shop", secret="wrong").deliver([FROM], [TO], MAIL)
        good = sender(sink.port, user="shop", secret="right")
        assert await good.deliver([FROM], [TO], MAIL) == []
        good.close()
        assert len(sink.mails) == 1


async def test_a_server_without_any_sign_in_needs_a_person(sink: MailSink) -> None:
    with pytest.raises(AuthFailed):
        await sender(sink.port, user="shop", secret="x").probe()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))


def server_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.usefixtures("trusted")
async def test_starttls_checks_the_name_though_the_address_is_pinned(
    certificates: Certificates,
) -> None:
    async with MailSink(tls=server_tls(certificates.certificate, certificates.key)) as sink:
        account = Account(host="localhost", port=sink.port, security="starttls")
        out = SmtpSender(account, "shop.test", LoopbackEgress(), SystemClock())
        assert await out.deliver([FROM], [TO], MAIL) == []
        out.close()
        other = Account(host="mail.other.test", port=sink.port, security="starttls")
        with pytest.raises(TransientFailure, match="certificate"):
            await SmtpSender(other, "shop.test", LoopbackEgress(), SystemClock()).probe()


async def test_an_unknown_authority_is_not_trusted(certificates: Certificates) -> None:
    async with MailSink(tls=server_tls(certificates.certificate, certificates.key)) as sink:
        account = Account(host="localhost", port=sink.port, security="starttls")
        with pytest.raises(TransientFailure):
            await SmtpSender(account, "shop.test", LoopbackEgress(), SystemClock()).probe()


async def test_a_server_that_hides_starttls_gets_no_password(sink: MailSink) -> None:
    account = Account(
        host="localhost", port=sink.port, security="starttls", user="shop", secret="right"
    )
    with pytest.raises(TransientFailure):
        await SmtpSender(account, "shop.test", LoopbackEgress(), SystemClock()).probe()


async def test_one_connection_carries_many_mails_and_a_dead_one_is_replaced(
    sink: MailSink,
) -> None:
    out = sender(sink.port)
    for _ in range(3):
        await out.deliver([FROM], [TO], MAIL)
    assert sink.connections == 1
    await sink.hang_up()
    await out.deliver([FROM], [TO], MAIL)
    assert sink.connections == 2
    assert len(sink.mails) == 4
    out.close()


async def test_an_old_connection_is_not_used_again(sink: MailSink) -> None:
    clock = ManualClock()
    account = Account(host="localhost", port=sink.port, security="none")
    out = SmtpSender(account, "shop.test", LoopbackEgress(), clock)
    await out.deliver([FROM], [TO], MAIL)
    await clock.advance(60)
    await out.deliver([FROM], [TO], MAIL)
    assert sink.connections == 2
    out.close()


async def test_connections_are_few_and_each_has_one_mail_at_a_time(sink: MailSink) -> None:
    out = sender(sink.port)
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(out.deliver([FROM], [TO], MAIL))
    assert len(sink.mails) == 20
    assert sink.most_connections == 3
    out.close()


@pytest.mark.parametrize(
    "address",
    ["a@b.test>\r\nRCPT TO:<c@d.test", "a@b.test\nDATA", "a\x00@b.test", "ü@b.test", "<>", "a b@c"],
)
async def test_an_address_cannot_carry_a_command(sink: MailSink, address: str) -> None:
    with pytest.raises(RecipientUnreachable):
        await deliver(sink.port, address)
    assert not sink.mails
