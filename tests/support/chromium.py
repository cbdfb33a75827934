"""The browser of the tests: Debian's Chromium, without its background traffic."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

#: The shell first: without windows it takes three quarters of the processor time.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
_PROGRAM = next(filter(None, map(shutil.which, _PROGRAMS)), None)
#: And nothing but this machine can be reached, whatever a page asks for.
_FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync",
          "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, "
          "EXCLUDE *.localhost"]  # fmt: skip


def launch_options() -> dict[str, Any]:
    """For Playwright's `chromium.launch`; skips where there is no Chromium."""
    if _PROGRAM is None:
        pytest.skip("no chromium on this machine")
    return {"executable_path": _PROGRAM, "args": _FLAGS}
