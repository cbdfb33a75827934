"""Dates of mail headers as UTC milliseconds; None for what cannot be a date. The Received line
of the last hop stands in when the sender's date is unreadable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from channels.email.headers import Headers

_MAX_OFFSET_S = 16 * 3600


def parse_date_ms(value: str) -> int | None:
    """Milliseconds since 1970 of an RFC 5322 date, or None."""
    try:
        fields = parsedate_tz(value[:200])
        if fields is None:
            return None
        moment = datetime(*fields[:6], tzinfo=UTC)
        offset_s = fields[9] or 0
        if abs(offset_s) > _MAX_OFFSET_S:
            return None
        return int((moment - timedelta(seconds=offset_s)).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None


def date_of(headers: Headers) -> int | None:
    """The Date field, else the time of the topmost Received line that states one."""
    stated = parse_date_ms(headers.get("date"))
    if stated is not None:
        return stated
    for received in headers.all("received")[:10]:
        moment = parse_date_ms(received.rpartition(";")[2])
        if moment is not None:
            return moment
    return None
