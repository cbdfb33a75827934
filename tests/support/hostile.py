"""Script payloads as real mails, one payload in every field that a sender controls. Pure; `canary`
is the host and port of a real server that must never hear of them. Used by `tests/e2e/test_xss.py`.
"""

from __future__ import annotations

import base64
import json
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

from tests.support import specs

_OWN = Path(__file__).parents[1] / "data/xss/payloads.txt"
_HTML5LIB = "html/html5lib-sanitizer-tests1.json"
#: Payloads a mail: each in a MIME part of its own, so that none hides inside another's open tag.
BATCH = 50


def payloads(canary: str) -> list[str]:
    """All payloads; their foreign addresses lead to `canary`."""
    found = _OWN.read_text("utf-8").splitlines()
    others = specs.folder() / _HTML5LIB
    if others.exists():
        found += [str(case["input"]) for case in json.loads(others.read_text("utf-8"))]
    return [
        payload.replace("canary.invalid", canary) for payload in dict.fromkeys(found) if payload
    ]


def in_batches(items: list[str], size: int = BATCH) -> list[list[str]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


def bodies(items: list[str], number: int) -> bytes:
    """HTML parts, one a payload, between a remote picture and a last word; all from one sender."""
    picture = next((i for i in items if "src=" in i and "http://" in i), "")
    html = [*items, picture, f"<p>end of mail {number}</p>"]
    parts = [_part("Content-Type: text/html; charset=utf-8", text) for text in html]
    return _mail(items[0], "bodies@hostile.example", items[-1], f"b{number}", parts)


def texts(items: list[str], number: int) -> bytes:
    """A plain text, one payload a line, and as many files named after them."""
    parts = [_part("Content-Type: text/plain; charset=utf-8", "\n".join(items))]
    for payload in items:
        name = quote(payload, safe="")
        parts.append(
            _part(
                "Content-Type: text/html\r\n"
                f"Content-Disposition: attachment; filename*=utf-8''{name}",
                payload,
            )
        )
    return _mail(items[1], "texts@hostile.example", items[-2], f"t{number}", parts)


def named(payload: str, number: int) -> bytes:
    """A sender of its own, called like the payload; so is the subject, so are the first words."""
    parts = [_part("Content-Type: text/plain; charset=utf-8", payload)]
    return _mail(payload, f"n{number}@hostile.example", payload, f"n{number}", parts)


def _mail(name: str, address: str, subject: str, id: str, parts: list[str]) -> bytes:
    head = [
        f"From: {_word(name)} <{address}>",
        "To: support@shop.test",
        f"Subject: {_word(subject)}",
        f"Date: {formatdate()}",
        f"Message-ID: <{id}@hostile.example>",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=hostile-boundary",
        "",
        "",
    ]
    body = "".join(f"--hostile-boundary\r\n{part}\r\n" for part in parts)
    return ("\r\n".join(head) + body + "--hostile-boundary--\r\n").encode("ascii")


def _part(headers: str, text: str) -> str:
    coded = base64.encodebytes(text.encode("utf-8", "surrogatepass")).decode().replace("\n", "\r\n")
    return f"{headers}\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}"


def _word(text: str) -> str:
    """As encoded words of at most 45 bytes."""
    raw = text.encode("utf-8", "surrogatepass")
    pieces = [raw[at : at + 45] for at in range(0, len(raw), 45)]
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in pieces)
