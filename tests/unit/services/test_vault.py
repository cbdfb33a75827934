"""The vault: what is sealed opens only where it belongs, and keys can be changed (S-63)."""

import base64
import stat
from pathlib import Path

import pytest

from hub.errors import ConfigFault, Unavailable
from hub.services.vault import Vault
from tests.support.people import KEY, make_config

KEY_TEXT = base64.b64encode(KEY).decode()


def test_a_sealed_text_opens_in_its_place_only() -> None:
    vault = Vault(KEY)
    sealed = vault.seal("s3cret-ł", "inbox.1")
    assert vault.open(sealed, "inbox.1") == "s3cret-ł"
    assert "s3cret" not in sealed
    with pytest.raises(Unavailable):
        vault.open(sealed, "inbox.2")


def test_equal_texts_are_sealed_differently() -> None:
    vault = Vault(KEY)
    assert vault.seal("x") != vault.seal("x")


@pytest.mark.parametrize("at", range(0, 60, 5))
def test_a_changed_character_is_noticed(at: int) -> None:
    vault = Vault(KEY)
    sealed = vault.seal("a secret of some length, so that there is much to change")
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(Unavailable):
        vault.open(changed)


@pytest.mark.parametrize("text", ["", "v1", "v1.00000000.", "plain", "v2.x.y", "v1..", "é.é.é"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(Unavailable):
        Vault(KEY).open(text)


def test_rotation_reads_old_texts_and_moves_them() -> None:
    old, new_key = Vault(KEY), bytes(reversed(KEY))
    sealed = old.seal("kept", "place")
    both = Vault(new_key, old=[KEY])
    assert both.open(sealed, "place") == "kept"
    moved = both.reseal(sealed, "place")
    assert Vault(new_key).open(moved, "place") == "kept"
    assert both.reseal(moved, "place") == moved
    with pytest.raises(Unavailable):
        Vault(new_key).open(sealed, "place")


def test_first_start_makes_a_private_key_file(tmp_path: Path) -> None:
    config = make_config(tmp_path / "new")
    sealed = Vault.load(config).seal("x")
    assert stat.S_IMODE(config.secret_key_file.stat().st_mode) == 0o600
    assert Vault.load(config).open(sealed) == "x"
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["secret.key"]


def test_old_keys_stand_beside_the_key_file(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    sealed = Vault.load(config).seal("x")
    path = config.secret_key_file
    path.rename(path.with_name("secret.key.old"))
    assert Vault.load(config).open(sealed) == "x"


@pytest.mark.parametrize("text", ["", "short", "AAAA", f"{KEY_TEXT}\n{KEY_TEXT}"])
def test_an_unusable_key_file_is_a_config_fault(tmp_path: Path, text: str) -> None:
    config = make_config(tmp_path)
    config.secret_key_file.write_text(text)
    config.secret_key_file.chmod(0o600)
    with pytest.raises(ConfigFault):
        Vault.load(config)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    Vault.load(config)
    config.secret_key_file.chmod(0o644)
    with pytest.raises(ConfigFault, match="chmod 600"):
        Vault.load(config)
