"""A page's Messenger inbox: the shared adapter of direct messages, set up for Messenger."""

from __future__ import annotations

from channels._meta.direct.adapter import DirectAdapter, Setup
from channels.messenger.config import API_BASE, NAME
from channels.messenger.parse import OBJECT
from channels.messenger.render import DIALECT
from hub.ports.channel import AdapterContext

#: Without `messaging_referrals`, `messaging_optins` and the like: they would only be ignored.
SUBSCRIPTIONS = (
    "messages,message_echoes,message_edits,message_reactions,messaging_postbacks,"
    "message_deliveries,message_reads,messaging_policy_enforcement"
)


class MessengerAdapter(DirectAdapter):
    """Only chooses its set-up: the hub asks a class what it can do before the first one is made."""

    def __init__(self, ctx: AdapterContext) -> None:
        super().__init__(ctx, _setup(ctx))


def _setup(ctx: AdapterContext) -> Setup:
    config = ctx.inbox.config
    api_base = str(config.get("api_base") or API_BASE)
    return Setup(
        channel=NAME,
        object=OBJECT,
        platform="messenger",
        account_id=str(config["page_id"]),
        app_secret=str(config["app_secret"]),
        verify_token=str(config["verify_token"]),
        access_token=str(config["access_token"]),
        api_base=api_base,
        dialect=DIALECT,
        account_fields=("id",),
        subscriptions=SUBSCRIPTIONS,
        profile_fields="name",
        has_human_tag=bool(config.get("human_agent", True)),
        is_standin=api_base.rstrip("/") != API_BASE,
    )
