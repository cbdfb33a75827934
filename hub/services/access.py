"""Rows that let an agent see a conversation beyond the homes granted: mentioned, invited."""

from __future__ import annotations

from typing import Literal

from hub.model.conversation import Access
from hub.model.ids import local
from hub.ports.collections import ACCESS
from hub.ports.store import Insert, Op, Patch, PatchOp
from hub.services.docs import to_doc


def access_ops(
    conversation_id: str,
    agent_id: str,
    why: Literal["mention", "participant"],
    seq: int,
    now: int,
) -> list[Op]:
    """To be written with the message that is the reason. Publish `AccessGained` afterwards."""
    id = f"{conversation_id}.{local(agent_id)}"
    row = Access(
        id=id, conversation_id=conversation_id, agent_id=agent_id, why=why, seq=seq, at=now
    )
    latest = Patch(set={"why": why, "at": now, "seq": seq})
    return [
        Insert(ACCESS, to_doc(row), or_ignore=True),
        PatchOp(ACCESS, id, latest, required=False),
    ]
