"""API handler: search over messages and notes."""

from __future__ import annotations

from hub.model.conversation import Conversation
from hub.model.message import Message
from hub.services.snippets import snippet_of
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.api_conversations import show_all
from hub.web.reply_input import full
from hub.web.route import Call


async def search_messages(call: Call) -> v.SearchPage:
    """Newest first; every word must occur, the last one as a beginning."""
    query: r.Search = call.query
    inbox_id = full(call, query.inbox_id)

    def accepts(conversation: Conversation, message: Message) -> bool:
        return (
            (not inbox_id or message.inbox_id == inbox_id)
            and (not query.channel or message.channel == query.channel)
            and (not query.state or conversation.state == query.state)
            and (not query.since or message.at >= query.since)
            and (not query.until or message.at < query.until)
        )

    hits, after = await call.hub.reading.search(
        call.scope,
        query.text,
        kind=query.kind,
        accepts=accepts,
        after=query.after or None,
        limit=query.limit,
    )
    views = await show_all(call, [conversation for conversation, _ in hits])
    items = []
    for view, (_, message) in zip(views, hits, strict=True):
        snippet = snippet_of(f"{message.subject} {message.text}".strip(), query.text)
        items.append(
            v.SearchHit(
                conversation=view,
                message=show.message(message),
                snippet=snippet.text,
                marks=snippet.marks,
            )
        )
    return v.SearchPage(items=items, next=after)
