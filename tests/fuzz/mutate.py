"""Wrong inputs out of right ones, all from one `random.Random`: the same seed, the same input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

#: What has broken parsers before.
NASTY = (
    b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f\xa6\x8a", b"\\ud800", b"\\u0000", b"%00",
    b"%", b"%zz", b"+", b"&&", b"==", b";", b"\r\n\r\n", b"\r", b"\n.", b"--b--", b"{{", b"}}",
    b"{%", b"$", b"[" * 60, b"{" * 60, b'{"a":' * 40, b"(" * 300, b"<" * 300, b"1e999", b"-1e-999",
    b"NaN", b"Infinity", b"1" * 30, b"9223372036854775808", b"null", b"true", b'""', b"[]", b"{}",
    b"=?utf-7?q?+2AA-?=", b"a" * 5000, b"\xe2\x80\xae", b"__proto__", b"*" * 50, b"?",
)  # fmt: skip
#: What a pattern that goes back over its own steps takes for ever for. All under 64 KB.
SLOW = (
    b'{"' + b"a" * 60 + b"\\",
    b"[" * 40 + b'"' + b"a" * 60_000,
    b"[" * 40 + b'"' + b'\\"' * 30_000,
    b"[" * 40 + b'"\\' * 20_000,
    b"[" * 40 + b"\\" * 60_000 + b"\\u0000",
    b"{" * 33 + b'"\n\\\n' * 15_000,
)
LEAVES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**400, 1e308, "",
    " ", "0", "-1", "\x00", "\ud800", "\U0001f98a", "a" * 3000, "+48501000001", "1e5", "²", "𝟙",
    "2026-13-45T99:99:99Z", "http://[", "javascript:x", "{{1}}", "$ne", [], {}, [[]], [None],
)  # fmt: skip


def raw(rnd: Random, good: bytes) -> bytes:
    """A few wounds: bits, cuts, repeats, insertions, or all new."""
    if rnd.random() < 0.03:
        return rnd.randbytes(rnd.randint(0, 300))
    data = bytearray(good)
    for _ in range(rnd.choice((1, 1, 2, 3, 8))):
        at = rnd.randint(0, len(data))
        end = min(len(data), at + rnd.choice((0, 1, 2, 8, 60)))
        match rnd.randrange(5):
            case 0 if data:
                data[at % len(data)] ^= 1 << rnd.randrange(8)
            case 1:
                del data[at:end]
            case 2:
                data[at:end] = rnd.choice(NASTY)
            case 3:
                data[at:at] = data[at:end] * rnd.randint(1, 5)
            case _:
                other = rnd.randint(0, len(good))
                data[at:end] = good[other : other + rnd.randint(0, 80)]
    return bytes(data)


def text(rnd: Random, good: str) -> str:
    """As `raw`, for texts: any code point may come, half surrogates too."""
    return raw(rnd, good.encode("utf-8", "surrogatepass")).decode(
        "utf-8", rnd.choice(("replace", "surrogateescape"))
    )


def tree(rnd: Random, good: Any) -> Any:
    """The same shape with some values replaced, keys swapped, branches moved or doubled."""
    found = json.loads(json.dumps(good))
    for _ in range(rnd.choice((1, 1, 2, 4))):
        places = list(_places(found))
        if not places:
            return rnd.choice(LEAVES)
        inner, key = rnd.choice(places)
        match rnd.randrange(6):
            case 0:
                del inner[key]
            case 1:
                other, name = rnd.choice(places)
                inner[key] = json.loads(json.dumps(_value(other, name)))
            case 2:
                inner[key] = [inner[key]] * rnd.choice((0, 2, 30))
            case 3:
                inner[key] = {str(rnd.choice(LEAVES))[:40]: inner[key]}
            case _:
                inner[key] = rnd.choice(LEAVES)
    return found


def body(rnd: Random, good: bytes) -> bytes:
    """JSON as a tree two times in three, else its bytes."""
    if rnd.random() < 0.01:
        return rnd.choice(SLOW)
    try:
        shape = json.loads(good)
    except ValueError:
        return raw(rnd, good)
    if rnd.random() < 0.33:
        return raw(rnd, good)
    return json.dumps(tree(rnd, shape), ensure_ascii=rnd.random() < 0.9).encode(
        "utf-8", "surrogatepass"
    )


def _value(inner: Any, key: Any) -> Any:
    try:
        return inner[key]
    except (KeyError, IndexError):
        return None


def _places(found: Any) -> Iterator[tuple[Any, Any]]:
    inner = list(found) if isinstance(found, dict) else range(len(found)) if found else ()
    if not isinstance(found, dict | list):
        return
    for key in inner:
        yield found, key
        if isinstance(found[key], dict | list):
            yield from _places(found[key])
