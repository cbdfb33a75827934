"""The settings form: what is refused, what is understood, how fast an inbox may send."""

from __future__ import annotations

from typing import Any

import pytest

from channels.whatsapp.config import SPEC, read
from hub.ports.channel import Rates
from tests.channels.whatsapp.support import config


def test_a_whole_config_has_no_fault() -> None:
    assert SPEC.check(config()) == {}
    assert SPEC.check(config("http://127.0.0.1:8090/whatsapp")) == {}
    assert SPEC.address(config(phone="+48 (22) 123-45-67")) == "+48221234567"
    assert read(config(phone="+48 22 123 45 67")).phone == "+48221234567"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", ""), ("phone", "22 123 45 67"), ("phone", "+48x"), ("phone", "+0123456789"),
        ("phone_number_id", ""), ("phone_number_id", "+4822"), ("phone_number_id", "12/../34567"),
        ("waba_id", "abc"), ("access_token", ""), ("app_secret", " "), ("verify_token", ""),
        ("api_base", "ftp://x"), ("api_base", "graph"), ("api_base", "https://x/?a=b"),
        ("api_base", "https://[x"),
        ("api_base", "https://user@x"),
        ("api_version", "23"), ("api_version", "v23.0/.."),
    ],
)  # fmt: skip
def test_each_fault_is_told_beside_its_field(field: str, value: Any) -> None:
    faults = SPEC.check({**config(), field: value})
    assert list(faults) == [field]
    assert faults[field].startswith("whatsapp.fault.")


def test_secrets_are_marked_and_required() -> None:
    secrets = {field.name: field.is_required for field in SPEC.fields if field.type == "secret"}
    assert secrets == {"access_token": True, "app_secret": True, "verify_token": True}


def test_the_rates_are_metas_and_can_be_set() -> None:
    assert SPEC.rates(config()) == Rates(
        per_second=80, burst=80, recipient_every_s=6.0, recipient_burst=45
    )
    assert SPEC.rates(config(per_second=20)).per_second == 20


def test_the_capabilities_are_whatsapps() -> None:
    can = SPEC.capabilities
    assert (can.reply_window_h, can.human_window_h) == (24, 0)
    assert (can.quick_replies_max, can.attachments_max) == (10, 1)
    assert not can.can_edit
    assert not can.can_delete
