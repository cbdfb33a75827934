"""The marks by which mail programs set off what they quote, in the languages of their users: "On
… wrote:", "-----Original Message-----", header blocks, mobile signatures. Each test looks at one
line, or a few joined lines, of bounded length, so that no text can make it slow. Tables and
predicates only; see `quotes.py`.
"""

from __future__ import annotations

import re

MAX_LINE = 500

_VERBS = (
    r"wrote|writes|schrieb|geschrieben|a écrit|ecrit|escribió|escribio|escreveu|ha scritto|scrisse|"
    r"geschreven|schreef|skrev|kirjoitti|napisał\(a\)|napisał\(-a\)|napisała?|pisze|napsala?|"
    r"написала?|пишет|написав|написала|пише|yazdı|yazmış|şunu yazdı|schrieb folgendes|написа|"
    r"写道|寫道|写道|のメール|작성|כתב|έγραψε|a scris|írta|dixit"
)
_OPENERS = (
    r"on|at|le|el|am|em|il|op|den|på|w dniu|dnia|в|dne|la|ma|tarihinde|on date|在|于|於|mensaje|"
    r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?|(?:pon|wt|śr|czw|pt|sob|niedz|nd)\.?|"
    r"poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|"
    r"понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"
)
_VERB = re.compile(rf"(?:^|[\s>\"”»,）)])(?:{_VERBS})(?=[\s:：,.\-*]|$)", re.IGNORECASE)
_VERB_AT_END = re.compile(rf"(?:{_VERBS})\s{{0,9}}(?:[:：]\s{{0,9}})?[-*]{{0,9}}$", re.IGNORECASE)
_OPENER = re.compile(rf"(?:{_OPENERS})[\s,]", re.IGNORECASE)
_DATE_FIRST = re.compile(r"\d{1,4}[./\- ](?:\d{1,2}|[^\W\d_]{3,12}\.?)[./\- ,]{1,2}\s?\d{1,4}")
_WEEKDAY_FIRST = re.compile(r"[^\W\d_]{2,12}\.?, {0,2}\d{1,2}[. ]")
_EMAIL = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_GMT_LINE = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]?[\d:]{0,6} \S")

