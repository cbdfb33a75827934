"""Every webhook body that others published becomes the right event, or is ignored for the right
reason.
"""

import json
from typing import Any

import pytest

from channels.whatsapp.config import account_key, number_key
from channels.whatsapp.parse import addressees, parse
from hub.errors import BadSignature
from tests.channels.whatsapp.expected import EXPECTED
from tests.channels.whatsapp.support import line, own, own_of, webhooks

OF_A_NUMBER = {"messages", "smb_message_echoes", "user_preferences", "user_id_update"}


def name_of_field(body: dict[str, Any]) -> str:
    return str(body["entry"][0]["changes"][0]["field"])


def test_every_webhook_body_becomes_the_right_event() -> None:
    bodies = webhooks()
    assert len(bodies) >= 134
    found = {
        name: "; ".join(line(event) for event in parse(json.dumps(body).encode(), own_of(body)))
        for name, body in bodies.items()
    }
    assert found == EXPECTED


def test_a_body_of_another_account_is_refused() -> None:
    for name, body in webhooks().items():
        if body["entry"][0]["id"] != own().waba_id:
            with pytest.raises(BadSignature):
                parse(json.dumps(body).encode(), own())
                pytest.fail(name)


def test_every_body_names_the_number_or_else_the_account_that_it_is_for() -> None:
    for name, body in webhooks().items():
        inbox = own_of(body)
        number = number_key(inbox.phone_number_id)
        wanted = number if name_of_field(body) in OF_A_NUMBER else account_key(inbox.waba_id)
        assert addressees(json.dumps(body).encode()) == {wanted}, name


def test_repeating_a_body_repeats_its_event_ids() -> None:
    for body in webhooks().values():
        data, inbox = json.dumps(body).encode(), own_of(body)
        assert parse(data, inbox) == parse(data, inbox)


def test_all_bodies_of_one_number_in_one_webhook_give_the_same_events() -> None:
    """Meta batches: nothing is lost or mixed when changes come together."""
    for body in webhooks().values():
        inbox = own_of(body)
        alone = parse(json.dumps(body).encode(), inbox)
        entry = body["entry"][0]
        many = {**entry, "changes": [*entry["changes"], {"field": 7}, *entry["changes"]]}
        batch = {**body, "entry": [many, "nonsense", entry]}
        lines = [line(event) for event in parse(json.dumps(batch).encode(), inbox)]
        own_lines = [line(event) for event in alone]
        unreadable = ["ignored unreadable_item"]
        assert lines == [*own_lines, *unreadable, *own_lines, *unreadable, *own_lines]
