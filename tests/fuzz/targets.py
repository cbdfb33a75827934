"""Every parser of foreign input, each as a function of one `random.Random` that makes one input and
hands it over. What a parser is permitted to raise is caught here; all else is a finding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from aiohttp.test_utils import make_mocked_request

from channels.email.limits import DEFAULT
from channels.email.mail import ParsedMail
from channels.email.parse import NOTHING_KNOWN, _parse
from channels.email.threading import candidates
from channels.webchat import parse as widget
from hub.app.channels import find_specs
from hub.errors import BadInput, BadSignature, TooLarge
from hub.model.ids import new_id, new_workspace_id, workspace_of
from hub.model.template import Template, TemplateSlot
from hub.ports.channel import ChannelSpec, RawRequest, ReceivesWebhooks
from hub.ports.inbound import InboundEvent
from hub.services.inbox_config import check_config
from hub.services.names import Names
from hub.services.templates import check_values, file_ids, fill
from hub.store.cursor import pack, unpack
from hub.web import decode
from hub.web.live import LiveHub, Ring
from hub.web.routes import ROUTES
from tests.fuzz import mutate
from tests.security.matrix import CASES
from tests.support import specs
from tests.support.adapter_context import MemoryContext
from tests.support.channel_sample import Sample, sample_of
from tests.support.clock import ManualClock

Try = Callable[[Random], None]

_REFUSED = (BadInput, TooLarge)
_NOWHERE = "http://127.0.0.1:9"
_MAIL_MAX_BYTES = 40_000
_MAILS_MAX = 400
#: Mails that are always there; those of specs/ come on top.
_MAILS = (
    b"From: =?utf-8?q?Zo=C3=AB?= <a@b.test>\r\nTo: c@d.test\r\nSubject: Hi\r\n"
    b""
    b"Message-ID: <1@b.test>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nHi\r\n\r\nOn 1 Jan x@y.test wrote:\r\n> a\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+SGk8L3A+\r\n"
    b"--b--\r\n",
    b"From: MAILER-DAEMON@b.test\r\nContent-Type: multipart/report; report-type=delivery-status;"
    b" boundary=r\r\n\r\n--r\r\n\r\nfailed\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n"
    b"Reporting-MTA: dns; b.test\r\n\r\nFinal-Recipient: rfc822; x@y.test\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\n\r\n--r--\r\n",
)  # fmt: skip


def all_targets() -> dict[str, Try]:
    """By name; one for each channel that takes webhooks."""
    found: dict[str, Try] = {f"channel {name}": target for name, target in _channels()}
    return found | {
        "mail": _mail(),
        "api body": _api_body(),
        "api query": _api_query(),
        "page cursor": _page_cursor,
        "live cursor": _live_cursor(),
        "widget frame": _widget(),
        "reply token": _reply_token(),
        "template": _template,
    }


def _channels() -> Iterator[tuple[str, Try]]:
    for name, spec in sorted(find_specs().items()):
        sample = sample_of(name)
        if sample.inbound is not None:
            yield name, _channel(spec, sample)


def _channel(spec: ChannelSpec, sample: Sample) -> Try:
    """Requests that bear a signature, right or wrong, and whatever inside."""
    assert sample.inbound is not None
    clock = ManualClock()
    ctx = MemoryContext(check_config(spec, sample.config(_NOWHERE)), clock=clock)
    adapter: Any = spec.load()(ctx)
    assert isinstance(adapter, ReceivesWebhooks)
    good = sample.inbound(ctx.inbox, clock)

    def one(rnd: Random) -> None:
        request = _mutated(rnd, good)
        try:
            adapter.verify(request)
        except (BadSignature, *_REFUSED):
            pass
        try:
            events = adapter.parse(request)
        except (BadSignature, *_REFUSED):
            return
        assert all(isinstance(event, InboundEvent) for event in events)
        kept = msgspec.json.encode(events)
        assert msgspec.json.decode(kept, type=list[InboundEvent]) is not None
        kept.decode("utf-8", "strict")

    return one


def _mutated(rnd: Random, good: RawRequest) -> RawRequest:
    request = msgspec.structs.replace(good, body=mutate.body(rnd, good.body))
    if rnd.random() < 0.2 and good.headers:
        name = rnd.choice(sorted(good.headers))
        wrong = mutate.raw(rnd, good.headers[name].encode()).decode("latin-1")
        request = msgspec.structs.replace(request, headers={**good.headers, name: wrong})
    if rnd.random() < 0.1:
        query = mutate.text(rnd, good.query or "a=b&c=%20")
        request = msgspec.structs.replace(request, query=query)
    return request


def _mail() -> Try:
    seeds = [*_MAILS]
    folder = specs.folder() / "email"
    files = sorted(folder.rglob("*.eml")) if folder.is_dir() else []
    step = max(1, len(files) // _MAILS_MAX)
    seeds += [_head_of(file) for file in files[::step]]

    def one(rnd: Random) -> None:
        found = _parse(mutate.raw(rnd, rnd.choice(seeds)), DEFAULT, NOTHING_KNOWN)
        mail = msgspec.json.decode(msgspec.json.encode(found.mail), type=ParsedMail)
        assert mail == found.mail
        candidates(mail)

    return one


def _head_of(file: Path) -> bytes:
    return file.read_bytes()[:_MAIL_MAX_BYTES]


def _api_body() -> Try:
    routes = [route for route in ROUTES if route.body is not None]

    def one(rnd: Random) -> None:
        route = rnd.choice(routes)
        known = CASES[route.method, route.path].body or {}
        shape = {name: rnd.choice(mutate.LEAVES) for name in route.body.__struct_fields__}
        good = {**shape, **known} if rnd.random() < 0.5 else known
        raw = mutate.body(rnd, json.dumps(good).encode())
        try:
            body = decode.decode(raw, route)
        except _REFUSED:
            return
        msgspec.json.encode(body).decode("utf-8", "strict")

    return one


def _api_query() -> Try:
    routes = [route for route in ROUTES if route.query is not None]

    def one(rnd: Random) -> None:
        route = rnd.choice(routes)
        names = [*route.query.__struct_fields__, "x"]
        pairs = [f"{rnd.choice(names)}={rnd.choice(mutate.LEAVES)}"[:200] for _ in range(3)]
        query = mutate.text(rnd, "&".join(pairs))
        try:
            request = make_mocked_request("GET", f"/x?{query}")
        except (ValueError, TypeError):  # no such request can come in
            return
        try:
            found = decode.decode_query(request, route)
        except _REFUSED:
            return
        msgspec.json.encode(found).decode("utf-8", "strict")

    return one


def _page_cursor(rnd: Random) -> None:
    values = [rnd.choice(("a", 1, 2**62, 1.5, True, None, "\u0130")) for _ in range(3)]
    good = pack(values)
    kinds: list[Any] = [rnd.choice((str, int, (int, float))) for _ in range(3)]
    try:
        found = unpack(mutate.text(rnd, good), kinds)
    except BadInput:
        return
    assert len(found) == 3 and all(map(isinstance, found, kinds))


def _live_cursor() -> Try:
    """All that a client of the live socket can say; its frames are only counted."""
    live = LiveHub(ManualClock(), {})
    good, ring = live.cursor("aaaaaaaa"), Ring()

    def one(rnd: Random) -> None:
        missed = live._missed(ring, mutate.text(rnd, good), "")
        assert missed is None or missed == []

    return one


def _widget() -> Try:
    frames = [
        {"type": "hello", "token": "t", "conversation": "c", "after": 3, "is_visible": True},
        {"type": "seen", "conversation": "c", "seqs": [1, 2]},
        {"type": "read", "conversation": "c", "seq": 2},
        {"type": "typing", "is_typing": True},
    ]
    bodies: list[tuple[Any, dict[str, Any]]] = [
        (widget.NewMessage, {"client_id": "client-0001", "text": "Hi", "file_ids": ["a"]}),
        (widget.Details, {"client_id": "client-0001", "name": "Ada", "email": "a@b.test"}),
        (widget.SessionAsk, {"token": "t", "identity": {"jwt": "a.b.c"}, "language": "pl-PL"}),
        (widget.ReadUpTo, {"conversation_id": "c", "seq": 2}),
    ]

    def one(rnd: Random) -> None:
        kind, good = rnd.choice([*bodies, *((None, frame) for frame in frames)])
        raw = mutate.body(rnd, json.dumps(good).encode())
        try:
            found = widget.decode_frame(raw) if kind is None else widget.decode(raw, kind)
        except _REFUSED:
            return
        msgspec.json.encode(found).decode("utf-8", "strict")

    return one


def _reply_token() -> Try:
    conversation = new_id(new_workspace_id())
    names = Names(workspace_of(conversation), bytes(range(32)))
    good = names.reply_token(conversation)
    assert names.conversation_of_token(good) == conversation

    def one(rnd: Random) -> None:
        token = mutate.text(rnd, good)
        assert names.conversation_of_token(token) in (
            (conversation,) if token.lower() == good else (None,)
        )

    return one


def _template(rnd: Random) -> None:
    """What networks call a template, and what people fill in."""
    good = "Hello {{1}}, {{ name }} and {{code.0}} {{header.1}} {{}} {{{{1}}}}"
    slots = [TemplateSlot(mutate.text(rnd, "1")[:60]), TemplateSlot("1"), TemplateSlot("header.1")]
    template = Template(
        name="t", language="en", state="approved",
        header=mutate.text(rnd, "{{1}}"), body=mutate.text(rnd, good), footer="x", slots=slots,
    )  # fmt: skip
    values = {slot.name: mutate.text(rnd, "Ada {{1}} \\1 \\g<0>") for slot in slots}
    values.pop(rnd.choice(["1", "header.1", "none"]), None)
    told = fill(template, values)
    assert len(told) <= 100_000_000
    file_ids(template, {slot.name: "f" for slot in slots})
    try:
        check_values(template, values)
    except BadInput:
        return
