"""A channel fresh from `hub new-channel` passes the channel contract with no change in the hub."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.__main__ import main
from hub.app.scaffold import new_channel
from hub.errors import BadInput, Conflict

ROOT = Path(__file__).resolve().parents[2]
NAME = "fresh_post"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The hub and the contract as they are, and no channel at all."""
    for name in ("hub", "templates", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "channels").mkdir()
    shutil.copy(ROOT / "channels/__init__.py", tmp_path / "channels")
    for folder in ("", "contract", "channels", "support"):
        (tmp_path / "tests" / folder).mkdir()
        for file in (ROOT / "tests" / folder).glob("*.py"):
            shutil.copy(file, tmp_path / "tests" / folder)
    return tmp_path


def run(checkout: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *args],
        cwd=checkout, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_fresh_channel_passes_the_contract(checkout: Path) -> None:
    assert main(["new-channel", NAME, "--into", str(checkout)]) == 0
    tests = ["tests/contract/test_channels.py", f"tests/channels/{NAME}"]
    done = run(checkout, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = int(done.stdout.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1])
    assert passed >= 45 and "skipped" not in done.stdout


def test_a_fresh_channel_reads_like_the_others(checkout: Path) -> None:
    new_channel(NAME, checkout)
    written = [f"channels/{NAME}", f"tests/channels/{NAME}"]
    for rule in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = run(checkout, "ruff", *rule, *written)
        assert done.returncode == 0, done.stdout
    for path in (checkout / "channels" / NAME).rglob("*"):
        assert path.is_dir() or ("@" + "name@" not in path.read_text("utf-8"))


def test_a_channel_without_a_sample_is_told_what_to_write(checkout: Path) -> None:
    new_channel(NAME, checkout)
    (checkout / f"tests/channels/{NAME}/sample.py").unlink()
    done = run(
        checkout, "pytest", "-qx", "-p", "no:cacheprovider", "tests/contract/test_channels.py"
    )
    assert done.returncode == 1
    assert f"write tests/channels/{NAME}/sample.py" in done.stdout


@pytest.mark.parametrize("name", ["", "a", "Line", "1st", "../evil", "a-b", "x" * 32, "end_", "ż2"])
def test_a_name_that_is_no_folder_is_refused(checkout: Path, name: str) -> None:
    with pytest.raises(BadInput):
        new_channel(name, checkout)
    assert [path.name for path in (checkout / "channels").iterdir()] == ["__init__.py"]


def test_nothing_is_overwritten(checkout: Path) -> None:
    new_channel(NAME, checkout)
    with pytest.raises(Conflict):
        new_channel(NAME, checkout)


def test_only_the_repository_takes_channels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new-channel", NAME, "--into", str(tmp_path)]) == 1
    assert "not Santral's repository" in capsys.readouterr().err
