"""What sort of mail this is, and whether a machine may ever answer it (it may not, unless
nothing at all speaks against it: loops start here). Pure rules over headers and reports; called
by `parse.py`."""

from __future__ import annotations

import re

import msgspec

from channels.email.addresses import find_address
from channels.email.bounce_text import read_bounce_text
from channels.email.headers import Headers
from channels.email.mail import Address, Bounce, Kind
from channels.email.reports import Reports
from channels.email.words import readable

OWN_MARK = "x-santral-mark"
_SILENT_SENDERS = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer[-_.]?daemon|postmaster|bounces?|listserv|"
    r"majordomo|notifications?|nicht-?antworten|niereply|yanitlama)(?:[+\-_.=].*)?@",
    re.IGNORECASE,
)
_OUT_OF_OFFICE = re.compile(
    r"\s*(?:(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|autoreply|auto:|"
    r"vacation|"
    r"autoodpowied|odpowiedź automatyczna|automatyczna odpowiedź|nieobecno|otomatik yanıt|"
    r"ofis dışında|automatische antwort|abwesenheit|réponse automatique|respuesta automática|"
    r"risposta automatica|automatisch antwoord|autosvar|automaattinen vastaus|resposta automática|"
    r"автоответ|автоматический ответ|自動返信|自动回复))",
    re.IGNORECASE,
)
_OPT_OUT = re.compile(
    r"(?:please )?(?:stop|stopall|unsubscribe(?: me)?|opt[- ]?out|remove(?: me)?|wypisz(?: "
    r"mnie)?|rezygnuj[eę]|"
    r"wypisuj[eę] się|ret|abonelikten çık|çıkar|üyelikten çık|iptal|abmelden|stopp)[.! ]*",
    re.IGNORECASE,
)
_OPT_OUT_TAG = re.compile(r"\+(?:optout|opt-out|unsubscribe|stop)(?:[.+-][^@]*)?@", re.IGNORECASE)


class Verdict(msgspec.Struct, frozen=True):
    kind: Kind
    auto: bool
    bounce: Bounce | None


def classify(
    headers: Headers, reports: Reports, text: str, sender: Address | None, is_own: bool
) -> Verdict:
    """The kind; `auto` says that no automatic answer may be sent."""
    if reports.is_complaint or _is_complaint(headers):
        return Verdict("complaint", True, None)
    if reports.is_read_receipt:
        return Verdict("read_receipt", True, None)
    answer = _is_auto_reply(headers)
    bounce = reports.bounce or read_bounce_text(headers, text, reports.original, answer)
    if bounce:
        return Verdict("bounce", True, bounce)
    kind: Kind = "auto_reply" if answer else "list" if _is_list(headers) else "message"
    if kind == "message" and (_is_machine_made(headers) or _is_null_path(headers)):
        kind = "auto_reply"
    return Verdict(kind, kind != "message" or is_own or _is_silent(headers, sender), None)


def is_opt_out(subject: str, text_new: str, recipients: list[str]) -> bool:
    """Whether this asks to be left alone: the word alone as subject or text, or our opt-out
    address."""
    if any(_OPT_OUT_TAG.search(address[:400]) for address in recipients):
        return True
    return any(len(t) < 60 and _OPT_OUT.fullmatch(t.strip()) for t in (subject, text_new))


def is_silent(address: str) -> bool:
    """Does this look like an address at which a machine only sends, or answers by itself?"""
    return bool(_SILENT_SENDERS.match(address))


def _auto_submitted(headers: Headers) -> str:
    return headers.get("auto-submitted").lower().partition(";")[0].partition("(")[0].strip()


def _precedence(headers: Headers) -> str:
    return headers.get("precedence").lower().strip().replace("-", "_")


def _is_auto_reply(headers: Headers) -> bool:
    if _auto_submitted(headers).startswith("auto-replied") and not headers.has("list-id"):
        return True
    if headers.has("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply"):
        return headers.get("x-autoreply", "yes").lower() != "no"
    if _precedence(headers) in ("auto_reply", "autoreply"):
        return True
    return bool(_OUT_OF_OFFICE.match(_subject(headers)))


def _is_machine_made(headers: Headers) -> bool:
    is_report = "multipart/report" in headers.get("content-type").lower()
    return is_report or _auto_submitted(headers) not in ("", "no")


def _is_complaint(headers: Headers) -> bool:
    """Hotmail's form, which has no machine part."""
    return bool(re.match(r"complaint about message from [\d.a-f:]+$", _subject(headers), re.I))


def _is_null_path(headers: Headers) -> bool:
    return headers.has("return-path") and headers.get("return-path").strip() == "<>"


def _is_list(headers: Headers) -> bool:
    return _precedence(headers) in ("bulk", "list", "junk") or headers.has(
        "list-id", "list-unsubscribe", "list-post", "mailing-list"
    )


def _is_silent(headers: Headers, sender: Address | None) -> bool:
    address = sender.address if sender else ""
    if not address or is_silent(address):
        return True
    suppress = headers.get("x-auto-response-suppress").lower()
    reply_to = find_address(headers.get("reply-to"))
    return bool(
        (suppress and suppress.strip() != "none")
        or headers.has(OWN_MARK)
        or (reply_to and is_silent(reply_to))
    )


def _subject(headers: Headers) -> str:
    return readable(headers.get("subject"))[:300]
