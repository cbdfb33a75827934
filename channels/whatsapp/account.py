"""Webhooks about the account, its number and its templates, which belong to no conversation. Pure;
called by `parse.py` for the fields of `FIELDS`. What a person must act on becomes an
`AccountAlert`, the rest is `Ignored` by name.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from channels.whatsapp.payload import read
from channels.whatsapp.people import Own
from hub.model.template import TemplateState
from hub.ports.inbound import (
    OTHER_ACCOUNT,
    AccountAlert,
    Ignored,
    InboundEvent,
    TemplateReported,
)

#: `event` of message_template_status_update. A flagged template may still be sent.
_TEMPLATE_STATES: dict[str, TemplateState] = {
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "UNARCHIVED": "approved",
    "FLAGGED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "LIMIT_EXCEEDED": "paused",
    "LOCKED": "paused",
    "DISABLED": "disabled",
    "ARCHIVED": "disabled",
    "DELETED": "disabled",
    "PENDING_DELETION": "disabled",
}
#: `event` of account_update → the text that people see.
_ACCOUNT_ALERTS = {
    "ACCOUNT_DELETED": "deleted",
    "ACCOUNT_OFFBOARDED": "offboarded",
    "ACCOUNT_RESTRICTION": "restricted",
    "ACCOUNT_VIOLATION": "violation",
    "DISABLED_UPDATE": "disabled",
    "PARTNER_REMOVED": "partner_removed",
}
_QUALITY_ALERTS = {"FLAGGED": "quality", "DOWNGRADE": "limit_lowered"}
_PIN_EVENTS = frozenset({"PIN_CHANGED", "PIN_RESET_REQUEST"})


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    restriction_type: str = ""


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    waba_ban_state: str | list[str] = ""
    waba_ban_date: str = ""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    violation_type: str = ""


class WabaInfo(msgspec.Struct, frozen=True, kw_only=True):
    waba_id: str = ""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """`value` of account_update and of the phone number's fields."""

    event: str = ""
    decision: str = ""
    phone_number: str = ""
    display_phone_number: str = ""
    current_limit: str = ""
    requested_verified_name: str | None = None
    rejection_reason: str | None = None
    restriction_info: list[Restriction] = []
    ban_info: Ban = Ban()
    violation_info: Violation = Violation()
    waba_info: WabaInfo = WabaInfo()


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    reason: str | None = None


class Disabling(msgspec.Struct, frozen=True, kw_only=True):
    disable_date: str = ""


class TemplateStatus(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    message_template_id: int = 0
    message_template_name: str
    message_template_language: str
    reason: str | None = None
    rejection_info: Rejection = Rejection()
    disable_info: Disabling = Disabling()


def waba_of(value: msgspec.Raw) -> str:
    """The account that a partner's event is about: its entry bears the partner's own id."""
    try:
        return read(value, Account).waba_info.waba_id
    except msgspec.MsgspecError:
        return ""


def _template(value: msgspec.Raw, time: int, own: Own) -> InboundEvent:
    told = read(value, TemplateStatus)
    state = _TEMPLATE_STATES.get(told.event)
    if state is None:
        return Ignored(reason="unknown_template_status")
    reason = told.rejection_info.reason or told.reason or ""
    if told.event == "FLAGGED":
        reason = f"FLAGGED {told.disable_info.disable_date}".strip()
    return TemplateReported(
        event_id=f"template:{told.message_template_id}:{told.event}:{time}",
        name=told.message_template_name,
        language=told.message_template_language.replace("-", "_"),
        state=state,
        reason="" if reason == "NONE" else reason,
        at=time * 1000,
    )


def _account(value: msgspec.Raw, time: int, own: Own) -> InboundEvent:
    told = read(value, Account)
    if told.phone_number and not own.is_phone(told.phone_number) and _is_number(told.phone_number):
        return Ignored(reason=OTHER_ACCOUNT)
    key = _ACCOUNT_ALERTS.get(told.event)
    if key is None:
        return Ignored(reason="account_update")
    if told.event == "DISABLED_UPDATE" and told.ban_info.waba_ban_state == "REINSTATE":
        return _alert("reinstated", [], f"account_update:REINSTATE:{time}", time)
    states = told.ban_info.waba_ban_state
    words = [row.restriction_type for row in told.restriction_info]
    words += [*([states] if isinstance(states, str) else states), told.ban_info.waba_ban_date]
    words.append(told.violation_info.violation_type)
    return _alert(key, words, f"account_update:{told.event}:{time}", time)


def _review(value: msgspec.Raw, time: int, own: Own) -> InboundEvent:
    told = read(value, Account)
    if told.decision != "REJECTED":
        return Ignored(reason="account_review")
    return _alert("review_rejected", [], f"account_review:{told.decision}:{time}", time)


def _quality(value: msgspec.Raw, time: int, own: Own) -> InboundEvent:
    told = read(value, Account)
    if not own.is_phone(told.display_phone_number):
        return Ignored(reason=OTHER_ACCOUNT)
    key = _QUALITY_ALERTS.get(told.event)
    if key is None:
        return Ignored(reason="number_quality")
    return _alert(key, [told.current_limit], f"quality:{told.event}:{time}", time)


def _name(value: msgspec.Raw, time: int, own: Own) -> InboundEvent:
    told = read(value, Account)
    if not own.is_phone(told.display_phone_number):
        return Ignored(reason=OTHER_ACCOUNT)
    if told.decision != "REJECTED":
        return Ignored(reason="number_name")
    words = [told.requested_verified_name or "", told.rejection_reason or ""]
    return _alert("name_rejected", words, f"number_name:{told.decision}:{time}", time)


def _security(value: msgspec.Raw, time: int, own: Own) -> InboundEvent:
    told = read(value, Account)
    if not own.is_phone(told.display_phone_number):
        return Ignored(reason=OTHER_ACCOUNT)
    if told.event not in _PIN_EVENTS:
        return Ignored(reason="security")
    return _alert("pin", [told.event], f"security:{told.event}:{time}", time)


def _alert(key: str, words: list[str], event_id: str, time: int) -> AccountAlert:
    said = ", ".join(" ".join(word.split())[:200] for word in words if word)
    detail = f"whatsapp.alert.{key}: {said}" if said else f"whatsapp.alert.{key}"
    return AccountAlert(event_id=event_id, detail=detail, at=time * 1000)


def _is_number(text: str) -> bool:
    return any(char.isdigit() for char in text)


#: Field → how its value is read; `time` is the entry's, in seconds.
FIELDS: dict[str, Callable[[msgspec.Raw, int, Own], InboundEvent]] = {
    "message_template_status_update": _template,
    "account_update": _account,
    "account_review_update": _review,
    "phone_number_quality_update": _quality,
    "phone_number_name_update": _name,
    "security": _security,
}
