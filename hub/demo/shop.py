"""The sample shop's workspace: its name, inboxes, labels and canned answers."""

from __future__ import annotations

import msgspec

from hub.demo.ports import LOOPBACK
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.web.services import Services

SHOP = "Fern & Clay"
EMAIL = "hello@shop.example"
LABELS = {
    "Order": "blue",
    "Delivery": "teal",
    "Return": "orange",
    "Damaged": "red",
    "Wholesale": "violet",
    "Praise": "green",
}
CANNED = {
    "hello": "Hello {{ contact.name }}, thank you for writing to us.",
    "merhaba": "Merhaba {{ contact.name }}, bize yazdığınız için teşekkürler.",
    "dzien-dobry": "Dzień dobry, {{ contact.name }}, dziękujemy za wiadomość.",
    "return": "You have 30 days to send it back whole; we pay the post. I enclose the label.",
    "broken": "I am sorry that it arrived broken! A photo is enough, a new one leaves tomorrow.",
    "hours": "We answer from Monday to Saturday, 9 to 18 o'clock.",
}
_CHAT = "webchat"
_MAIL = "email"


class Shop(msgspec.Struct, frozen=True):
    """Where customers write to, and label ids by name."""

    workspace: str
    chat: Inbox
    mail: Inbox
    labels: dict[str, str]


async def open_shop(services: Services, workspace: str, smtp_port: int) -> Shop:
    """Make what is missing and wait until the inboxes work. Safe to repeat."""
    await services.workspaces.change(workspace, name=SHOP)
    chat = await _chat_inbox(services, workspace)
    mail = await _mail_inbox(services, workspace, smtp_port)
    await _furnish(services, workspace)
    labels = {one.name: local(one.id) for one in await services.settings.labels(workspace)}
    while services.inboxes.way(chat.id) is None or services.inboxes.way(mail.id) is None:
        await services.clock.sleep(0.02)
    return Shop(workspace, chat, mail, labels)


async def keep_in_step(services: Services, workspace: str, smtp_port: int) -> None:
    """The stand-in may have another port this time; nothing else changes at a later start."""
    mail = _find(services, workspace, _MAIL)
    if mail is not None and mail.address == EMAIL and mail.config["smtp_host"] == LOOPBACK:
        await _mail_inbox(services, workspace, smtp_port)


async def _mail_inbox(services: Services, workspace: str, smtp_port: int) -> Inbox:
    found = _find(services, workspace, _MAIL)
    if found is None:
        config = {
            "address": EMAIL,
            "sender_name": SHOP,
            "receive": "smtp",
            "smtp_host": LOOPBACK,
            "smtp_port": smtp_port,
            "smtp_security": "none",
        }
        return await services.inboxes.create(workspace, _MAIL, SHOP, config, "main")
    if found.config["smtp_port"] == smtp_port:
        return found
    change = {"smtp_port": smtp_port}
    return await services.inboxes.change(workspace, found.id, config=change)


async def _chat_inbox(services: Services, workspace: str) -> Inbox:
    """An answer that nobody is there to read follows by e-mail after a minute, not five."""
    found = _find(services, workspace, _CHAT)
    config = {"title": SHOP, "accent": "#a2492b", "follow_up_minutes": 1}
    if found is None:
        return await services.inboxes.create(workspace, _CHAT, "Website", config, "main")
    return await services.inboxes.change(workspace, found.id, name="Website", config=config)


def _find(services: Services, workspace: str, channel: str) -> Inbox | None:
    inboxes = services.inboxes.of_workspace(workspace)
    return next((inbox for inbox in inboxes if inbox.channel == channel), None)


async def _furnish(services: Services, workspace: str) -> None:
    settings = services.settings
    labels = {label.name for label in await settings.labels(workspace)}
    for name, color in LABELS.items():
        if name not in labels:
            await settings.create_label(workspace, name, color)
    shortcuts = {canned.shortcut for canned in await settings.canned(workspace)}
    for shortcut, text in CANNED.items():
        if shortcut not in shortcuts:
            await settings.create_canned(workspace, shortcut, text)
