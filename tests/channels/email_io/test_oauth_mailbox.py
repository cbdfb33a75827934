"""A mailbox whose servers take nothing but access tokens: Dovecot, which asks the token server
about each (RFC 7662), and an SMTP server that speaks XOAUTH2 as Google's and Microsoft's do.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.email.adapter import EmailAdapter
from channels.email.config import SPEC
from channels.email.credentials import TokenRefused, TokenUnavailable
from channels.email.settings import OAuthSettings, settings_of
from hub.errors import AuthFailed
from hub.model.contact import Address
from hub.model.ids import message_id, new_key
from hub.ports.channel import OutboundMessage
from hub.services.inbox_config import check_config
from tests.channels.email_io.support import ADDRESS, config, mail, subjects
from tests.support.adapter_context import MemoryContext
from tests.support.dovecot import Dovecot, require_dovecot
from tests.support.mail_sink import MailSink
from tests.support.real_hub import JumpingClock
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, FIRST, TokenServer

OAUTH = {
    "provider": "oauth",
    "oauth_token_url": "https://login.example/token",
    "oauth_client_id": "client",
    "oauth_refresh_token": "refresh",
}


class QuickJumpingClock(JumpingClock):
    """Nobody waits for a backoff, and time can be moved on."""

    def monotonic(self) -> float:
        return super().monotonic() + self._jumped_ms / 1000

    async def sleep(self, seconds: float) -> None:
        self.jump(seconds)
        await asyncio.sleep(min(seconds, 0.02))


@pytest.fixture
async def provider() -> AsyncIterator[TokenServer]:
    async with TokenServer(ADDRESS) as server:
        yield server


@pytest.fixture
async def dovecot(provider: TokenServer) -> AsyncIterator[Dovecot]:
    require_dovecot()
    server = Dovecot(introspection_url=provider.introspection_url)
    await asyncio.to_thread(server.start)
    yield server
    await asyncio.to_thread(server.remove)


@pytest.fixture
async def sink(provider: TokenServer) -> AsyncIterator[MailSink]:
    async with MailSink(takes_token=provider.is_good) as sink:
        yield sink


def oauth_config(provider: TokenServer, dovecot: Dovecot | None, sink: MailSink) -> dict[str, Any]:
    imap: dict[str, Any] = {"receive": "none"}
    if dovecot is not None:
        imap = {
            "receive": "imap",
            "imap_host": "localhost",
            "imap_port": dovecot.port,
            "imap_security": "none",
        }
    return config(
        **imap,
        smtp_port=sink.port,
        provider="oauth",
        oauth_token_url=provider.token_url,
        oauth_client_id=CLIENT_ID,
        oauth_client_secret=CLIENT_SECRET,
        oauth_refresh_token=FIRST,
    )


@pytest.fixture
async def ctx(
    provider: TokenServer, dovecot: Dovecot, sink: MailSink
) -> AsyncIterator[MemoryContext]:
    ctx = MemoryContext(oauth_config(provider, dovecot, sink), clock=QuickJumpingClock())
    yield ctx
    assert await ctx.tasks.close() == []
    await ctx.http.close()
    assert ctx.crashes == []
    told = " ".join(detail for _, detail in ctx.states)
    assert not [secret for secret in provider.secrets if secret in told]


@pytest.fixture
async def adapter(ctx: MemoryContext) -> AsyncIterator[EmailAdapter]:
    adapter = EmailAdapter(ctx)
    await adapter.start()
    await ctx.until(lambda: ("connected", "") in ctx.states)
    yield adapter
    await adapter.stop()


def message(ctx: MemoryContext) -> OutboundMessage:
    conversation = f"{ctx.inbox.id.split('.')[0]}.{new_key()}"
    return OutboundMessage(
        id=message_id(conversation, 1),
        conversation_id=conversation,
        seq=1,
        to=Address("email", "ayse@customer.test"),
        text="Hello",
        at=1_790_000_000_000,
    )


async def restart(dovecot: Dovecot) -> None:
    """Ends all connections, as a provider does when their token is over."""
    await asyncio.to_thread(dovecot.stop)
    await asyncio.to_thread(dovecot.start)


def clock_of(ctx: MemoryContext) -> QuickJumpingClock:
    assert isinstance(ctx.clock, QuickJumpingClock)
    return ctx.clock


async def test_mail_goes_on_coming_when_tokens_end(
    provider: TokenServer, dovecot: Dovecot, ctx: MemoryContext, adapter: EmailAdapter
) -> None:
    await asyncio.to_thread(dovecot.append, mail(1))
    await ctx.until(lambda: len(ctx.events) == 1)
    for number in (2, 3):
        provider.expire()
        clock_of(ctx).jump(3600)
        await restart(dovecot)
        await asyncio.to_thread(dovecot.append, mail(number))
        await ctx.until(lambda n=number: len(ctx.events) == n)
    assert subjects(ctx.events) == ["Order 1", "Order 2", "Order 3"]
    assert len(provider.issued) == 3
    assert all(is_good for _, is_good in provider.introspected)
    assert not [state for state, _ in ctx.states if state == "bad_credentials"]


async def test_a_token_that_dovecot_refuses_before_its_time_is_renewed_at_once(
    provider: TokenServer, dovecot: Dovecot, ctx: MemoryContext, adapter: EmailAdapter
) -> None:
    provider.expire()
    await restart(dovecot)
    await asyncio.to_thread(dovecot.append, mail(1))
    await ctx.until(lambda: len(ctx.events) == 1)
    assert (provider.issued[0], False) in provider.introspected
    assert provider.introspected[-1] == (provider.issued[1], True)
    assert not [state for state, _ in ctx.states if state == "bad_credentials"]


async def test_sending_renews_what_has_ended_or_is_refused(
    provider: TokenServer, ctx: MemoryContext, adapter: EmailAdapter, sink: MailSink
) -> None:
    await adapter.send(message(ctx))
    assert sink.tokens == [(ADDRESS, provider.issued[0])]  # the one that IMAP has
    clock_of(ctx).jump(3600)
    provider.expire()
    await sink.hang_up()
    await adapter.send(message(ctx))
    assert sink.tokens[1:] == [(ADDRESS, provider.issued[1])]
    provider.expire()
    await sink.hang_up()
    await adapter.send(message(ctx))
    assert sink.tokens[2:] == [(ADDRESS, provider.issued[1]), (ADDRESS, provider.issued[2])]
    assert len(sink.mails) == 3


async def test_a_sign_in_that_is_over_shows_and_a_server_that_fails_is_waited_for(
    provider: TokenServer, dovecot: Dovecot, ctx: MemoryContext, adapter: EmailAdapter
) -> None:
    provider.answers.extend([(500, "")] * 2)
    provider.expire()
    clock_of(ctx).jump(3600)
    await restart(dovecot)
    await ctx.until(lambda: any("tried again by itself" in told for _, told in ctx.states))
    await ctx.until(lambda: ctx.states[-1] == ("connected", ""))
    provider.revoke()
    await restart(dovecot)
    await ctx.until(lambda: ctx.states[-1][0] == "bad_credentials")
    assert "enter the new refresh token" in ctx.states[-1][1]
    with pytest.raises(TokenRefused, match="enter the new refresh token"):
        await adapter.send(message(ctx))


async def test_the_probe_tells_what_is_wrong(
    provider: TokenServer, dovecot: Dovecot, ctx: MemoryContext, sink: MailSink
) -> None:
    await EmailAdapter(ctx).probe()
    for changes, error, words in (
        ({"oauth_client_secret": "wrong"}, TokenRefused, "client secret"),
        ({"oauth_refresh_token": "old"}, TokenRefused, "sign in to the mailbox again"),
        ({"oauth_token_url": "http://127.0.0.1:9/token"}, TokenUnavailable, "no token at the"),
        ({"oauth_user": "somebody@shop.test"}, TokenRefused, "check the user name"),
    ):
        wrong = MemoryContext({**ctx.inbox.config, **changes})
        with pytest.raises(error, match=words):
            await EmailAdapter(wrong).probe()
        await wrong.http.close()
    assert sink.mails == []


async def test_an_inbox_that_only_sends_needs_no_mailbox(
    provider: TokenServer, sink: MailSink
) -> None:
    ctx = MemoryContext(oauth_config(provider, None, sink))
    adapter = EmailAdapter(ctx)
    await adapter.start()
    await adapter.send(message(ctx))
    await adapter.stop()
    await ctx.http.close()
    assert len(sink.mails) == len(provider.asked) == 1


async def test_a_fixed_token_is_still_taken(dovecot: Dovecot, provider: TokenServer) -> None:
    async with MailSink() as open_sink:
        given = {
            **oauth_config(provider, dovecot, open_sink),
            "provider": "other",
            "imap_user": ADDRESS,
            "imap_auth": "xoauth2",
            "imap_secret": "never-issued",
        }
        with pytest.raises(AuthFailed):
            await EmailAdapter(MemoryContext(given)).probe()
        given["imap_secret"] = provider.hand_out()
        await EmailAdapter(MemoryContext(given)).probe()
    assert provider.asked == []


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, set()),
        ({"oauth_token_url": "http://login.example/token"}, {"oauth_token_url"}),
        ({"oauth_token_url": "http://127.0.0.1:8000/token"}, set()),
        ({"oauth_token_url": "https://me:secret@login.example/"}, {"oauth_token_url"}),
        ({"oauth_token_url": "https://[/"}, {"oauth_token_url"}),
        ({"oauth_token_url": "https://log in.example\r\n/"}, {"oauth_token_url"}),
        ({"oauth_client_id": " "}, {"oauth_client_id"}),
        ({"oauth_refresh_token": " "}, {"oauth_refresh_token"}),
        ({"smtp_host": "mail.example"}, {"smtp_security"}),
        ({"smtp_host": ""}, {"smtp_host"}),
        ({"provider": "google"}, {"oauth_client_secret"}),
        ({"provider": "google", "oauth_client_secret": "x", "smtp_host": ""}, set()),
        ({"provider": "microsoft"}, {"oauth_tenant"}),
        ({"provider": "microsoft", "oauth_tenant": "common"}, set()),
        ({"provider": "microsoft", "oauth_tenant": "a/../b"}, {"oauth_tenant"}),
        (
            {"provider": "microsoft_app", "oauth_tenant": "common", "oauth_refresh_token": ""},
            {"oauth_tenant", "oauth_client_secret"},
        ),
        (
            {
                "provider": "microsoft_app",
                "oauth_tenant": "shop.example",
                "oauth_client_secret": "x",
                "oauth_refresh_token": "",
            },
            set(),
        ),
    ],
)
def test_faults_of_the_form(changes: dict[str, Any], faults: set[str]) -> None:
    assert set(SPEC.check(config(**{**OAUTH, **changes}))) == faults


def test_providers_fill_in_what_they_know() -> None:
    google = check_config(
        SPEC,
        {
            "address": "Support@Shop.test",
            "provider": "google",
            "oauth_client_id": "client",
            "oauth_client_secret": "secret\n",
            "oauth_refresh_token": " refresh\n",
        },
    )
    settings = settings_of(google)
    assert settings.imap is not None
    for account, host, port, security in (
        (settings.imap.account, "imap.gmail.com", 993, "tls"),
        (settings.smtp, "smtp.gmail.com", 587, "starttls"),
    ):
        found = (account.host, account.port, account.security, account.user, account.auth)
        assert found == (host, port, security, "Support@Shop.test", "xoauth2")
    assert settings.oauth == OAuthSettings(
        token_url="https://oauth2.googleapis.com/token",
        client_id="client",
        client_secret="secret",
        refresh_token="refresh",
    )


def test_an_application_of_microsoft_365_signs_in_to_its_directory() -> None:
    settings = settings_of(
        config(
            provider="microsoft_app",
            oauth_tenant="shop.example",
            oauth_client_id="client",
            oauth_client_secret="secret",
            oauth_refresh_token="left from before",
            oauth_user="shared@shop.example",
            # what was typed in before another provider was chosen counts no more
            smtp_host="old.example",
            smtp_security="none",
            smtp_secret="old",
        )
    )
    assert (settings.smtp.host, settings.smtp.user) == ("smtp.office365.com", "shared@shop.example")
    assert (settings.smtp.security, settings.smtp.secret) == ("starttls", "")
    assert settings.oauth == OAuthSettings(
        token_url="https://login.microsoftonline.com/shop.example/oauth2/v2.0/token",
        client_id="client",
        client_secret="secret",
        scope="https://outlook.office365.com/.default",
        grant="client_credentials",
    )


def test_an_inbox_of_before_keeps_its_sign_in() -> None:
    settings = settings_of(config(smtp_user="shop", smtp_secret="right"))
    assert settings.oauth is None
    assert (settings.smtp.user, settings.smtp.secret, settings.smtp.auth) == (
        "shop",
        "right",
        "password",
    )
