"""API handlers: teams, skills and who has them, reasons for being away."""

from __future__ import annotations

from hub.model.ids import local
from hub.model.routing import Skill
from hub.web import routing_views as rv
from hub.web import show_queues, views
from hub.web.reply_input import full
from hub.web.route import Call


async def list_teams(call: Call) -> list[rv.TeamView]:
    """All teams by name."""
    return [show_queues.team(one) for one in await call.hub.teams.all(call.scope.workspace)]


async def create_team(call: Call) -> rv.TeamView:
    """Make a team."""
    body: rv.SaveTeam = call.body
    team = await call.hub.teams.create(call.scope.workspace, body.name, _agents(call, body))
    await _audit(call, "team.created", team.id, team.name)
    return show_queues.team(team)


async def save_team(call: Call) -> rv.TeamView:
    """Change who is in a team; its queues follow at once."""
    body: rv.SaveTeam = call.body
    team_id = full(call, call.path["team_id"])
    team = await call.hub.teams.save(call.scope.workspace, team_id, body.name, _agents(call, body))
    await _audit(call, "team.changed", team.id, team.name)
    return show_queues.team(team)


async def delete_team(call: Call) -> views.Ok:
    """Delete a team that works in no queue."""
    team_id = full(call, call.path["team_id"])
    team = await call.hub.teams.delete(call.scope.workspace, team_id)
    await _audit(call, "team.deleted", team.id, team.name)
    return views.Ok()


def _agents(call: Call, body: rv.SaveTeam) -> list[str]:
    return [full(call, agent_id) for agent_id in body.agent_ids]


async def list_skills(call: Call) -> list[rv.SkillView]:
    """All skills by name, and how many agents have each."""
    workspace = call.scope.workspace
    counts = await call.hub.skills.counts(workspace)
    found = await call.hub.skills.all(workspace)
    return [show_queues.skill(one, counts.get(local(one.id), 0)) for one in found]


async def create_skill(call: Call) -> rv.SkillView:
    """Make a skill."""
    body: rv.SaveSkill = call.body
    skill = await call.hub.skills.create(call.scope.workspace, body.name, body.language)
    await _audit(call, "skill.created", skill.id, skill.name)
    return show_queues.skill(skill, 0)


async def save_skill(call: Call) -> rv.SkillView:
    """Rename a skill, or say which language it is."""
    body: rv.SaveSkill = call.body
    skill_id = full(call, call.path["skill_id"])
    skill = await call.hub.skills.save(call.scope.workspace, skill_id, body.name, body.language)
    await _audit(call, "skill.changed", skill.id, skill.name)
    return await _skill(call, skill)


async def _skill(call: Call, skill: Skill) -> rv.SkillView:
    counts = await call.hub.skills.counts(call.scope.workspace)
    return show_queues.skill(skill, counts.get(local(skill.id), 0))


async def delete_skill(call: Call) -> views.Ok:
    """Delete a skill that no queue needs; agents lose it."""
    skill_id = full(call, call.path["skill_id"])
    skill = await call.hub.skills.delete(call.scope.workspace, skill_id)
    await _audit(call, "skill.deleted", skill.id, skill.name)
    return views.Ok()


async def restore_skill(call: Call) -> rv.SkillView:
    """Bring a deleted skill back; agents have it as before."""
    skill_id = full(call, call.path["skill_id"])
    skill = await call.hub.skills.restore(call.scope.workspace, skill_id)
    await _audit(call, "skill.restored", skill.id, skill.name)
    return await _skill(call, skill)


async def list_agent_skills(call: Call) -> list[rv.AgentSkillsView]:
    """Skills and capacity of everybody who works here."""
    known = {one.id: one for one in await call.hub.skills.all(call.scope.workspace)}
    agents = await call.hub.agents.list_all(call.scope.workspace)
    return [show_queues.agent_skills(one, known) for one in agents if one.is_active]


async def get_agent_skills(call: Call) -> rv.AgentSkillsView:
    """Skills and capacity of one colleague."""
    agent_id = full(call, call.path["agent_id"])
    agent = await call.hub.agents.require(call.scope.workspace, agent_id)
    known = {one.id: one for one in await call.hub.skills.all(call.scope.workspace)}
    return show_queues.agent_skills(agent, known)


async def save_agent_skills(call: Call) -> rv.AgentSkillsView:
    """Say what a colleague can do, and how much at once."""
    body: rv.AgentSkills = call.body
    workspace, agent_id = call.scope.workspace, full(call, call.path["agent_id"])
    capacity = {str(kind): most for kind, most in body.capacity.items()}
    agent = await call.hub.skills.set_levels(workspace, agent_id, body.skills, capacity)
    await _audit(call, "agent.skilled", agent.id, agent.name)
    known = {one.id: one for one in await call.hub.skills.all(workspace)}
    return show_queues.agent_skills(agent, known)


async def list_presence_reasons(call: Call) -> list[rv.PresenceReasonView]:
    """Why agents may be away, by position."""
    found = await call.hub.presence_reasons.all(call.scope.workspace)
    return [show_queues.presence_reason(one) for one in found]


async def create_presence_reason(call: Call) -> rv.PresenceReasonView:
    """Make a reason for being away."""
    body: rv.SavePresenceReason = call.body
    reason = await call.hub.presence_reasons.create(
        call.scope.workspace, body.name, body.limit_minutes, body.position
    )
    await _audit(call, "presence_reason.created", reason.id, reason.name)
    return show_queues.presence_reason(reason)


async def save_presence_reason(call: Call) -> rv.PresenceReasonView:
    """Change a reason for being away."""
    body: rv.SavePresenceReason = call.body
    reason_id = full(call, call.path["reason_id"])
    reason = await call.hub.presence_reasons.save(
        call.scope.workspace, reason_id, body.name, body.limit_minutes, body.position
    )
    await _audit(call, "presence_reason.changed", reason.id, reason.name)
    return show_queues.presence_reason(reason)


async def delete_presence_reason(call: Call) -> views.Ok:
    """Delete a reason; who is away for it stays away."""
    reason_id = full(call, call.path["reason_id"])
    reason = await call.hub.presence_reasons.delete(call.scope.workspace, reason_id)
    await _audit(call, "presence_reason.deleted", reason.id, reason.name)
    return views.Ok()


async def restore_presence_reason(call: Call) -> rv.PresenceReasonView:
    """Bring a deleted reason back."""
    reason_id = full(call, call.path["reason_id"])
    reason = await call.hub.presence_reasons.restore(call.scope.workspace, reason_id)
    await _audit(call, "presence_reason.restored", reason.id, reason.name)
    return show_queues.presence_reason(reason)


async def _audit(call: Call, action: str, target: str, name: str) -> None:
    await call.hub.audit.add(call.scope, action, local(target), {"name": name}, call.ip)
