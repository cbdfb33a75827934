"""Session: a signed-in browser; OneTimeToken: a link that works once. Only hashes of either are
kept.
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: `setup` makes the first administrator, `join` is an invitation for somebody who has a password
#: already.
Purpose = Literal["setup", "invitation", "join", "reset"]


class Session(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`sys.<token_hash>`. Ends at `expires_at`: the idle time after `last_seen_at`, never past
    `ends_at`.
    """

    id: str
    v: int = 1
    account_id: str
    agent_id: str
    workspace: str
    csrf: str
    user_agent: str = ""
    ip: str = ""
    created_at: int = 0
    last_seen_at: int = 0
    expires_at: int = 0
    ends_at: int = 0


class OneTimeToken(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`sys.<token_hash>`. Bound to what it is for: an account to reset, or an agent to become."""

    id: str
    v: int = 1
    purpose: Purpose
    email: str = ""
    name: str = ""
    workspace: str = ""
    account_id: str = ""
    agent_id: str = ""
    created_at: int = 0
    expires_at: int = 0
