"""The command line hands each command to the application and says faults in one line."""

import errno
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hub import __version__
from hub.__main__ import main
from hub.errors import Unavailable


class Application(ModuleType):
    """Stands in for hub.app and its modules: remembers calls, may fail."""

    def __init__(self) -> None:
        super().__init__("hub.app")
        self.commands = self.server = self
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.fault: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(config: Any, *args: Any, **kwargs: Any) -> int:
            self.calls.append((name, args, {**kwargs, "data_dir": config.data_dir.name}))
            if self.fault is not None:
                raise self.fault
            return 0

        return call


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Application:
    import hub

    application = Application()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "hub.app", application)
    monkeypatch.setattr(hub, "app", application, raising=False)
    return application


@pytest.mark.parametrize(
    ("command", "call"),
    [
        ("serve", ("serve", (), {"demo": False, "data_dir": "data"})),
        ("demo", ("serve", (), {"demo": True, "data_dir": "data-demo"})),
        ("init", ("init", (), {"link": False, "data_dir": "data"})),
        ("init --link --demo", ("init", (), {"link": True, "data_dir": "data-demo"})),
        ("migrate", ("migrate", (), {"data_dir": "data"})),
        (
            "backup all.tar --fuzzy",
            ("backup", (Path("all.tar"),), {"fuzzy": True, "passphrase": None, "data_dir": "data"}),
        ),
        (
            "restore all.tar",
            ("restore", (Path("all.tar"),), {"passphrase": None, "data_dir": "data"}),
        ),
        (
            "replay --inbox i1",
            ("replay", (), {"inbox": "i1", "since": None, "data_dir": "data"}),
        ),
    ],
)
def test_a_command_calls_the_application(
    app: Application, command: str, call: tuple[str, tuple[Any, ...], dict[str, Any]]
) -> None:
    assert main(command.split()) == 0
    assert app.calls == [call]


def test_a_passphrase_comes_from_a_file_never_from_an_argument(
    app: Application, tmp_path: Path
) -> None:
    (tmp_path / "phrase").write_text("correct horse\n")
    assert main(["backup", "all.tar", "--passphrase-file", "phrase"]) == 0
    assert app.calls[0][2]["passphrase"] == "correct horse"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "hub: the port is taken; choose another one"),
        (Unavailable("the store is in use by another hub\nx"), "hub: the store is in use"),
    ],
)
def test_a_fault_is_one_line(
    app: Application, capsys: pytest.CaptureFixture[str], fault: Exception, told: str
) -> None:
    app.fault = fault
    assert main(["serve"]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hub: ")]
    assert len(lines) == 1
    assert lines[0].startswith(told)


def test_version_and_unknown_commands() -> None:
    command = [sys.executable, "-m", "hub"]
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"Santral {__version__}\n"
    wrong = subprocess.run([*command, "dance"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
