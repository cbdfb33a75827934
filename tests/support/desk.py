"""A site whose files, mails and remote images are real: one conversation, agents who may see it
and who may not.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hub.model.conversation import Conversation
from hub.model.files import StoredFile
from hub.model.ids import local, message_id, new_id
from hub.model.inbox import Inbox
from hub.model.message import Attachment, Author, MailFacts, Message
from hub.ports.collections import CONVERSATIONS, INBOXES, MESSAGES
from hub.services.blobs_disk import DiskBlobs
from hub.services.docs import to_doc
from hub.services.egress import EgressClient
from hub.services.files import Files
from hub.services.reading import Reading
from hub.services.thumbnails import Thumbnails
from hub.web.file_links import FileLinks
from tests.support.people import Town
from tests.support.web import Site, site

MINE, THEIRS, STRANGER = "mine@example.com", "other@example.com", "stranger@example.com"


@dataclass
class Desk:
    """`MINE` sees the conversation, `THEIRS` works in another inbox, `STRANGER` in another
    workspace.
    """

    site: Site
    town: Town
    files: Files
    egress: EgressClient
    workspace: str
    conversation: Conversation

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{local(self.conversation.id)}/messages"

    async def file(self, data: bytes, name: str, owner: str = "") -> StoredFile:
        """A file of the conversation."""
        file = await self.files.save(self.workspace, data, name, owner=owner)
        await self.files.attach(self.workspace, [file.id], self.conversation.id, owners=[owner])
        return await self.files.require(self.workspace, file.id)

    async def mail(self, seq: int, attachments: list[Attachment], **mail: Any) -> None:
        message = Message(
            id=message_id(self.conversation.id, seq),
            conversation_id=self.conversation.id,
            seq=seq,
            kind="message",
            direction="in",
            author=Author("contact"),
            at=1,
            text="the <b>text</b>",
            subject="Offer </title><script>",
            attachments=attachments,
            mail=MailFacts(**mail),
        )
        await self.town.store.insert(MESSAGES, to_doc(message))


@asynccontextmanager
async def make_desk(town: Town, *allow: str, max_bytes: int = 200_000) -> AsyncIterator[Desk]:
    workspace, elsewhere = await town.workspace("Shop"), await town.workspace("Other")
    inbox, other_inbox = new_id(workspace), new_id(workspace)
    for id in (inbox, other_inbox):
        await town.store.insert(INBOXES, to_doc(Inbox(id=id, channel="x", name="x")))
    await town.agent(workspace, MINE, homes=[inbox])
    await town.agent(workspace, THEIRS, homes=[other_inbox])
    await town.agent(elsewhere, STRANGER, role="admin")
    conversation = Conversation(
        id=new_id(workspace),
        contact_id="",
        home=inbox,
        inbox_id=inbox,
        channel="x",
        join_group="main",
    )
    await town.store.insert(CONVERSATIONS, to_doc(conversation))
    folder = town.config.data_dir
    thumbnails = Thumbnails(folder / "thumbnails")
    blobs = DiskBlobs(folder / "files")
    files = Files(
        town.store,
        blobs,
        town.people.workspaces,
        town.clock,
        thumbnails=thumbnails,
        max_bytes=max_bytes,
    )
    egress = EgressClient(allow)
    reading = Reading(town.store, lambda _: [inbox, other_inbox])
    links = FileLinks(files).routes()
    async with site(town, files=files, reading=reading, egress=egress, links=links) as built:
        yield Desk(built, town, files, egress, workspace, conversation)
