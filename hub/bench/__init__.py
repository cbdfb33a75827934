"""`hub bench`: measures the product and the bare floor of the same machine in turn, and prints
their ratios as JSON.

Not a load generator for other servers. Each benchmark is a module with one coroutine `run(settings)
-> list[Result]`; `hub.bench.cli` chooses, times and prints them. Called by `hub.__main__`;
explained in `docs/benchmarks.md`.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 goals met, 1 missed, 2 could not run."""
    from hub.bench import cli

    return cli.main(argv)
