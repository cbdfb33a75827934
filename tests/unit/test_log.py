"""Log lines cannot be forged and hold neither secrets nor bodies (S-49)."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub import log

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream = io.StringIO()
    log.setup("DEBUG", stream, human=False)
    yield lambda: [json.loads(line) for line in stream.getvalue().split("\n") if line]
    log.setup("WARNING", io.StringIO(), human=False)


def test_fields_stand_beside_the_event(lines: Lines) -> None:
    log.get("hub.test").info("message stored", conversation="c1", seq=7, tags=["a", "b"])
    (line,) = lines()
    assert line["event"] == "message stored"
    assert (line["level"], line["log"], line["seq"]) == ("info", "hub.test", 7)
    assert line["tags"] == ["a", "b"]
    assert line["at"].endswith("Z")


def test_libraries_say_nothing_of_what_they_carry(lines: Lines) -> None:
    for name in ("imapclient.imaplib", "mail.log", "channels"):
        logging.getLogger(name).debug("* 1 FETCH (BODY[] {12}")
    assert [line["log"] for line in lines()] == ["channels"]


@pytest.mark.parametrize(
    "key",
    [
        *("password", "admin_password", "passphrase", "token", "tokens", "access_token"),
        *("client_secret", "Authorization", "cookie", "api_key", "body", "text", "html", "subject"),
    ],
)
def test_secrets_and_bodies_are_struck_out(lines: Lines, key: str) -> None:
    log.get("hub.test").info("seen", **{key: "s3cr3t"}, nested={key: {"deep": "s3cr3t"}})
    (line,) = lines()
    assert "s3cr3t" not in json.dumps(line)
    assert line[key] == log.STRUCK_OUT


@pytest.mark.parametrize("key", ["context", "token_count", "kind", "body_bytes"])
def test_harmless_fields_stay(lines: Lines, key: str) -> None:
    log.get("hub.test").info("seen", **{key: "plain"})
    assert lines()[0][key] == "plain"


def test_control_characters_cannot_start_a_new_line(lines: Lines) -> None:
    log.get("hub.test").info("name\r\n{}", name="a\u2028b\x1b[31m\u202e")
    (line,) = lines()
    assert line["event"] == "name\\u000d\\u000a{}"
    assert line["name"] == "a\\u2028b\\u001b[31m\\u202e"


def test_passwords_inside_urls_are_struck_out(lines: Lines) -> None:
    log.get("hub.test").info("connecting", url="mongodb://user:s3cr3t@db/hub")
    assert lines()[0]["url"] == f"mongodb://{log.STRUCK_OUT}@db/hub"


def test_an_exception_comes_with_its_trace(lines: Lines) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        log.get("hub.test").error("failed", error=error)
    (line,) = lines()
    assert "two\\\\nlines" in line["error"] or "two\\nlines" in line["error"]
    assert "test_log.py" in line["trace"]


def test_a_field_cannot_replace_what_the_line_is(lines: Lines) -> None:
    log.get("hub.test").info("seen", level="fake", at="never")
    (line,) = lines()
    assert (line["level"], line["level_"], line["at_"]) == ("info", "fake", "never")


def test_people_get_one_readable_line() -> None:
    stream = io.StringIO()
    log.setup("INFO", stream, human=True)
    log.get("hub.test").warning("inbox disconnected", inbox="shop\nx", password="s3cr3t")
    log.setup("WARNING", io.StringIO(), human=False)
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "inbox disconnected" in text
    assert "s3cr3t" not in text
