"""Passwords: argon2id with the parameters promised (S-22), off the loop (R-37)."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from argon2 import Type, extract_parameters

from hub.errors import BadInput, TooMany
from hub.services import passwords as module
from hub.services.passwords import Passwords, check_new_password


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    one = Passwords()
    yield one
    one.close()


async def test_stored_hash_is_argon2id_with_46_mib(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    parameters = extract_parameters(stored)
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 46 * 1024
    assert (parameters.time_cost, parameters.parallelism) == (1, 1)
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct horsf")


async def test_an_empty_or_broken_hash_lets_nobody_in(passwords: Passwords) -> None:
    for stored in ("", "x", "$argon2id$", "plain"):
        for password in ("", "x", "plain", stored):
            assert not await passwords.verify(stored, password)


async def test_the_same_password_from_another_keyboard_is_right(passwords: Passwords) -> None:
    stored = await passwords.hash("şifreŁ\u00e9-long")
    assert await passwords.verify(stored, "şifreŁe\u0301-long")


async def test_weaker_hashes_are_known_as_such(passwords: Passwords) -> None:
    weak = Passwords(memory_kib=64)
    assert passwords.needs_rehash(await weak.hash("x"))
    assert not passwords.needs_rehash(await passwords.hash("x"))
    weak.close()


async def test_the_loop_stays_free_while_100_people_sign_in(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    checks = asyncio.gather(*(passwords.verify(stored, "wrong") for _ in range(100)))
    turns: list[float] = []
    while not checks.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        turns.append(time.perf_counter() - before)
    assert await checks == [False] * 100
    # Had one hash run on the loop, some 100 turns would have taken all the time there was.
    assert len(turns) > 100


async def test_a_crowd_is_told_to_come_back(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    tries = [passwords.hash("x") for _ in range(10)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, TooMany) for one in outcomes) == 7
    assert passwords._waiting == 0


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "1234567890", "PASSWORD123", "anna@shop.test", "aaaaaaaaaaaa"]
)
def test_passwords_that_everybody_guesses_are_refused(password: str) -> None:
    with pytest.raises(BadInput):
        check_new_password(password, "anna@shop.test")
