"""The channel contract: one class over every channel folder that `find_specs` finds, driven by the
folder's `tests/channels/<name>/sample.py`. What a channel cannot do its sample says, never a name.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import channels
from hub.app.channels import find_specs
from hub.clock import SystemClock
from hub.errors import AuthFailed, BadInput, BadSignature, RateLimited, TransientFailure
from hub.ports import inbound
from hub.ports.channel import (
    ChannelAdapter,
    ChannelSpec,
    DeletesMessages,
    EditsMessages,
    KnowsPresence,
    RawRequest,
    Reacts,
    ReceivesWebhooks,
    SendsTemplates,
    SendsTyping,
    SharesWebhooks,
    VendorAnswer,
)
from hub.services import egress, vendor_http
from hub.services.inbox_config import check_config
from hub.services.vendor_http import HttpClient
from tests.support.adapter_context import MemoryContext
from tests.support.channel_hook import hook_of, served
from tests.support.channel_sample import Sample, sample_of
from tests.support.clock import ManualClock
from tests.support.hostile_vendor import PERMITTED, RETRY_AFTER_S, UNSEEN, hostile_vendor

SPECS = find_specs()
LANGUAGES = ("en", "tr", "pl")
#: Limits for calls that would otherwise take half a minute to give up; nothing is asserted of
#: them. The second is for the one fault that is a missing answer: the request must have left.
CONNECT_S, ANSWER_S = 0.3, 1.0
#: A start that has not given up by then is cancelled, as the hub does.
START_S = 1.0
NOWHERE = "http://127.0.0.1:9"
TEXT_KEYS = r'f?["\']{name}\.((?:fault|state|alert|notice)\.[a-z0-9_.]*[a-z0-9_])["\':]'

_bounded = settings(
    max_examples=30,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
#: Few letters, nasty ones: all of Unicode would have to be computed first.
_texts = st.text('aZ0.:/+@ \n\x00\x1b\u0130\u202e\ufffd🦊{}"\\', max_size=8)
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | _texts
_trees = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)


class HurriedHttp:
    """`ctx.http` whose every call gives up soon."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def request(self, method: str, url: str, **more: Any) -> VendorAnswer:
        more["timeout_s"] = ANSWER_S
        return await self._client.request(method, url, **more)


async def _look_up(host: str, port: int) -> list[str]:
    """DNS without a network: this machine, or no such name."""
    if host != "localhost":
        raise OSError("no such host")
    return ["127.0.0.1"]


def those_which(applies: Callable[[Sample], object]) -> list[str]:
    """Names of the channels to which a part applies; a faulty sample fails in the test itself."""
    found = []
    for name in sorted(SPECS):
        try:
            sample = sample_of(name)
        except (pytest.fail.Exception, Exception):  # noqa: BLE001 - a module may do anything
            found.append(name)
        else:
            found += [name] if applies(sample) else []
    return found


@pytest.fixture(params=sorted(SPECS))
def spec(request: pytest.FixtureRequest) -> ChannelSpec:
    return SPECS[request.param]


@pytest.fixture
def sample(spec: ChannelSpec) -> Sample:
    return sample_of(spec.name)


has_webhooks = pytest.mark.parametrize(
    "spec", those_which(lambda sample: sample.inbound), indirect=True
)
has_a_stand_in = pytest.mark.parametrize(
    "spec", those_which(lambda sample: sample.standin), indirect=True
)
calls_an_api = pytest.mark.parametrize(
    "spec", those_which(lambda sample: sample.calls_api), indirect=True
)


@asynccontextmanager
async def context(
    spec: ChannelSpec,
    sample: Sample,
    base: str,
    clock: ManualClock | None = None,
    *,
    is_hurried: bool = False,
) -> AsyncIterator[MemoryContext]:
    """An adapter's context without DNS; `is_hurried` for a vendor that never answers."""
    ctx = MemoryContext(check_config(spec, sample.config(base)), clock=clock)
    await ctx.http.close()
    allowed = egress.EgressClient(["127.0.0.1", "localhost"], resolver=_look_up)
    client = HttpClient(allowed, ctx.clock)
    ctx.http = HurriedHttp(client) if is_hurried else client  # type: ignore[assignment]
    try:
        yield ctx
    finally:
        await client.close()
        assert await ctx.tasks.close() == []


