"""Where telephone numbers that somebody types without a country code belong. Used by the handlers
that take addresses.
"""

from __future__ import annotations

from hub.model.inbox import Inbox
from hub.services.phone import region_of_number, region_of_zone
from hub.web.route import Call


async def region_of(call: Call) -> str | None:
    """Of people in general: the country of our own first number, else of the workspace's time
    zone.
    """
    ours = _regions(call)
    return ours[0] if ours else await _of_zone(call)


async def region_for(call: Call, inbox: Inbox) -> str | None:
    """Of somebody who is written to from `inbox`: its number's country, else the only one that we
    have numbers in; None where that leaves a choice.
    """
    own = region_of_number(inbox.address)
    if own is not None:
        return own
    ours = set(_regions(call))
    if len(ours) > 1:
        return None
    return ours.pop() if ours else await _of_zone(call)


def _regions(call: Call) -> list[str]:
    found = map(region_of_number, _addresses(call))
    return [region for region in found if region is not None]


def _addresses(call: Call) -> list[str]:
    return [inbox.address for inbox in call.hub.inboxes.of_workspace(call.scope.workspace)]


async def _of_zone(call: Call) -> str | None:
    workspace = await call.hub.workspaces.require(call.scope.workspace)
    return region_of_zone(workspace.time_zone)
