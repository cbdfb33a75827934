"""What a bounce says about its address, as a code of the hub's closed list: that there is no such
mailbox, that this mail is not taken, or neither for sure. Where in doubt the address stays good,
because servers put wrong codes on mailboxes that are full and on senders that they block. Pure;
called by `inbound.py`.
"""

from __future__ import annotations

import re

from channels.email.mail import Bounce
from hub.errors import ContentRejected, RecipientUnreachable, UnreachableNow

#: RFC 3463 and the IANA registry, 2026-11: no such mailbox (1.1), domain (1.2) or form of address
#: (1.3), moved away (1.6), a domain that takes no mail (1.10), a mailbox that was closed (2.1).
_GONE = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)")
#: Too large for this recipient (2.3) or server (3.4), or of a form that it cannot take (6.x).
_CONTENT = re.compile(r"5\.(?:2\.3|3\.4|6\.\d+)")
#: Other codes that are all that some servers say of unknown mailboxes; their words decide.
_VAGUE = re.compile(r"5\.(?:0\.0|1\.0|2\.0|3\.0|4\.4|5\.[01])|")
_GONE_WORDS = re.compile(
    r"user (?:is )?(?:unknown|not (?:found|exist))|unknown user|invalid recipient|"
    r"no such (?:user|recipient|address|mailbox|account|person|domain)|"
    r"(?:user|account|mailbox|recipient|address|domain)\b[^.]{0,60}\b(?:does not|doesn't) exist|"
    r"(?:user|account|mailbox|recipient|address|domain)(?: name)? (?:was |is )?not found|"
    r"email account that you tried to reach does not exist|doesn't have an? \S{1,80} account|"
    r"recipient name is not recognized|recipient no longer|not listed in public name|"
    r"account is disabled|nie istnieje|bulunamadı|existiert nicht",
    re.IGNORECASE,
)
#: Of mailboxes that are full, senders that are blocked and speed: none of that is the address.
_PASSES = re.compile(
    r"\b(?:5\.2\.2|[45]\.7\.\d+|4\.\d\.\d+)\b|quota|\bfull\b|storage space|too (?:many|large|fast)|"
    r"frequency|\brate\b|exceed|block(?:ed|list)|blacklist|spam|policy|reputation|denied|"
    r"sender (?:address )?rejected|preferences",
    re.IGNORECASE,
)


def reason_of(bounce: Bounce) -> str:
    """A code of `hub.errors`, of a mail that was not delivered."""
    if not bounce.is_permanent or bounce.status.startswith("5.7"):
        return UnreachableNow.code
    if _CONTENT.fullmatch(bounce.status):
        return ContentRejected.code
    words = bounce.diagnostic
    if bounce.status == "5.2.2" or _PASSES.search(words):
        return UnreachableNow.code
    is_gone = _GONE.fullmatch(bounce.status) is not None
    is_said_so = _VAGUE.fullmatch(bounce.status) and _GONE_WORDS.search(words)
    return (RecipientUnreachable if is_gone or is_said_so else UnreachableNow).code


def words_of(bounce: Bounce) -> str:
    """The other server's code and words, for people."""
    said = bounce.diagnostic
    is_said = bounce.status in said
    return (said if is_said and said else f"{bounce.status} {said}".strip()) or bounce.action
