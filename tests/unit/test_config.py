"""Settings: where they come from, which win, and that all faults are told at once (R-45)."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from hub import config
from hub.__main__ import main
from hub.config_values import Address
from hub.errors import ConfigFault


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def faults(**environ: str) -> list[str]:
    with pytest.raises(ConfigFault) as caught:
        config.load(environ)
    return caught.value.faults


def test_defaults(tmp_path: Path) -> None:
    loaded = config.load({})
    assert loaded.data_dir == tmp_path / "data"
    assert loaded.listen == Address("127.0.0.1", 8080)
    assert loaded.public_url == "http://127.0.0.1:8080"
    assert loaded.store == "sqlite:"
    assert loaded.secret_key_file == tmp_path / "data/secret.key"
    assert (loaded.redis_url, loaded.smtp_listen, loaded.demo) == (None, None, False)


def test_the_demo_has_its_own_folder(tmp_path: Path) -> None:
    assert config.load({}, demo=True).data_dir == tmp_path / "data-demo"
    assert config.load({"HUB_DATA_DIR": "/srv/x"}, demo=True).data_dir == Path("/srv/x")


@pytest.mark.parametrize(
    ("text", "address", "url"),
    [
        ("8081", ("127.0.0.1", 8081), "http://127.0.0.1:8081"),
        ("127.0.0.1:8081", ("127.0.0.1", 8081), "http://127.0.0.1:8081"),
        ("0.0.0.0:80", ("0.0.0.0", 80), "http://127.0.0.1:80"),
        ("[::]:80", ("::", 80), "http://[::1]:80"),
        ("hub.example:0", ("hub.example", 0), "http://hub.example:0"),
    ],
)
def test_listen_takes_a_port_or_an_address(text: str, address: tuple[str, int], url: str) -> None:
    loaded = config.load({"HUB_LISTEN": text})
    assert loaded.listen == address
    assert loaded.public_url == url


@pytest.mark.parametrize("text", [":80", "x:y", "99999", "a b:80", "127.0.0.1:", "٣"])
def test_listen_refuses_the_rest(text: str) -> None:
    assert faults(HUB_LISTEN=text)[0].startswith("HUB_LISTEN: ")


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(
        'listen = 9000\nHUB_PUBLIC_URL = "https://A.example/"\n'
        'egress_allow = ["10.0.0.0/8", "::1"]\n'
    )
    loaded = config.load({"HUB_LISTEN": "9001"})
    assert loaded.listen.port == 9001
    assert loaded.public_url == "https://a.example"
    assert loaded.egress_allow == (ip_network("10.0.0.0/8"), ip_network("::1"))


def test_all_faults_are_told_at_once_by_name_and_without_values(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("colour = 'red'\ndemo = true\nstore = 1.5\n")
    told = faults(
        HUB_STORE="redis://s3cr3t",
        HUB_ADMIN_PASSWORD="s3cr3t",
        HUB_PUBLIC_URL="https://x.example/s3cr3t",
        HUB_TRUSTED_PROXIES="10.0.0.1/8, s3cr3t",
        HUB_EGRES_ALLOW="s3cr3t",
    )
    names = ["colour", "demo", "store", "HUB_EGRES_ALLOW", "HUB_STORE", "HUB_ADMIN_PASSWORD"]
    for name in [*names, "HUB_PUBLIC_URL", "HUB_TRUSTED_PROXIES"]:
        assert any(name in fault for fault in told), name
    assert "s3cr3t" not in str(told)


def test_names_that_orchestrators_add_are_no_faults() -> None:
    assert config.load({"HUB_PORT": "tcp://10.0.0.1:80", "HUB_TEST_MONGODB_URI": "x"})


def test_a_password_needs_an_address() -> None:
    assert faults(HUB_ADMIN_PASSWORD="long enough") == [
        "HUB_ADMIN_PASSWORD: needs HUB_ADMIN_EMAIL beside it"
    ]


@pytest.mark.parametrize("text", ["not toml [", "\xff"])
def test_a_file_that_is_not_toml_is_a_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "hub.toml").write_bytes(text.encode("latin-1"))
    assert faults() == ["hub.toml: is not valid TOML"]


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match=r"other\.toml"):
        config.load({}, toml=tmp_path / "other.toml")


def test_repr_holds_no_secrets() -> None:
    loaded = config.load(
        {"HUB_STORE": "mongodb://u:s3cr3t@db/x", "HUB_ADMIN_EMAIL": "a@b.example"}
        | {"HUB_ADMIN_PASSWORD": "s3cr3t-s3cr3t"}
    )
    assert "s3cr3t" not in repr(loaded)


def test_the_command_line_exits_2_and_shows_all_faults(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_STORE", "s3cr3t")
    monkeypatch.setenv("HUB_LISTEN", "x")
    assert main(["check-config"]) == 2
    told = capsys.readouterr().err
    assert "HUB_STORE" in told
    assert "HUB_LISTEN" in told
    assert "s3cr3t" not in told


def test_check_config_shows_settings_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_STORE", "mongodb://user:s3cr3t@db/hub")
    assert main(["check-config"]) == 0
    shown = capsys.readouterr().out
    assert "HUB_LISTEN             127.0.0.1:8080" in shown
    assert "s3cr3t" not in shown
