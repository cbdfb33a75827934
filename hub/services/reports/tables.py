"""Tables as files that spreadsheets open: CSV as the reader's country writes it, and XLSX. What
somebody else wrote never becomes a formula. Knows nothing of reports; called by `exports`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from hub.services.reports.zones import local_time

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

#: `time` is ms UTC, shown in the zone; `length` ms, shown in seconds; `ratio` 1 for all.
Kind = Literal["text", "count", "length", "ratio", "time"]
Value = str | int | float | None

#: Excel reads a byte order mark as UTF-8, and takes `;` where a comma stands in numbers.
BOM = "\ufeff".encode()
_COMMA_COUNTRIES = frozenset({"tr", "pl"})
#: What programs take for the beginning of a formula; the last ones are full-width.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: The first ones of a format's rows: more do not fit on a sheet.
_SHEET_ROWS = 1_000_000
_MOST_CHARS = 32_767


class Column(msgspec.Struct, frozen=True):
    title: str
    kind: Kind


def harmless(text: str) -> str:
    """As it is, or with an apostrophe in front, so that no program calculates it."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_DANGEROUS) else text


def shown(value: Value, kind: Kind, zone: ZoneInfo) -> Value | datetime:
    """The value as a cell holds it: times in the zone, lengths in seconds; nothing for None and
    for times that never were.
    """
    if value is None or (kind == "time" and not value):
        return None
    if kind == "time":
        return local_time(int(value), zone).replace(tzinfo=None, microsecond=0)
    if kind == "length":
        return round(float(value) / 1000, 3)
    return value


class CsvTable:
    """Rows to bytes, a few at a time."""

    def __init__(self, columns: Sequence[Column], language: str, zone: ZoneInfo) -> None:
        self._columns, self._zone = columns, zone
        self._has_comma = language in _COMMA_COUNTRIES
        self._buffer = io.StringIO()
        self._writer = csv.writer(
            self._buffer, delimiter=";" if self._has_comma else ",", lineterminator="\r\n"
        )

    def head(self) -> bytes:
        self._writer.writerow([harmless(column.title) for column in self._columns])
        return BOM + self._taken()

    def lines(self, rows: Sequence[Sequence[Value]]) -> bytes:
        for row in rows:
            cells = zip(row, self._columns, strict=True)
            self._writer.writerow([self._cell(value, column.kind) for value, column in cells])
        return self._taken()

    def _cell(self, value: Value, kind: Kind) -> str:
        cell = shown(value, kind, self._zone)
        if cell is None:
            return ""
        if isinstance(cell, datetime):
            return cell.strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(cell, str):
            return harmless(cell)
        text = f"{cell:.10g}" if isinstance(cell, float) else str(cell)
        return text.replace(".", ",") if self._has_comma else text

    def _taken(self) -> bytes:
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode("utf-8", "replace")


class XlsxTable:
    """A workbook written row by row to `path`, never whole in memory; blocking, so call it in a
    thread. Text is written as text: nothing in it is calculated or becomes a link.
    """

    def __init__(self, path: Path, title: str, columns: Sequence[Column], zone: ZoneInfo) -> None:
        from xlsxwriter import Workbook

        self._columns, self._zone, self._title = columns, zone, title
        self._book: xlsxwriter.Workbook = Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": True,
            },
        )
        self._bold = self._book.add_format({"bold": True})
        self._formats: dict[Kind, Any] = {
            "text": self._book.add_format({}),
            "count": self._book.add_format({"num_format": "0"}),
            "length": self._book.add_format({"num_format": "0.0"}),
            "ratio": self._book.add_format({"num_format": "0.0%"}),
            "time": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._sheets = 0
        self._sheet = self._new_sheet()
        self._row = 1

    def _new_sheet(self) -> Worksheet:
        self._sheets += 1
        name = "".join(char for char in self._title if char not in "[]:*?/\\'")[:25] or "Santral"
        sheet = self._book.add_worksheet(name if self._sheets == 1 else f"{name} {self._sheets}")
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(self._columns):
            sheet.set_column(place, place, 20 if column.kind in ("text", "time") else 14)
        for place, column in enumerate(self._columns):
            sheet.write_string(0, place, column.title, self._bold)
        return sheet

    def add(self, rows: Sequence[Sequence[Value]]) -> None:
        for row in rows:
            if self._row > _SHEET_ROWS:
                self._sheet, self._row = self._new_sheet(), 1
            for place, (value, column) in enumerate(zip(row, self._columns, strict=True)):
                self._write(place, value, column.kind)
            self._row += 1

    def _write(self, place: int, value: Value, kind: Kind) -> None:
        cell = shown(value, kind, self._zone)
        format_ = self._formats[kind]
        if isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, place, cell, format_)
        elif isinstance(cell, str):
            self._sheet.write_string(self._row, place, cell[:_MOST_CHARS], format_)
        elif cell is not None:
            self._sheet.write_number(self._row, place, cell, format_)

    def close(self) -> None:
        self._book.close()
