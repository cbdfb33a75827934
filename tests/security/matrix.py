"""What the matrix needs to know of each route: a request that would work for those who may, and
what they get.

`{name}` in a body stands for the id of a thing in the full workspace. A route without a row here
fails the matrix.
"""

from dataclasses import dataclass, field
from typing import Any

OK = frozenset({200})


@dataclass(frozen=True)
class Case:
    """`own`: the statuses of an administrator at home; `foreign`: of one from elsewhere."""

    body: Any = None
    query: str = ""
    own: frozenset[int] = OK
    #: 404 where the path names a thing; routes about oneself and one's own lists answer 200.
    foreign: frozenset[int] = frozenset({404})
    #: Ids of other things than the path's names say, for example an agent who has not joined.
    ids: dict[str, str] = field(default_factory=dict)


MINE = OK  # about the caller or the caller's own workspace
_SENT = frozenset({200, 400, 409})  # the inbox of the test cannot send
_REFUSED = frozenset({400, 404, 409})
CLIENT = "matrix-client-1"

CASES: dict[tuple[str, str], Case] = {
    ("POST", "/auth/sign-in"): Case({"email": "x@y.test", "password": "wrong"}),
    ("POST", "/auth/sign-out"): Case(foreign=MINE),
    ("GET", "/auth/token"): Case(query="token=x"),
    ("POST", "/auth/accept"): Case({"token": "x", "password": "long enough 1"}),
    ("POST", "/auth/forgot"): Case({"email": "x@y.test"}),
    ("GET", "/me"): Case(foreign=MINE),
    ("PATCH", "/me"): Case({"theme": "dark"}, foreign=MINE),
    ("POST", "/me/password"): Case(
        {"old": "wrong", "new": "long enough 1"}, own=frozenset({400}), foreign=frozenset({400})
    ),
    ("POST", "/me/workspace"): Case({"workspace_id": "{workspace}"}),
    ("GET", "/me/sessions"): Case(foreign=MINE),
    ("DELETE", "/me/sessions/{session_id}"): Case(),
    ("GET", "/live"): Case(own=frozenset({400}), foreign=frozenset({400})),
    ("GET", "/conversations"): Case(foreign=MINE),
    ("POST", "/conversations"): Case(
        {
            "client_id": CLIENT, "inbox_id": "{inbox_id}", "contact_id": "{contact_id}",
            "text": "hello",
        },
        own=_SENT, foreign=_REFUSED,
    ),
    ("GET", "/conversations/counts"): Case(foreign=MINE),
    ("GET", "/conversations/{conversation_id}"): Case(),
    ("PATCH", "/conversations/{conversation_id}"): Case({"client_id": CLIENT, "priority": 3}),
    ("GET", "/conversations/{conversation_id}/messages"): Case(),
    ("POST", "/conversations/{conversation_id}/messages"): Case(
        {"client_id": CLIENT, "kind": "note", "text": "hello"}
    ),
    ("POST", "/conversations/{conversation_id}/messages/{seq}/resolve"): Case(
        {"action": "mark_failed"}, own=frozenset({400, 404, 409})
    ),
    ("PATCH", "/conversations/{conversation_id}/messages/{seq}"): Case(
        {"text": "hello"}, own=_REFUSED
    ),
    ("DELETE", "/conversations/{conversation_id}/messages/{seq}"): Case(own=_REFUSED),
    ("PUT", "/conversations/{conversation_id}/messages/{seq}/reaction"): Case(
        {"emoji": "x"}, own=_REFUSED
    ),
    ("GET", "/conversations/{conversation_id}/ways"): Case(),
    ("GET", "/conversations/{conversation_id}/messages/{seq}/body"): Case(),
    ("GET", "/conversations/{conversation_id}/messages/{seq}/source"): Case(),
    ("GET", "/conversations/{conversation_id}/messages/{seq}/image"): Case(
        query="url=x", own=frozenset({400, 403, 404})
    ),
    ("POST", "/conversations/{conversation_id}/read"): Case({"seq": 1}),
    ("POST", "/conversations/{conversation_id}/activity"): Case({"is_typing": True}),
    ("PUT", "/conversations/{conversation_id}/draft"): Case({"text": "hello"}),
    ("DELETE", "/conversations/{conversation_id}/draft"): Case(),
    ("GET", "/contacts"): Case(foreign=MINE),
    ("POST", "/contacts"): Case({"name": "New", "email": "new@c.test"}, foreign=MINE),
    ("GET", "/contacts/{contact_id}"): Case(),
    ("PATCH", "/contacts/{contact_id}"): Case({"company": "x"}),
    ("GET", "/contacts/{contact_id}/conversations"): Case(),
    ("POST", "/contacts/{contact_id}/identities"): Case({"kind": "email", "value": "n@c.test"}),
    ("DELETE", "/contacts/{contact_id}/identities/{identity_id}"): Case(),
    ("GET", "/contacts/{contact_id}/suggestions"): Case(),
    ("POST", "/contacts/{contact_id}/suggestions/{other_id}/dismiss"): Case(),
    ("GET", "/contacts/{contact_id}/merges"): Case(),
    ("POST", "/contacts/{contact_id}/merges"): Case({"other": "{other_id}", "fields": ["name"]}),
    ("POST", "/merges/{merge_id}/undo"): Case(),
    ("GET", "/search"): Case(query="text=canary", foreign=MINE),
    ("POST", "/files"): Case(query="name=a.txt", foreign=MINE),
    ("GET", "/files/{file_id}"): Case(),
    ("GET", "/files/{file_id}/thumbnail"): Case(own=frozenset({200, 404})),
    ("GET", "/agents"): Case(foreign=MINE),
    ("POST", "/agents"): Case({"email": "new@b.test", "name": "New"}, foreign=MINE),
    ("PATCH", "/agents/{agent_id}"): Case({"name": "Changed"}),
    ("POST", "/agents/{agent_id}/invitation"): Case(ids={"agent_id": "invited_id"}),
    ("GET", "/labels"): Case(foreign=MINE),
    ("POST", "/labels"): Case({"name": "new"}, foreign=MINE),
    ("PUT", "/labels/{label_id}"): Case({"name": "changed"}),
    ("DELETE", "/labels/{label_id}"): Case(),
    ("GET", "/canned"): Case(foreign=MINE),
    ("POST", "/canned"): Case({"shortcut": "new", "text": "x"}, foreign=MINE),
    ("PUT", "/canned/{canned_id}"): Case({"shortcut": "changed", "text": "x"}),
    ("DELETE", "/canned/{canned_id}"): Case(),
    ("GET", "/channels"): Case(foreign=MINE),
    ("GET", "/channels/{channel}/icon"): Case(),
    ("GET", "/inboxes"): Case(foreign=MINE),
    ("POST", "/inboxes"): Case(
        {"channel": "nothing", "name": "x"}, own=frozenset({400}), foreign=frozenset({400})
    ),
    ("GET", "/inboxes/{inbox_id}"): Case(),
    ("PATCH", "/inboxes/{inbox_id}"): Case({"name": "changed"}),
    ("DELETE", "/inboxes/{inbox_id}"): Case(),
    ("POST", "/inboxes/{inbox_id}/test"): Case({}, own=frozenset({200, 400, 503})),
    ("GET", "/inboxes/{inbox_id}/templates"): Case(),
    ("POST", "/inboxes/{inbox_id}/templates/sync"): Case(own=frozenset({400})),
    ("GET", "/suppressions"): Case(foreign=MINE),
    ("POST", "/suppressions"): Case({"kind": "email", "value": "no@c.test"}, foreign=MINE),
    ("DELETE", "/suppressions/{suppression_id}"): Case(),
    ("GET", "/workspace"): Case(foreign=MINE),
    ("PATCH", "/workspace"): Case({"time_zone": "Europe/Warsaw"}, foreign=MINE),
    ("GET", "/api-keys"): Case(foreign=MINE),
    ("POST", "/api-keys"): Case({"name": "x", "scopes": ["label:read"]}, foreign=MINE),
    ("DELETE", "/api-keys/{key_id}"): Case(),
    ("GET", "/audit"): Case(foreign=MINE),
    ("POST", "/system/release"): Case(foreign=MINE),
    ("GET", "/openapi.json"): Case(foreign=MINE),
}  # fmt: skip
#: Use up the caller or what others need: asked last.
LAST = ("/auth/sign-out", "/me/sessions", "/me/password")
