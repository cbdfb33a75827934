"""Our message → the form that `POST …/Messages.json` takes. Pure but for file links. Raises
`SendError`s for what can never be sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec

from channels._twilio.form import Pairs
from channels._twilio.inbound import MESSAGE_QUERY
from channels._twilio.settings import E164, Account
from hub.errors import ContentRejected, RecipientUnreachable
from hub.model.contact import Address
from hub.ports.channel import OutboundMessage

TEXT_MAX_CHARS = 1600
MEDIA_MAX = 10
#: Twilio's connection override: three retries after failed connections, time-outs and 5xx, where
#: the default is one after a failed connection. It is no part of what is signed.
RETRIES = "#rc=3&rp=ct,rt,5xx"
_BLANKS = re.compile(r"[\r\n\t]+| {5,}")

#: File id → path that opens it.
Link = Callable[[str], str]


def text_form(message: OutboundMessage, account: Account, link: Link) -> Pairs:
    """Text and files. Raises `ContentRejected` for nothing or too much of it."""
    if len(message.text) > TEXT_MAX_CHARS:
        raise ContentRejected(f"longer than {TEXT_MAX_CHARS} characters")
    if not message.text.strip() and not message.attachments:
        raise ContentRejected("there is nothing to send")
    if len(message.attachments) > MEDIA_MAX:
        raise ContentRejected(f"more than {MEDIA_MAX} files")
    fields = envelope(message, account)
    if message.text:
        fields.append(("Body", message.text))
    fields += [("MediaUrl", public(link(file.file_id), account)) for file in message.attachments]
    return fields


def content_form(
    message: OutboundMessage, account: Account, content_sid: str, values: Mapping[str, str]
) -> Pairs:
    """A content template with its variables."""
    fields = [*envelope(message, account), ("ContentSid", content_sid)]
    if values:
        fields.append(("ContentVariables", variables(values)))
    return fields


def variables(values: Mapping[str, str]) -> str:
    """Twilio refuses empty values, line breaks, tabs and runs of blanks (21656)."""
    empty = sorted(name for name, value in values.items() if not value.strip())
    if empty:
        raise ContentRejected(f"the template needs a value for {', '.join(empty)}"[:300])
    tidy = {name: _BLANKS.sub(" ", value).strip() for name, value in values.items()}
    return msgspec.json.encode(tidy).decode()


def envelope(message: OutboundMessage, account: Account) -> Pairs:
    """To whom, from whom, and where to tell how it went."""
    fields = [("To", account.prefix + recipient(message.to, account))]
    if account.sender:
        fields.append(("From", account.sender))
    if account.service_sid:
        fields.append(("MessagingServiceSid", account.service_sid))
    if account.is_reachable:
        ours = quote(message.id, safe="")
        fields.append(("StatusCallback", f"{account.hook_url}?{MESSAGE_QUERY}={ours}{RETRIES}"))
    return fields


def recipient(to: Address, account: Account) -> str:
    """Raises `RecipientUnreachable` for what is no address here."""
    is_number = to.kind == "phone" and E164.fullmatch(to.value)
    is_own_handle = to.kind == "handle" and to.scope == account.inbox_id
    if is_number or is_own_handle:
        return to.value
    raise RecipientUnreachable("this is no telephone number")


def public(path: str, account: Account) -> str:
    return account.public_url + path
