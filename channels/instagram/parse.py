"""Instagram's webhooks: `object: "instagram"`, one entry an account. The reading itself is shared
with Messenger: `channels._meta.direct.parse`.
"""

from __future__ import annotations

from channels._meta.direct.parse import Account, addressees, parse

__all__ = ["OBJECT", "Account", "addressees", "parse"]

OBJECT = "instagram"
