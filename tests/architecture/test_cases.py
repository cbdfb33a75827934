"""Every case of reliability and security that the product has promised so far is named in a test:
nobody loses one. The numbers are those of the catalogue in the project's research; an issue that
takes on more of them adds them here.
"""

import re

from tests.architecture.source import ROOT

_NUMBER = re.compile(r"\b[SR]-\d{2}\b")
CASES = {
    *("S-01", "S-02", "S-03", "S-04", "S-05", "S-06", "S-07", "S-08", "S-10", "S-11", "S-12"),
    *("S-13", "S-14", "S-15", "S-16", "S-17", "S-18", "S-19", "S-20", "S-21", "S-22", "S-23"),
    *("S-24", "S-25", "S-28", "S-29", "S-30", "S-32", "S-33", "S-34", "S-35", "S-36", "S-37"),
    *("S-39", "S-40", "S-41", "S-42", "S-43", "S-44", "S-45", "S-49", "S-51", "S-63", "S-64"),
    *("S-65", "S-66"),
    *("R-01", "R-02", "R-03", "R-05", "R-06", "R-07", "R-08", "R-10", "R-11", "R-12", "R-13"),
    *("R-15", "R-16", "R-17", "R-18", "R-19"),
    *("R-25", "R-26", "R-29", "R-30", "R-31", "R-32", "R-33", "R-34", "R-35", "R-37", "R-39"),
    *("R-40", "R-41", "R-43", "R-44", "R-45", "R-46", "R-48", "R-52"),
}


def test_every_case_is_named_in_a_test() -> None:
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != "test_cases.py"]
    named = {number for path in files for number in _NUMBER.findall(path.read_text("utf-8"))}
    assert sorted(CASES - named) == []
