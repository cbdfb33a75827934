"""API handlers: reports, the conversation log behind them, and both as files."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from hub.model.ids import local
from hub.model.report import Family, Tally
from hub.services.file_names import content_disposition
from hub.services.reports.conversation_log import LogFilter
from hub.services.reports.exports import (
    MEDIA_TYPES,
    Look,
    Table,
    csv_bytes,
    file_name,
    xlsx_file,
)
from hub.services.reports.formulas import fields, measured, measures
from hub.services.reports.log_entry import LogEntry, number_of
from hub.services.reports.report import Report, Wanted
from hub.services.reports.tally import Counts
from hub.services.reports.zones import local_time, zone_of
from hub.web import report_views as pv
from hub.web.reply_input import full
from hub.web.route import Call

_CHUNK_BYTES = 256 * 1024


async def get_report(call: Call) -> pv.ReportView:
    """Counts and measures of a period: all together, by key, and as points of a chart."""
    return _view(await _report(call))


async def export_report(call: Call) -> web.StreamResponse:
    """The rows of a report as a file."""
    query: pv.ExportQuery = call.query
    look = Look(format=query.format, language=query.language, zone=query.zone)
    report = await _report(call)
    table = call.hub.reporting.exports.report(report, look)
    return await _send(call, table, look, query.start, query.end)


async def list_log(call: Call) -> pv.LogPage:
    """Conversations that began in a period, the latest first; or, with a `field`, those that make
    up that number of a report.
    """
    query: pv.LogQuery = call.query
    wanted = _filter(call, query)
    found = await call.hub.reporting.log.page(
        call.scope.workspace, wanted, query.after, query.limit
    )
    return pv.LogPage(items=[_log_row(entry) for entry in found.entries], next=found.next)


async def export_log(call: Call) -> web.StreamResponse:
    """All of the log that the filter leaves, as a file."""
    query: pv.LogExportQuery = call.query
    look = Look(format=query.format, language=query.language, zone=query.zone)
    _ = zone_of(query.zone)
    table = await call.hub.reporting.exports.log(call.scope.workspace, _filter(call, query), look)
    return await _send(call, table, look, query.start, query.end)


async def _report(call: Call) -> Report:
    query: pv.ReportQuery = call.query
    wanted = Wanted(
        family=query.family,
        start=query.start,
        end=query.end,
        zone=query.zone,
        step=query.step,
        key=query.key,
    )
    return await call.hub.reporting.reports.report(call.scope.workspace, wanted)


def _view(report: Report) -> pv.ReportView:
    wanted = report.wanted
    chart: Family = wanted.family if wanted.key else "total"
    return pv.ReportView(
        family=wanted.family,
        start=wanted.start,
        end=wanted.end,
        zone=wanted.zone,
        counted_until=report.counted_until,
        counted_from=report.counted_from,
        fields=list(fields(wanted.family)),
        total=_row("", "", report.total, "total"),
        rows=[_row(row.key, row.name, row.counts, wanted.family) for row in report.rows],
        points=[
            pv.ReportPoint(
                at=point.at, tally=_tally(point.counts), measures=measured(chart, point.counts)
            )
            for point in report.points
        ],
        measures=[
            pv.MeasureView(name=one.name, unit=one.unit, formula=one.formula)
            for one in measures(wanted.family)
        ],
    )


def _row(key: str, name: str, counts: Counts, family: Family) -> pv.ReportRow:
    return pv.ReportRow(key=key, name=name, tally=_tally(counts), measures=measured(family, counts))


def _tally(counts: Counts) -> Tally:
    return Tally(**counts)


def _filter(call: Call, query: pv.LogQuery) -> LogFilter:
    return LogFilter(
        start=query.start,
        end=query.end,
        queue_id=full(call, query.queue_id),
        agent_id=full(call, query.agent_id),
        inbox_id=full(call, query.inbox_id),
        channel=query.channel,
        label=query.label,
        outcome=query.outcome,
        state=query.state,
        number=number_of(query.family, query.key, query.field) if query.field else None,
    )


def _log_row(entry: LogEntry) -> pv.LogRow:
    one = entry.conversation
    queue = one.routing.queue_id if one.routing else ""
    return pv.LogRow(
        conversation_id=local(one.id),
        contact_name=one.contact_name,
        channel=one.channel,
        inbox_id=_short(one.inbox_id),
        queue_id=_short(queue),
        assignee_id=_short(one.assignee_id),
        state=one.state,
        labels=one.labels,
        disposition=one.disposition,
        created_at=one.created_at,
        waited_ms=entry.waited_ms,
        first_answer_ms=entry.first_answer_ms,
        closed_at=one.closed_at,
        messages=entry.messages,
        sla_broken=one.sla.broken if one.sla else [],
        times=entry.times,
    )


def _short(id: str) -> str:
    return local(id) if id else ""


async def _send(call: Call, table: Table, look: Look, start: int, end: int) -> web.StreamResponse:
    """Stream it: a long log is never whole in memory."""
    zone = zone_of(look.zone)
    days = [f"{local_time(at, zone):%Y-%m-%d}" for at in (start, max(start, end - 1))]
    name = file_name(table.title, look, days)
    headers = {
        "Content-Type": MEDIA_TYPES[look.format],
        "Content-Disposition": content_disposition(name, is_inline=False),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    response = web.StreamResponse(headers=headers)
    if look.format == "csv":
        await response.prepare(call.request)
        async for chunk in csv_bytes(table, look):
            await response.write(chunk)
    else:
        async with xlsx_file(table, look) as path:
            await response.prepare(call.request)
            await _copy(path, response)
    await response.write_eof()
    return response


async def _copy(path: Path, response: web.StreamResponse) -> None:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            await response.write(chunk)
