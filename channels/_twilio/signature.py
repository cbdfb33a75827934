"""`X-Twilio-Signature`: HMAC-SHA1 over the public URL and all posted fields. Pure.

The URL is rebuilt from our own configuration, never from `Host`. The signature holds no time:
replays are stopped by the events' ids. Source: Twilio's "Webhooks security", read 2026-11.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit, urlunsplit

from channels._twilio.form import Pairs, decode
from hub.errors import BadInput, BadSignature
from hub.ports.channel import RawRequest

HEADER = "X-Twilio-Signature"
_BODY_HASH = "bodySHA256"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def sign(token: str, url: str, pairs: Iterable[tuple[str, str]] = ()) -> str:
    """The header's value. Repeated fields count once per different value, in order of value."""
    told = "".join(name + value for name, value in sorted(set(pairs)))
    # Nothing genuine holds half a surrogate; what does must be refused, not break.
    covered = (url + told).encode("utf-8", "surrogatepass")
    digest = hmac.digest(token.encode(), covered, hashlib.sha1)
    return base64.b64encode(digest).decode()


def header(headers: Mapping[str, str], name: str) -> str:
    """A header in whatever case it came, or ""."""
    found = headers.get(name)
    if found is not None:
        return found
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def verify(request: RawRequest, url: str, tokens: Sequence[str]) -> Pairs:
    """The fields that are signed. `url` is the public one with its query, `tokens` those in force.

    Raises `BadSignature`. Without a token nothing verifies.
    """
    given = header(request.headers, HEADER).encode("utf-8", "replace")
    pairs = _signed_fields(request, url)
    for token in filter(None, tokens):
        for candidate in _spellings(url):
            if hmac.compare_digest(sign(token, candidate, pairs).encode(), given):
                return pairs
    raise BadSignature("the signature does not belong to this request")


def _signed_fields(request: RawRequest, url: str) -> Pairs:
    """A body that is no form is signed by its hash in the URL."""
    told = parse_qs(urlsplit(url).query).get(_BODY_HASH)
    if told is not None:
        found = hashlib.sha256(request.body).hexdigest()
        if not hmac.compare_digest(found, told[0].lower().encode("ascii", "replace").decode()):
            raise BadSignature("the body is not the one that was signed")
        return []
    try:
        return decode(request.body)
    except BadInput as fault:
        raise BadSignature("the body is no form") from fault


def _spellings(url: str) -> Iterator[str]:
    """Twilio signs with or without the port, whatever we were configured with."""
    yield url
    split = urlsplit(url)
    host = split.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = _DEFAULT_PORTS.get(split.scheme)
    if split.port is not None:
        yield urlunsplit(split._replace(netloc=host))
    elif port is not None:
        yield urlunsplit(split._replace(netloc=f"{host}:{port}"))
