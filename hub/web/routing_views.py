"""What the API shows and takes about routing: queues and who works in them, presence, offers, the
wallboard. Ids are local to the workspace.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hub.model.desk import Presence
from hub.model.hours import DateRule, Day, Span
from hub.model.routing import (
    Disposition,
    FormField,
    Member,
    Need,
    Outside,
    Overflow,
    SlaTargets,
    Strategy,
)
from hub.model.saved import Step, ViewFilter
from hub.web.requests import Body, ClientId, Id, Name, Query, Short

Seconds = Annotated[int, Meta(ge=0, le=30 * 24 * 3600)]
Told = Annotated[str, Meta(max_length=1000)]


class SaveSkill(Body, frozen=True, kw_only=True):
    name: Name
    language: Annotated[str, Meta(max_length=8)] = ""


class SkillView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    language: str
    #: How many agents have it.
    agents: int


class SaveTeam(Body, frozen=True, kw_only=True):
    name: Name
    agent_ids: Annotated[list[Id], Meta(max_length=1000)] = msgspec.field(default_factory=list)


class TeamView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    agent_ids: list[str]


class SaveSchedule(Body, frozen=True, kw_only=True):
    name: Name
    time_zone: Short
    week: dict[Day, Annotated[list[Span], Meta(max_length=12)]]
    holidays_country: Annotated[str, Meta(max_length=2)] = ""
    holidays_region: Short = ""
    dates: Annotated[list[DateRule], Meta(max_length=400)] = msgspec.field(default_factory=list)


class HolidayView(msgspec.Struct, frozen=True, kw_only=True):
    date: str
    name: str


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    time_zone: str
    week: dict[Day, list[Span]]
    holidays_country: str
    holidays_region: str
    dates: list[DateRule]
    is_open: bool
    #: When that changes next (ms; 0: not within a year).
    changes_at: int
    #: The public holidays of the next twelve months.
    next_holidays: list[HolidayView]


class SavePresenceReason(Body, frozen=True, kw_only=True):
    name: Name
    limit_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0
    position: Annotated[int, Meta(ge=0, le=1000)] = 0


class PresenceReasonView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    limit_minutes: int
    position: int


class SaveQueue(Body, frozen=True, kw_only=True):
    """All of a queue's settings, as in `hub.model.routing.Queue`."""

    name: Name
    position: Annotated[int, Meta(ge=0, le=1000)] = 0
    is_paused: bool = False
    strategy: Strategy = "longest_idle"
    members: Annotated[list[Member], Meta(max_length=1000)] = msgspec.field(default_factory=list)
    team_ids: Annotated[list[Id], Meta(max_length=100)] = msgspec.field(default_factory=list)
    needs: Annotated[list[Need], Meta(max_length=20)] = msgspec.field(default_factory=list)
    match_language: bool = False
    language_relax_s: Seconds = 60
    accept: Literal["ask", "auto"] = "ask"
    offer_s: Annotated[int, Meta(ge=5, le=600)] = 30
    missed_limit: Annotated[int, Meta(ge=0, le=20)] = 2
    ring_step_s: Annotated[int, Meta(ge=1, le=600)] = 10
    preferred_wait_s: Seconds = 20
    priority_step_s: Seconds = 300
    vip_boost_s: Seconds = 1800
    weight_s: Seconds = 0
    wrap_up_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    dispositions: Annotated[list[Disposition], Meta(max_length=100)] = msgspec.field(
        default_factory=list
    )
    is_disposition_required: bool = False
    schedule_id: Short = ""
    outside: Outside = Outside()
    overflow: Annotated[list[Overflow], Meta(max_length=10)] = msgspec.field(default_factory=list)
    sla: SlaTargets = SlaTargets()
    service_level_s: Seconds = 20
    waiting_text: Told = ""
    script: Annotated[str, Meta(max_length=20_000)] = ""
    form: Annotated[list[FormField], Meta(max_length=50)] = msgspec.field(default_factory=list)
    alert_length: Annotated[int, Meta(ge=0, le=100_000)] = 0
    alert_wait_s: Seconds = 0


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """`is_mine`: the caller works in it. The last three say, to whoever may pass work on to it, how
    many are in line, how many agents are there, and how many of them have room, at this moment.
    """

    id: str
    name: str
    position: int
    is_paused: bool
    strategy: Strategy
    members: list[Member]
    team_ids: list[str]
    needs: list[Need]
    match_language: bool
    language_relax_s: int
    accept: Literal["ask", "auto"]
    offer_s: int
    missed_limit: int
    ring_step_s: int
    preferred_wait_s: int
    priority_step_s: int
    vip_boost_s: int
    weight_s: int
    wrap_up_s: int
    dispositions: list[Disposition]
    is_disposition_required: bool
    schedule_id: str
    outside: Outside
    overflow: list[Overflow]
    sla: SlaTargets
    service_level_s: int
    waiting_text: str
    script: str
    form: list[FormField]
    alert_length: int
    alert_wait_s: int
    is_mine: bool
    is_open: bool
    waiting: int
    agents_available: int
    agents_free: int


class AgentSkills(Body, frozen=True, kw_only=True):
    """Skill id → level 1–5, and how many of a kind fill the agent (empty: the workspace's)."""

    skills: dict[Id, Annotated[int, Meta(ge=1, le=5)]]
    capacity: dict[Literal["call", "chat", "mail"], Annotated[int, Meta(ge=1, le=1000)]]


class AgentSkillsView(msgspec.Struct, frozen=True, kw_only=True):
    agent_id: str
    skills: dict[str, int]
    capacity: dict[str, int]


class SetPresence(Body, frozen=True, kw_only=True):
    presence: Presence
    reason_id: Short = ""


