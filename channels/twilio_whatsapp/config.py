"""The settings form of a WhatsApp inbox at Twilio, and what may stand in it. Imports no SDK, so
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

NAME = "twilio_whatsapp"
PREFIX = "whatsapp:"
#: Twilio's default for a WhatsApp sender.
PER_SECOND = 80
#: Meta's pair rate: one message in six seconds to the same person, bursts up to 45 are lent.
PAIR_EVERY_S = 6.0
PAIR_BURST = 45
MENU_MAX = 10

_FIELDS = [
    *account_fields(),
    ConfigField(
        name="number", group="sender", is_required=True, max_chars=30, placeholder="+905551112233"
    ),
    ConfigField(
        name="per_second",
        type="number",
        group="sender",
        default=PER_SECOND,
        minimum=1,
        maximum=1000,
    ),
    ConfigField(name="service_sid", group="advanced", max_chars=34, placeholder="MG…"),
    *advanced_fields(),
]


def settings_of(facts: InboxFacts) -> Account:
    """Of a checked config."""
    return account(
        facts,
        sender=PREFIX + number(facts.config),
        service_sid=text(facts.config, "service_sid"),
        prefix=PREFIX,
    )


def number(config: Mapping[str, Any]) -> str:
    """E.164, however it was typed."""
    return re.sub(r"[\s().-]", "", text(config, "number").removeprefix(PREFIX))


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    faults = check_account(config, NAME)
    if not E164.fullmatch(number(config)):
        faults["number"] = f"{NAME}.fault.number"
    service = text(config, "service_sid")
    if service and not SERVICE_SID.fullmatch(service):
        faults["service_sid"] = f"{NAME}.fault.service_sid"
    return faults


def _rates(config: Mapping[str, Any]) -> Rates:
    told = config.get("per_second")
    rate = told if isinstance(told, int) and told > 0 else PER_SECOND
    return Rates(
        per_second=rate,
        burst=max(1, rate),
        recipient_every_s=PAIR_EVERY_S,
        recipient_burst=PAIR_BURST,
    )


def _load() -> Callable[[AdapterContext], ChannelAdapter]:
    from channels.twilio_whatsapp.adapter import Adapter

    return Adapter


SPEC = ChannelSpec(
    name=NAME,
    capabilities=Capabilities(
        address_kind="phone",
        text_max_chars=1600,
        attachment_max_bytes=16 * 1024 * 1024,
        attachments_max=1,
        caption_max_chars=1024,
        media_types=(
            *("image/jpeg", "image/png", "image/webp", "audio/", "video/mp4", "video/3gpp"),
            *("text/vcard", "text/x-vcard", "application/pdf", "application/msword"),
            "application/vnd.openxmlformats-officedocument.",
            *("application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        ),
        can_quick_replies=True,
        quick_replies_max=MENU_MAX,
        quick_reply_max_chars=20,
        has_read_marks=True,
        can_start=True,
        reply_window_h=24,
        can_templates=True,
        can_voice=True,
        has_opt_out=True,
    ),
    fields=_FIELDS,
    check=_check,
    address=number,
    rates=_rates,
    load=_load,
)
