"""An inbox's config against its channel's fields: checked as a whole, secrets sealed at rest and
never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.errors import BadInput
from hub.ports.channel import ChannelSpec, ConfigField
from hub.services.docs import clean_text
from hub.services.vault import Vault

_SEALED = "sealed"
_MAX_LIST = 100


def check_config(spec: ChannelSpec, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with defaults filled in. Raises `BadInput` whose field is `config.<name>`."""
    known = {field.name for field in spec.fields}
    for name in config:
        if name not in known:
            raise BadInput(f"{name[:60]} is not a setting of this channel", "config")
    clear: dict[str, Any] = {}
    for field in spec.fields:
        value = config.get(field.name)
        if value is None:
            value = field.default
        if value is not None and value != "":
            clear[field.name] = _checked(field, value)
    for field in spec.fields:
        if field.is_required and clear.get(field.name) in (None, "", []) and _applies(field, clear):
            raise BadInput("this field is needed", f"config.{field.name}")
    for name, fault in spec.check(clear).items():
        raise BadInput(fault, f"config.{name}")
    return clear


def _applies(field: ConfigField, clear: Mapping[str, Any]) -> bool:
    return all(str(clear.get(name, "")) in values for name, values in field.when.items())


def _checked(field: ConfigField, value: Any) -> Any:
    at = f"config.{field.name}"
    match field.type:
        case "number":
            if isinstance(value, bool) or not isinstance(value, int):
                raise BadInput("this must be a whole number", at)
            low, high = field.minimum, field.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise BadInput(f"this must be between {low} and {high}", at)
            return value
        case "boolean":
            if not isinstance(value, bool):
                raise BadInput("this must be yes or no", at)
            return value
        case "list":
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise BadInput("this must be a list of texts", at)
            if len(value) > _MAX_LIST:
                raise BadInput(f"at most {_MAX_LIST} entries", at)
            return [_text(field, item, at).strip() for item in value if item.strip()]
        case "choice":
            if value not in field.choices:
                raise BadInput("choose one of the values offered", at)
            return value
        case _:
            if not isinstance(value, str):
                raise BadInput("this must be a text", at)
            text = _text(field, value, at)
            return text if field.type in ("secret", "long_text") else text.strip()


def _text(field: ConfigField, value: str, at: str) -> str:
    if len(value) > field.max_chars:
        raise BadInput(f"at most {field.max_chars} characters", at)
    return clean_text(value, field.max_chars)


def _secrets(spec: ChannelSpec) -> set[str]:
    return {field.name for field in spec.fields if field.type == "secret"}


def seal_config(
    spec: ChannelSpec, clear: Mapping[str, Any], vault: Vault, inbox_id: str
) -> dict[str, Any]:
    """As it is stored: each secret encrypted and bound to its inbox and field."""
    secrets = _secrets(spec)
    return {
        name: {_SEALED: vault.seal(value, f"{inbox_id}:{name}")} if name in secrets else value
        for name, value in clear.items()
    }


def open_config(
    spec: ChannelSpec, stored: Mapping[str, Any], vault: Vault, inbox_id: str
) -> dict[str, Any]:
    """With secrets in the clear, for the adapter only."""
    return {
        name: vault.open(value[_SEALED], f"{inbox_id}:{name}")
        if isinstance(value, dict) and _SEALED in value
        else value
        for name, value in stored.items()
        if name in {field.name for field in spec.fields}
    }


def shown_config(spec: ChannelSpec, stored: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What administrators see: secrets empty, and the names of those that are set."""
    secrets = _secrets(spec)
    shown = {name: "" if name in secrets else value for name, value in stored.items()}
    return shown, sorted(name for name in secrets if name in stored)
