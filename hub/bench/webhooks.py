"""Ready-made webhooks of the benchmark's channel: signed, each event's id only once, most senders
known.
"""

from __future__ import annotations

import random
import secrets
import time

from hub.bench import channel
from hub.bench.sample import number_of

#: Of a hundred messages so many come from somebody who never wrote before.
NEW_OF_100 = 5
_BODY = (
    '{"object":"business_account","entry":[{"id":"102290129340398","changes":[{"value":'
    '{"messaging_product":"bench","metadata":{"display_phone_number":"15550783881",'
    '"phone_number_id":"106540352242922"},"contacts":'
    '[{"profile":{"name":"%s"},"wa_id":"%s"}],"messages":'
    '[{"from":"%s","id":"wamid.%s","timestamp":"%d",'
    '"type":"text","text":{"body":"Good morning, where is my parcel %s? It should have come."}}]},'
    '"field":"messages"}]}]}'
)


class Webhooks:
    """Makes requests to one inbox, out of `contacts` people that the sample data know."""

    def __init__(self, inbox_id: str, contacts: int) -> None:
        self._path = f"/hooks/{channel.NAME}/{inbox_id}"
        self._contacts = contacts
        self._run = secrets.token_hex(4)
        self._count = 0
        self._chance = random.Random(2)

    def make(self, count: int) -> list[bytes]:
        """That many requests, complete with head and signature."""
        return [self._one() for _ in range(count)]

    def _one(self) -> bytes:
        self._count += 1
        sender = number_of(self._chance.randrange(self._contacts))
        if self._chance.randrange(100) < NEW_OF_100:
            sender = f"49{int(self._run, 16)}{self._count}"
        id = f"{self._run}.{self._count:08d}"
        body = (_BODY % ("A Customer", sender, sender, id, int(time.time()), id)).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"{channel.SIGNATURE}: {channel.sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body
