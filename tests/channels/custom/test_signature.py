"""The signature of both directions: who, when, and once (S-33, S-34)."""

from __future__ import annotations

import hashlib
import hmac

import msgspec
import pytest

from channels.custom import signature
from channels.custom.signature import LEEWAY_S, NONCE, SIGNATURE, TIMESTAMP, Doorkeeper, headers
from hub.errors import BadSignature
from hub.ports.channel import RawRequest
from tests.channels.custom.sample import signed
from tests.support.clock import ManualClock

SECRET = "x" * 32
BODY = '{"events": ["żółw"]}'.encode()


def request(clock: ManualClock, *, late_s: float = 0) -> RawRequest:
    return signed(BODY, clock.now_ms() - round(late_s * 1000), SECRET)


def with_header(name: str, value: str, known: RawRequest) -> RawRequest:
    return msgspec.structs.replace(known, headers={**known.headers, name: value})


def test_it_is_what_the_documentation_says() -> None:
    made = headers(SECRET, BODY, 1_795_000_000_123)
    signed_text = f"1795000000.{made[NONCE]}.".encode() + BODY
    expected = hmac.new(SECRET.encode(), signed_text, hashlib.sha256).hexdigest()
    assert made[TIMESTAMP] == "1795000000" and made[SIGNATURE] == f"v1={expected}"


def test_two_attempts_have_two_nonces() -> None:
    made = [headers(SECRET, BODY, 0)[NONCE] for _ in range(100)]
    assert len(set(made)) == 100 and all(16 <= len(nonce) <= 64 for nonce in made)


def test_a_replay_is_refused(clock: ManualClock) -> None:
    door = Doorkeeper(SECRET, clock)
    known = request(clock)
    door.verify(known)
    with pytest.raises(BadSignature, match="used before"):
        door.verify(known)
    door.verify(request(clock))


async def test_a_recorded_request_never_comes_in_again(clock: ManualClock) -> None:
    door = Doorkeeper(SECRET, clock)
    early = request(clock, late_s=-LEEWAY_S + 1)
    door.verify(early)
    for _ in range(2 * LEEWAY_S // 30 + 2):
        with pytest.raises(BadSignature):
            door.verify(early)
        await clock.advance(30)


@pytest.mark.parametrize(("late_s", "is_taken"), [(299, True), (-299, True), (302, False),
                                                  (-302, False)])  # fmt: skip
def test_clocks_may_differ_by_five_minutes(
    clock: ManualClock, late_s: float, is_taken: bool
) -> None:
    door = Doorkeeper(SECRET, clock)
    if is_taken:
        door.verify(request(clock, late_s=late_s))
    else:
        with pytest.raises(BadSignature, match="seconds off"):
            door.verify(request(clock, late_s=late_s))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (TIMESTAMP, ""), (TIMESTAMP, "now"), (TIMESTAMP, "-1"), (TIMESTAMP, "1" * 13),
        (TIMESTAMP, "١٧٩٥"), (TIMESTAMP, "1e9"), (NONCE, ""), (NONCE, "short"), (NONCE, "x" * 65),
        (NONCE, "with spaces in it!"), (SIGNATURE, ""), (SIGNATURE, "v1="), (SIGNATURE, "v2=00"),
    ],
)  # fmt: skip
def test_headers_that_are_none(clock: ManualClock, name: str, value: str) -> None:
    with pytest.raises(BadSignature):
        Doorkeeper(SECRET, clock).verify(with_header(name, value, request(clock)))


def test_parts_cannot_be_moved_between_the_fields(clock: ManualClock) -> None:
    """`t.n.body` has one reading: neither of the first two holds a dot."""
    body = b"aaaaaaaaaaaaaaaa.rest"
    stamp = str(clock.now_ms() // 1000)
    nonce = "b" * 16
    made = signature.sign(SECRET, stamp, nonce, body)
    moved = RawRequest(
        "POST", "/", "",
        {TIMESTAMP: stamp, NONCE: f"{nonce}.{'a' * 16}", SIGNATURE: made}, b"rest",
    )  # fmt: skip
    with pytest.raises(BadSignature):
        Doorkeeper(SECRET, clock).verify(moved)


def test_strangers_do_not_fill_the_memory_and_friends_do_not_overfill_it(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature, "NONCES_MAX", 50)
    door = Doorkeeper(SECRET, clock)
    for _ in range(100):
        with pytest.raises(BadSignature):
            door.verify(with_header(SIGNATURE, "v1=00", request(clock)))
    assert len(door._seen) == 0
    for _ in range(200):
        door.verify(request(clock))
    assert len(door._seen) == 50


async def test_old_nonces_are_forgotten(clock: ManualClock) -> None:
    door = Doorkeeper(SECRET, clock)
    for _ in range(10):
        door.verify(request(clock))
    await clock.advance(2 * LEEWAY_S + 1)
    door.verify(request(clock))
    assert len(door._seen) == 1
