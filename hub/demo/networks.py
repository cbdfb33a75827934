"""The inboxes that take the stand-ins on the demo phone for their vendors: opened with the sample
workspace, kept in step at later starts, and connected once the hub listens.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub import log
from hub.demo.ports import LOOPBACK
from hub.errors import HubError
from hub.model.inbox import Inbox
from hub.services.inboxes import Inboxes
from hub.standin import Network
from hub.web.services import Services

_BASE = "api_base"
_WAIT_S = 0.05
_TRIES = 200

_log = log.get("hub.demo")


async def open_inboxes(
    services: Services, workspace: str, networks: Mapping[str, Network], web_port: int
) -> None:
    """Make what is missing, and tell the others where their stand-in is this time."""
    about = await services.workspaces.require(workspace)
    for channel, network in networks.items():
        config = network.config(base_url(channel, web_port))
        known = _of_demo(services.inboxes, workspace, channel, config)
        if known is None:
            title = services.channel_texts.get(channel, about.language, "name", channel)
            await services.inboxes.create(workspace, channel, title, config, "main")
        elif known.config[_BASE] != config[_BASE]:
            await services.inboxes.change(workspace, known.id, config={_BASE: config[_BASE]})


async def connect(services: Services, workspace: str, networks: Mapping[str, Network]) -> None:
    """Tell the stand-ins where webhooks go, as soon as each inbox runs."""
    for channel, network in networks.items():
        for inbox in services.inboxes.of_workspace(workspace):
            if inbox.channel == channel and inbox.config[_BASE].startswith(f"http://{LOOPBACK}:"):
                await _connect(services, inbox, network)


async def _connect(services: Services, inbox: Inbox, network: Network) -> None:
    for _ in range(_TRIES):
        if services.inboxes.adapter(inbox.id) is not None:
            break
        await services.clock.sleep(_WAIT_S)
    public_url = services.config.public_url
    try:
        await network.connect(f"{public_url}/hooks/{inbox.channel}/{inbox.id}")
    except (HubError, OSError, ValueError) as fault:
        _log.warning("the demo phone cannot reach an inbox", error=fault, inbox=inbox.id)


def base_url(channel: str, web_port: int) -> str:
    return f"http://{LOOPBACK}:{web_port}/{channel}"


def _of_demo(
    inboxes: Inboxes, workspace: str, channel: str, config: Mapping[str, object]
) -> Inbox | None:
    """The one that an earlier start opened: people may have added others."""
    address = inboxes.specs[channel].address(config)
    for inbox in inboxes.of_workspace(workspace):
        if inbox.channel == channel and inbox.address == address:
            return inbox
    return None
