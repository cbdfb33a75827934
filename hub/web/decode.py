"""From bytes to structs: bodies and query strings, refused with the field at fault before a
handler sees them.

What the store could not keep (NUL, half surrogates, integers over 63 bits) and what could exhaust
us (size, depth) is refused here, so that no handler has to think of it. Called by dispatch.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from aiohttp import web

from hub.errors import BadInput, TooLarge
from hub.web.route import Route

MAX_DEPTH = 32
MAX_QUERY_CHARS = 16_000
#: To the end where a string is not closed, and never back: linear whatever comes.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_LONG_NUMBER = re.compile(rb"\d{19}")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_AT = re.compile(r" - at `\$\.?(?:key in )?(.*)`$")
#: Ids as paths carry them; anything else cannot name a thing.
PATH_PART = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def read_json(request: web.Request, limit: int) -> bytes:
    """The bytes of a JSON body. Another type is refused: forms can be sent by any website."""
    if request.content_type != "application/json":
        raise BadInput("Send the body as application/json.", "Content-Type")
    return await read_body(request, limit)


def decode(raw: bytes, route: Route) -> Any:
    """The body as `route.body`, None for routes without one."""
    if route.body is None:
        return None
    check_json(raw)
    try:
        body = msgspec.json.decode(raw, type=route.body)
    except msgspec.ValidationError as fault:
        raise _bad(fault) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadInput("The body is not valid JSON.") from None
    for name, value in msgspec.structs.asdict(body).items():
        _check_keys(name, value)
    return body


def _check_keys(field: str, value: object) -> None:
    """Keys that callers choose become field names in the store: no operators, no paths."""
    if isinstance(value, list):
        for item in value:
            _check_keys(field, item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not key or key.startswith("$") or "." in key:
                raise BadInput("A name is empty, begins with $ or holds a dot.", field)
            _check_keys(field, item)


async def read_body(request: web.Request, limit: int) -> bytes:
    """All of the body, `limit` bytes at most, whatever its headers promise."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput("Send the body without compression.", "Content-Encoding")
    if (request.content_length or 0) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.", limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.", limit)
        chunks.append(chunk)
    return b"".join(chunks)


def check_json(raw: bytes) -> None:
    """Refuse what JSON allows and we do not; linear in the size."""
    if b"\\u0000" in raw and _NUL.search(raw):
        raise BadInput("A text holds a NUL character.")
    bare = _STRINGS.sub(b"", raw)
    if _LONG_NUMBER.search(bare):
        raise BadInput("A number is too large.")
    depth = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise BadInput(f"The body is nested deeper than {MAX_DEPTH}.")


def decode_query(request: web.Request, route: Route) -> Any:
    """The query string as `route.query`; raw routes without one read it themselves."""
    query = request.rel_url.query
    if route.query is None:
        if query and route.returns is not None:
            raise BadInput("This address takes no parameters.", next(iter(query)))
        return None
    if len(request.rel_url.raw_query_string) > MAX_QUERY_CHARS:
        raise TooLarge("The query string is too long.", MAX_QUERY_CHARS)
    given: dict[str, str] = {}
    for name, value in query.items():
        if name in given:
            raise BadInput("A parameter stands twice in the address.", name)
        given[name] = _clean(name, value)
    try:
        decoded = msgspec.convert(given, route.query, strict=False)
    except msgspec.ValidationError as fault:
        raise _bad(fault) from None
    for name in given:
        number: object = getattr(decoded, name, None)
        if isinstance(number, int) and abs(number) >= 2**63:
            raise BadInput("A number is too large.", name)
    return decoded


def check_path(parts: dict[str, str]) -> bool:
    """Whether these can be ids at all."""
    return all(PATH_PART.fullmatch(part) for part in parts.values())


def _clean(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput("The address is not valid UTF-8.", name) from None
    if "\0" in value:
        raise BadInput("A text holds a NUL character.", name)
    return value


def _bad(fault: msgspec.ValidationError) -> BadInput:
    text = str(fault)
    at = _AT.search(text)
    unknown = re.search(r"unknown field `([^`]{0,80})`", text)
    missing = re.search(r"missing required field `([^`]{0,80})`", text)
    name = unknown or missing
    field = ".".join(part for part in (at[1] if at else "", name[1] if name else "") if part)
    return BadInput(_AT.sub("", text)[:300] + ".", field)
