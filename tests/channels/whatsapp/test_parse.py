"""What the published bodies do not show: hostile items, batches for several numbers, ids of people,
echoes, our own ids in statuses.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from channels.whatsapp import standin_phone as phones
from channels.whatsapp.parse import parse
from channels.whatsapp.standin_phone import Business
from hub.errors import BadInput, BadSignature
from hub.model.contact import Address
from hub.ports.inbound import (
    AccountAlert,
    ConsentChanged,
    DeliveryReported,
    Ignored,
    InboundEvent,
    MessageEchoed,
    MessageReceived,
    TemplateReported,
)
from tests.channels.whatsapp.support import INBOX, PERSON, line, own

TEXT = {"from": "48501000002", "id": "wamid.1", "timestamp": "1700000000", "type": "text"}
HELLO = TEXT | {"text": {"body": "Hello"}}
OUR_ID = "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb.0000000007"


def events(field: str = "messages", **value: Any) -> list[InboundEvent]:
    body = phones.payload(Business(), field, value)
    return parse(json.dumps(body).encode(), own())


def event(field: str = "messages", **value: Any) -> InboundEvent:
    (only,) = events(field, **value)
    return only


def account_event(field: str, **value: Any) -> InboundEvent:
    change = {"field": field, "value": value}
    entry = {"id": Business().waba_id, "time": 1700000000, "changes": [change]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    (only,) = parse(json.dumps(body).encode(), own())
    return only


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"entry"', b'{"entry": []}', b'{"object": 1, "entry": []}',
     b'{"object": "whatsapp_business_account", "entry": {}}', b"\xff\xfe", b"[" * 5000,
     b'{"object": "whatsapp_business_account", "entry": [' + b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_webhook_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body, own())


def test_another_object_and_an_empty_list_are_ignored() -> None:
    assert parse(b'{"object": "page", "entry": []}', own()) == [Ignored(reason="other_object")]
    empty = b'{"object": "whatsapp_business_account", "entry": []}'
    assert parse(empty, own()) == [Ignored(reason="empty")]
    assert event() == Ignored(reason="empty")
    assert event(errors=[{"code": 130429}]) == Ignored(reason="vendor_errors")


def test_one_bad_item_does_not_cost_the_others() -> None:
    bad = [7, None, "x", {}, HELLO | {"timestamp": "soon"}, HELLO | {"text": "no object"}]
    found = events(messages=[*bad, HELLO], statuses=[{"id": 1}])
    lines = [line(one) for one in found]
    unreadable = ["ignored unreadable_item"]
    assert lines == [*unreadable * 6, f"message {PERSON.value} 'Hello'", *unreadable]


def test_another_number_of_the_account_is_left_alone() -> None:
    other = phones.payload(Business(phone_number_id="999999999"), "messages", {"messages": [HELLO]})
    assert parse(json.dumps(other).encode(), own()) == [Ignored(reason="other_account")]


def test_another_account_is_refused_and_left_out_of_a_batch() -> None:
    other = phones.payload(Business(waba_id="77777777"), "messages", {"messages": [HELLO]})
    with pytest.raises(BadSignature):
        parse(json.dumps(other).encode(), own())
    ours = phones.payload(Business(), "messages", {"messages": [HELLO]})
    ours["entry"] += other["entry"]
    lines = [line(one) for one in parse(json.dumps(ours).encode(), own())]
    assert lines == [f"message {PERSON.value} 'Hello'", "ignored other_account"]


def test_fields_and_types_of_the_future_are_counted_or_kept() -> None:
    assert event("something_new") == Ignored(reason="unknown_field")
    poll = event(messages=[TEXT | {"type": "poll_v2", "poll_v2": {"options": [1]}}])
    assert isinstance(poll, MessageReceived)
    assert poll.unsupported == "poll_v2"
    odd = event(messages=[TEXT | {"type": "<script>"}])
    assert isinstance(odd, MessageReceived)
    assert odd.unsupported == "unknown"


def test_a_person_with_number_and_user_id_is_known_by_both() -> None:
    contacts = [{"profile": {"name": "Ada"}, "wa_id": "48501000002", "user_id": "PL.77"}]
    found = event(contacts=contacts, messages=[HELLO | {"from_user_id": "PL.77"}])
    assert isinstance(found, MessageReceived)
    assert found.sender == PERSON
    assert found.aliases == [Address("handle", "PL.77", INBOX)]
    assert (found.sender_name, found.is_verified, found.at) == ("Ada", True, 1_700_000_000_000)


def test_a_person_who_hides_the_number_is_known_by_the_user_id() -> None:
    hidden = {key: value for key, value in HELLO.items() if key != "from"}
    contacts = [{"profile": {"username": "@ada"}, "user_id": "PL.77"}]
    found = event(contacts=contacts, messages=[hidden | {"from_user_id": "PL.77"}])
    assert isinstance(found, MessageReceived)
    assert found.sender == Address("handle", "PL.77", INBOX)
    assert (found.aliases, found.sender_name) == ([], "@ada")


def test_names_and_ids_of_others_in_a_batch_are_not_mixed_up() -> None:
    contacts = [
        {"profile": {"name": "Ada"}, "wa_id": "48501000002", "user_id": "PL.1"},
        {"profile": {"name": "Bob"}, "wa_id": "48501000003", "user_id": "PL.2"},
    ]
    second = HELLO | {"from": "48501000003", "id": "wamid.2"}
    stranger = HELLO | {"from": "48501000004", "id": "wamid.3"}
    nobody = {key: value for key, value in HELLO.items() if key != "from"}
    found = events(contacts=contacts, messages=[second, HELLO, stranger, nobody])
    names = [one.sender_name for one in found if isinstance(one, MessageReceived)]
    assert names == ["Bob", "Ada", ""]
    assert found[-1] == Ignored(event_id="wamid.1", reason="no_sender")


@pytest.mark.parametrize("number", ["", "abc", "0048501", "+", "12", "4850 1000", "1" * 30])
def test_what_is_no_number_is_no_sender(number: str) -> None:
    assert event(messages=[HELLO | {"from": number}]) == Ignored(
        event_id="wamid.1", reason="no_sender"
    )


def test_a_files_digest_is_given_in_hex_only_when_it_is_one() -> None:
    digest = hashlib.sha256(b"file").digest()
    image = {"id": "9", "mime_type": "image/jpeg", "sha256": base64.b64encode(digest).decode()}
    found = event(messages=[TEXT | {"type": "image", "image": image}])
    assert isinstance(found, MessageReceived)
    assert (found.media[0].ref, found.media[0].sha256) == ("9", digest.hex())
    for odd in ("", "§", "QUJD", digest.hex()):
        found = event(messages=[TEXT | {"type": "image", "image": image | {"sha256": odd}}])
        assert isinstance(found, MessageReceived)
        assert found.media[0].sha256 == ""


def test_a_form_that_is_no_json_still_shows_its_summary() -> None:
    for answers in ("{", "[1]", "[" * 100_000):
        form = {"response_json": answers, "body": "Sent", "name": "flow"}
        part = {"type": "nfm_reply", "nfm_reply": form}
        found = event(messages=[TEXT | {"type": "interactive", "interactive": part}])
        assert isinstance(found, MessageReceived)
        assert found.text == "Sent"


def status(**more: Any) -> InboundEvent:
    full = {"id": "wamid.9", "status": "sent", "timestamp": "1700000000", **more}
    return event(statuses=[full])


def test_a_status_names_our_message_when_the_id_is_ours() -> None:
    found = status(biz_opaque_callback_data=OUR_ID)
    assert isinstance(found, DeliveryReported)
    assert (found.event_id, found.message_id) == ("wamid.9:sent", OUR_ID)
    for foreign in ("some data", OUR_ID + "x", OUR_ID.upper(), '{"$ne": 1}'):
        found = status(biz_opaque_callback_data=foreign)
        assert isinstance(found, DeliveryReported)
        assert (found.provider_id, found.message_id) == ("wamid.9", "")


def test_states_that_nobody_knows_are_counted() -> None:
    assert status(status="warning") == Ignored(event_id="wamid.9:warning", reason="unknown_status")


def test_a_failure_without_words_is_still_a_failure() -> None:
    found = status(status="failed")
    assert isinstance(found, DeliveryReported)
    assert (found.delivery, found.reason) == ("failed", "content_rejected")


def test_a_refusal_of_marketing_is_a_wish_too() -> None:
    refused = {
        "id": "wamid.9",
        "status": "failed",
        "timestamp": "1700000000",
        "recipient_id": "48501000002",
        "errors": [{"code": 131050, "title": "User stopped marketing"}],
    }
    failed, wish = events(statuses=[refused])
    assert isinstance(failed, DeliveryReported)
    assert failed.reason == "opted_out"
    assert isinstance(wish, ConsentChanged)
    assert (wish.sender, wish.scope, wish.is_opted_out) == (PERSON, "marketing", True)


def test_stopping_marketing_in_the_chat_is_told_once_per_decision() -> None:
    told = {"wa_id": "48501000002", "value": "stop", "timestamp": 1700000000, "detail": "stopped"}
    stopped = event("user_preferences", user_preferences=[told])
    assert isinstance(stopped, ConsentChanged)
    assert (stopped.is_opted_out, stopped.proof) == (True, "stopped")
    assert stopped.event_id == "preference:48501000002:stop:1700000000"
    later = event("user_preferences", user_preferences=[told | {"value": "maybe"}])
    assert later == Ignored(reason="unknown_preference")


def echo(**part: Any) -> InboundEvent:
    sent = {
        "from": Business().number,
        "to": "48501000002",
        "id": "wamid.5",
        "timestamp": "1700000000",
        **part,
    }
    return event("smb_message_echoes", message_echoes=[sent])


def test_what_the_business_writes_in_its_app_is_an_echo_to_the_customer() -> None:
    found = echo(type="image", image={"id": "9", "mime_type": "image/png", "caption": "Look"})
    assert isinstance(found, MessageEchoed)
    assert (found.sender, found.text, found.app) == (PERSON, "Look", "WhatsApp Business")
    card = {"name": {"formatted_name": "Bob"}, "phones": [{"phone": "+48 1"}]}
    found = echo(type="contacts", contacts=[card])
    assert isinstance(found, MessageEchoed)
    assert found.text == "Bob +48 1"
    assert echo(type="unsupported") == Ignored(event_id="wamid.5", reason="echo_without_content")


def test_account_events_that_need_a_person_are_alerts_and_others_are_not() -> None:
    number = Business().number
    alerts = {
        "quality": account_event(
            "phone_number_quality_update", display_phone_number=number, event="FLAGGED"
        ),
        "name_rejected": account_event(
            "phone_number_name_update",
            display_phone_number=f"+{number}",
            decision="REJECTED",
            requested_verified_name="Shop",
            rejection_reason="NAME_FORMAT",
        ),
        "review_rejected": account_event("account_review_update", decision="REJECTED"),
        "pin": account_event("security", display_phone_number=number, event="PIN_CHANGED"),
    }
    for key, found in alerts.items():
        assert isinstance(found, AccountAlert)
        assert found.detail.startswith(f"whatsapp.alert.{key}")
        assert found.at == 1_700_000_000_000
    quiet = {
        "number_quality": account_event(
            "phone_number_quality_update", display_phone_number=number, event="UNFLAGGED"
        ),
        "number_name": account_event(
            "phone_number_name_update", display_phone_number=number, decision="APPROVED"
        ),
        "other_account": account_event(
            "phone_number_quality_update", display_phone_number="1555", event="FLAGGED"
        ),
        "security": account_event("security", display_phone_number=number, event="X"),
        "unreadable_item": account_event("account_update", event=7),
    }
    assert {key: line(found) for key, found in quiet.items()} == {
        key: f"ignored {key}" for key in quiet
    }


def test_a_template_webhook_of_the_future_is_counted() -> None:
    about = {"message_template_name": "sale", "message_template_language": "pl"}
    found = account_event("message_template_status_update", event="PAUSED", **about)
    assert isinstance(found, TemplateReported)
    assert (found.name, found.language, found.state) == ("sale", "pl", "paused")
    later = account_event("message_template_status_update", event="DANCING", **about)
    assert later == Ignored(reason="unknown_template_status")
