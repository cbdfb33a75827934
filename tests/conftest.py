"""Fixtures and rules for all tests."""

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

import pytest
from hypothesis import HealthCheck, settings

from tests.support.clock import ManualClock
from tests.support.stores import DATABASES

pytest_plugins = ["tests.support.require_all"]

# How long something took says more about the machine than about the code.
settings.register_profile("santral", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("santral")


#: A browser that did not come to show something in time. A wrong answer reads otherwise.
_TOO_SLOW = [r"Timeout \d+ms exceeded", "Locator expected"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser that was too slow beside other tests gets a second chance, and is named at the
    end.
    """
    for item in items:
        if item.nodeid.startswith("tests/e2e/"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=_TOO_SLOW))
    items[:] = _in_good_company(items)


def _in_good_company(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """File by file: one with browsers, which compute, then one that waits, as two run at a time;
    what is quickly done comes last, so that both end together.
    """
    files = defaultdict(list)
    for item in items:
        files[item.nodeid.partition("::")[0]].append(item)
    browsing = [path for path in files if path.startswith("tests/e2e/")]
    waiting = [path for path in files if path.startswith(("tests/chaos/", "tests/contract/"))]
    paired = chain(*zip_longest(browsing, waiting))
    order = dict.fromkeys(path for path in (*paired, *files) if path)
    return [item for path in order for item in files[path]]


@pytest.fixture
def clock() -> ManualClock:
    """Time that passes only when the test says so."""
    return ManualClock()


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A developer's own HUB_* variables must not reach the code under test."""
    for name in list(os.environ):
        if name.startswith("HUB_") and not name.startswith(("HUB_TEST_", "HUB_BENCH_")):
            monkeypatch.delenv(name)
    yield


@pytest.fixture(autouse=True)
def _no_log_into_a_finished_test() -> Iterator[None]:
    """What a test set up writes to that test's captured output, which is closed after it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session", autouse=True)
def _databases_are_used_again() -> Iterator[None]:
    """Nothing of them is left afterwards."""
    DATABASES.most_resting = 3
    yield
    asyncio.run(DATABASES.drop())


@pytest.fixture(scope="session")
def mongodb_uri() -> str:
    """A MongoDB server for tests; `make test` starts one."""
    uri = os.environ.get("HUB_TEST_MONGODB_URI")
    if not uri:
        pytest.skip(
            "no MongoDB: set HUB_TEST_MONGODB_URI, or run `make test` where it can start one"
        )
    return uri