@asynccontextmanager
async def adapter_of(
    spec: ChannelSpec, sample: Sample, base: str, *, is_hurried: bool = False
) -> AsyncIterator[ChannelAdapter]:
    async with context(spec, sample, base, is_hurried=is_hurried) as ctx:
        adapter = spec.load()(ctx)
        try:
            yield adapter
        finally:
            await adapter.stop()


def texts(name: str, language: str) -> dict[str, str]:
    path = Path(channels.__path__[0]) / name / "i18n" / f"{language}.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8"))
    return found


def wrong_configs(spec: ChannelSpec, good: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Nothing, each field missing, and each field with something that cannot be right."""
    yield {}
    for field in spec.fields:
        yield {key: value for key, value in good.items() if key != field.name}
        for value in (
            "",
            " ",
            "x",
            "\x01",
            "http://[",
            "ż" * 2000,
            -1,
            10**9,
            ["", "x" * 300],
            True,
        ):
            yield {**good, field.name: value}


class TestChannel:
    """What every channel promises the hub."""

    def test_its_files_are_there(self, spec: ChannelSpec) -> None:
        folder = Path(channels.__path__[0]) / spec.name
        wanted = ["README.md", "icon.svg", *(f"i18n/{code}.json" for code in LANGUAGES)]
        assert [name for name in wanted if not (folder / name).is_file()] == []
        assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name)

    def test_every_text_of_its_form_exists(self, spec: ChannelSpec) -> None:
        wanted = {"name", "about"} | {
            f"group.{field.group}" for field in spec.fields if field.group
        }
        for field in spec.fields:
            wanted.add(f"config.{field.name}")
            wanted |= {f"config.{field.name}.{choice}" for choice in field.choices}
        for language in LANGUAGES:
            assert wanted - set(texts(spec.name, language)) == set(), language

    def test_every_text_that_its_code_names_exists(self, spec: ChannelSpec) -> None:
        named = re.compile(TEXT_KEYS.format(name=spec.name))
        files = (Path(channels.__path__[0]) / spec.name).glob("*.py")
        used = {key for path in files for key in named.findall(path.read_text("utf-8"))}
        for language in LANGUAGES:
            assert used - set(texts(spec.name, language)) == set(), language

    def test_a_good_config_has_no_fault(self, spec: ChannelSpec, sample: Sample) -> None:
        clear = check_config(spec, sample.config(NOWHERE))
        assert spec.check(clear) == {}
        assert isinstance(spec.address(clear), str)
        rates = spec.rates(clear)
        assert rates.per_second >= 0 and rates.burst >= 1 and rates.recipient_burst >= 1

    def test_faults_of_a_config_name_a_field_and_a_text(
        self, spec: ChannelSpec, sample: Sample
    ) -> None:
        """Asked as the hub asks: types first, then the channel's own check."""
        fields = {f"config.{field.name}" for field in spec.fields} | {"config", "config."}
        known = texts(spec.name, "en")
        refused = 0
        for config in wrong_configs(spec, sample.config(NOWHERE)):
            try:
                assert isinstance(spec.address(check_config(spec, config)), str)
            except BadInput as fault:
                refused += 1
                assert fault.field in fields
                prefix, _, key = str(fault).partition(".")
                assert prefix != spec.name or key in known, str(fault)
        assert refused > len(spec.fields)

    def test_an_inbox_without_its_signing_secret_is_refused(
        self, spec: ChannelSpec, sample: Sample
    ) -> None:
        assert bool(sample.signing_secrets) == (sample.inbound is not None)
        secret = {field.name for field in spec.fields if field.type == "secret"}
        assert set(sample.signing_secrets) <= secret
        for name in sample.signing_secrets:
            for nothing in (None, "", " "):
                config = {**sample.config(NOWHERE), name: nothing}
                with pytest.raises(BadInput) as refused:
                    check_config(spec, config)
                assert refused.value.field == f"config.{name}"

    def test_what_an_inbox_can_do_is_known_before_it_starts(self, spec: ChannelSpec) -> None:
        """`Inboxes.is_able` asks the class while there is no adapter yet."""
        assert isinstance(spec.load(), type)

    def test_capabilities_agree_with_each_other(self, spec: ChannelSpec) -> None:
        can = spec.capabilities
        assert can.text_max_chars > 0
        assert can.text_max_bytes == 0 or can.text_max_bytes >= can.text_max_chars
        assert not can.can_attach or (can.attachments_max >= 1 and can.attachment_max_bytes > 0)
        assert can.can_quick_replies or can.quick_replies_max == 0
        assert can.human_window_h == 0 or can.human_window_h >= can.reply_window_h > 0
        assert not can.can_templates or can.reply_window_h > 0
        assert can.address_kind not in can.also_writes_to

    async def test_capabilities_agree_with_abilities(
        self, spec: ChannelSpec, sample: Sample
    ) -> None:
        can = spec.capabilities
        async with adapter_of(spec, sample, NOWHERE) as adapter:
            able: object = adapter
            assert can.can_edit == isinstance(able, EditsMessages)
            assert can.can_delete == isinstance(able, DeletesMessages)
            assert can.can_react == isinstance(able, Reacts)
            assert can.can_templates == isinstance(able, SendsTemplates)
            assert can.has_typing == isinstance(able, SendsTyping)
            assert can.is_live == isinstance(able, KnowsPresence)
            assert (sample.inbound is not None) == isinstance(able, ReceivesWebhooks)
            assert (spec.account_keys is not None) == isinstance(able, SharesWebhooks)

    async def test_it_is_made_without_io_and_stops_unstarted(
        self, spec: ChannelSpec, sample: Sample
    ) -> None:
        before = asyncio.all_tasks()
        async with hostile_vendor("500") as vendor, context(spec, sample, vendor.base) as ctx:
            adapter = spec.load()(ctx)
            assert ctx.states == []
            await adapter.stop()
            await adapter.stop()
            assert vendor.requests == 0
            assert ctx.tasks.names() == []
        assert asyncio.all_tasks() - before == set()

    @pytest.mark.parametrize("how", ["refused", "timeout_after", "401", "500", "garbage"])
    async def test_it_starts_and_stops_beside_a_broken_vendor(
        self, spec: ChannelSpec, sample: Sample, how: str
    ) -> None:
        """Only refused credentials keep it from starting; stopping twice is as good as once."""
        async with (
            hostile_vendor(how, sample.error) as vendor,
            context(spec, sample, vendor.base) as ctx,
        ):
            adapter = spec.load()(ctx)
            starting = asyncio.create_task(adapter.start())
            arrived = asyncio.create_task(vendor.arrived.wait())
            waits_for = {starting, arrived} if how == "timeout_after" else {starting}
            await asyncio.wait(waits_for, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
            for task in (starting, arrived):  # the hub cancels a start that hangs
                task.cancel()
            fault = (await asyncio.gather(starting, arrived, return_exceptions=True))[0]
            # Trouble that passes is reported, never raised: an inbox that has not started cannot
            # take what comes in.
            is_refused = how == "401" and isinstance(fault, AuthFailed)
            assert fault is None or is_refused or isinstance(fault, asyncio.CancelledError)
            await adapter.stop()
            await adapter.stop()
            await asyncio.sleep(0)
            assert ctx.tasks.names() == []
            assert ctx.crashes == []

    @has_a_stand_in
    async def test_it_connects_to_its_stand_in(self, spec: ChannelSpec, sample: Sample) -> None:
        assert sample.standin is not None
        async with (
            served(sample.standin(SystemClock())) as base,
            context(spec, sample, base) as ctx,
            hook_of(ctx) as hook,
        ):
            ctx.inbox = msgspec.structs.replace(ctx.inbox, public_url=hook.url)
            adapter = hook.adapter = spec.load()(ctx)
            await adapter.probe()
            assert ctx.states == []
            await adapter.start()
            await ctx.until(lambda: ("connected", "") in ctx.states)
            await adapter.stop()
            await asyncio.sleep(0)
            assert ctx.tasks.names() == []

    @calls_an_api
    @pytest.mark.parametrize("how", PERMITTED)
    async def test_each_fault_of_a_vendor_is_the_right_error(
        self, spec: ChannelSpec, sample: Sample, how: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """R-24: never a retry of what may have been accepted, never a loss of what was not."""
        if how == "timeout_before":
            monkeypatch.setattr(vendor_http, "_CONNECT_S", CONNECT_S)
        if how.startswith("timeout"):
            sample.hurry(monkeypatch)
        permitted = PERMITTED[how]
        if how.isdigit() and int(how) in sample.not_accepted:
            permitted = frozenset({TransientFailure})
        async with (
            hostile_vendor(how, sample.error) as vendor,
            adapter_of(spec, sample, vendor.base, is_hurried=how == "timeout_after") as adapter,
        ):
            with pytest.raises(tuple(permitted)) as raised:
                await adapter.send(sample.outbound)
        assert type(raised.value) in permitted
        assert vendor.requests == (0 if how in UNSEEN else 1), "exactly one attempt"
        said = str(raised.value)
        assert 0 < len(said) <= 500 and "\n" not in said
        secrets = {f.name for f in spec.fields if f.type == "secret"}
        clear = sample.config(vendor.base)
        assert [name for name in secrets if str(clear.get(name) or "\0") in said] == []
        if isinstance(raised.value, RateLimited):
            assert raised.value.retry_after_s >= RETRY_AFTER_S


@has_webhooks
class TestWebhooks:
    """What every channel that receives webhooks promises."""

    async def test_a_signed_request_is_taken(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock
    ) -> None:
        async with _receiving(spec, sample, clock) as (receive, request):
            receive.verify(request)
            events = receive.parse(request)
            received = [one for one in events if isinstance(one, inbound.MessageReceived)]
            assert received
            assert all(one.event_id and one.at > 0 for one in received)
            assert receive.parse(request) == events
            assert 0 < len(request.body) <= receive.max_body_bytes <= 32 * 1024 * 1024

    @pytest.mark.parametrize("how", [str.lower, str.upper])
    async def test_headers_may_come_in_any_case(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock, how: Any
    ) -> None:
        async with _receiving(spec, sample, clock) as (receive, request):
            headers = {how(name): value for name, value in request.headers.items()}
            receive.verify(msgspec.structs.replace(request, headers=headers))

    async def test_every_changed_bit_is_refused(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock
    ) -> None:
        """S-33: the raw bytes are what is signed."""
        async with _receiving(spec, sample, clock) as (receive, request):
            count = 0
            for changed in _flipped(request, sample.signed):
                with pytest.raises(BadSignature):
                    receive.verify(changed)
                count += 1
            assert count >= 100, "the test looked at nothing"

    async def test_nothing_signed_is_refused(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock
    ) -> None:
        async with _receiving(spec, sample, clock) as (receive, request):
            bare = msgspec.structs.replace(request, headers={})
            with pytest.raises(BadSignature):
                receive.verify(bare)
            for name in request.headers:
                for value in ("", "x", "sha256=", "żółw", "0" * 64):
                    if f"header:{name}" in sample.signed:
                        wrong = {**request.headers, name: value}
                        with pytest.raises(BadSignature):
                            receive.verify(msgspec.structs.replace(request, headers=wrong))

    async def test_another_inbox_does_not_take_it(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock
    ) -> None:
        """S-35: an inbox with another secret refuses it."""
        async with _receiving(spec, sample, clock) as (_, request):
            config = dict(sample.config(NOWHERE))
            for name in sample.signing_secrets:
                config[name] = _other(config[name])
            ctx = MemoryContext(check_config(spec, config), clock=clock)
            other: object = spec.load()(ctx)
            assert isinstance(other, ReceivesWebhooks)
            with pytest.raises(BadSignature):
                other.verify(request)

    async def test_where_webhooks_are_shared_a_request_names_whose_it_is(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock
    ) -> None:
        if spec.account_keys is None:
            return
        keys = spec.account_keys(check_config(spec, sample.config(NOWHERE)))
        async with _receiving(spec, sample, clock) as (receive, request):
            assert isinstance(receive, SharesWebhooks)
            assert receive.addressees(request)
            assert receive.addressees(request) <= keys

    async def test_garbage_is_refused_or_ignored(
        self, spec: ChannelSpec, sample: Sample, clock: ManualClock
    ) -> None:
        async with _receiving(spec, sample, clock) as (receive, request):
            for body in _horrors(request.body, receive.max_body_bytes):
                _parse(receive, msgspec.structs.replace(request, body=body))

            @_bounded
            @given(st.data())
            def bodies(data: st.DataObject) -> None:
                body = data.draw(st.binary(max_size=200) | _mutations(request.body))
                _parse(receive, msgspec.structs.replace(request, body=body))

            bodies()


@asynccontextmanager
async def _receiving(
    spec: ChannelSpec, sample: Sample, clock: ManualClock
) -> AsyncIterator[tuple[ReceivesWebhooks, RawRequest]]:
    """An adapter that was not started, and a request that it must take."""
    assert sample.inbound is not None
    async with context(spec, sample, NOWHERE, clock) as ctx:
        adapter = spec.load()(ctx)
        able: object = adapter
        assert isinstance(able, ReceivesWebhooks)
        try:
            yield able, sample.inbound(ctx.inbox, clock)
        finally:
            await adapter.stop()


def _parse(receive: ReceivesWebhooks, request: RawRequest) -> None:
    """Refused, or events that the journal can keep."""
    if isinstance(receive, SharesWebhooks):
        assert all(isinstance(key, str) for key in receive.addressees(request))
    try:
        events = receive.parse(request)
    except (BadInput, BadSignature):
        return
    assert all(isinstance(event, inbound.InboundEvent) for event in events)
    msgspec.json.encode(events).decode("utf-8", "strict")


def _flipped(request: RawRequest, signed: tuple[str, ...]) -> Iterator[RawRequest]:
    replace = msgspec.structs.replace
    for part in signed:
        if part == "body":
            for at in range(len(request.body) * 8):
                body = bytearray(request.body)
                body[at // 8] ^= 1 << at % 8
                yield replace(request, body=bytes(body))
        elif part.startswith("header:"):
            name = part.removeprefix("header:")
            for value in _flipped_text(request.headers[name]):
                yield replace(request, headers={**request.headers, name: value})
        else:
            for value in _flipped_text(getattr(request, part)):
                yield replace(request, **{part: value})


def _flipped_text(text: str) -> Iterator[str]:
    """Every bit of every byte, as a server hands bytes of headers on."""
    raw = text.encode("latin-1")
    for at in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[at // 8] ^= 1 << at % 8
        yield changed.decode("latin-1")


def _other(secret: str) -> str:
    """Another secret of the same shape."""
    return secret[:-1] + ("1" if secret[-1] != "1" else "2")


def _horrors(body: bytes, limit: int) -> Iterator[bytes]:
    """Truncated, deep, huge, in other alphabets."""
    for at in range(0, len(body), max(1, len(body) // 25)):
        yield body[:at]
    yield from (b"[" * 50_000, b'{"a":' * 50_000, b'{"a":' * 900 + b"1" + b"}" * 900)
    yield from (b"null", b"{}", b"[]", b'""', b"1e999", b"\xff\xfe", b"\x00" * 100, b"{" + body)
    yield b'"' + b"x" * (min(limit, 1024 * 1024) - 2) + b'"'
    yield body.replace(b'"', b'"\\ud800', 40)
    yield re.sub(rb":\s*\"[^\"]*\"", b": 12345678901234567890123456789", body)
    yield re.sub(rb":\s*\d+", rb': "\\u0000"', body)
    yield re.sub(rb":\s*\d+", b": -1e308", body)
    yield re.sub(rb":\s*(\"[^\"]*\"|\d+)", b": null", body)
    yield re.sub(rb"=[^&]*", b"=%F0%00%ED%A0%80", body)


def _mutations(body: bytes) -> st.SearchStrategy[bytes]:
    """The sample's tree with one value replaced; of what is no JSON, the bytes cut and joined."""
    try:
        tree = json.loads(body)
    except ValueError:
        cuts = st.tuples(st.integers(0, len(body)), st.binary(max_size=6), st.integers(0, 9))
        return cuts.map(lambda cut: body[: cut[0]] + cut[1] + body[cut[0] + cut[2] :])
    paths = list(_paths(tree))
    return st.tuples(st.sampled_from(paths), _trees).map(
        lambda drawn: json.dumps(_with(json.loads(body), drawn[0], drawn[1])).encode()
    )


def _paths(tree: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in inner:
        yield (*before, key)
        if isinstance(value, dict | list):
            yield from _paths(value, (*before, key))


def _with(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    inner = tree
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return tree
