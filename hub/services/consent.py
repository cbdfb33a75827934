"""Who wants messages and who does not: words that customers write (STOP, START, HELP), what
networks tell, and what vendors refuse, turned into entries of the suppression list, lines on the
timeline and at most one short answer an hour (R-48).

Called by intake, deliveries and the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.clock import Clock
from hub.errors import OptedOut
from hub.i18n import Texts
from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.ids import message_id, workspace_of
from hub.model.inbox import Inbox
from hub.model.message import DELIVERY_RANK, Author, Message
from hub.model.suppression import Proof
from hub.ports.collections import OUTBOX
from hub.ports.inbound import ConsentChanged, MessageReceived
from hub.ports.store import Insert
from hub.services.contacts import Contacts, Person
from hub.services.docs import clean_text, to_doc
from hub.services.inboxes import Inboxes
from hub.services.joining import join_group_of
from hub.services.journal import Row
from hub.services.names import NameBook
from hub.services.opt_out_words import Word, word_of
from hub.services.outbox_rows import OutboxRow, new_row
from hub.services.suppression import Suppressions, is_first
from hub.services.timeline import Plan, Timeline, activity

#: Key of `Message.details` that lets an answer about opting out past the suppression list.
EXEMPT = "consent"
#: Inboxes whose vendor answers the words itself say so in their config.
_ANSWERS_FIELD = "answers_opt_out"
_PROOF_CHARS = 500
_SYSTEM = Author("system")

#: Name and language of a workspace.
About = Callable[[str], Awaitable[tuple[str, str]]]


class Consent:
    """Made once."""

    def __init__(
        self,
        suppressions: Suppressions,
        timeline: Timeline,
        contacts: Contacts,
        inboxes: Inboxes,
        names: NameBook,
        clock: Clock,
        texts: Texts,
        about: About,
        wake: Callable[[OutboxRow], None],
        wake_again: Callable[[str], Awaitable[None]],
    ) -> None:
        self._suppressions = suppressions
        self._timeline = timeline
        self._contacts = contacts
        self._inboxes = inboxes
        self._names = names
        self._clock = clock
        self._texts = texts
        self._about = about
        self._wake = wake
        self._wake_again = wake_again

    def word_in(self, inbox: Inbox, event: MessageReceived) -> Word | None:
        """A word of opting out, where words count."""
        if not self._inboxes.capabilities(inbox).has_opt_out or event.is_auto:
            return None
        return word_of(event.text)

    async def heard(self, row: Row, event: MessageReceived, inbox: Inbox, word: Word) -> None:
        """Keep what the customer wants, before the message is even stored. Safe to repeat."""
        if word.wish == "help":
            return
        proof = Proof(
            at=event.at,
            is_opted_out=word.wish == "out",
            source="word",
            text=clean_text(event.text, _PROOF_CHARS),
            inbox_id=inbox.id,
            cause=row.id,
        )
        for address in [event.sender, *event.aliases]:
            await self._keep(inbox, address, proof)

    async def _keep(self, inbox: Inbox, address: Address, proof: Proof) -> bool:
        """Whether this very proof changed something."""
        workspace = workspace_of(inbox.id)
        if proof.is_opted_out:
            entry = await self._suppressions.opt_out(workspace, inbox.channel, address, proof)
            return is_first(entry, proof)
        released = await self._suppressions.opt_in(workspace, inbox.channel, address, proof)
        return bool(released)

    async def answer(
        self,
        row: Row,
        event: MessageReceived,
        inbox: Inbox,
        word: Word,
        person: Person,
        conversation_id: str,
    ) -> None:
        """Tell agents, and the customer once; a second STOP is never answered. Safe to repeat."""
        proof = Proof(at=event.at, is_opted_out=word.wish == "out", source="word", cause=row.id)
        if word.wish != "help" and not await self._was_first(inbox, event.sender, proof):
            return
        text = await self._text(row, event, inbox, word, person)
        names = await self._names.of(row.workspace)
        now = self._clock.now_ms()
        rows: list[OutboxRow] = []

        def plan(current: Conversation) -> Plan:
            lines: list[Message] = []
            if word.wish != "help":
                lines.append(_line(current, now, proof, event.sender))
            rows.clear()
            if text:
                said = _said(current, inbox, event.sender, text, word.wish, now, len(lines) + 1)
                lines.append(said)
                rows.append(new_row(said, event.sender, now))
            before: list[Any] = [Insert(OUTBOX, to_doc(one)) for one in rows]
            return Plan(facts={"last_at": now}, messages=lines, before=before)

        cause = names.command_ref(f"{row.id}:consent")
        written = await self._timeline.run(conversation_id, cause, plan)
        for one in rows:
            if written.is_repeat:
                await self._wake_again(one.id)
            else:
                self._wake(one)

    async def _was_first(self, inbox: Inbox, address: Address, proof: Proof) -> bool:
        """Was it this message that changed the list? Its `heard` ran before."""
        return await self._keep(inbox, address, proof)

    async def _text(
        self, row: Row, event: MessageReceived, inbox: Inbox, word: Word, person: Person
    ) -> str:
        """The answer, or "" where the vendor gives it or one was given within the hour."""
        if inbox.config.get(_ANSWERS_FIELD, True) is False:
            return ""
        if not await self._suppressions.may_answer(
            row.workspace, inbox.channel, event.sender, row.id
        ):
            return ""
        name, language = await self._about(row.workspace)
        language = word.language or person.contact.language or language
        return self._texts.text(language, "server", f"consent.{word.wish}", name=name)

    async def changed(self, row: Row, event: ConsentChanged, inbox: Inbox) -> None:
        """The network tells that somebody opted out or in. Safe to repeat."""
        proof = Proof(
            at=event.at,
            is_opted_out=event.is_opted_out,
            source="network",
            text=clean_text(event.proof, _PROOF_CHARS),
            inbox_id=inbox.id,
            cause=row.id,
        )
        workspace, channel = row.workspace, inbox.channel
        if event.is_opted_out:
            entry = await self._suppressions.opt_out(
                workspace, channel, event.sender, proof, event.scope
            )
            is_news = is_first(entry, proof)
        else:
            is_news = bool(
                await self._suppressions.opt_in(
                    workspace, channel, event.sender, proof, event.scope
                )
            )
        if is_news and event.scope == "all":
            await self._tell(inbox, event.sender, proof)

    async def refusal(self, row: OutboxRow, message: Message) -> str:
        """Why this row must not be sent: "opted_out", or "". An answer about opting out is exempt;
        whoever reads along on a website can simply leave.
        """
        inbox = self._inboxes.get(row.inbox_id)
        if EXEMPT in message.details or inbox is None:
            return ""
        if self._inboxes.capabilities(inbox).is_live:
            return ""
        workspace = workspace_of(row.message_id)
        is_refused = await self._suppressions.is_refused(workspace, inbox.channel, row.to)
        return OptedOut.code if is_refused else ""

    async def refused(self, inbox_id: str, to: Address, detail: str, cause: str) -> None:
        """A vendor would not send: the person has opted out there. That we would not ourselves is
        no news.
        """
        inbox = self._inboxes.get(inbox_id)
        workspace = workspace_of(inbox_id)
        if inbox is None or await self._suppressions.is_refused(workspace, inbox.channel, to):
            return
        proof = Proof(
            at=self._clock.now_ms(),
            is_opted_out=True,
            source="refusal",
            text=clean_text(detail, _PROOF_CHARS),
            inbox_id=inbox.id,
            cause=cause,
        )
        if await self._keep(inbox, to, proof):
            await self._tell(inbox, to, proof)

    async def _tell(self, inbox: Inbox, address: Address, proof: Proof) -> None:
        """A line in the open conversation, if there is one."""
        names = await self._names.of(workspace_of(inbox.id))
        identity = await self._contacts.find_identity(names.identity(address))
        if identity is None:
            return
        contact = await self._contacts.require_raw(identity.contact_id)
        open_id = contact.open.get(join_group_of(inbox))
        if not open_id or await self._timeline.get(open_id) is None:
            return
        now = self._clock.now_ms()

        def plan(current: Conversation) -> Plan:
            return Plan(facts={"last_at": now}, messages=[_line(current, now, proof, address)])

        await self._timeline.run(open_id, names.command_ref(f"{proof.cause}:consent"), plan)


def _line(current: Conversation, now: int, proof: Proof, address: Address) -> Message:
    what = "opted_out" if proof.is_opted_out else "opted_in"
    shown = address.value if address.kind in ("email", "phone") else ""
    return activity(current, at=now, what=what, by=_SYSTEM, address=shown, source=proof.source)


def _said(
    current: Conversation, inbox: Inbox, to: Address, text: str, wish: str, now: int, offset: int
) -> Message:
    seq = current.seq + offset
    return Message(
        id=message_id(current.id, seq),
        conversation_id=current.id,
        seq=seq,
        kind="message",
        direction="out",
        author=_SYSTEM,
        inbox_id=inbox.id,
        channel=inbox.channel,
        at=now,
        text=text,
        address=to.value if to.kind in ("email", "phone") else "",
        delivery="queued",
        delivery_rank=DELIVERY_RANK["queued"],
        details={EXEMPT: wish},
        is_auto=True,
    )
