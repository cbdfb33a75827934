"""REQUIRE_ALL=1 turns skips into failures; without it they stay skips."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSES = "def test_passes():\n    assert True\n"
SKIPS = "import pytest\ndef test_needs_a_browser():\n    pytest.skip('no browser')\n"
MODULE_SKIPS = "import pytest\npytest.skip('no server', allow_module_level=True)\n"


def run(folder: Path, text: str, require: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(PASSES + text if "level" not in text else text)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(folder)]
    plugins = ["-p", "tests.support.require_all", "-p", "no:cacheprovider"]
    env = {**os.environ, "REQUIRE_ALL": require, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [*command, *plugins, str(folder)], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("text", [SKIPS, MODULE_SKIPS])
def test_a_skip_fails_the_run_when_all_are_required(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, text, require="1")
    assert done.returncode == 1
    assert "no browser" in done.stdout or "no server" in done.stdout
    assert "test_sample.py" in done.stdout


def test_a_skip_is_allowed_otherwise(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPS, require="").returncode == 0


def test_a_run_without_skips_passes_when_all_are_required(tmp_path: Path) -> None:
    assert run(tmp_path, "", require="1").returncode == 0
