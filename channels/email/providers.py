"""Mail providers whose servers need not be typed in: names, ports and token endpoints of Google and
Microsoft 365, as both documented them in 2025-11. Read by `settings.py` and `config.py`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Grant = Literal["refresh_token", "client_credentials"]

#: Signs in with a user name and a password or a token that never changes.
PLAIN = "other"
#: Any server, with OAuth 2: everything is typed in.
OAUTH = "oauth"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """IMAP is always on port 993 with TLS, SMTP on 587 with STARTTLS."""

    imap_host: str
    smtp_host: str
    #: `{tenant}` stands for the Microsoft directory.
    token_url: str
    scope: str = ""
    grant: Grant = "refresh_token"


_MICROSOFT_TOKENS = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"

PROVIDERS = {
    "google": Provider(
        imap_host="imap.gmail.com",
        smtp_host="smtp.gmail.com",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    ),
    "microsoft": Provider(
        imap_host="outlook.office365.com",
        smtp_host="smtp.office365.com",
        token_url=_MICROSOFT_TOKENS,
        scope=(
            "https://outlook.office.com/IMAP.AccessAsUser.All "
            "https://outlook.office.com/SMTP.Send offline_access"
        ),
    ),
    "microsoft_app": Provider(
        imap_host="outlook.office365.com",
        smtp_host="smtp.office365.com",
        token_url=_MICROSOFT_TOKENS,
        scope="https://outlook.office365.com/.default",
        grant="client_credentials",
    ),
}
#: Directories that stand for many: no application can sign in there by itself.
SHARED_TENANTS = frozenset({"common", "organizations", "consumers"})
