"""Networks in a storm: for each a stand-in of its vendor, an inbox of it, and the signed webhooks
in which that vendor tells what people wrote. Three kinds: one message a webhook without a time of
its own, several in one webhook, one message a webhook under a secret instead of a signature.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from channels._meta.signature import HEADER as META_HEADER
from channels._meta.signature import sign as meta_sign
from channels._twilio.signature import HEADER as TWILIO_HEADER
from channels._twilio.signature import sign as twilio_sign
from channels.telegram.signature import HEADER as TELEGRAM_HEADER
from channels.telegram.signature import secret_of
from channels.whatsapp import standin_phone as phones
from channels.whatsapp.standin_phone import Business
from tests.channels.telegram.sample import TOKEN as BOT_TOKEN
from tests.channels.twilio_sms.sample import NUMBER
from tests.channels.whatsapp.support import SECRET
from tests.support.twilio import ACCOUNT, TOKEN


@dataclass(frozen=True)
class Letter:
    """What one person writes once. `person` counts from 0, `number` is unique."""

    number: int
    person: int
    #: When it was written, in whole seconds, as the networks tell it.
    at_s: int

    @property
    def text(self) -> str:
        return f"letter-{self.number:06d}"


@dataclass(frozen=True)
class Post:
    """One webhook as it goes over the wire, as often as the vendor likes."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Network:
    """`write(url, inbox id, letters)` makes a webhook; `most` letters of one person fit in one."""

    name: str
    write: Callable[[str, str, Sequence[Letter]], Post]
    most: int = 1
    #: Does it tell when a message was written?
    tells_time: bool = True


def phone_of(person: int) -> str:
    return f"+48501{person:06d}"


def _text(url: str, inbox_id: str, letters: Sequence[Letter]) -> Post:
    [letter] = letters
    form = {
        "MessageSid": f"SMf{letter.number:031x}",  # none that the stand-in gives
        "AccountSid": ACCOUNT,
        "From": phone_of(letter.person),
        "To": NUMBER,
        "Body": letter.text,
        "NumMedia": "0",
    }
    headers = {
        TWILIO_HEADER: twilio_sign(TOKEN, url, form.items()),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return Post(url, headers, urlencode(form).encode())


def _batch(url: str, inbox_id: str, letters: Sequence[Letter]) -> Post:
    messages = [
        {
            "from": phone_of(letter.person)[1:],
            "id": f"wamid.{letter.number}",
            "timestamp": str(letter.at_s),
            "type": "text",
            "text": {"body": letter.text},
        }
        for letter in letters
    ]
    contacts = [phones.contact(phone_of(letters[0].person), f"Person {letters[0].person}")]
    payload = phones.payload(Business(), "messages", {"contacts": contacts, "messages": messages})
    body = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json", META_HEADER: meta_sign(SECRET, body)}
    return Post(url, headers, body)


def _update(url: str, inbox_id: str, letters: Sequence[Letter]) -> Post:
    [letter] = letters
    id = 700_000_000 + letter.person
    who: dict[str, Any] = {"id": id, "first_name": f"Person {letter.person}"}
    message = {
        "message_id": letter.number + 1,
        "from": {**who, "is_bot": False},
        "chat": {**who, "type": "private"},
        "date": letter.at_s,
        "text": letter.text,
    }
    body = json.dumps({"update_id": 900_000_000 + letter.number, "message": message}).encode()
    secret = secret_of(BOT_TOKEN, inbox_id)
    return Post(url, {"Content-Type": "application/json", TELEGRAM_HEADER: secret}, body)


#: Two of them know people by their phone numbers: whoever writes to both is one person.
BY_PHONE = (Network("twilio_sms", _text, tells_time=False), Network("whatsapp", _batch, most=5))
BY_ID = (Network("telegram", _update),)
ALL = BY_PHONE + BY_ID
