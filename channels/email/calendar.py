"""The little of iCalendar (RFC 5545) that an agent needs to see: method, what, when, who.
Recurrence, alarms and time zone rules are not read; the file itself stays among the attachments.
Never raises."""

from __future__ import annotations

import re

from channels.email.mail import Calendar
from channels.email.words import one_line

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_ESCAPES = re.compile(r"\\([\\;,nN])")
_MAX_CHARS = 200_000


def parse_calendar(text: str) -> Calendar | None:
    """The first VEVENT, or None when there is no calendar in `text`."""
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        return None
    fields: dict[str, str] = {}
    method, stack = "", [""]
    unfolded = re.sub(r"\n[ \t]", "", text[:_MAX_CHARS])
    for line in unfolded.split("\n"):
        head, _, value = line.partition(":")
        name = head.partition(";")[0].strip().upper()
        if name == "BEGIN":
            stack.append(value.strip().upper())
        elif name == "END":
            if stack.pop() == "VEVENT" or not stack:
                break
        elif name == "METHOD" and not method:
            method = one_line(value).upper()[:20]
        elif stack[-1] == "VEVENT":
            fields.setdefault(name, value.strip())
    return Calendar(
        method=method,
        summary=_text(fields.get("SUMMARY", ""))[:500],
        start=_moment(fields.get("DTSTART", "")),
        end=_moment(fields.get("DTEND", "")),
        organizer=re.sub("(?i)^mailto:", "", one_line(fields.get("ORGANIZER", "")))[:320],
    )


def _text(value: str) -> str:
    return one_line(_ESCAPES.sub(lambda m: " " if m[1] in "nN" else m[1], value))


def _moment(value: str) -> str:
    match = _DATE.fullmatch(value.strip())
    if not match:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    return f"{day}T{match[4]}:{match[5]}:{match[6]}{match[7]}" if match[4] else day
