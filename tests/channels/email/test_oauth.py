"""What is asked of a token endpoint and what its answers mean (RFC 6749 §4.4, §5, §6)."""

from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from channels.email.oauth import Denied, Granted, question, read
from channels.email.settings import OAuthSettings
from hub.ports.channel import VendorAnswer

SETTINGS = OAuthSettings(
    token_url="https://login.example/token",
    client_id="client",
    client_secret="se&cret",
    refresh_token="entered",
)


def answer(body: Any, status: int = 200, **headers: str) -> VendorAnswer:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return VendorAnswer(status, {name.replace("_", "-"): v for name, v in headers.items()}, raw)


def denied(body: Any, status: int = 400, **headers: str) -> Denied:
    found = read(answer(body, status, **headers), ("se&cret", "entered"))
    assert isinstance(found, Denied)
    return found


def test_a_refresh_names_the_client_and_the_token() -> None:
    assert parse_qs(question(SETTINGS, "latest").decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["latest"],
        "client_id": ["client"],
        "client_secret": ["se&cret"],
    }


def test_a_public_client_names_no_secret_and_a_scope_is_passed_on() -> None:
    public = msgspec.structs.replace(SETTINGS, client_secret="", scope="a b")
    form = parse_qs(question(public, "latest").decode())
    assert "client_secret" not in form
    assert form["scope"] == ["a b"]


def test_an_application_signs_in_by_itself() -> None:
    by_itself = msgspec.structs.replace(SETTINGS, grant="client_credentials", refresh_token="")
    form = parse_qs(question(by_itself, "").decode())
    assert form["grant_type"] == ["client_credentials"]
    assert "refresh_token" not in form


@pytest.mark.parametrize(
    ("told", "lifetime_s"),
    [
        (3599, 3599),
        ("3599", 3599),
        (None, 3600),
        ("soon", 3600),
        ("³", 3600),
        (0, 3600),
        (-5, 3600),
        (True, 3600),
        (0.5, 1),
        (1e308, 86_400),
        ("9" * 5000, 86_400),
        ([], 3600),
    ],
)
def test_how_long_a_token_lives(told: Any, lifetime_s: int) -> None:
    found = read(answer({"access_token": "abc", "expires_in": told}), ())
    assert found == Granted("abc", lifetime_s)


def test_a_replaced_refresh_token_is_told() -> None:
    found = read(answer({"access_token": "abc", "refresh_token": "next", "expires_in": 60}), ())
    assert found == Granted("abc", 60, "next")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a\x01b"},
        {"access_token": "a b"},
        {"access_token": "a\r\nb"},
        {"access_token": "a" * 20_001},
        [],
        b"",
        b"<html>",
        b"\xff{",
        b"[" * 100_000,
    ],
)
def test_an_answer_without_a_token_that_can_be_used_is_asked_for_again(body: Any) -> None:
    found = read(answer(body), ())
    assert isinstance(found, Denied)
    assert found.fault == "passing"


@pytest.mark.parametrize(
    ("status", "error", "fault"),
    [
        (400, "invalid_grant", "grant"),
        (400, "interaction_required", "grant"),
        (401, "invalid_client", "client"),
        (400, "unauthorized_client", "client"),
        (400, "invalid_scope", "refused"),
        (400, "invalid_request", "refused"),
        (400, "temporarily_unavailable", "passing"),
        (404, None, "refused"),
        (302, None, "refused"),
        (429, "invalid_request", "passing"),
        (408, None, "passing"),
        (500, "invalid_grant", "passing"),
        (503, None, "passing"),
        (400, 7, "refused"),
        (400, {"code": 1}, "refused"),
    ],
)
def test_what_a_refusal_means(status: int, error: Any, fault: str) -> None:
    assert denied({"error": error}, status).fault == fault


def test_the_servers_words_are_one_line_without_secrets() -> None:
    told = "AADSTS70043:\r\n\x1b[31mThe\u202e token entered of se&cret has expired."
    found = denied({"error": "invalid_grant", "error_description": told})
    assert found.words == "invalid_grant: AADSTS70043: [31mThe token […] of […] has expired."
    assert denied(b"<html>", 404).words == "HTTP 404"
    assert len(denied({"error": "x" * 500, "error_description": "y" * 5000}).words) < 250


@pytest.mark.parametrize(("told", "wait_s"), [("7", 7.0), ("", 0), ("Mon", 0), ("9" * 99, 0)])
def test_how_long_the_server_asks_to_wait(told: str, wait_s: float) -> None:
    assert denied({}, 503, retry_after=told).wait_s == wait_s
