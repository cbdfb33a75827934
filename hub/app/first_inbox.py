"""The inbox that stands open at the very first start, so that the sample site can talk at once; its
name follows the language of whoever sets the place up. Called by the server.
"""

from __future__ import annotations

from hub.app.channels import sample_spec
from hub.i18n import LANGUAGES
from hub.ports.collections import META
from hub.web.services import Services

_DONE_ID = "sys.first_inbox"


async def open_first_inbox(services: Services, workspaces: list[str]) -> None:
    """Once; never again, even if it is deleted."""
    spec = sample_spec(dict(services.inboxes.specs))
    if spec is None or await services.store.insert_many(META, [{"_id": _DONE_ID}]):
        return
    for workspace in workspaces:
        about = await services.workspaces.require(workspace)
        if not services.inboxes.of_workspace(workspace):
            name = services.channel_texts.get(spec.name, about.language, "name")
            await services.inboxes.create(workspace, spec.name, name, {}, "main")


async def name_first_inbox(services: Services, workspace: str, language: str) -> None:
    """It was named before anybody had said which language they speak; other names are kept."""
    for inbox in services.inboxes.of_workspace(workspace):
        names = [services.channel_texts.get(inbox.channel, one, "name") for one in LANGUAGES]
        name = services.channel_texts.get(inbox.channel, language, "name")
        if inbox.name in names and inbox.name != name:
            await services.inboxes.change(workspace, inbox.id, name=name)
