"""The in-memory patches of the SQLite adapter never change the document that they start from."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.ports.store import Patch
from hub.store.changes import matches, patched

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=5,
)
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(".".join)


@given(st.dictionaries(KEYS, VALUES), PATHS, VALUES)
def test_set_reads_back_and_leaves_the_original(doc: dict[str, Any], path: str, value: Any) -> None:
    doc["v"] = 1
    before = copy.deepcopy(doc)
    try:
        new = patched(doc, Patch(set={path: value}))
    except ValueError:
        assert doc == before
        return
    assert doc == before
    assert new["v"] == 2
    found: Any = new
    for key in path.split("."):
        found = found[key]
    assert found == value


@given(st.dictionaries(KEYS, VALUES), PATHS)
def test_unset_never_fails_and_leaves_the_original(doc: dict[str, Any], path: str) -> None:
    doc["v"] = 1
    before = copy.deepcopy(doc)
    new = patched(doc, Patch(unset=[path]))
    assert doc == before
    assert matches(new, {path: None})
