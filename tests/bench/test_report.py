"""What a benchmark says about its rounds."""

from hub.bench.report import result


def test_a_row_compares_medians_and_keeps_the_extremes() -> None:
    row = result("x", "1/s", [10, 50, 30], [100, 60, 20], goal=0.5)
    assert (row.value, row.floor, row.ratio, row.min, row.max) == (30, 60, 0.5, 10, 50)
    assert row.ok


def test_a_goal_of_lower_is_missed_above_it() -> None:
    assert not result("x", "ms", [6], [1], goal=5, better="lower").ok
    assert result("x", "ms", [5], [1], goal=5, better="lower").ok


def test_without_a_floor_the_goal_is_one_for_the_value() -> None:
    row = result("x", "MB", [65], goal=64, better="lower")
    assert (row.floor, row.ratio, row.ok) == (None, None, False)


def test_a_row_without_a_goal_informs_only() -> None:
    assert result("x", "ms", [1e9], [1], better="lower").ok
