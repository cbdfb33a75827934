"""How the chat window looks and is used: hostile pages, keyboard, phones, axe, size."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from playwright.sync_api import expect

from hub.model.message import QuickReply
from tests.support.chat_browser import hub_knows, opened, say, sent, watched
from tests.support.chat_site import ROOT, ChatSite

pytestmark = pytest.mark.e2e


WIDGET = ROOT / "hub/web/static/widget.js"
AXE = ROOT / "inbox_ui/node_modules/axe-core/axe.min.js"
SIZE_MAX = 15_000


@pytest.mark.skipif(not WIDGET.exists(), reason="the widget is not built: make ui")
def test_the_file_is_small_enough() -> None:
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= SIZE_MAX


HOSTILE = """<style>
*{font-size:40px!important;color:red!important;display:inline!important;position:static!important;
  text-transform:uppercase!important;letter-spacing:9px!important;direction:rtl!important}
div{opacity:.1!important} #santral-chat{width:10px!important;transform:rotate(9deg)!important}
button{all:unset!important}
</style>"""


def look(page: Any) -> dict[str, Any]:
    """Computed looks of some parts of the window."""
    return dict(
        page.evaluate(
            """() => {
              const root = document.querySelector('#santral-chat').shadowRoot;
              const props = ['fontSize', 'color', 'display', 'position', 'textTransform',
                             'letterSpacing', 'direction', 'width', 'height', 'opacity'];
              return Object.fromEntries(['.launch', '.panel', 'h2', '.b', 'textarea'].map(name => {
                const style = getComputedStyle(root.querySelector(name));
                return [name, props.map(prop => style[prop]).join(' | ')];
              }));
            }"""
        )
    )


def test_a_hostile_page_changes_nothing(context: Any, site: ChatSite) -> None:
    looks = []
    for head in ("", HOSTILE):
        page = context.new_page()
        url = site.hub_url + "/page"
        page.route(url, lambda route, head=head: route.fulfill(
            body=site.page(head=head), content_type="text/html"
        ))  # fmt: skip
        page.goto(url)
        page.evaluate("new Promise(done => requestAnimationFrame(done))")
        page.locator(".launch").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        looks.append(look(page))
        page.close()
    assert looks[0] == looks[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1400])
def test_axe_finds_nothing(browser: Any, site: ChatSite, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 800}
    with watched(
        browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    ) as context:
        page = opened(context, site, "/?language=pl")
        say(page, "dzień dobry https://shop.example")
        expect(sent(page, "Wysłano")).to_be_visible()
        file = site.run(
            site.ctx.files.save(b"x" * 2000, "cennik.pdf", declared_type="application/pdf")
        )
        site.answer("Proszę", attachments=[file], quick_replies=[QuickReply("Tak")])
        site.answer(
            "", details={"card": {"title": "Kubek", "price": "24", "url": "https://shop.example"}}
        )
        site.answer("Jeszcze coś?", quick_replies=[QuickReply("Tak")])
        site.run(site.ctx.adapter.send_typing(site.visitor(), True))
        expect(page.get_by_text("Pisze wiadomość")).to_be_visible()
        assert findings(page) == []
        page.keyboard.press("Escape")
        assert findings(page) == []


def findings(page: Any) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_everything_by_keyboard(context: Any, site: ChatSite) -> None:
    page = context.new_page()
    page.goto(site.url)
    page.locator(".launch").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Corner Shop")).to_be_visible()
    active = "document.querySelector('#santral-chat').shadowRoot.activeElement?.tagName"
    assert page.evaluate(active) == "TEXTAREA"
    page.keyboard.type("typed")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("twice")
    page.keyboard.press("Enter")
    hub_knows(page, site, ["typed\ntwice"])
    for _ in range(30):
        page.keyboard.press("Tab")
        inside = "document.activeElement.id === 'santral-chat'"
        assert page.evaluate(inside), "focus left the window"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_phone_sees_the_window_only(browser: Any, site: ChatSite) -> None:
    with watched(
        browser.new_context(
            viewport={"width": 380, "height": 740}, has_touch=True, reduced_motion="reduce"
        )
    ) as context:
        page = opened(context, site, "/?language=tr")
        expect(page.get_by_text("Buradayız")).to_be_visible()
        assert page.locator(".panel").bounding_box() == {
            "x": 0,
            "y": 0,
            "width": 380,
            "height": 740,
        }
        expect(page.locator(".launch")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        page.get_by_role("button", name="Sohbeti kapat").first.click()
        expect(page.locator(".launch")).to_be_visible()
