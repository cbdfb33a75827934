"""Files for spreadsheets: what somebody wrote is never calculated, numbers are numbers."""

import csv
import io
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.services.reports.tables import BOM, Column, CsvTable, Value, XlsxTable, harmless

COLUMNS = [
    Column("Name", "text"), Column("At", "time"), Column("Took", "length"), Column("n", "count"),
    Column("Share", "ratio"),
]  # fmt: skip
ROW: list[Value] = ['Ayşe; "x"\nżółw', 1_780_000_000_000, 1_500, 7, 0.25]
WARSAW = ZoneInfo("Europe/Warsaw")


def read(language: str, *rows: list[Value]) -> list[list[str]]:
    table = CsvTable(COLUMNS, language, WARSAW)
    data = table.head() + table.lines(rows)
    assert data.startswith(BOM)
    delimiter = "," if language == "en" else ";"
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_csv_as_the_country_writes_it() -> None:
    assert read("en", ROW)[1] == [ROW[0], "2026-05-28 22:26:40", "1.5", "7", "0.25"]
    assert read("pl", ROW)[1] == [ROW[0], "2026-05-28 22:26:40", "1,5", "7", "0,25"]
    assert read("tr", ["", 0, None, 0, None])[1] == ["", "", "", "0", ""]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_text_becomes_a_formula(text: str, tmp_path: Path) -> None:
    assert read("en", [text, *ROW[1:]])[1][0] == f"'{text}"
    assert harmless("a=1") == "a=1"
    path = tmp_path / "t.xlsx"
    book = XlsxTable(path, "T", COLUMNS, WARSAW)
    book.add([[text, *ROW[1:]]])
    book.close()
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_numbers_are_numbers_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = XlsxTable(path, "a/b[c]: d?", COLUMNS, WARSAW)
    book.add([ROW, ["https://x.test", None, None, 0, None]])
    book.close()
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>1.5</v>" in sheet
    assert "<v>7</v>" in sheet
    assert "<v>0.25</v>" in sheet
    assert "<v>46170.9351" in sheet  # 2026-05-28 22:26:40 by the clock in Warsaw
