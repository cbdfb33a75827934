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
_PERIOD = "start=1767225600000&end=1798761600000"

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
    ("POST", "/conversations/{conversation_id}/messages/{seq}/attachments/{position}/fetch"): Case(
        own=_REFUSED
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
    ("POST", "/labels/{label_id}/restore"): Case(own=frozenset({200, 404})),
    ("GET", "/canned"): Case(foreign=MINE),
    ("POST", "/canned"): Case({"shortcut": "new", "text": "x"}, foreign=MINE),
    ("PUT", "/canned/{canned_id}"): Case({"shortcut": "changed", "text": "x"}),
    ("DELETE", "/canned/{canned_id}"): Case(),
    ("GET", "/queues"): Case(foreign=MINE),
    ("POST", "/queues"): Case({"name": "new"}, foreign=MINE),
    ("PUT", "/queues/{queue_id}"): Case({"name": "changed"}),
    # Earlier rows put a conversation into its line.
    ("DELETE", "/queues/{queue_id}"): Case(own=frozenset({200, 409})),
    ("POST", "/queues/{queue_id}/restore"): Case(own=frozenset({200, 404})),
    ("GET", "/schedules"): Case(foreign=MINE),
    ("POST", "/schedules"): Case(
        {"name": "new", "time_zone": "UTC", "week": {"mon": [{"start": 0, "end": 60}]}},
        foreign=MINE,
    ),
    ("PUT", "/schedules/{schedule_id}"): Case({"name": "changed", "time_zone": "UTC", "week": {}}),
    ("DELETE", "/schedules/{schedule_id}"): Case(),
    ("GET", "/teams"): Case(foreign=MINE),
    ("POST", "/teams"): Case({"name": "new"}, foreign=MINE),
    ("PUT", "/teams/{team_id}"): Case({"name": "changed"}),
    ("DELETE", "/teams/{team_id}"): Case(),
    ("GET", "/skills"): Case(foreign=MINE),
    ("POST", "/skills"): Case({"name": "new"}, foreign=MINE),
    ("PUT", "/skills/{skill_id}"): Case({"name": "changed"}),
    ("DELETE", "/skills/{skill_id}"): Case(),
    ("POST", "/skills/{skill_id}/restore"): Case(own=frozenset({200, 404})),
    ("GET", "/presence-reasons"): Case(foreign=MINE),
    ("POST", "/presence-reasons"): Case({"name": "new"}, foreign=MINE),
    ("PUT", "/presence-reasons/{reason_id}"): Case({"name": "changed"}),
    ("DELETE", "/presence-reasons/{reason_id}"): Case(),
    ("POST", "/presence-reasons/{reason_id}/restore"): Case(own=frozenset({200, 404})),
    ("GET", "/agents/skills"): Case(foreign=MINE),
    ("GET", "/agents/{agent_id}/skills"): Case(),
    ("PUT", "/agents/{agent_id}/skills"): Case({"skills": {}, "capacity": {"chat": 2}}),
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
    ("GET", "/me/away"): Case(query="since=0", foreign=MINE),
    ("GET", "/tasks"): Case(foreign=MINE),
    ("POST", "/tasks"): Case({"text": "new", "conversation_id": "{conversation_id}"}),
    ("PATCH", "/tasks/{task_id}"): Case({"text": "changed"}),
    ("DELETE", "/tasks/{task_id}"): Case(),
    ("GET", "/macros"): Case(foreign=MINE),
    ("POST", "/macros"): Case({"name": "new", "steps": [{"kind": "close"}]}, foreign=MINE),
    ("PUT", "/macros/{macro_id}"): Case({"name": "changed", "steps": [{"kind": "close"}]}),
    ("DELETE", "/macros/{macro_id}"): Case(),
    ("GET", "/views"): Case(foreign=MINE),
    ("POST", "/views"): Case({"name": "new", "filter": {}}, foreign=MINE),
    ("PUT", "/views/{view_id}"): Case({"name": "changed", "filter": {}, "is_shared": True}),
    ("DELETE", "/views/{view_id}"): Case(),
    ("GET", "/me/queues"): Case(foreign=MINE),
    ("PUT", "/me/presence"): Case({"presence": "available"}, foreign=MINE),
    ("PUT", "/agents/{agent_id}/presence"): Case({"presence": "away"}),
    ("GET", "/desks"): Case(foreign=MINE),
    ("GET", "/wallboard"): Case(foreign=MINE),
    ("GET", "/queues/{queue_id}/line"): Case(),
    ("POST", "/conversations/{conversation_id}/offer/accept"): Case({"number": 1}, own=_REFUSED),
    ("POST", "/conversations/{conversation_id}/offer/decline"): Case({"number": 1}),
    ("POST", "/conversations/{conversation_id}/transfer"): Case(
        {"client_id": f"{CLIENT}-t", "agent_id": "{agent_id}", "note": "hello"}
    ),
    ("POST", "/conversations/{conversation_id}/invite"): Case(
        {"client_id": f"{CLIENT}-i", "agent_id": "{agent_id}"}
    ),
    ("POST", "/conversations/{conversation_id}/take"): Case({"client_id": f"{CLIENT}-o"}),
    ("POST", "/conversations/{conversation_id}/queue"): Case(
        {"client_id": f"{CLIENT}-q", "queue_id": "{queue_id}"}
    ),
    ("POST", "/conversations/{conversation_id}/wrap-up"): Case({"client_id": f"{CLIENT}-w"}),
    ("GET", "/reports"): Case(query=f"{_PERIOD}&step=month", foreign=MINE),
    ("GET", "/reports/export"): Case(query=f"{_PERIOD}&step=month&format=xlsx", foreign=MINE),
    ("GET", "/log"): Case(query=_PERIOD, foreign=MINE),
    ("GET", "/log/export"): Case(query=_PERIOD, foreign=MINE),
    ("GET", "/openapi.json"): Case(foreign=MINE),
}  # fmt: skip
#: Use up the caller or what others need: asked last.
LAST = ("/auth/sign-out", "/me/sessions", "/me/password")
