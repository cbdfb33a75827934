"""Bounces that say it only in words: old Gmail, Exim, qmail, Exchange, mobile carriers. Two
signs are needed, one in the envelope or headers and one in the text, because a customer may well
quote an error message. Pure; called by `kinds.py` when no machine part was found."""

from __future__ import annotations

import re

from channels.email.addresses import all_addresses, bare_address, find_address
from channels.email.headers import Headers
from channels.email.mail import Action, Bounce
from channels.email.reports import find_status, is_permanent, original_message_id
from channels.email.words import one_line, readable

_SENDERS = re.compile(
    r"mailer-?daemon|post[-_]?master|mail delivery (?:sub)?system|mdaemon|mail administrator|"
    r"system administrator|postoffice|delivery (?:service|system)|undeliver|bounce|mmdf|"
    r"mail (?:transport|system)|\bnotification@|complaints@email-abuse|MAILER|informatie service",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(
    r"undeliver|returned (?:mail|to sender)|return(?:ed|ing) message|delivery (?:status|failure|"
    r"failed|"
    r"report|notification|problem|error|has failed|incomplete|to the following|unsuccessful|"
    r"attempt)|"
    r"mail (?:delivery|system error|could not|failure|not delivered)|failure (?:notice|delivery|"
    r"report)|"
    r"failed to deliver|non[- ]delivery|message (?:not delivered|could not be delivered|undeliver|"
    r"delayed|delivery)|could ?n.?t be delivered|could not (?:be )?deliver|warning: (?:message|"
    r"could)|"
    r"not delivered|unable to deliver|dsn|unzustellbar|nicht zugestellt|unbekannt|niedoręczon|"
    r"nie dostarczon|zwrot|zwrócon|niedostarczon|teslim edilemedi|iletilemedi|non remis|недостав|"
    r"не доставлен|disconnected|配信|user unknown|no such user|failed mail|returned email|error "
    r"(?:mail|"
    r"message)|bad recipient|message status|nondeliverable|notificacion de estado|"
    r"(?:mail|message|email) (?:rejected|blocked|error|status)|unknown user|quota exceeded|"
    r"rejected mail|error sending|mailerror|bounce|エラー|devolvid|devuelto",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(
    r"\b(?:4[0-7]\d|5[0-7]\d)[ \-](?:[245]\.\d{1,3}\.\d{1,3}|[^\s]{2})|\b[45]\.\d\.\d{1,3}\b|"
    r"user (?:is )?unknown|unknown user|no such (?:user|recipient|address|mailbox|account|person)|"
    r"(?:mailbox|account|user|address|recipient|domain|host)\W{0,3}(?:\S{1,80} )?(?:is |was |has "
    r"been |does |"
    r"could )?(?:not (?:found|exist|available|be found|listed|known|recognized)|unavailable|"
    r"disabled|full|"
    r"unknown|inactive|suspended|rejected|exceeded|invalid|refused|over quota)|"
    r"could ?n[o']?t (?:be )?(?:deliver|sent|find|reach)|unable to (?:deliver|relay|transmit|send)|"
    r"undeliver|not (?:been )?delivered|not (?:be )?deliver(?:able|ed)|delivery (?:.{0,40})?fail|"
    r"failed "
    r"(?:recipient|address|permanently|to deliver)|(?:over|exceed\w*|out of) (?:the )?(?:quota|"
    r"size|storage)|"
    r"quota exceeded|(?:fatal|transcript|permanent) (?:error|of session|fail)|message (?:too "
    r"large|size "
    r"exceeds|was rejected|blocked|rejected)|(?:connection|relay\w*) (?:timed out|refused|"
    r"denied)|access "
    r"denied|does not exist|doesn't exist|not exist|sorry, |cannot (?:be )?(?:deliver|open|find|"
    r"accept)|can't "
    r"(?:create|be delivered)|has been rejected|is rejected|rejected by|returned to (?:the "
    r")?sender|being "
    r"returned|retry timeout|not accept|temporar|delayed|warning only|expired|no mailbox|"
    r"original message follows|hop count|too many hops|loop|"
    r"не (?:существует|найден|доставлен)|nie istnieje|bulunamadı|existiert nicht|nicht zugestellt|"
    r"宛先|エラー|あて先|受信|届けられ",
    re.IGNORECASE,
)
_RECIPIENTS = re.compile(
    r"(?:^|\n)[ \t]{0,20}(?:to|rcpt to|recipient|final-recipient|original-recipient|for|user|"
    r"address|e-?mail|"
    r"failed recipient|failed addresses?|recipients?|the following (?:address|"
    r"recipient)\S{0,3}[^\n]{0,60}|"
    r"undeliverable to|could not be delivered to|delivery to the following recipient[^\n]{0,80})"
    r"\W{0,12}\s{0,9}<?([^\s<>@,;:()\"']{1,64}@[^\s<>@,;:()\"']{1,255})",
    re.IGNORECASE,
)
_ANGLED = re.compile(r"<(?:mailto:)?([^\s<>@]{1,64}@[^\s<>@]{1,255})>")
_ORIGINAL_ID = re.compile(r"^[> \t|]{0,9}message-id:\s{0,9}(<[^<>\s]{1,900}>)", re.I | re.M)
#: The other server's own answer, which says more than the phrases around it.
_SERVERS_WORD = re.compile(
    r"\b[45]\d\d[ \-](?:#?[45]\.\d{1,3}\.\d|[^\n]{0,80}(?:user|mailbox|address|recipient|domain))",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b([45])(\d\d)[ \-]")
_DELAY = re.compile(
    r"warning|delayed|still being retried|will (?:be )?(?:re)?tr(?:y|ied)|temporar", re.IGNORECASE
)
_WHERE_QUOTE_BEGINS = re.compile(
    r"\n[-_= ]{0,40}(?:original message|returned message|below this line is a copy|this is a "
    r"copy of the "
    r"message|message header|forwarded message|start of returned|copy of your message|original "
    r"headers)",
    re.IGNORECASE,
)
_STOCK_PHRASES = re.compile(
    r"your mail sent on:[^\n]{0,80}\n\s{0,20}could not be delivered to:|this is the mail system "
    r"at host|"
    r"a message that you sent could not be delivered|delivery has failed to these recipients|"
    r"we had trouble delivering your message|送信先のメールボックス",
    re.IGNORECASE,
)
_HEAD_CHARS = 12_000


def read_bounce_text(
    headers: Headers, text: str, original: Headers | None, is_answer: bool
) -> Bounce | None:
    """What a bounce without a machine part says, or None when this is no bounce. Of a mail that
    calls itself an automatic answer (`is_answer`) more is asked: it may be an absence note about
    a bounce."""
    text = text[:_HEAD_CHARS]
    failed = headers.get("x-failed-recipients")
    if not failed and not _looks_returned(headers, text, is_answer):
        return None
    notice = _WHERE_QUOTE_BEGINS.split(text, maxsplit=1)[0]
    status = find_status(notice) or find_status(text)
    code = _CODE.search(notice)
    is_delay = _is_delay(headers, notice, status, code[1] if code else "")
    action: Action = "delayed" if is_delay else "failed"
    about = original_message_id(original) or _id_in(text)
    evidence = _SERVERS_WORD.search(notice) or _EVIDENCE.search(notice)
    line = _line_around(notice, evidence.start()) if evidence else ""
    return Bounce(
        recipient=_recipient(headers, failed, notice, text),
        action=action,
        status=status,
        is_permanent=is_permanent(action, status),
        diagnostic=one_line(line)[:1000],
        original_message_id=about,
    )


def _looks_returned(headers: Headers, text: str, is_answer: bool) -> bool:
    sender = readable(headers.get("from")) + " " + headers.get("sender")
    subject = readable(headers.get("subject"))
    path = headers.get("return-path").strip()
    is_null = headers.has("return-path") and path in ("<>", "", "<MAILER-DAEMON>")
    from_system = bool(_SENDERS.search(sender[:500])) or "mailer-daemon" in path.lower()
    of_failure = bool(_SUBJECTS.search(subject[:500]))
    is_report = "report-type=" in headers.get("content-type").lower().replace(" ", "")
    is_stock = bool(_STOCK_PHRASES.search(text))
    signs = from_system + of_failure + is_null + is_report + is_stock
    if headers.has("in-reply-to") and not from_system:
        return False
    if is_answer and not (from_system or (of_failure and is_stock)):
        return False
    return (signs >= 2 or from_system) and bool(_EVIDENCE.search(subject[:500] + "\n" + text))


def _is_delay(headers: Headers, notice: str, status: str, code: str) -> bool:
    if status:
        return status.startswith("4")
    if code:
        return code == "4"
    return bool(_DELAY.search(headers.get("subject")[:300]))


def _recipient(headers: Headers, failed: str, notice: str, text: str) -> str:
    own = {find_address(headers.get(name)).lower() for name in ("from", "to", "return-path")}
    candidates = [find_address(failed)] if failed else []
    candidates += [match[1] for match in _RECIPIENTS.finditer(notice)]
    candidates += [match[1] for match in _ANGLED.finditer(notice)]
    candidates += [*all_addresses(notice, _HEAD_CHARS), *(m[1] for m in _RECIPIENTS.finditer(text))]
    for candidate in candidates:
        address = bare_address(candidate.rstrip(".'`*>]")) if candidate else ""
        if address and (address.lower() not in own or (candidate is candidates[0] and failed)):
            return address
    return ""


def _id_in(text: str) -> str:
    match = _ORIGINAL_ID.search(text)
    return match[1] if match else ""


def _line_around(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)]
