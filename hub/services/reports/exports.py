"""What stands in the files of a report and of the conversation log: titles in the reader's
language, columns, rows. Called by the web layer, which sends the bytes.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import msgspec

from hub.i18n import Texts
from hub.model.ids import local
from hub.ports.store import DocumentStore
from hub.services.reports.conversation_log import ConversationLog, LogFilter
from hub.services.reports.formulas import fields, measured, measures
from hub.services.reports.log_entry import LogEntry
from hub.services.reports.names import names_of
from hub.services.reports.report import Report
from hub.services.reports.tables import Column, CsvTable, Kind, Value, XlsxTable
from hub.services.reports.zones import zone_of

Format = Literal["csv", "xlsx"]
_AREA = "ui_reports"
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How the reader wants it."""

    format: Format
    language: str
    zone: str


class Table(msgspec.Struct, frozen=True):
    """`rows` come in parts, so that a long one is never whole in memory."""

    title: str
    columns: list[Column]
    rows: AsyncIterator[list[list[Value]]]


_LOG: tuple[tuple[str, Kind], ...] = (
    ("created_at", "time"),
    ("contact", "text"),
    ("channel", "text"),
    ("inbox", "text"),
    ("queue", "text"),
    ("agent", "text"),
    ("state", "text"),
    ("labels", "text"),
    ("outcome", "text"),
    ("waited", "length"),
    ("first_answer", "length"),
    ("closed_at", "time"),
    ("messages", "count"),
    ("sla_broken", "text"),
    ("conversation", "text"),
)


_TIMES: tuple[tuple[str, Kind], ...] = (("times", "count"),)


class Exports:
    """Made once."""

    def __init__(self, store: DocumentStore, log: ConversationLog, texts: Texts) -> None:
        self._store, self._log, self._texts = store, log, texts

    def report(self, report: Report, look: Look) -> Table:
        """One row for each key, a last one for all of them together."""
        family = report.wanted.family
        shown, formulas = fields(family), measures(family)
        columns = [Column(self._text(look, f"families.{family}"), "text")]
        columns += [
            Column(self._text(look, f"fields.{name}"), "length" if _is_time(name) else "count")
            for name in shown
        ]
        units: dict[str, Kind] = {"ms": "length", "ratio": "ratio", "count": "count"}
        columns += [
            Column(self._text(look, f"measures.{one.name}"), units[one.unit]) for one in formulas
        ]
        rows: list[list[Value]] = []
        every = [(row.name or row.key, row.counts) for row in report.rows if family != "total"]
        for name, counts in [*every, (self._text(look, "total"), report.total)]:
            made = measured(family, counts)
            values: list[Value] = [counts.get(field, 0) for field in shown]
            rows.append([name, *values, *(made[one.name] for one in formulas)])
        return Table(self._text(look, "title"), columns, _once(rows))

    async def log(self, workspace: str, wanted: LogFilter, look: Look) -> Table:
        """Every conversation that the filter accepts; with a number, how often it was counted."""
        is_counted = wanted.number is not None
        shown = (*_LOG, *(_TIMES if is_counted else ()))
        columns = [Column(self._text(look, f"columns.{name}"), kind) for name, kind in shown]
        names = {
            family: await names_of(self._store, workspace, family)
            for family in ("queue", "agent", "label", "inbox", "outcome")
        }

        async def rows() -> AsyncIterator[list[list[Value]]]:
            async for entries in self._log.all(workspace, wanted):
                yield [
                    [*self._log_row(entry, names, look), *([entry.times] if is_counted else [])]
                    for entry in entries
                ]

        return Table(self._text(look, "tabs.log"), columns, rows())

    def _log_row(
        self, entry: LogEntry, names: dict[str, dict[str, str]], look: Look
    ) -> list[Value]:
        one = entry.conversation
        queue = local(one.routing.queue_id) if one.routing and one.routing.queue_id else ""
        broken = one.sla.broken if one.sla else []
        return [
            one.created_at,
            one.contact_name,
            one.channel,
            names["inbox"].get(local(one.inbox_id), "") if one.inbox_id else "",
            names["queue"].get(queue, ""),
            names["agent"].get(local(one.assignee_id), "") if one.assignee_id else "",
            self._text(look, f"states.{one.state}"),
            ", ".join(names["label"].get(label, label) for label in one.labels),
            names["outcome"].get(one.disposition, one.disposition),
            entry.waited_ms or None,
            entry.first_answer_ms or None,
            one.closed_at,
            entry.messages,
            ", ".join(self._text(look, f"targets.{target}") for target in broken),
            local(one.id),
        ]

    def _text(self, look: Look, key: str) -> str:
        return self._texts.text(look.language, _AREA, f"reports.{key}")


def _is_time(field: str) -> bool:
    return field.endswith("_ms")


async def _once(rows: list[list[Value]]) -> AsyncIterator[list[list[Value]]]:
    yield rows


async def csv_bytes(table: Table, look: Look) -> AsyncIterator[bytes]:
    writer = CsvTable(table.columns, look.language, zone_of(look.zone))
    yield writer.head()
    async for rows in table.rows:
        yield writer.lines(rows)


@asynccontextmanager
async def xlsx_file(table: Table, look: Look) -> AsyncIterator[Path]:
    """The finished workbook; gone afterwards. Written in threads, a part at a time."""
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="santral-export-")
    try:
        path = Path(folder.name) / "table.xlsx"
        writer = await asyncio.to_thread(
            XlsxTable, path, table.title, table.columns, zone_of(look.zone)
        )
        async for rows in table.rows:
            await asyncio.to_thread(writer.add, rows)
        await asyncio.to_thread(writer.close)
        yield path
    finally:
        await asyncio.to_thread(folder.cleanup)


def file_name(title: str, look: Look, parts: Sequence[str]) -> str:
    return " ".join(["Santral", title, *parts]) + f".{look.format}"
