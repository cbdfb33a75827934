"""With REQUIRE_ALL=1 a skipped test fails the run and is listed by name.

A pytest plugin, loaded by tests/conftest.py. Skips are for machines that lack something; the
machine that decides over a change must lack nothing.
"""

import os

import pytest


class RequireAll:
    """Collects skips of tests and of whole modules."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = _reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped[report.nodeid] = _reason(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus in (pytest.ExitCode.OK, 5):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.skipped:
            return
        terminalreporter.section("skipped, but REQUIRE_ALL=1", red=True)
        for name, reason in sorted(self.skipped.items()):
            terminalreporter.line(f"{name}: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("REQUIRE_ALL") == "1":
        config.pluginmanager.register(RequireAll(), "require-all")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # A skip's longrepr is (path, line, reason).
    long = report.longrepr
    return str(long[2]) if isinstance(long, tuple) else str(long)
