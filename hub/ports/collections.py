"""Every collection of the store, with its indexes: the whole schema on one page."""

from __future__ import annotations

from hub.ports.store import Coll, Index

META = Coll("meta")
ACCOUNTS = Coll("accounts", fields=("email",))
#: Claims of mutable unique keys: `sys.H(email)` → account id, `<ws>.H(label name)` → label id, …
CLAIMS = Coll("claims")
SESSIONS = Coll(
    "sessions",
    fields=("account_id", "expires_at"),
    indexes=(Index("by_account", ("account_id",)),),
    expires="expires_at",
)
#: One-time links: first administrator, invitations, password resets. `sys.<hash of token>`.
TOKENS = Coll("tokens", fields=("expires_at",), expires="expires_at")
WORKSPACES = Coll("workspaces")
AGENTS = Coll("agents", fields=("account_id", "name"), indexes=(Index("by_name", ("name",)),))
#: `sys.<account key>.<workspace>` → agent id: the workspaces of an account.
MEMBERSHIPS = Coll("memberships")
INBOXES = Coll("inboxes", fields=("channel",))
INBOX_HEALTH = Coll("inbox_health")
#: What an adapter must remember (IMAP positions), `<inbox id>.<name>`.
INBOX_MEMORY = Coll("inbox_memory")
LABELS = Coll("labels")
CANNED = Coll("canned")
API_KEYS = Coll("api_keys")

CONTACTS = Coll(
    "contacts",
    fields=("updated_at",),
    indexes=(Index("by_updated", ("updated_at",)),),
    text=("name", "addresses", "claimed_email", "company"),
    text_time="created_at",
)
IDENTITIES = Coll(
    "identities", fields=("contact_id",), indexes=(Index("by_contact", ("contact_id",)),)
)
CONVERSATIONS = Coll(
    "conversations",
    fields=(
        "home",
        "state",
        "assignee_id",
        "contact_id",
        "created_at",
        "last_at",
        "snoozed_until",
        "priority",
        "channel",
        "routing.state",
        "routing.entered_at",
    ),
    indexes=(
        Index("by_home", ("home", "state", "last_at")),
        Index("by_assignee", ("assignee_id", "state", "last_at")),
        #: Who serves some homes only sees what nobody has there.
        Index(
            "unassigned", ("home", "state", "last_at"), where={"assignee_id": "", "state": "open"}
        ),
        # By when they began: an order that messages do not change.
        Index("by_contact", ("contact_id", "created_at")),
        Index("by_snooze", ("snoozed_until",), where={"state": "snoozed"}),
        #: Who waits for an agent, or is being offered to one.
        Index(
            "in_line",
            ("routing.entered_at",),
            where={"routing.state": {"$in": ["waiting", "offered"]}},
        ),
        #: The conversation log.
        Index("by_created", ("created_at",)),
    ),
)
MESSAGES = Coll(
    "messages",
    fields=("at", "kind", "conversation_id"),
    text=("text", "subject"),
    text_time="at",
    text_filters=("kind", "conversation_id"),
    #: What is counted, in the order in which it was stored.
    indexes=(Index("by_at", ("at",)),),
    clustered=True,
)
#: `<ws>.H(inbox, provider id)` or `<ws>.H(command id)` → conversation id and seq.
MESSAGE_REFS = Coll("message_refs", clustered=True)
ACCESS = Coll("access", fields=("agent_id", "at"), indexes=(Index("by_agent", ("agent_id", "at")),))
READ_MARKS = Coll("read_marks")
DRAFTS = Coll("drafts")
FILES = Coll(
    "files",
    fields=("conversation_id", "created_at", "sha256"),
    indexes=(
        Index("unattached", ("created_at",), where={"conversation_id": ""}),
        Index("by_sha256", ("sha256",)),
    ),
)