_ORIGINAL = re.compile(
    r"[*_ ]{0,4}[-_=]{2,60}\s{0,3}(?:original message|original appointment|forwarded message|"
    r"reply message|ursprüngliche nachricht|original(?:nachricht)?|weitergeleitete nachricht|"
    r"mensaje original|mensaje reenviado|mensagem original|message d'origine|message original|"
    r"message transféré|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|"
    r"ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|opprinnelig melding|"
    r"alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana|"
    r"treść przekazanej wiadomości|orijinal (?:mesaj|ileti)|özgün ileti|iletilen (?:mesaj|ileti)|"
    r"исходное сообщение|пересылаемое сообщение|оригінальне повідомлення|původní zpráva|"
    r"原始邮件|原始郵件|转发的邮件|元のメッセージ|opprinnelig)\s{0,3}[-_=]{2,60}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"(?:begin forwarded message|début du message (?:réexpédié|transféré)|"
    r"anfang der weitergeleiteten nachricht|inizio messaggio inoltrato|"
    r"inicio del mensaje reenviado|início da mensagem reencaminhada|"
    r"początek przekazywanej wiadomości|wiadomość napisana przez|"
    r"iletilmiş (?:mesaj|ileti)nın başlangıcı|iletilen mesajın başlangıcı|"
    r"начало переадресованного сообщения)\b.{0,200}[:：]$",
    re.IGNORECASE,
)
_RULE = r"^[-#=*_ ]{0,20}"
_ABOVE = re.compile(
    r"^##-.{0,200}-##$|"
    rf"{_RULE}(?:please )?(?:type|reply|write)(?: your reply)? above this line|"
    rf"{_RULE}(?:prosimy |proszę )?(?:pisać|odpowiedz|odpowiadać|odpisz) powyżej tej linii|"
    rf"{_RULE}(?:lütfen )?(?:yanıtınızı )?bu (?:satırın|çizginin) üst(?:ü|üne|ünde)",
    re.IGNORECASE,
)
_HEADER_NAMES = (
    "from|sent|date|to|cc|bcc|subject|reply-to|importance|attachments|organization|"  # en
    "von|gesendet|datum|an|kopie|betreff|antwort an|"  # de
    "de|envoyé|date d'envoi|à|a|objet|répondre à|"  # fr
    "enviado|enviado el|fecha|para|asunto|responder a|enviada em|data|assunto|cco|"  # es, pt
    "da|inviato|oggetto|risposta|rispondi a|per conoscenza|"  # it
    "van|verzonden|aan|onderwerp|"  # nl
    "från|skickat|till|ämne|fra|sendt|til|emne|dato|kopi|"  # sv, da, no
    "lähettäjä|lähetetty|vastaanottaja|päivämäärä|aihe|kopio|"  # fi
    "od|wysłano|wysłane|data|do|dw|udw|temat|nadawca|adresat|"  # pl
    "kimden|gönderen|gönderildi|gönderme tarihi|tarih|kime|bilgi|konu|"  # tr
    "от|отправлено|дата|кому|копия|тема|від|надіслано|кому|"  # ru, uk
    "od|odesláno|komu|kopie|předmět|发件人|发送时间|收件人|主题|抄送|寄件者|收件者|主旨|寄件日期|日期"
)
_HEADER = re.compile(rf"[*_ ]{{0,4}}(?:{_HEADER_NAMES})\s{{0,3}}[*_]{{0,2}}\s?[:：]", re.IGNORECASE)
_DELIMITER = re.compile(r"[\s>]{0,9}(?:[-_=*#~+—–]\s?){2,}\s*|[\sᐧ]*ᐧ\s*|\s*—\s*")
_QUOTE = re.compile(r"\s{0,3}(?:>|[A-Z][A-Za-z]{0,11}>(?:\s|$))")
_DEVICE = (
    r"iphone|ipad|ipod|android|galaxy|samsung|blackberry|nokia|htc|huawei|xiaomi|pixel|windows|mobile|"
    r"smartphone|telefon|handy|mobilgerät|téléphone|phone|tablet|outlook|yahoo|mailbox|mail\b|"
    r"k-9|airmail|sparrow|cell|device|spark|protonmail|proton|thunderbird|ti-85|alcatel|lg|sony|gmx|gmail|"
    r"smartfon|aplikacj|uygulama|móvil|celular|cellulare|boxer|nine|hotmail|aol|aqua"
)
_SENT_FROM = re.compile(
    r"[\s<(*_\[]{0,6}(?:(?:sent|send) (?:from|via|with|by|using)\b|(?:from my|someone from mobile)|"
    r"envoyé (?:depuis|de|à partir)|von meinem|gesendet (?:von|mit)|"
    r"diese nachricht wurde von meinem|enviado (?:desde|do|de|via)|inviato (?:da|dal)|"
    r"verzonden (?:met|vanaf|van|via)|sendt fra|skickat från|lähetetty|wysłan[eo] z|"
    r"wysłano z|отправлено (?:с|из)|надіслано з|從我的|从我的|发自|iphone'umdan gönderildi|"
    r".{0,40}(?:'?[uı]mdan|'?dan|'?den|ımdan|umdan) gönderildi|get outlook for|get \[outlook|"
    r"pobierz program outlook|pobierz aplikację|odesláno z|my mobile)",
    re.IGNORECASE,
)
_DEVICE_WORD = re.compile(_DEVICE, re.IGNORECASE)
_LISTED_ALONE = re.compile(
    r"get \[?outlook|從我的|从我的|发自|someone from mobile|diese nachricht|"
    r"sent (?:from|via) mobile",
    re.IGNORECASE,
)


def is_intro(text: str) -> bool:
    """Whether `text` (one to four joined lines) announces a quotation."""
    line = text.strip().strip("*_").strip()
    bare = line.lstrip("-> ").rstrip("- ")
    if not bare or len(bare) > MAX_LINE:
        return False
    if _ORIGINAL.match(line) or _FORWARDED.match(bare) or _GMT_LINE.match(bare):
        return True
    has_email = "@" in bare and bool(_EMAIL.search(bare))
    starts_dated = bool(_DATE_FIRST.match(bare) or _WEEKDAY_FIRST.match(bare))
    if starts_dated and has_email and bare[-1] in ":：>":
        return True
    if not _VERB_AT_END.search(bare[-40:]) and (bare[-1] not in ":：" or not _VERB.search(bare)):
        return False
    has_digit = any(char.isdigit() for char in bare)
    is_opened = bool(_OPENER.match(bare)) or starts_dated
    return (is_opened and has_digit) or (has_email and (has_digit or "<" in bare))


def may_open_intro(line: str) -> bool:
    """A cheap test whether an announcement may begin here and go on in the next lines."""
    bare = line.lstrip("-> *_")[:MAX_LINE]
    return bool(
        opens_with_date(bare)
        or ("<" in bare and (_VERB.search(bare) or _TIME.search(bare)))
        or bare.rstrip().endswith(("<", ">", ","))
    )


def opens_with_date(line: str) -> bool:
    """Whether `line` begins as an announcement would: "On Monday …", "2016-03-03 …"."""
    bare = line.lstrip("-> *_")[:MAX_LINE]
    return bool(_OPENER.match(bare) or _DATE_FIRST.match(bare) or _WEEKDAY_FIRST.match(bare))


def is_reply_above(line: str) -> bool:
    """The "write above this line" mark of help desks, ours included."""
    return bool(_ABOVE.match(line[:MAX_LINE].strip(" >")))


def is_header(line: str) -> bool:
    return bool(_HEADER.match(line[:80].lstrip(" >")))


def is_delimiter(line: str) -> bool:
    return len(line) <= 200 and bool(_DELIMITER.fullmatch(line))


def is_quote(line: str) -> bool:
    return bool(_QUOTE.match(line[:20]))


def is_mobile_signature(line: str) -> bool:
    """ "Sent from my phone" and its kin; a sentence that merely begins so is longer or ends in a
    question.
    """
    bare = line.strip()
    if len(bare) > 160 or not _SENT_FROM.match(bare):
        return False
    return bool(_LISTED_ALONE.match(bare) or _DEVICE_WORD.search(bare))
