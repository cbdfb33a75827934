"""The product as a benchmark's server: `python -m hub.bench.product hub FOLDER`, its own process,
real sockets.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from hub import log
from hub.app.build import Hub
from hub.app.server import Running
from hub.bench import sample
from hub.bench.obey import Answer, Command, obey, run
from hub.model.conversation import Conversation
from hub.model.events import MessageChanged
from hub.model.ids import LANES, lane_partition, local, message_id, new_id
from hub.model.message import Author, Message
from hub.ports.collections import JOURNAL
from hub.tasks import Tasks

_COUNT_CAP = 1_000_000


async def hub(folder: str) -> None:
    """The product, with an API key for live sockets."""
    tasks = Tasks()
    made = await sample.open_hub(Path(folder), tasks)
    running = Running(made)
    await running.start()
    (about,) = await made.services.workspaces.all()
    workspace = local(about.id)
    key, _ = await made.services.api_keys.create(workspace, "bench", ["conversation:read"])
    inboxes = made.services.inboxes.of_workspace(workspace)
    # A few turns of the loop at the start; nobody tells when an adapter is up.
    while not all(made.services.inboxes.adapter(inbox.id) for inbox in inboxes):  # noqa: ASYNC110
        await asyncio.sleep(0)
    counted = Counted(made, workspace)
    ready = {"port": running.port, "inboxes": [inbox.id for inbox in inboxes], "key": key}
    commands: dict[str, Command] = {
        "settle": counted.settle,
        "journal": counted.journal,
        "publish": counted.publish,
    }
    try:
        await obey(ready, commands)
    finally:
        await running.stop()


class Counted:
    """The commands of the hub's process."""

    def __init__(self, made: Hub, workspace: str) -> None:
        self._hub, self._workspace = made, workspace

    async def settle(self) -> Answer:
        """Wait until everything accepted is on its timeline and can be found."""
        await self._hub.journal.settle()
        await sample.index_waiting(self._hub, self._workspace)
        return {}

    async def journal(self) -> Answer:
        """How many journal rows there are by state."""
        store = self._hub.services.store
        return {
            state: sum(
                [
                    await store.count(
                        JOURNAL, lane_partition(lane), {"state": state}, cap=_COUNT_CAP
                    )
                    for lane in range(LANES)
                ]
            )
            for state in ("new", "done", "dead")
        }

    async def publish(self, count: str) -> Answer:
        """Publish that many live events, each in a turn of the loop of its own."""
        services = self._hub.services
        inbox = services.inboxes.of_workspace(self._workspace)[0]
        event = _event(self._workspace, inbox.id)
        for _ in range(int(count)):
            services.bus.publish(self._workspace, event)
            await asyncio.sleep(0)
        return {}


def _event(workspace: str, inbox_id: str) -> MessageChanged:
    conversation = Conversation(
        id=new_id(workspace),
        contact_id=new_id(workspace),
        home=inbox_id,
        inbox_id=inbox_id,
        channel="bench",
        join_group="main",
    )
    message = Message(
        id=message_id(conversation.id, 1),
        conversation_id=conversation.id,
        seq=1,
        kind="message",
        direction="in",
        author=Author("contact", new_id(workspace), "A customer"),
        inbox_id=inbox_id,
        channel="bench",
        at=1_700_000_000_000,
        text="Good morning, where is my parcel? It should have come on Monday.",
    )
    return MessageChanged(message=message, conversation=conversation)


if __name__ == "__main__":
    log.setup("WARNING", sys.stderr)
    run({"hub": hub}, sys.argv[1:])
