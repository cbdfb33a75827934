"""The container files fit the settings and the Makefile. No engine runs here, so they are read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub import config

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE = sorted(DOCKER.glob("compose*.yaml"))
DEFAULT = re.compile(r"\$\{[A-Z_]+:-([^}]*)\}")


def instructions() -> list[tuple[str, str]]:
    """(keyword, rest) of every instruction of the Dockerfile, continued lines joined."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    pairs = [tuple(line.split(maxsplit=1)) for line in lines]
    return [(str(keyword), str(rest)) for keyword, rest in pairs]


def all_of(keyword: str) -> list[str]:
    return [rest for found, rest in instructions() if found == keyword]


def image_environment() -> dict[str, str]:
    return dict(item.split("=", 1) for line in all_of("ENV") for item in line.split())


def compose(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def test_every_run_is_a_make_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    runs = all_of("RUN")
    assert runs
    for run in runs:
        assert run.split()[0] == "make"
        assert run.split()[1] in targets


def test_the_image_runs_without_root_and_starts_the_hub() -> None:
    assert all_of("USER")[-1] == "10001:10001"
    assert all_of("ENTRYPOINT") == ['["hub"]']
    assert all_of("CMD")[-1] == '["serve"]'
    assert len(all_of("FROM")) == 2
    assert not any(image.endswith(":latest") or ":" not in image for image in all_of("FROM"))


def test_the_lock_of_the_image_holds_no_tools() -> None:
    names = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-app.lock").read_text(), re.MULTILINE)
    )
    everything = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
    assert {"aiohttp", "pymongo", "pillow"} <= names <= everything
    assert not {"pytest", "mypy", "playwright", "hatchling"} & names


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_the_hub_of_a_compose_file_gets_settings_that_work(path: Path) -> None:
    given = compose(path)["services"]["hub"]["environment"]
    environ = image_environment() | {name: DEFAULT.sub(r"\1", text) for name, text in given.items()}
    ours = {name for name in environ if name.startswith("HUB_")}
    assert ours <= {setting.env for setting in config.SETTINGS}
    loaded = config.load(environ)
    assert str(loaded.listen) == "0.0.0.0:8080"
    assert loaded.data_dir == Path("/data")


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_a_compose_file_is_complete(path: Path) -> None:
    document = compose(path)
    hub = document["services"]["hub"]
    assert (path.parent / hub["build"]["context"] / hub["build"]["dockerfile"]).resolve().exists()
    for service in document["services"].values():
        volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= set(document["volumes"])
        assert set(service.get("depends_on", [])) <= set(document["services"])
        assert not service["image"].endswith(":latest")
        published = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_compose_files_are_found() -> None:
    assert [path.name for path in COMPOSE] == ["compose.cluster.yaml", "compose.yaml"]
