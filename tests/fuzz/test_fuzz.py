"""A few inputs at every parser, and shapes that once took for ever; by the million: `make fuzz`."""

import contextlib
import subprocess
import sys
from random import Random

import pytest

from channels.webchat import parse as widget
from hub.errors import BadInput
from hub.web import decode
from tests.fuzz import mutate
from tests.fuzz.__main__ import Tally, attempt, limited
from tests.fuzz.targets import all_targets

RUNS = 800


def test_nothing_but_permitted_errors_comes_out() -> None:
    """In a process of its own, as a person runs it; its limits are of the processor's time."""
    command = [sys.executable, "-m", "tests.fuzz", "--runs", str(RUNS), "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{RUNS} inputs, 0 findings" in done.stdout
    assert all(name in done.stdout for name in all_targets())


def test_the_same_seed_makes_the_same_input() -> None:
    good = b'{"a": [1, {"b": "c"}]}'
    first = [mutate.body(Random(f"7:x:{n}"), good) for n in range(50)]
    assert first == [mutate.body(Random(f"7:x:{n}"), good) for n in range(50)]
    assert len(set(first)) > 40


def test_findings_are_told_with_what_makes_them_again(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(rnd: Random) -> None:
        raise KeyError(rnd.random())

    def endless(rnd: Random) -> None:
        while True:
            pass

    tally = Tally()
    attempt("broken", broken, 5, 17, tally, budget_s=1)
    attempt("endless", endless, 5, 18, tally, budget_s=0.05)
    assert tally.findings == [17, 18]
    said = capsys.readouterr().out
    assert "--only 'broken' --seed 5 --start 17" in said
    assert "TooSlow" in said


@pytest.mark.parametrize("raw", mutate.SLOW, ids=range(len(mutate.SLOW)))
def test_strings_that_are_not_closed_are_read_in_one_pass(raw: bytes) -> None:
    """26 letters and a backslash took the API 5 s, 32 KB of quotes the widget 7 s."""
    with limited(1.0):
        with contextlib.suppress(BadInput):
            decode.check_json(raw)
        with pytest.raises(BadInput):
            widget.decode_frame(raw[: widget.BODY_MAX_BYTES])
