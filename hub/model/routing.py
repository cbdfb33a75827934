"""Queues, skills and offers: how a conversation finds the agent who answers it.

A queue is a home (see `Conversation.home`): who works in it sees what waits in it. Shapes only; the
choice itself is `hub.services.routing`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: In whose favour a free choice falls (R1). `top_down` begins with the first member each time,
#: `agent_order` exhausts one tier before it asks the next, `round_robin` goes on after the last.
Strategy = Literal[
    "ring_all",
    "ring_progressively",
    "longest_idle",
    "round_robin",
    "top_down",
    "agent_order",
    "least_talk",
    "fewest_handled",
    "least_loaded",
    "random",
]
#: What a piece of work takes of an agent: a call fills them, three chats do, ten mails do.
WorkKind = Literal["call", "chat", "mail"]
#: How many of a kind fill an agent, where neither agent nor workspace says otherwise.
DEFAULT_CAPACITY: dict[WorkKind, int] = {"call": 1, "chat": 3, "mail": 10}
#: A full agent; a piece of work takes `FULL // capacity[kind]` of it.
FULL = 1000


class Skill(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Something that agents can do, in levels 1–5. A language is a skill with a code."""

    id: str
    v: int = 1
    name: str
    #: BCP 47 primary subtag ("tr"), for languages; "" for all other skills.
    language: str = ""
    created_at: int = 0


class Team(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Agents who work together: they enter queues, and are transferred to, as one."""

    id: str
    v: int = 1
    name: str
    agent_ids: list[str] = []
    created_at: int = 0


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that a queue's work needs. `steps` relax it: after so many seconds of waiting this
    level is enough; 0: it is no longer needed.
    """

    skill_id: str
    level: int = 1
    steps: list[tuple[int, int]] = []


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An agent in a queue; `tier` 1 is asked before 2 (`agent_order`), the list's order counts
    within a tier.
    """

    agent_id: str
    tier: int = 1


class SlaTargets(msgspec.Struct, frozen=True, kw_only=True):
    """Promised times in seconds of the queue's hours of work; 0: none."""

    first_answer_s: int = 0
    next_answer_s: int = 0
    resolve_s: int = 0
    #: Warn when so many percent of the time have gone.
    warn_percent: int = 80
    #: When broken: at least this priority (0: as it is).
    raise_priority: int = 0
    #: When broken before the first answer: goes to this queue ("": stays).
    move_to_queue_id: str = ""


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to who waits too long, or comes when too many wait: the first rule that holds,
    each at most once for a conversation.
    """

    after_wait_s: int = 0
    over_length: int = 0
    #: `queue`: go on in `queue_id`; `inbox`: wait in the inbox's unassigned list instead;
    #: `message`: only tell the customer `text`.
    action: Literal["queue", "inbox", "message"]
    queue_id: str = ""
    text: str = ""


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to who comes outside the hours: `wait` for the next opening, go to another
    queue, or into the inbox's unassigned list. `text` is told to the customer in any case.
    """

    action: Literal["wait", "queue", "inbox"] = "wait"
    queue_id: str = ""
    text: str = ""


class Disposition(msgspec.Struct, frozen=True):
    """An outcome that agents choose from after the work."""

    id: str
    name: str


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """A question of a queue's form; the answers stand on the conversation under `key`."""

    key: str
    label: str
    kind: Literal["text", "long_text", "number", "date", "choice", "yes_no"] = "text"
    options: list[str] = []
    is_required: bool = False
    #: What the agent is to say or ask, above the field.
    say: str = ""


class Queue(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A waiting line with a routing strategy. `position` orders queues with equal waits."""

    id: str
    v: int = 1
    name: str
    position: int = 0
    is_paused: bool = False
    strategy: Strategy = "longest_idle"
    members: list[Member] = []
    team_ids: list[str] = []
    needs: list[Need] = []
    #: Also needs an agent who speaks the contact's language, given up after so many seconds
    #: (0: never).
    match_language: bool = False
    language_relax_s: int = 60
    #: `ask`: the agent accepts or declines; `auto`: it is theirs at once.
    accept: Literal["ask", "auto"] = "ask"
    offer_s: int = 30
    #: So many offers missed in a row make an agent away (0: never).
    missed_limit: int = 2
    #: `ring_progressively`: one more agent every so many seconds.
    ring_step_s: int = 10
    #: The agent who had this customer last is asked first, alone for so many seconds (0: not).
    preferred_wait_s: int = 20
    #: One step of priority is worth so many seconds of waiting, a VIP so many: nobody waits behind
    #: later comers for longer than that (ageing).
    priority_step_s: int = 300
    vip_boost_s: int = 1800
    #: This queue's work goes before that of an agent's other queues by so many seconds of waiting.
    weight_s: int = 0
    wrap_up_s: int = 0
    dispositions: list[Disposition] = []
    is_disposition_required: bool = False
    schedule_id: str = ""
    outside: Outside = Outside()
    overflow: list[Overflow] = []
    sla: SlaTargets = SlaTargets()
    #: Answered within so many seconds counts for the service level.
    service_level_s: int = 20
    #: Told when it begins to wait; may name {{ place }} and {{ wait }}. "": nothing is told.
    waiting_text: str = ""
    #: What the agent should say; shown above the form.
    script: str = ""
    form: list[FormField] = []
    #: Wallboard alerts: more than so many waiting, or the longest waits longer (0: none).
    alert_length: int = 0
    alert_wait_s: int = 0
    created_at: int = 0


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A timed proposal; `number` counts the offers of this stay in the queue."""

    number: int
    agent_ids: list[str]
    at: int
    until: int
    #: Why these agents.
    trace: Trace | None = None


class Routing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a conversation stands in its queue. `state` "" is: it has left the line (assigned,
    closed, moved to the inbox); the rest then tells how it came about.
    """

    queue_id: str
    state: Literal["waiting", "offered", ""] = msgspec.field(default_factory=lambda: "")
    #: When it came into this queue: what waits are counted from.
    entered_at: int = msgspec.field(default_factory=int)
    #: Further skills that this one needs, besides the queue's: skill id → level.
    needs: dict[str, int] = {}
    language: str = ""
    is_vip: bool = False
    preferred_id: str = ""
    #: Who declined or missed it in this round; asked again when everybody else has been.
    passed_by: list[str] = []
    passed_at: int = 0
    offer: Offer | None = None
    offers: int = 0
    #: Queues it has been in since it last began to wait, in their order: overflow goes no rounds.
    hops: list[str] = []
    #: Numbers of the overflow rules that have been used here.
    overflowed: list[int] = []
    assigned_at: int = 0


class Passed(msgspec.Struct, frozen=True):
    """Why an agent was not chosen: `away`, `offline`, `full`, `wrap_up`, `skill`, `language`,
    `declined`, `not_preferred`, `later` (suited, another came first), `busy_offer`.
    """

    agent_id: str
    why: str


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Why this agent: kept in the activity `assigned` (`details["trace"]`) and told in words.
    `because` is the strategy, or `preferred`, `only_one`, `manual`, `accepted`.
    """

    strategy: Strategy
    because: str
    chosen: list[str]
    suited: int
    passed: list[Passed] = []
    #: How far the needs had been relaxed: skill ids that were no longer, or less, needed.
    relaxed: list[str] = []
    waited_ms: int = 0
    #: How many waited in front by ageing order at that time (0: it was first).
    place: int = 0
