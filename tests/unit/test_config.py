"""Settings: where they come from, which win, and that all faults are told at once (R-45)."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from hub import config
from hub.__main__ import main
from hub.config_values import Address, Bucket, bucket
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


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("disk:", None),
        ("s3://files?region=eu-west-1", Bucket("files", "", "", "eu-west-1")),
        (
            "s3://files/a/b/?endpoint=https://S3.example:9000/v1/",
            Bucket("files", "a/b", "https://S3.example:9000/v1", "us-east-1"),
        ),
        (
            "s3://files?region=x&endpoint=http%3A%2F%2F%5B%3A%3A1%5D",
            Bucket("files", "", "http://[::1]", "x"),
        ),
    ],
)
def test_files_lie_on_the_disk_or_in_a_bucket(text: str, place: Bucket | None) -> None:
    assert bucket(config.load({"HUB_FILES": text}).files) == place


@pytest.mark.parametrize(
    "text",
    [
        *("disk:/srv/x", "s3:", "s3://files", "s3://files?endpoint=", "s3://files?colour=red"),
        *("s3://KEY:s3cr3t@files?region=x", "s3://files?region=x#y", "s3://files?region=X Y"),
        *("s3://files?endpoint=ftp://x", "s3://files?endpoint=https://u:s3cr3t@x", "gs://files"),
        *("s3://files/../x?region=x", "s3://files/a//b?region=x", "s3://a?region=x"),
    ],
)
def test_other_places_of_files_are_refused(text: str) -> None:
    (fault,) = faults(HUB_FILES=text)
    assert fault.startswith("HUB_FILES: ")
    assert "s3cr3t" not in fault


def test_the_keys_of_a_bucket_come_together_and_are_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults(HUB_S3_ACCESS_KEY="x") == ["HUB_S3_ACCESS_KEY: needs HUB_S3_SECRET_KEY beside it"]
    assert faults(HUB_S3_SECRET_KEY="x y", HUB_S3_ACCESS_KEY="x") == [
        "HUB_S3_SECRET_KEY: must be one word without spaces"
    ]
    loaded = config.load({"HUB_S3_ACCESS_KEY": "k3y", "HUB_S3_SECRET_KEY": "s3cr3t\n"})
    assert (loaded.s3_access_key, loaded.s3_secret_key) == ("k3y", "s3cr3t")
    monkeypatch.setenv("HUB_S3_ACCESS_KEY", "k3y")
    monkeypatch.setenv("HUB_S3_SECRET_KEY", "s3cr3t")
    monkeypatch.setenv("HUB_FILES", "s3://files?region=eu-west-1")
    assert main(["check-config"]) == 0
    shown = capsys.readouterr().out
    assert "HUB_FILES              s3://files?region=eu-west-1" in shown
    assert "HUB_S3_SECRET_KEY      (set)" in shown
    assert not any(text in shown + repr(loaded) for text in ("k3y", "s3cr3t"))


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
