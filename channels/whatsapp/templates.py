"""WhatsApp's message templates: Meta's list as our `Template`s, and a filled-in one as the part of
a message. Pure; the adapter does the paging.

A slot's name says where its value goes, so that sending needs no look at the template: `1` or
`customer_name` in the body, `header.1` in the header's text, `header:image` (`:video`, `:document`)
for the header's file, `button.0` for the end of a button's address, `code.0` for a code to copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

import msgspec

from hub.errors import ContentRejected
from hub.model.template import SlotKind, Template, TemplateSlot, TemplateState, TemplateUse

Body = dict[str, Any]

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_FILE_KINDS = frozenset(get_args(SlotKind)) - {"text"}
_STATES: dict[str, TemplateState] = {
    "APPROVED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "LIMIT_EXCEEDED": "paused",
}


class Example(msgspec.Struct, frozen=True):
    """What Meta shows its reviewers; ours to show people what belongs in a slot."""

    body_text: list[list[str]] = []
    header_text: list[str] = []
    body_text_named_params: list[dict[str, str]] = []
    header_text_named_params: list[dict[str, str]] = []


class Button(msgspec.Struct, frozen=True):
    type: str
    text: str = ""
    url: str = ""
    example: list[str] | str = []


class Component(msgspec.Struct, frozen=True):
    type: str
    format: str = "TEXT"
    text: str = ""
    buttons: list[Button] = []
    example: Example = Example()


class Listed(msgspec.Struct, frozen=True):
    """A row of `GET /<waba id>/message_templates`."""

    name: str
    language: str
    status: str
    category: str = ""
    rejected_reason: str | None = None
    components: list[Component] = []


def template(row: Mapping[str, Any]) -> Template | None:
    """None for a row that cannot be read: one odd template must not hide the others."""
    try:
        listed = msgspec.convert(row, Listed)
    except msgspec.ValidationError:
        return None
    parts = {component.type: component for component in listed.components}
    none = Component(type="")
    header, body = parts.get("HEADER", none), parts.get("BODY", none)
    buttons = parts.get("BUTTONS", none).buttons
    reason = listed.rejected_reason or ""
    return Template(
        name=listed.name,
        language=listed.language,
        category=listed.category.lower(),
        state=_STATES.get(listed.status, "disabled"),
        reason="" if reason == "NONE" else reason,
        header=header.text,
        body=body.text,
        footer=parts.get("FOOTER", none).text,
        buttons=[_button_text(at, button) for at, button in enumerate(buttons)],
        slots=[*_header_slots(header), *_body_slots(body), *_button_slots(buttons)],
    )


def _header_slots(header: Component) -> list[TemplateSlot]:
    kind = header.format.lower()
    if kind in _FILE_KINDS:
        return [TemplateSlot(f"header:{kind}", cast("SlotKind", kind))]
    named = _named(header.example.header_text_named_params)
    told = header.example.header_text
    return [
        TemplateSlot(f"header.{name}", example=named.get(name) or _nth(told, name))
        for name in _names(header.text)
    ]


def _body_slots(body: Component) -> list[TemplateSlot]:
    named = _named(body.example.body_text_named_params)
    told = body.example.body_text[0] if body.example.body_text else []
    return [
        TemplateSlot(name, example=named.get(name) or _nth(told, name))
        for name in _names(body.text)
    ]


def _button_slots(buttons: list[Button]) -> list[TemplateSlot]:
    slots: list[TemplateSlot] = []
    for at, button in enumerate(buttons):
        examples = [button.example] if isinstance(button.example, str) else button.example
        example = examples[0] if examples else ""
        if button.type == "COPY_CODE":
            slots.append(TemplateSlot(f"code.{at}", example=example))
        elif _VARIABLE.search(button.url):
            slots.append(TemplateSlot(f"button.{at}", example=example))
    return slots


def _button_text(at: int, button: Button) -> str:
    if not button.url:
        return button.text
    return f"{button.text} {_VARIABLE.sub(f'{{{{button.{at}}}}}', button.url)}"


def _names(text: str) -> list[str]:
    """Variables in their order, each once."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def _named(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row.get("param_name", ""): row.get("example", "") for row in rows}


def _nth(examples: list[str], name: str) -> str:
    at = int(name) - 1 if name.isdigit() else -1
    return examples[at] if 0 <= at < len(examples) else ""


def file_ids(use: TemplateUse) -> list[str]:
    """Files that must be uploaded before it is sent."""
    return [value for name, value in use.values.items() if name.startswith("header:") and value]


def media_type(data: bytes) -> str:
    """Of a header's file: one of these four, as a slot names a file by its id alone."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"\xff\xd8"):
        return "image/jpeg"
    return "video/mp4" if data[4:8] == b"ftyp" else "application/pdf"


def rendered(use: TemplateUse, media_ids: Mapping[str, str]) -> Body:
    """The `template` of a message. Raises `ContentRejected` for a slot that nobody knows."""
    header: dict[str, Body] = {}
    body: dict[str, Body] = {}
    buttons: dict[int, Body] = {}
    for name, value in use.values.items():
        place, mark, rest = name.partition(":" if ":" in name else ".")
        if not mark:
            body[name] = _text(name, value)
        elif place == "header" and mark == ".":
            header[rest] = _text(rest, value)
        elif place == "header" and rest in _FILE_KINDS:
            header["1"] = {"type": rest, rest: {"id": media_ids[value]}}
        elif place in ("button", "code") and rest.isdigit():
            buttons[int(rest)] = _button(place, int(rest), value)
        else:
            raise ContentRejected(f"the template has no place for {name}")
    components = [
        *_component("header", header),
        *_component("body", body),
        *(buttons[at] for at in sorted(buttons)),
    ]
    found: Body = {"name": use.name, "language": {"code": use.language}}
    return found | ({"components": components} if components else {})


def _component(kind: str, parameters: dict[str, Body]) -> list[Body]:
    """Numbered values go by their place, named ones by their name."""
    order = sorted(parameters, key=lambda name: (int(name) if name.isdigit() else 0, name))
    return [{"type": kind, "parameters": [parameters[name] for name in order]}] if order else []


def _text(name: str, value: str) -> Body:
    """Meta refuses empty values, line breaks, and more than four blanks in a row."""
    text = re.sub(r"\s+", " ", value).strip()
    if not text:
        raise ContentRejected(f"the template's {name} is empty")
    part: Body = {"type": "text", "text": text}
    return part if name.isdigit() else {"type": "text", "parameter_name": name, "text": text}


def _button(place: str, at: int, value: str) -> Body:
    if not value.strip():
        raise ContentRejected(f"the template's button {at + 1} is empty")
    if place == "code":
        part: Body = {"type": "coupon_code", "coupon_code": value}
        return {"type": "button", "sub_type": "copy_code", "index": str(at), "parameters": [part]}
    part = {"type": "text", "text": value}
    return {"type": "button", "sub_type": "url", "index": str(at), "parameters": [part]}
