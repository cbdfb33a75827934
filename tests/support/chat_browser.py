"""What a browser test of the chat window does and sees. Used by `tests/e2e/widget`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.chat_site import ChatSite


@contextmanager
def watched(context: Any) -> Iterator[Any]:
    """Fails at the end when a script broke or the website's policy refused something."""
    faults: list[str] = []

    def heard(message: Any) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", heard)
    context.set_default_timeout(10_000)
    expect.set_options(timeout=10_000)
    try:
        yield context
    finally:
        context.close()
    assert faults == []


def opened(context: Any, site: ChatSite, path: str = "/") -> Any:
    """A tab on the website with the window open."""
    page = context.new_page()
    page.goto(site.url + path)
    page.locator(".launch").click()
    return page


def box(page: Any) -> Any:
    return page.locator(".compose textarea")


def say(page: Any, text: str) -> None:
    box(page).fill(text)
    box(page).press("Enter")


def log(page: Any) -> Any:
    return page.get_by_role("log")


def sent(page: Any, word: str = "Sent") -> Any:
    """Own messages that the hub has put on the timeline."""
    return page.locator(".meta").get_by_text(re.compile(f"· {word}"))


def bubbles(page: Any) -> list[str]:
    return [text.strip() for text in page.locator(".log .b").all_inner_texts()]


def hub_knows(page: Any, site: ChatSite, texts: list[str]) -> None:
    """Wait until exactly these messages have arrived, in this order."""
    until(page, lambda: len(site.texts()) >= len(texts))
    assert site.texts() == texts


def until(page: Any, is_so: Callable[[], bool]) -> None:
    """Let the page work until the hub has what it should have; ten seconds at most."""
    for _ in range(200):
        if is_so():
            return
        page.wait_for_timeout(50)
    pytest.fail("it did not happen")


def kinds(site: ChatSite) -> set[str]:
    return {type(event).__name__ for event in site.ctx.events}
