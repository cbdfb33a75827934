"""Every webhook body that others published becomes the right event, or is ignored for the right
reason.
"""

import json

import pytest

from channels.whatsapp.parse import parse
from hub.errors import BadSignature
from tests.channels.whatsapp.expected import EXPECTED
from tests.channels.whatsapp.support import line, own, own_of, webhooks


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
