"""The sample conversations as they are written down: `templates/demo/week/*.toml`. Pure reading.

A talk begins at a moment before the start of the demo ("6d 09:12": six days ago at that time, UTC;
"3h" or "40m": so long ago) and goes on in steps `[minutes after it, what, text]`:

    in [+photo]            the customer writes where the talk began
    mail                   the customer answers the shop's last e-mail
    out WHO [+invoice]     an agent answers there; `left`: nobody was there to read it
    note WHO [@WHO]        a note for colleagues
    assign|priority|label|snooze|close|spam WHO [VALUE]   (of `close`: the outcome)
    refuse | lose          the customer's mail server will misbehave once
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from hub.resources import templates

_DAYS_AGO = re.compile(r"(\d)d (\d\d):(\d\d)")
_AGO = re.compile(r"(\d{1,3})([hm])")


class Step(msgspec.Struct, frozen=True, array_like=True):
    after_min: float
    what: str
    text: str = ""

    @property
    def words(self) -> list[str]:
        return self.what.split()


class Talk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One conversation. `email` in a chat is the address that the visitor typed."""

    key: str
    name: str
    via: Literal["chat", "mail"]
    begins: str
    email: str = ""
    subject: str = ""
    language: str = ""
    #: Nobody has looked at it yet.
    is_unread: bool = False
    steps: list[Step]

    def begins_at(self, anchor_ms: int) -> int:
        """Epoch milliseconds. Raises ValueError for a text in no known form."""
        if found := _DAYS_AGO.fullmatch(self.begins):
            days, hour, minute = map(int, found.groups())
            day = datetime.fromtimestamp(anchor_ms / 1000, UTC) - timedelta(days=days)
            moment = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return int(moment.timestamp() * 1000)
        if found := _AGO.fullmatch(self.begins):
            return anchor_ms - int(found[1]) * (3_600_000 if found[2] == "h" else 60_000)
        raise ValueError(f"{self.key}: begins {self.begins!r}")


class _Week(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    talk: list[Talk]


def load_talks() -> list[Talk]:
    """All talks of all languages."""
    talks: list[Talk] = []
    for path in sorted((templates() / "demo/week").glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        week = msgspec.convert(document, _Week)
        talks += [msgspec.structs.replace(talk, language=path.stem) for talk in week.talk]
    return talks
