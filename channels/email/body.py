"""The tree of parts turned into what people see: text, HTML blocks, files, an invitation.
Decides which parts are the body (alternative, related, mixed, signed, reports), opens
winmail.dat, opaque S/MIME and uuencode. Nothing is cleaned here; called by `parse.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.email import cms
from channels.email.calendar import parse_calendar
from channels.email.charset import clean, decode
from channels.email.files import safe_file_name
from channels.email.mail import Calendar
from channels.email.mime import Budget, Part, parse_part
from channels.email.tnef import parse_tnef
from channels.email.transfer import split_uuencoded
from channels.email.words import readable

_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_MACHINE_TYPES = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/feedback-report",
     "message/disposition-notification", "text/rfc822-headers", "message/global-headers",
     "application/pgp-encrypted"}
)  # fmt: skip
_CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(slots=True)
class Block:
    """One stretch of the body in one or both forms."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class File:
    """One attachment with its bytes."""

    file_name: str
    media_type: str
    content_id: str
    data: bytes


@dataclass(slots=True)
class Body:
    """All that was collected from one mail."""

    budget: Budget
    blocks: list[Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    calendar: Calendar | None = None
    is_encrypted: bool = False
    is_signed: bool = False


def collect_body(root: Part, budget: Budget) -> Body:
    """The body of the mail whose tree is `root`."""
    body = Body(budget)
    _collect(root, body)
    return body


def _collect(part: Part, body: Body) -> None:
    kind = part.media_type
    if part.is_multipart:
        _collect_multipart(part, body)
    elif kind.startswith("multipart/"):
        _collect_broken_multipart(part, body)
    elif kind in _MACHINE_TYPES:
        return
    elif kind in _CMS_TYPES:
        _open_cms(part, body)
    elif kind in _TNEF_TYPES or _name_of(part).lower() == "winmail.dat":
        _open_tnef(part, body)
    elif kind == "text/calendar":
        body.calendar = body.calendar or parse_calendar(part.text())
        _add_file(part, body, default_name="invite.ics")
    elif kind in _BODY_TYPES and _is_shown(part):
        _add_text(part, body)
    elif kind not in _SIGNATURES or not body.is_signed:
        _add_file(part, body)


def _collect_multipart(part: Part, body: Body) -> None:
    if part.media_type == "multipart/alternative":
        _collect_alternatives(part, body)
        return
    if part.media_type == "multipart/encrypted":
        body.is_encrypted = True
    body.is_signed = body.is_signed or part.media_type == "multipart/signed"
    for child in part.children:
        _collect(child, body)


def _collect_alternatives(part: Part, body: Body) -> None:
    """One block: the first plain version and the last HTML version of the same."""
    before = body.blocks
    plain: list[str] = []
    rich: list[str] = []
    for child in part.children:
        body.blocks = []
        _collect(child, body)
        if html := "\n".join(block.html for block in body.blocks if block.html):
            rich.append(html)
        elif text := "\n\n".join(block.text for block in body.blocks):
            plain.append(text)
    body.blocks = before
    if plain or rich:
        body.blocks.append(Block(plain[0] if plain else "", rich[-1] if rich else ""))


def _collect_broken_multipart(part: Part, body: Body) -> None:
    """A multipart that could not be cut: too deep (noted already) or without any boundary line."""
    if "too_deep" not in body.budget.notices and part.raw.strip():
        text = part.text()
        if not text.lstrip().startswith("--"):
            body.blocks.append(Block(text=text))


def _name_of(part: Part) -> str:
    return part.disposition_params.get("filename") or part.params.get("name", "")


def _is_shown(part: Part) -> bool:
    if part.disposition == "attachment":
        return False
    return part.depth == 0 or not _name_of(part) or part.media_type == "text/html"


def _add_text(part: Part, body: Body) -> None:
    content = part.content()
    charset = part.params.get("charset", "")
    if part.media_type == "text/html":
        body.blocks.append(Block(html=decode(content, charset)))
        return
    if b"begin " in content:
        content, files = split_uuencoded(content)
        for name, data in files:
            text_name = decode(name, charset)
            _append_file(body, text_name, "application/octet-stream", "", data)
    text = decode(content, charset)
    if part.params.get("format", "").lower() == "flowed":
        text = _unflowed(text, part.params.get("delsp", "").lower() == "yes")
    if "-----BEGIN PGP MESSAGE-----" in text:
        body.is_encrypted = True
    body.is_signed = body.is_signed or "-----BEGIN PGP SIGNED MESSAGE-----" in text
    body.blocks.append(Block(text=text))


def _unflowed(text: str, delete_space: bool) -> str:
    """Soft line breaks joined (RFC 3676)."""
    lines: list[str] = []
    is_open, depth = False, 0
    for raw in text.split("\n"):
        stripped = raw.lstrip(">")
        level = len(raw) - len(stripped)
        line = stripped.removeprefix(" ")
        is_soft = line.endswith(" ") and line != "-- "
        if is_open and level == depth and line != "-- ":
            lines.append(line[:-1] if is_soft and delete_space else line)
        else:
            start = ">" * level + (" " if level and line else "")
            prefix = "\n" if lines else ""
            lines.append(prefix + start + (line[:-1] if is_soft and delete_space else line))
        is_open, depth = is_soft, level
    return "".join(lines)


def _open_cms(part: Part, body: Body) -> None:
    content = part.content()
    kind = cms.content_kind(content)
    inner = cms.signed_content(content) if kind == "signed" else None
    if inner and part.depth + 1 < body.budget.limits.depth:
        body.is_signed = True
        _collect(parse_part(inner, body.budget, part.depth + 1), body)
        return
    if kind == "signed" or "signed" in part.params.get("smime-type", ""):
        body.is_signed = True
        body.budget.notices.add("signed_unreadable")
    else:
        body.is_encrypted = True
    _add_file(part, body, default_name="smime.p7m")


def _open_tnef(part: Part, body: Body) -> None:
    tnef = parse_tnef(part.content())
    if tnef is None:
        _add_file(part, body, default_name="winmail.dat")
        return
    for inner in tnef.files:
        kind = inner.media_type or "application/octet-stream"
        _append_file(body, inner.file_name, kind, inner.content_id, inner.data)
    has_body = any(block.text.strip() or block.html for block in body.blocks)
    if (tnef.text or tnef.html) and not has_body:
        body.blocks.append(Block(tnef.text, tnef.html))


def _add_file(part: Part, body: Body, default_name: str = "") -> None:
    name = _name_of(part) or default_name
    data = part.content()
    if part.media_type == "message/rfc822" and not name:
        inner = parse_part(data[: body.budget.limits.header_bytes], Budget(body.budget.limits), 99)
        subject = readable(inner.headers.get("subject"))[:80]
        name = f"{subject.replace('/', '-')}.eml" if subject else ""
    _append_file(body, name, part.media_type, part.content_id, data)


def _append_file(body: Body, name: str, media_type: str, content_id: str, data: bytes) -> None:
    if len(body.files) >= body.budget.limits.parts:
        body.budget.notices.add("too_many_parts")
        return
    safe = safe_file_name(name, media_type, len(body.files) + 1)
    body.files.append(File(safe, media_type[:100].lower(), clean(content_id)[:200], data))
