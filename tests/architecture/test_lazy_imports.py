"""A hub with web chat and e-mail loads none of the big libraries (DESIGN §12.14)."""

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

HEAVY = (
    "aiogram",
    "imapclient",
    "tarfile",
    "twilio",
    "av",
    "aiortc",
    "numpy",
    "PIL",
    "holidays",
    "xlsxwriter",
    "pymongo",
    "obstore",
    "bson",
    "phonenumbers",
    "jinja2",
    "joserfc",
    "nh3",
    "argon2",
    "prometheus_client",
)
#: What a hub at rest with web chat and e-mail has loaded besides: the adapters of both.
ADAPTERS = ("channels.webchat.adapter", "channels.email.adapter")
SCRIPT = """
import importlib, sys
importlib.import_module(sys.argv[1])
print("loaded:", *sorted(set(sys.argv[2:]) & set(sys.modules)))
"""


@pytest.mark.parametrize("module", ["hub.__main__", "hub.app.server", *ADAPTERS])
def test_starting_loads_nothing_heavy(module: str) -> None:
    done = loaded(module, *HEAVY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["loaded:"]


def test_help_does_not_load_the_application() -> None:
    assert loaded("hub.__main__", "hub.app", "aiohttp", "asyncio.unix_events").stdout.split() == [
        "loaded:"
    ]


def test_the_check_sees_what_is_loaded() -> None:
    assert loaded("json", "json", "PIL").stdout.split() == ["loaded:", "json"]


def loaded(module: str, *names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, module, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_hours_and_automatic_texts_load_nothing_heavy_unasked() -> None:
    for module in ("hub.services.queue_book", "hub.services.autoreply", "hub.services.schedules"):
        assert loaded(module, *HEAVY).stdout.split() == ["loaded:"]
