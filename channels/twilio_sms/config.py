"""The settings form of an inbox for texts by Twilio, and what may stand in it. Imports no SDK, so
that Settings can list every channel; `settings_of` reads a checked config for the adapter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from channels._twilio.settings import (
    E164,
    SERVICE_SID,
    Account,
    account,
    account_fields,
    advanced_fields,
    check_account,
    text,
)
from hub.ports.channel import Capabilities, ChannelSpec, ConfigField, InboxFacts, Rates

if TYPE_CHECKING:
    from hub.ports.channel import AdapterContext, ChannelAdapter

NAME = "twilio_sms"
_SHORT_CODE = re.compile(r"[1-9][0-9]{2,7}")
_SENDER_ID = re.compile(r"(?=[^A-Za-z]{0,10}[A-Za-z])[A-Za-z0-9 _&+-]{1,11}")
#: Messages a second that Twilio sends from one sender, when the account says nothing else.
RATES = {"long_code": 1, "toll_free": 3, "short_code": 30, "sender_id": 10, "service": 10}
_BY_NUMBER = {"send_by": ["number"]}

_FIELDS = [
    *account_fields(),
    ConfigField(
        name="send_by",
        type="choice",
        group="sender",
        default="number",
        choices=["number", "service"],
    ),
    ConfigField(
        name="number",
        group="sender",
        is_required=True,
        when=_BY_NUMBER,
        max_chars=20,
        placeholder="+48732000001",
    ),
    ConfigField(
        name="service_sid",
        group="sender",
        is_required=True,
        when={"send_by": ["service"]},
        max_chars=34,
        placeholder="MG…",
    ),
    ConfigField(
        name="number_kind",
        type="choice",
        group="sender",
        default="long_code",
        choices=["long_code", "toll_free", "short_code", "sender_id"],
        when=_BY_NUMBER,
    ),
    ConfigField(name="per_second", type="number", group="sender", minimum=1, maximum=1000),
    *advanced_fields(),
]


def settings_of(facts: InboxFacts) -> Account:
    """Of a checked config."""
    config = facts.config
    is_service = config.get("send_by") == "service"
    return account(
        facts,
        sender="" if is_service else number(config),
        service_sid=text(config, "service_sid") if is_service else "",
    )


def number(config: Mapping[str, Any]) -> str:
    """The sender as Twilio writes it: numbers without blanks, names as they are."""
    value = text(config, "number")
    bare = re.sub(r"[\s().-]", "", value)
    return bare if bare.removeprefix("+").isdigit() else value


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    faults = check_account(config, NAME)
    if config.get("send_by") == "service":
        if not SERVICE_SID.fullmatch(text(config, "service_sid")):
            faults["service_sid"] = f"{NAME}.fault.service_sid"
    elif not any(kind.fullmatch(number(config)) for kind in (E164, _SHORT_CODE, _SENDER_ID)):
        faults["number"] = f"{NAME}.fault.number"
    return faults


def _address(config: Mapping[str, Any]) -> str:
    is_service = config.get("send_by") == "service"
    return text(config, "service_sid") if is_service else number(config)


def _rates(config: Mapping[str, Any]) -> Rates:
    is_service = config.get("send_by") == "service"
    kind = "service" if is_service else str(config.get("number_kind") or "long_code")
    told = config.get("per_second")
    rate = told if isinstance(told, int) and told > 0 else RATES.get(kind, 1)
    return Rates(per_second=rate, burst=max(1, rate))


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.twilio_sms.adapter import Adapter

    return Adapter


SPEC = ChannelSpec(
    name=NAME,
    capabilities=Capabilities(
        address_kind="phone",
        text_max_chars=1600,
        attachment_max_bytes=5 * 1024 * 1024,
        attachments_max=10,
        caption_max_chars=1600,
        media_types=("image/", "audio/", "video/", "text/vcard", "text/x-vcard", "application/pdf"),
        can_start=True,
        counts_segments=True,
        has_opt_out=True,
    ),
    fields=_FIELDS,
    check=_check,
    address=_address,
    rates=_rates,
    load=_load,
)
