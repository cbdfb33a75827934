"""An Instagram inbox: the shared adapter of direct messages, set up for Instagram and for the way
the account was connected.
"""

from __future__ import annotations

from channels._meta.direct.adapter import DirectAdapter, Setup
from channels.instagram.config import API_BASES, NAME, api_base
from channels.instagram.parse import OBJECT
from channels.instagram.render import DIALECT
from hub.ports.channel import AdapterContext

#: Names differ: of an account by its own login, of the page it belongs to.
_SUBSCRIPTIONS = {
    "instagram": "messages,message_edit,message_reactions,messaging_postbacks,messaging_seen",
    "facebook": "messages,message_reactions,messaging_postbacks",
}
_ACCOUNT_FIELDS = {
    "instagram": ("user_id", "id"),
    "facebook": ("instagram_business_account.id",),
}


class InstagramAdapter(DirectAdapter):
    """Only chooses its set-up: the hub asks a class what it can do before the first one is made."""

    def __init__(self, ctx: AdapterContext) -> None:
        super().__init__(ctx, _setup(ctx))


def _setup(ctx: AdapterContext) -> Setup:
    config = ctx.inbox.config
    login, base = str(config.get("login") or "instagram"), api_base(config)
    return Setup(
        channel=NAME,
        object=OBJECT,
        platform="instagram",
        account_id=str(config["account_id"]),
        app_secret=str(config["app_secret"]),
        verify_token=str(config["verify_token"]),
        access_token=str(config["access_token"]),
        api_base=base,
        dialect=DIALECT,
        account_fields=_ACCOUNT_FIELDS[login],
        subscriptions=_SUBSCRIPTIONS[login],
        profile_fields="name,username",
        has_human_tag=bool(config.get("human_agent", True)),
        is_standin=base.rstrip("/") not in API_BASES.values(),
    )
