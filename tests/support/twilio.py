"""What tests of Twilio's channels share: recorded webhooks, the vendor's schemas as a validator,
and an inbox with its stand-in and its hook over real HTTP.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import msgspec

from channels._twilio.standin import Hook as Setup
from channels._twilio.standin import TwilioStandin, fields_of
from channels._twilio.standin_phone import Phone
from hub.model.message import Attachment
from hub.ports.channel import ChannelSpec, RawRequest
from hub.standin import Fault
from tests.support.adapter_context import MemoryContext
from tests.support.channel_hook import Hook, hook_of, served
from tests.support.clock import ManualClock
from tests.support.specs import require

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "twilio-test-auth-token-0001"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
API = "twilio/openapi/twilio_api_v2010.json"
CONTENT = "twilio/openapi/twilio_content_v1.json"
CONVERSATION = "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb"


@dataclass(frozen=True)
class Recorded:
    """A webhook as Twilio sends it, with a correct signature."""

    name: str
    url: str
    headers: dict[str, str]
    body: bytes
    form: dict[str, str]

    @property
    def request(self) -> RawRequest:
        split = urlsplit(self.url)
        return RawRequest("POST", split.path, split.query, self.headers, self.body)

    def context(self, config: Mapping[str, Any]) -> MemoryContext:
        """An inbox at exactly this address."""
        return placed(MemoryContext(config, clock=ManualClock()), self.url)


def placed(ctx: MemoryContext, url: str) -> MemoryContext:
    """The context with its hook at `url`."""
    split = urlsplit(url)
    public = f"{split.scheme}://{split.netloc}"
    ctx.inbox = msgspec.structs.replace(ctx.inbox, public_url=public, hook_path=split.path)
    return ctx


def recorded() -> list[Recorded]:
    """All 51; skips without specs."""
    told = json.loads(require("twilio/webhooks/webhook_requests.json").read_text("utf-8"))
    assert (told["auth_token"], told["account_sid"]) == (TOKEN, ACCOUNT)
    return [
        Recorded(
            name=one["name"],
            url=one["url"],
            headers=one["headers"],
            body=one["raw_body"].encode(),
            form=one["form"],
        )
        for one in told["requests"]
    ]


@cache
def schema(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(require(path).read_text("utf-8"))
    return loaded


class Schemas:
    """A validator for the stand-in: every request in the vendor's own words. `seen` counts."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.faults: list[str] = []

    def __call__(self, method: str, template: str, fields: Mapping[str, Any]) -> None:
        self.seen.append(f"{method} {template}")
        fault = "; ".join(self._check(method, template, fields))
        if fault:
            self.faults.append(fault)
            raise ValueError(fault)

    def _check(self, method: str, template: str, fields: Mapping[str, Any]) -> Iterator[str]:
        document = schema(API if template.startswith("/2010") else CONTENT)
        operation = document["paths"][template][method.lower()]
        if method == "GET":
            known = {one["name"]: one["schema"] for one in operation["parameters"]}
            found: dict[str, Any] = {"type": "object", "properties": known}
        else:
            content = next(iter(operation["requestBody"]["content"].values()))
            found = content["schema"]
            found = _resolved(document, found["$ref"]) if "$ref" in found else found
        typed = {name: _typed(found, name, value) for name, value in fields.items()}
        for name in set(fields) - set(found["properties"]):
            yield f"{name} is no field of {method} {template}"
        whole = {**found, "components": document["components"]}
        for fault in jsonschema.Draft202012Validator(whole).iter_errors(typed):
            yield f"{template}: {fault.message}"


def _resolved(document: dict[str, Any], ref: str) -> dict[str, Any]:
    found: Any = document
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _typed(schema: dict[str, Any], name: str, value: Any) -> Any:
    """Forms and queries hold texts only; a number is a number when it reads like one."""
    kind = schema["properties"].get(name, {}).get("type")
    if kind == "integer" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value


@dataclass
class World:
    """One inbox, its vendor and its hook."""

    vendor: TwilioStandin
    phone: Phone
    ctx: MemoryContext
    hook: Hook
    adapter: Any
    schemas: Schemas
    base: str

    def fault(self, kind: str, **more: Any) -> None:
        self.vendor.desk.faults.append(Fault(kind=kind, **more))  # type: ignore[arg-type]

    def posted(self) -> list[dict[str, Any]]:
        """The forms of all messages that were posted."""
        return [
            fields_of(entry.body)
            for entry in self.vendor.desk.ledger
            if entry.method == "POST" and "Messages.json" in entry.path
        ]

    async def attach(self, data: bytes, media_type: str) -> Attachment:
        return await self.ctx.files.save(data, "file", declared_type=media_type)


@asynccontextmanager
async def world(
    spec: ChannelSpec,
    config: Callable[[str], dict[str, Any]],
    *,
    prefix: str = "",
    number: str,
    service_sid: str = "",
    tells_opt_out: bool = False,
    tells_statuses: bool = False,
) -> AsyncIterator[World]:
    """The adapter is made, not started."""
    schemas = Schemas()
    vendor = TwilioStandin(
        ManualClock(),
        prefix=prefix,
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        validate=schemas,
        tells_statuses=tells_statuses,
    )
    phone = Phone(vendor)
    async with served(phone.add_to(vendor.app())) as base:
        ctx = MemoryContext(config(base), clock=vendor.clock)
        async with hook_of(ctx) as hook:
            url = hook.url + ctx.inbox.hook_path
            placed(ctx, url)
            hook.adapter = spec.load()(ctx)
            vendor.hook = Setup(
                url=url,
                account_sid=ACCOUNT,
                auth_token=TOKEN,
                number=number,
                service_sid=service_sid,
                tells_opt_out=tells_opt_out,
            )
            try:
                yield World(vendor, phone, ctx, hook, hook.adapter, schemas, base)
            finally:
                await hook.adapter.stop()
                await ctx.http.close()
                await ctx.tasks.close()
                assert schemas.faults == []
