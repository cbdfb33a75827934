"""Start and stop the MongoDB-compatible test server of tests/servers/mongo around a test run.

Preparing it the first time takes a minute or two; it goes on while the static checks run.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

SERVE = Path(__file__).resolve().parent.parent / "tests/servers/mongo/serve"
VARIABLE = "HUB_TEST_MONGODB_URI"
READY_S = 600


class MongoServer:
    """`start` returns at once, `uri` waits until the server answers, `stop` ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._uri: str | None = None
        self._said: list[str] = []
        self._ready = threading.Event()

    def start(self) -> None:
        """Start on a free port, unless a server is given by HUB_TEST_MONGODB_URI or cannot run."""
        given = os.environ.get(VARIABLE)
        if given or not _can_run():
            self._uri = given
            self._ready.set()
            return
        env = {**os.environ, "PORT": str(_free_port()), "PYTHON": sys.executable}
        self._process = subprocess.Popen(
            [SERVE, "--no-fsync"],
            env=env,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def uri(self) -> str | None:
        """The server's address; None, with its last words printed, where it could not start."""
        if not self._ready.wait(READY_S):
            print(f"The MongoDB test server was not ready within {READY_S} s.", flush=True)
        if self._uri is None and self._said:
            print("No MongoDB test server:", *self._said[-10:], sep="\n  ", flush=True)
        return self._uri

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line.rstrip())
            if line.startswith("mongodb://"):
                self._uri = line.strip()
                self._ready.set()
        self._ready.set()


def _can_run() -> bool:
    has_root = not os.geteuid() or _sudo_without_password()
    return (
        has_root and shutil.which("debootstrap", path="/usr/sbin:/usr/bin:/sbin:/bin") is not None
    )


def _sudo_without_password() -> bool:
    sudo = shutil.which("sudo")
    return sudo is not None and subprocess.run([sudo, "-n", "true"], check=False).returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
