"""Files and functions stay small enough to be read in one go."""

from pathlib import Path

from tests.architecture import source

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60


def test_files_are_not_too_long() -> None:
    tests = [path for path in source.python_files("tests") if "servers" not in path.parts]
    styles = (source.ROOT / "inbox_ui/src").rglob("*.css")
    files = [*source.python_files(), *source.typescript_files(), *tests, *styles]
    assert len(files) > 20, "the test looked at nothing"
    long = {source.shown(path): lines(path) for path in files if lines(path) > MAX_FILE_LINES}
    assert not long


def test_functions_are_not_too_long() -> None:
    files = [*source.python_files(), *source.python_files("tools")]
    assert len(files) > 10, "the test looked at nothing"
    long = [
        f"{source.shown(path)}: {function} has {count} lines"
        for path in files
        for function, count in source.functions(path)
        if count > MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