class HeldView(msgspec.Struct, frozen=True, kw_only=True):
    conversation_id: str
    kind: str
    cost: int
    at: int


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's presence and load. `presence` is what holds: offline without a browser, whatever
    was chosen. `load` of `FULL` (1000).
    """

    agent_id: str
    rev: int
    presence: Presence
    chosen: Presence
    reason_id: str
    since: int
    set_by: str
    is_over_limit: bool
    wrap_up_until: int
    wrap_up_conversation_id: str
    load: int
    held: list[HeldView]
    handled_today: int
    idle_since: int


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that is being offered to the caller until `until`."""

    number: int
    agent_ids: list[str]
    at: int
    until: int


class RoutingView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation stands in its queue; `state` "" has left the line."""

    queue_id: str
    state: Literal["waiting", "offered", ""]
    entered_at: int
    is_vip: bool
    offer: OfferView | None


class SlaView(msgspec.Struct, frozen=True, kw_only=True):
    """Due times in ms (0: none runs) and the targets that were warned of or broken: "first",
    "next", "resolve".
    """

    first_due: int
    next_due: int
    resolve_due: int
    warned: list[str]
    broken: list[str]


class AnswerOffer(Body, frozen=True, kw_only=True):
    """`number` is the offer's, so that a late answer means the one that was seen."""

    number: int


class Transfer(Body, frozen=True, kw_only=True):
    """To exactly one of them, with a note for whoever gets it."""

    client_id: ClientId
    queue_id: Short = ""
    agent_id: Short = ""
    team_id: Short = ""
    note: Annotated[str, Meta(max_length=10_000)] = ""


class Invite(Body, frozen=True, kw_only=True):
    client_id: ClientId
    agent_id: Id
    note: Annotated[str, Meta(max_length=10_000)] = ""


class TakeOver(Body, frozen=True, kw_only=True):
    client_id: ClientId


class MoveToQueue(Body, frozen=True, kw_only=True):
    """`queue_id` "": out of the line, into the inbox's unassigned list."""

    client_id: ClientId
    queue_id: Short = ""


class WrapUp(Body, frozen=True, kw_only=True):
    """The outcome and the form's answers; ends the wrap-up of the caller."""

    client_id: ClientId
    disposition: Short = ""
    form: dict[Annotated[str, Meta(max_length=60)], Annotated[str, Meta(max_length=4000)]] = (
        msgspec.field(default_factory=dict)
    )
    is_finished: bool = True


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue at this moment and since midnight in the workspace's time zone. `service_level` is
    0–1, null when nobody has been answered or abandoned.
    """

    queue_id: str
    waiting: int
    offered: int
    longest_since: int
    #: Estimated wait of who comes now, in seconds; null: not known.
    wait_s: int | None
    agents_available: int
    agents_free: int
    agents_total: int
    is_open: bool
    offered_today: int
    answered_today: int
    abandoned_today: int
    service_level: float | None
    asa_s: float | None
    alerts: list[Literal["length", "wait", "nobody"]]


class WallboardView(msgspec.Struct, frozen=True, kw_only=True):
    at: int
    queues: list[QueueNow]
    desks: list[DeskView]


class MyQueuesView(msgspec.Struct, frozen=True, kw_only=True):
    """For the side bar: the caller's queues now, and the caller's own desk."""

    desk: DeskView
    queues: list[QueueNow]


class QueueLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits in a queue, in the order in which they will be served."""

    conversation_id: str
    contact_name: str
    channel: str
    entered_at: int
    place: int
    is_vip: bool
    priority: int
    state: Literal["waiting", "offered"]
    offered_to: list[str]


class SaveTask(Body, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    assignee_id: Short = ""
    conversation_id: Short = ""
    contact_id: Short = ""
    due_at: Annotated[int, Meta(ge=0)] = 0
    remind_at: Annotated[int, Meta(ge=0)] = 0


class ChangeTask(Body, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000)] | msgspec.UnsetType = msgspec.UNSET
    assignee_id: Short | msgspec.UnsetType = msgspec.UNSET
    due_at: Annotated[int, Meta(ge=0)] | msgspec.UnsetType = msgspec.UNSET
    remind_at: Annotated[int, Meta(ge=0)] | msgspec.UnsetType = msgspec.UNSET
    is_done: bool | msgspec.UnsetType = msgspec.UNSET


class ListTasks(Query, frozen=True, kw_only=True):
    """Mine by default; of one conversation or contact when that is given."""

    conversation_id: Short = ""
    contact_id: Short = ""
    state: Literal["open", "done"] = "open"
    after: Annotated[str, Meta(max_length=1000)] = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    text: str
    state: Literal["open", "done"]
    assignee_id: str
    conversation_id: str
    contact_id: str
    contact_name: str
    due_at: int
    remind_at: int
    created_by: str
    created_at: int
    done_at: int
    done_by: str


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[TaskView]
    next: str | None


class SaveMacro(Body, frozen=True, kw_only=True):
    name: Name
    steps: Annotated[list[Step], Meta(min_length=1, max_length=12)]


class MacroView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    steps: list[Step]


class SaveView(Body, frozen=True, kw_only=True):
    """`is_shared`: for everybody (needs `macro:write`); else the caller's own."""

    name: Name
    filter: ViewFilter
    is_shared: bool = False


class SavedViewView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    filter: ViewFilter
    is_shared: bool


class AwayQuery(Query, frozen=True, kw_only=True):
    since: Annotated[int, Meta(ge=0)]


class AwayView(msgspec.Struct, frozen=True, kw_only=True):
    """What changed for the caller since `since`: the newest first, at most 50."""

    since: int
    assigned: list[str]
    taken: list[str]
    mentioned: list[str]
    answered: list[str]
    tasks_due: int
    missed_offers: int
