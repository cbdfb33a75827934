"""Two demos on one machine do not get into each other's way."""

from __future__ import annotations

import socket

from hub.demo.ports import LOOPBACK, candidates, first_free
from hub.demo.stage import LISTEN_PORT, SINK_PORT, WEB_PORT


def test_no_server_tries_a_port_that_was_chosen_for_another() -> None:
    tried = [set(candidates(wanted)) - {0} for wanted in (LISTEN_PORT, SINK_PORT, WEB_PORT)]
    assert sum(map(len, tried)) == len(set.union(*tried))


def test_the_first_free_port_is_soon_after_one_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert first_free(taken) not in (0, taken)
