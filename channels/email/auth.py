"""Our own mail server's verdict on SPF, DKIM and DMARC (RFC 8601). Only the topmost
Authentication-Results is read, and only when its authserv-id is one of ours: everything below
could be the sender's."""

from __future__ import annotations

import re

from channels.email.headers import Headers
from channels.email.mail import Auth

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,20})", re.IGNORECASE)


def read_auth(headers: Headers, authserv_ids: tuple[str, ...]) -> Auth:
    """The verdicts, all "none" when nobody we trust has spoken."""
    topmost = _COMMENT.sub("", headers.get("authentication-results")[:8000])
    server, *results = topmost.split(";")
    name = server.strip().partition(" ")[0].lower()
    if not name or name not in {known.lower() for known in authserv_ids}:
        return Auth()
    found: dict[str, str] = {}
    for result in results:
        match = _RESULT.match(result)
        if match:
            method, verdict = match[1].lower(), match[2].lower()
            if method not in found or (method == "dkim" and verdict == "pass"):
                found[method] = verdict
    return Auth(
        spf=found.get("spf", "none"),
        dkim=found.get("dkim", "none"),
        dmarc=found.get("dmarc", "none"),
    )
