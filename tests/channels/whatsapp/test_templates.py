"""Templates: Meta's list as ours, and filled-in ones as Meta wants them."""

from __future__ import annotations

import json
from typing import Any

from channels.whatsapp import render
from channels.whatsapp.templates import file_ids, media_type, template
from hub.model.template import Template, TemplateSlot, TemplateUse
from tests.channels.whatsapp.schema import check
from tests.channels.whatsapp.support import PERSON
from tests.support import specs
from tests.support.channel_sample import text_to


def listed(*components: dict[str, Any], **more: Any) -> Template:
    row = {"name": "sale", "language": "pl", "status": "APPROVED", "category": "MARKETING"}
    found = template({**row, "components": list(components), **more})
    assert found is not None
    return found


def used(**values: str) -> list[dict[str, Any]]:
    """The components of a message with these slots (`__` for a dot, `___` for a colon)."""
    names = {name.replace("___", ":").replace("__", "."): v for name, v in values.items()}
    use = TemplateUse(
        name="sale", language="pl", values={n.removeprefix("_"): v for n, v in names.items()}
    )
    body = render.message(text_to(PERSON, "", template=use), {"f1": "99"}, "Choose")
    check(body)
    components: list[dict[str, Any]] = body["template"].get("components", [])
    return components


def test_numbered_variables_become_slots_with_their_examples() -> None:
    found = listed(
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}",
         "example": {"header_text": ["1042"]}},
        {"type": "BODY", "text": "Hi {{1}}, use {{2}}, {{1}}!",
         "example": {"body_text": [["Mark", "FALL25"]]}},
        {"type": "FOOTER", "text": "Shop"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Track", "url": "https://s.example/{{1}}",
             "example": ["https://s.example/7"]},
            {"type": "COPY_CODE", "text": "Copy", "example": ["SALE25"]},
            {"type": "URL", "text": "Shop", "url": "https://s.example"},
        ]},
    )  # fmt: skip
    assert found.slots == [
        TemplateSlot("header.1", example="1042"),
        TemplateSlot("1", example="Mark"),
        TemplateSlot("2", example="FALL25"),
        TemplateSlot("button.1", example="https://s.example/7"),
        TemplateSlot("code.2", example="SALE25"),
    ]
    assert (found.header, found.body) == ("Order {{1}}", "Hi {{1}}, use {{2}}, {{1}}!")
    assert found.buttons == [
        "Stop",
        "Track https://s.example/{{button.1}}",
        "Copy",
        "Shop https://s.example",
    ]
    assert (found.name, found.category, found.footer) == ("sale", "marketing", "Shop")


def test_named_variables_and_files_become_slots() -> None:
    named = {"body_text_named_params": [{"param_name": "name", "example": "Ada"}]}
    found = listed(
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://x"]}},
        {"type": "BODY", "text": "Hello {{name}}", "example": named},
    )
    assert found.slots == [
        TemplateSlot("header:image", "image"),
        TemplateSlot("name", "text", "Ada"),
    ]


def test_published_components_are_all_read() -> None:
    path = specs.require("whatsapp/restfb/message-template-components.json")
    components = json.loads(path.read_text(encoding="utf-8"))
    assert len(components) >= 14
    for component in components:
        assert listed(component).name == "sale"


def test_states_are_ours_and_odd_rows_are_left_out() -> None:
    states = {
        status: listed(status=status).state
        for status in ("APPROVED", "PENDING", "IN_APPEAL", "REJECTED", "PAUSED", "DISABLED", "NEW")
    }
    assert list(states.values()) == [
        "approved", "pending", "pending", "rejected", "paused", "disabled", "disabled",
    ]  # fmt: skip
    assert listed(status="REJECTED", rejected_reason="SCAM").reason == "SCAM"
    assert listed(rejected_reason="NONE").reason == ""
    assert template({"name": 7}) is None


def test_numbered_values_go_in_their_order() -> None:
    values = {f"_{number}": f"v{number}" for number in (10, 2, 1)}
    texts = [value["text"] for value in used(**values)[0]["parameters"]]
    assert texts == ["v1", "v2", "v10"]


def test_values_go_where_their_slots_say() -> None:
    found = used(
        header___image="f1", name="Ada\n\nLovelace", button__1="7", code__2="SALE25", header__1="x"
    )
    assert [component["type"] for component in found] == ["header", "body", "button", "button"]
    assert found[1]["parameters"] == [
        {"type": "text", "parameter_name": "name", "text": "Ada Lovelace"}
    ]
    assert found[2] == {
        "type": "button", "sub_type": "url", "index": "1",
        "parameters": [{"type": "text", "text": "7"}],
    }  # fmt: skip
    assert found[3]["parameters"] == [{"type": "coupon_code", "coupon_code": "SALE25"}]
    assert used() == []


def test_a_header_file_is_uploaded_as_what_it_is() -> None:
    use = TemplateUse(name="a", language="pl", values={"1": "x", "header:document": "f9"})
    assert file_ids(use) == ["f9"]
    kinds = [b"\x89PNG\r\n", b"\xff\xd8\xff", b"\x00\x00\x00\x18ftypmp42", b"%PDF-1.7"]
    assert [media_type(data) for data in kinds] == [
        "image/png", "image/jpeg", "video/mp4", "application/pdf",
    ]  # fmt: skip
