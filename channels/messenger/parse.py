"""Messenger's webhooks: `object: "page"`, one entry a page. The reading itself is shared with
Instagram: `channels._meta.direct.parse`.
"""

from __future__ import annotations

from channels._meta.direct.parse import Account, addressees, parse

__all__ = ["OBJECT", "Account", "addressees", "parse"]

OBJECT = "page"
