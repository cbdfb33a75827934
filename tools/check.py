"""Run the checks and tests: `make test` (all), `make check` (--static), `make fmt` (--fix).

Everything runs even when something has failed; a table at the end says what took how long, and the
exit status is 1 if anything failed. Arguments that are not options are handed to pytest, which then
is all that runs.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools")]

import system_packages  # noqa: E402
from build_ui import MODULES, UI, require_node  # noqa: E402
from mongo_server import VARIABLE, MongoServer  # noqa: E402
from progress import main_with  # noqa: E402

#: Two files at a time: most tests wait more than they compute. With three, browsers are too slow.
_ALL_TESTS = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "15")

Command = Sequence[str | Path]
Env = Mapping[str, str] | None


class Checks:
    """Runs commands one after the other and remembers how they ended."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, bool, float]] = []

    def run(self, name: str, command: Command, cwd: Path = ROOT, env: Env = None) -> None:
        print(f"\n── {name}", flush=True)
        self._run(name, command, cwd, env)

    def run_beside(self, name: str, command: Command, cwd: Path = ROOT) -> None:
        """While others run: what it says is printed at its end."""
        with TemporaryFile() as said:
            self._run(name, command, cwd, to=said)
            said.seek(0)
            print(f"\n── {name}\n{said.read().decode()}", end="", flush=True)

    def _run(
        self,
        name: str,
        command: Command,
        cwd: Path = ROOT,
        env: Env = None,
        to: IO[bytes] | None = None,
    ) -> None:
        began, env = time.monotonic(), {**os.environ, **(env or {})}
        done = subprocess.run(command, cwd=cwd, env=env, stdout=to, stderr=to, check=False)
        self._rows.append((name, done.returncode == 0, time.monotonic() - began))

    def summary(self) -> int:
        """Print the table; 0 if all is well."""
        print()
        for name, is_ok, took_s in self._rows:
            print(f"{'ok    ' if is_ok else 'FAILED'} {name:<24} {took_s:6.1f} s")
        return 0 if self._rows and all(is_ok for _, is_ok, _ in self._rows) else 1


def static(checks: Checks) -> None:
    """What needs neither servers nor a browser. The screens' tests have the machine to themselves,
    since they wait for what appears.
    """
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(part, checks) for part in (_python_rules, _inbox_rules)]:
            done.result()
    vitest = _node("vitest/vitest.mjs", "run")
    checks.run("vitest", vitest, UI, {"NO_COLOR": "1"})


def _python_rules(checks: Checks) -> None:
    checks.run_beside("ruff check", _python("ruff", "check", "--no-fix", "."))
    checks.run_beside("ruff format", _python("ruff", "format", "--check", "."))
    checks.run_beside("mypy", _python("mypy"))


def _inbox_rules(checks: Checks) -> None:
    checks.run_beside("biome", _node("@biomejs/biome/bin/biome", "ci", "--colors=off", "."), UI)
    checks.run_beside("tsc", _node("typescript/bin/tsc", "-p", "tsconfig.json"), UI)


def fix(checks: Checks) -> None:
    """Format and repair by program."""
    checks.run("ruff check", _python("ruff", "check", "--fix", "."))
    checks.run("ruff format", _python("ruff", "format", "."))
    checks.run(
        "biome", _node("@biomejs/biome/bin/biome", "check", "--write", "--colors=off", "."), UI
    )


def everything(checks: Checks, pytest_args: Sequence[str]) -> None:
    """All checks, then all tests with the servers they need; with `pytest_args`, only those."""
    system_packages.ensure()
    mongo = MongoServer()
    mongo.start()
    try:
        if not pytest_args:
            static(checks)
        uri = mongo.uri()
        env = {VARIABLE: uri} if uri else {}
        checks.run("pytest", _python("pytest", *(pytest_args or _ALL_TESTS)), env=env)
    finally:
        mongo.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run checks and tests.")
    parser.add_argument("--static", action="store_true", help="no servers, no browser")
    parser.add_argument("--fix", action="store_true", help="format, and repair what can be")
    options, pytest_args = parser.parse_known_args()
    checks = Checks()
    if options.fix:
        fix(checks)
    elif options.static:
        static(checks)
    else:
        everything(checks, pytest_args)
    return checks.summary()


def _python(module: str, *args: str) -> Command:
    return [sys.executable, "-m", module, *args]


def _node(script: str, *args: str) -> Command:
    return [require_node().node, MODULES / script, *args]


if __name__ == "__main__":
    main_with(main)