JOURNAL = Coll(
    "journal",
    fields=("state", "at", "expires_at"),
    indexes=(Index("waiting", ("at",), where={"state": "new"}),),
    expires="expires_at",
)
OUTBOX = Coll(
    "outbox",
    fields=("state", "due_at", "inbox_id", "expires_at"),
    indexes=(
        Index("unfinished", ("due_at",), where={"state": {"$in": ["queued", "retry", "sending"]}}),
        Index("unknown", ("due_at",), where={"state": "unknown"}),
    ),
    expires="expires_at",
)
#: Reports about messages not known yet, by the message's `message_refs` id.
EARLY = Coll("early_reports", fields=("expires_at",), expires="expires_at")
#: Files to fetch from vendors, `<lane>.<message id>.<position>`.
MEDIA_JOBS = Coll(
    "media_jobs",
    fields=("state", "due_at", "expires_at"),
    indexes=(Index("waiting", ("due_at",), where={"state": "waiting"}),),
    expires="expires_at",
)
#: Addresses that must not be written to, `<ws>.H(channel, address, scope)`; released ones stay as
#: proof.
SUPPRESSIONS = Coll(
    "suppressions",
    fields=("state", "at"),
    indexes=(Index("active", ("at",), where={"state": "active"}),),
    text=("address.value",),
    text_time="at",
    text_filters=("state",),
)
TEMPLATES = Coll("templates", fields=("inbox_id",), indexes=(Index("by_inbox", ("inbox_id",)),))
#: Two contacts that may be one person, or were found not to be: `<ws>.H(both)`.
MERGE_HINTS = Coll(
    "merge_hints",
    fields=("at", "first", "second"),
    indexes=(
        Index("by_time", ("at",)),
        Index("by_first", ("first", "at")),
        Index("by_second", ("second", "at")),
    ),
)
MERGES = Coll(
    "merges",
    fields=("state", "at", "winner_id"),
    indexes=(
        Index("by_winner", ("winner_id", "at")),
        Index("by_time", ("at",)),
        Index("unfinished", ("at",), where={"state": {"$in": ["merging", "undoing"]}}),
    ),
)
#: What merges changed of conversations, `<merge id>.<conversation key>.<kind>`.
MERGE_IMAGES = Coll("merge_images")
#: Work for later (an e-mail to a visitor who left, a snooze's end), `<lane>.H(kind, subject)`.
TIMERS = Coll("timers", fields=("due_at",), indexes=(Index("by_due", ("due_at",)),))
LEASES = Coll("leases")

QUEUES = Coll("queues")
#: What was deleted and may come back under its id, and is called by its name in reports: `_id`,
#: `coll`, `doc`, `at`.
DELETED = Coll("deleted")
TEAMS = Coll("teams")
SKILLS = Coll("skills")
SCHEDULES = Coll("schedules")
PRESENCE_REASONS = Coll("presence_reasons")
#: An agent's presence and work; `_id` is the agent's.
DESKS = Coll("desks", fields=("changed_at",), indexes=(Index("by_changed", ("changed_at",)),))
#: Changes of presence, `<ws>.<at, 13 digits>.<agent key>`: times available and away are counted
#: from it.
PRESENCE_LOG = Coll("presence_log", fields=("expires_at",), expires="expires_at")
TASKS = Coll(
    "tasks",
    fields=("state", "assignee_id", "conversation_id", "contact_id", "due_at"),
    indexes=(
        Index("by_assignee", ("assignee_id", "state", "due_at")),
        Index("by_conversation", ("conversation_id", "due_at")),
        Index("by_contact", ("contact_id", "due_at")),
        Index("by_due", ("state", "due_at")),
    ),
)
MACROS = Coll("macros")
#: Views that agents saved, their own (`agent_id`) or everybody's ("").
SAVED_VIEWS = Coll("saved_views")
#: Counts by time, `<ws>.<family>.<grain>.<start>`.
BUCKETS = Coll("buckets", fields=("expires_at",), expires="expires_at")
#: How far a workspace has been counted.
COUNTED = Coll("counted")
IDEMPOTENCY = Coll("idempotency", fields=("expires_at",), expires="expires_at")
AUDIT = Coll("audit", fields=("at",), indexes=(Index("by_time", ("at",)),))

ALL = (
    META,
    ACCOUNTS,
    CLAIMS,
    SESSIONS,
    TOKENS,
    WORKSPACES,
    AGENTS,
    MEMBERSHIPS,
    INBOXES,
    INBOX_HEALTH,
    INBOX_MEMORY,
    LABELS,
    CANNED,
    API_KEYS,
    CONTACTS,
    IDENTITIES,
    CONVERSATIONS,
    MESSAGES,
    MESSAGE_REFS,
    ACCESS,
    READ_MARKS,
    DRAFTS,
    FILES,
    JOURNAL,
    OUTBOX,
    EARLY,
    MEDIA_JOBS,
    SUPPRESSIONS,
    TEMPLATES,
    MERGE_HINTS,
    MERGES,
    MERGE_IMAGES,
    TIMERS,
    LEASES,
    QUEUES,
    DELETED,
    TEAMS,
    SKILLS,
    SCHEDULES,
    PRESENCE_REASONS,
    DESKS,
    PRESENCE_LOG,
    TASKS,
    MACROS,
    SAVED_VIEWS,
    BUCKETS,
    COUNTED,
    IDEMPOTENCY,
    AUDIT,
)
