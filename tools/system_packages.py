"""See to it that the system packages of tools/system_packages.txt are there: part of `make test`.

As root on Debian or Ubuntu it installs what is missing, saying what, without starting any service;
elsewhere it only says what is missing and why it is wanted. Stdlib only.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("system_packages.txt")
POLICY = Path("/usr/sbin/policy-rc.d")


class Package(NamedTuple):
    """`proof` is a program or an absolute path that exists once the package is installed."""

    name: str
    proof: str
    purpose: str

    def is_there(self) -> bool:
        if self.proof.startswith("/"):
            return Path(self.proof).exists()
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        return shutil.which(self.proof, path=path) is not None


def wanted() -> list[Package]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    rows = [line.split(maxsplit=2) for line in lines if line.strip() and not line.startswith("#")]
    return [Package(*row) for row in rows]


def ensure() -> None:
    """Install or name what is missing. Never fails: the tests that need it are skipped by name."""
    missing = [package for package in wanted() if not package.is_there()]
    if not missing:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        print("Missing, so that some tests will be skipped:")
        for package in missing:
            print(f"  {package.name}: {package.purpose}")
        if shutil.which("apt-get"):
            print(f"To install them: sudo apt-get install {' '.join(_known(missing))}")
        return
    print(f"Installing system packages: {', '.join(one.name for one in missing)} …", flush=True)
    with _no_services_started():
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *_known(missing))


def _known(packages: list[Package]) -> list[str]:
    """Those that the distribution has: one unknown name would keep out the others."""
    ask = ("apt-cache", "show")
    return [
        one.name
        for one in packages
        if not subprocess.run([*ask, one.name], capture_output=True, check=False).returncode
    ]


def _apt(*args: str) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *args],
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        print(*done.stdout.splitlines()[-15:], f"apt-get {args[0]} failed", sep="\n", flush=True)


@contextmanager
def _no_services_started() -> Iterator[None]:
    """Debian starts what it installs; a file that refuses it stands there meanwhile."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
