"""Progress lines of the build scripts: "[2/4] Python packages … 41 s". Stdlib only."""

import fcntl
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TAIL_LINES = 40
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # some tools ignore NO_COLOR


class StepFailed(Exception):
    """A step went wrong; the message is what a person needs to read."""


class Steps:
    """Counts the steps of one script and prints a line for each."""

    def __init__(self, total: int, done: int = 0) -> None:
        self.total = total
        self.done = done

    def skip(self, what: str) -> None:
        self.done += 1
        print(f"[{self.done}/{self.total}] {what}: up to date", flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Print `what`, on a terminal with the seconds running, and at the end how long it took."""
        self.done += 1
        head = f"[{self.done}/{self.total}] {what} …"
        began = time.monotonic()
        with _ticking(head, began):
            yield
        print(f"{_rewind()}{head} {time.monotonic() - began:.0f} s", flush=True)


def run(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Run quietly; when the command fails, raise StepFailed with its last lines."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(COLOURS.sub("", done.stdout).splitlines()[-TAIL_LINES:])
        shown = " ".join(Path(part).name for part in map(str, command[:3]))
        raise StepFailed(f"{tail}\n`{shown} …` failed with exit status {done.returncode}.")


@contextmanager
def one_at_a_time(script: Path) -> Iterator[None]:
    """Wait until no other process runs `script` (a lock on the script's own file)."""
    with script.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another run of {script.name} …", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main_with(body: Callable[[], int]) -> None:
    """Run a script's body; a failed step ends it with one message instead of a traceback."""
    try:
        sys.exit(body())
    except StepFailed as fault:
        print(f"\n{fault}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def _ticking(head: str, began: float) -> Iterator[None]:
    if not sys.stdout.isatty():
        print(head, flush=True)
        yield
        return
    over = threading.Event()

    def tick() -> None:
        while not over.wait(1):
            print(f"{_rewind()}{head} {time.monotonic() - began:.0f} s", end="", flush=True)

    print(head, end="", flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()


def _rewind() -> str:
    return "\r\x1b[K" if sys.stdout.isatty() else ""
