"""Pages by id search one range: of several bounds SQLite takes the first, however wide it is."""

from __future__ import annotations

from hub.store.sqlite_query import id_range

TALK = {"$gte": "w.c.", "$lt": "w.c/"}


def test_the_narrowest_bounds_are_searched_by() -> None:
    assert id_range("w", TALK, None, True) == ("_id >= ? AND _id < ?", ["w.c.", "w.c/"])
    assert id_range("w", TALK, "w.c.5", True) == ("_id >= ? AND _id < ?", ["w.c.", "w.c.5"])
    assert id_range("w", TALK, "w.c.5", False) == ("_id > ? AND _id < ?", ["w.c.5", "w.c/"])
    assert id_range("w", {"$gt": "w.c."}, None, False) == ("_id > ? AND _id < ?", ["w.c.", "w/"])


def test_a_foreign_range_or_cursor_never_leaves_the_partition() -> None:
    assert id_range("w", {"$gte": "a.", "$lt": "z/"}, None, False)[1] == ["w.", "w/"]
    assert id_range("w", {}, "a.1", False)[1] == ["w.", "w/"]
    assert id_range("w", {}, "z.1", True)[1] == ["w.", "w/"]
