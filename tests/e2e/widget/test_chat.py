"""The chat window in a real browser, on a website of another origin than the hub."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from hub.model.message import Author, QuickReply
from tests.support.chat_browser import box, bubbles, hub_knows, kinds, log, opened, say, sent, until
from tests.support.chat_site import ChatSite

pytestmark = pytest.mark.e2e


def test_a_message_goes_there_and_an_answer_comes_back(page: Any, site: ChatSite) -> None:
    say(page, "Is the mug dishwasher-safe?")
    expect(sent(page)).to_be_visible()
    assert site.texts() == ["Is the mug dishwasher-safe?"]
    site.run(site.ctx.adapter.send_typing(site.visitor(), True))
    expect(page.get_by_text("Typing a message")).to_be_visible()
    site.answer("Yes, it is.\nhttps://shop.example/care.")
    expect(log(page).get_by_text("Yes, it is.")).to_be_visible()
    expect(page.get_by_text("Typing a message")).to_be_hidden()
    link = log(page).get_by_role("link")
    assert link.get_attribute("href") == "https://shop.example/care"
    assert "noopener" in link.get_attribute("rel")
    assert "Anna" in log(page).inner_text()
    expect(page.locator(".badge")).to_be_hidden()
    until(page, lambda: kinds(site) >= {"DeliveryReported", "ReadReported"})


def test_reload_keeps_conversation_draft_and_reader(page: Any, site: ChatSite) -> None:
    say(page, "hello")
    expect(sent(page)).to_be_visible()
    site.answer("hi")
    expect(log(page).get_by_text("hi", exact=True)).to_be_visible()
    box(page).fill("half a thought")
    page.reload()
    page.locator(".launch").click()
    expect(log(page).get_by_text("hi", exact=True)).to_be_visible()
    assert bubbles(page)[1:] == ["hello", "hi"]
    assert box(page).input_value() == "half a thought"
    assert len(site.ctx.visitors()) == 1


def test_a_long_history_is_caught_up_whole_and_confirmed(page: Any, site: ChatSite) -> None:
    say(page, "hello")
    expect(sent(page)).to_be_visible()
    page.goto("about:blank")
    author = Author("agent", "", "Anna")
    for n in range(1_500):
        site.ctx.history.add(
            site.visitor(), direction="out", author=author, text=f"answer {n}", delivery="accepted"
        )
    page.goto(site.url)
    expect(page.get_by_role("button", name="Open chat, 1500 unread messages")).to_be_visible()
    page.locator(".launch").click()
    expect(log(page).get_by_text("answer 1499")).to_be_visible()
    assert bubbles(page)[2:] == [f"answer {n}" for n in range(1_500)]
    until(page, lambda: "ReadReported" in kinds(site))
    [timeline] = site.ctx.history.timelines.values()
    assert [message.delivery for message in timeline[-500:]] == ["delivered"] * 500
    expect(page.get_by_text("We are here")).to_be_visible()


def test_what_is_written_offline_survives_reload_and_goes_out_once_in_order(
    page: Any, context: Any, site: ChatSite
) -> None:
    say(page, "first")
    expect(sent(page)).to_be_visible()
    context.set_offline(True)
    for text in ("second", "third", "fourth"):
        say(page, text)
    expect(log(page).get_by_text("Waiting for the network")).to_have_count(3)
    assert site.texts() == ["first"]
    context.set_offline(False)
    # A website that loads again before anything could be sent.
    page.evaluate("location.reload()")
    page.locator(".launch").click()
    hub_knows(page, site, ["first", "second", "third", "fourth"])
    expect(sent(page)).to_have_count(4)
    assert bubbles(page)[1:] == ["first", "second", "third", "fourth"]


def test_a_restart_of_the_hub_loses_and_doubles_nothing(page: Any, site: ChatSite) -> None:
    say(page, "before")
    expect(sent(page)).to_be_visible()
    # After a restart browsers come back within 30 s, at random: here at once.
    page.evaluate("Math.random = () => 0.01")
    site.stop_hub()
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    say(page, "during")
    site.run(_answer_later(site))
    site.start_hub()
    expect(log(page).get_by_text("while you were away")).to_be_visible()
    expect(page.get_by_text("We are here")).to_be_visible()
    hub_knows(page, site, ["before", "during"])
    expect(sent(page)).to_have_count(2)
    shown = bubbles(page)[1:]
    assert sorted(shown) == ["before", "during", "while you were away"]
    page.reload()
    page.locator(".launch").click()
    expect(log(page).get_by_text("during")).to_be_visible()
    assert bubbles(page)[1:] == shown


async def _answer_later(site: ChatSite) -> None:
    site.ctx.history.add(
        site.visitor(),
        direction="out",
        author=Author("agent", "", "Anna"),
        text="while you were away",
    )


def test_an_answer_lost_on_the_way_is_repeated_and_stored_once(
    page: Any, context: Any, site: ChatSite
) -> None:
    lost = []

    def lose_first(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            route.fetch()  # the hub has it, the browser never learns
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/messages", lose_first)
    say(page, "only once")
    expect(sent(page)).to_be_visible()
    assert lost
    hub_knows(page, site, ["only once"])
    assert bubbles(page)[1:] == ["only once"]


def test_a_refused_message_can_be_tried_again(page: Any, site: ChatSite) -> None:
    page.route("**/messages", lambda route: route.fulfill(
        status=400, json={"error": {}}, headers={"Access-Control-Allow-Origin": "*"}
    ))  # fmt: skip
    say(page, "please")
    expect(log(page).get_by_text("Not sent")).to_be_visible()
    say(page, "and this")
    expect(log(page).get_by_text("Not sent")).to_have_count(2)
    page.unroute("**/messages")
    log(page).get_by_role("button", name="Try again").first.click()
    expect(sent(page)).to_be_visible()
    log(page).get_by_role("button", name="Discard").click()
    expect(log(page).get_by_text("Not sent")).to_have_count(0)
    assert site.texts() == ["please"]


def test_a_token_the_hub_has_forgotten_costs_no_message(page: Any, site: ChatSite) -> None:
    say(page, "before")
    expect(sent(page)).to_be_visible()
    site.ctx.key = b"another key of this inbox" * 2
    say(page, "after")
    hub_knows(page, site, ["before", "after"])
    expect(sent(page)).to_be_visible()
    assert len(site.ctx.visitors()) == 2


def test_two_tabs_show_the_same_and_do_not_send_twice(
    page: Any, context: Any, site: ChatSite
) -> None:
    say(page, "one")
    expect(sent(page)).to_be_visible()
    other = opened(context, site)
    expect(log(other).get_by_text("one", exact=True)).to_be_visible()
    context.set_offline(True)
    say(page, "two")
    expect(log(other).get_by_text("two", exact=True)).to_be_visible()
    say(other, "three")
    context.set_offline(False)
    hub_knows(page, site, ["one", "two", "three"])
    for tab in (page, other):
        expect(sent(tab)).to_have_count(3)
        assert bubbles(tab)[1:] == ["one", "two", "three"]
    site.answer("seen by both")
    for tab in (page, other):
        expect(log(tab).get_by_text("seen by both")).to_be_visible()
    assert len(site.ctx.visitors()) == 1


def test_unread_answers_are_counted_until_read(page: Any, site: ChatSite) -> None:
    say(page, "hello")
    expect(sent(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate(
        "document.querySelector('#santral-chat').shadowRoot.activeElement.className"
    )
    site.answer("one")
    site.answer("two")
    launcher = page.get_by_role("button", name="Open chat, 2 unread messages")
    expect(launcher).to_be_visible()
    page.reload()
    launcher.click()
    expect(page.locator(".badge")).to_be_hidden()
    page.get_by_role("button", name="Close chat").first.click()
    expect(page.get_by_role("button", name=re.compile("^Open chat$"))).to_be_visible()


PAYLOADS = [
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    'https://x.example/"onmouseover=window.pwned=1//',
    "<svg/onload=window.pwned=1>",
    "[a](javascript:window.pwned=1)",
    "data:text/html,<script>window.pwned=1</script>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "\u202egnp.exe \u0000 ${window.pwned=1}",
]


def test_scripts_in_every_field_stay_text(page: Any, site: ChatSite) -> None:
    site.ctx.inbox.config.update(  # type: ignore[attr-defined]
        title=PAYLOADS[0], greeting=PAYLOADS[1], quick_replies=[PAYLOADS[4]]
    )
    site.stop_hub()
    site.start_hub()
    page.reload()
    page.locator(".launch").click()
    expect(page.get_by_role("heading", name=PAYLOADS[0])).to_be_visible()
    say(page, PAYLOADS[0])
    expect(sent(page)).to_be_visible()
    for payload in PAYLOADS:
        picture = site.run(site.ctx.files.save(b"x", payload, declared_type="image/svg+xml"))
        site.answer(payload, attachments=[picture], quick_replies=[QuickReply(payload, payload)])
        site.answer("", details={"card": {"title": payload, "price": payload, "url": payload}})
    expect(log(page).get_by_text(PAYLOADS[7]).first).to_be_visible()
    inside = "document.querySelector('#santral-chat').shadowRoot"
    assert (
        page.evaluate(f"{inside}.querySelectorAll('script, .log img, [onerror], [onload]').length")
        == 0
    )
    hrefs = page.evaluate(f"[...{inside}.querySelectorAll('a')].map(a => new URL(a.href).protocol)")
    assert set(hrefs) <= {"http:", "https:"}
    for link in log(page).get_by_role("link").all():
        assert "noopener" in link.get_attribute("rel")
        link.hover()
    assert page.evaluate("window.pwned") is None


def test_files_by_button_paste_and_drop(page: Any, site: ChatSite) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": "list.txt", "mimeType": "text/plain", "buffer": b"one two"}
    )
    expect(page.locator(".chip")).to_have_count(1)
    for kind in ("paste", "drop"):
        page.evaluate(
            """([kind]) => {
              const root = document.querySelector('#santral-chat').shadowRoot;
              const data = new DataTransfer();
              data.items.add(new File(['x'], kind + '.png', {type: 'image/png'}));
              const target = root.querySelector(kind === 'paste' ? 'textarea' : '.panel');
              target.dispatchEvent(kind === 'paste'
                ? new ClipboardEvent('paste', {clipboardData: data, cancelable: true})
                : new DragEvent('drop', {dataTransfer: data, cancelable: true}));
            }""",
            [kind],
        )
    expect(page.locator(".chip")).to_have_count(3)
    expect(page.locator(".panel .bar")).to_have_count(0)
    page.get_by_role("button", name="Remove drop.png").click()
    box(page).press("Enter")
    expect(sent(page)).to_be_visible()
    [event] = site.ctx.messages()
    assert [(file.name, file.size_bytes) for file in event.attachments] == [
        ("list.txt", 7),
        ("paste.png", 1),
    ]
    expect(log(page).get_by_role("link", name="list.txt")).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        {"name": "huge.bin", "mimeType": "text/plain", "buffer": b"x" * (1024 * 1024 + 1)}
    )
    expect(page.get_by_text("huge.bin is larger than 1.0 MB.")).to_be_visible()


def test_quick_replies_are_buttons_until_answered(page: Any, site: ChatSite) -> None:
    page.get_by_role("button", name="Returns").click()
    expect(sent(page)).to_be_visible()
    expect(page.get_by_role("button", name="Returns")).to_have_count(0)
    site.answer(
        "Shall we collect it?", quick_replies=[QuickReply("Yes", "y"), QuickReply("No", "n")]
    )
    page.get_by_role("button", name="Yes").click()
    hub_knows(page, site, ["Returns", "Yes"])
    expect(page.get_by_role("button", name="No", exact=True)).to_have_count(0)


def test_product_card(page: Any, site: ChatSite) -> None:
    say(page, "show me")
    expect(sent(page)).to_be_visible()
    card = {"title": "Terracotta mug", "price": "€24", "url": "https://shop.example/mug"}
    site.answer("This one?", details={"card": card})
    link = log(page).get_by_role("link", name=re.compile("Terracotta mug"))
    assert link.get_attribute("href") == "https://shop.example/mug"


def test_the_offline_form_asks_for_an_address_first(context: Any, site: ChatSite) -> None:
    site.ctx.is_open = False
    page = opened(context, site)
    expect(page.get_by_text("Nobody is here right now.")).to_be_visible()
    say(page, "Call me back")
    expect(page.get_by_text("Please check the address.")).to_be_visible()
    assert site.texts() == []
    page.get_by_label("Your e-mail address").fill("jan@shop.example")
    box(page).press("Enter")
    expect(sent(page)).to_be_visible()
    [event] = site.ctx.messages()
    assert (event.text, event.claimed_email) == ("Call me back", "jan@shop.example")
    expect(page.get_by_text("Answers also go to jan@shop.example")).to_be_visible()
    page.reload()
    page.locator(".launch").click()
    expect(page.get_by_text("Nobody is here right now.")).to_be_hidden()


def test_who_gives_no_address_can_write_all_the_same(context: Any, site: ChatSite) -> None:
    site.ctx.is_open = False
    page = opened(context, site)
    say(page, "I come back tomorrow")
    page.get_by_role("button", name="Not now").click()
    box(page).press("Enter")
    expect(sent(page)).to_be_visible()
    assert site.texts() == ["I come back tomorrow"]


def test_who_leaves_an_address_is_thanked_and_not_asked_again(page: Any, site: ChatSite) -> None:
    say(page, "hello")
    expect(page.get_by_text("Can't wait?")).to_be_visible()
    page.get_by_label("Your e-mail address").fill("jan@shop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Please check the address.")).to_be_visible()
    page.get_by_label("Your e-mail address").fill("jan@shop.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Answers also go to jan@shop.example")).to_be_visible()
    until(page, lambda: "DetailsClaimed" in kinds(site))
    page.reload()
    page.locator(".launch").click()
    expect(log(page).get_by_text("hello", exact=True)).to_be_visible()
    expect(page.get_by_text("Can't wait?")).to_be_hidden()


def test_logout_leaves_nothing_for_the_next_person(page: Any, site: ChatSite) -> None:
    say(page, "private")
    expect(sent(page)).to_be_visible()
    box(page).fill("unsent")
    page.evaluate("Santral.logout()")
    expect(log(page).get_by_text("private")).to_have_count(0)
    assert box(page).input_value() == ""
    say(page, "somebody else")
    expect(sent(page)).to_be_visible()
    assert len(site.ctx.visitors()) == 2
    page.reload()
    page.locator(".launch").click()
    expect(log(page).get_by_text("somebody else")).to_be_visible()
    assert "private" not in log(page).inner_text()


def test_identify_opens_the_proved_history_and_a_false_proof_does_not(
    context: Any, site: ChatSite
) -> None:
    site.ctx.inbox.config["identity_secret"] = "s" * 40  # type: ignore[index]
    site.stop_hub()
    site.start_hub()
    mac = hmac.new(b"s" * 40, b"customer-7", hashlib.sha256).hexdigest()
    page = opened(context, site)
    page.evaluate("mac => Santral.identify({external_id: 'customer-7', hmac: mac})", mac)
    say(page, "about my order")
    expect(sent(page)).to_be_visible()
    assert site.visitor().kind == "external"
    page.reload()
    page.locator(".launch").click()
    expect(log(page)).to_be_visible()
    assert "about my order" not in log(page).inner_text()
    page.evaluate("Santral.identify({external_id: 'customer-7', hmac: '0'.repeat(64)})")
    assert "about my order" not in log(page).inner_text()
    page.evaluate("mac => Santral.identify({external_id: 'customer-7', hmac: mac})", mac)
    expect(log(page).get_by_text("about my order")).to_be_visible()


def test_nothing_is_stored_before_the_window_is_opened(context: Any, site: ChatSite) -> None:
    page = context.new_page()
    page.goto(site.url)
    expect(page.locator(".launch")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert context.cookies() == []


def test_a_website_that_is_not_listed_gets_no_window(context: Any, site: ChatSite) -> None:
    site.ctx.inbox.config["origins"] = ["https://shop.example"]  # type: ignore[index]
    site.stop_hub()
    site.start_hub()
    page = context.new_page()
    with page.expect_event("requestfailed", lambda request: "/session" in request.url):
        page.goto(site.url)
    expect(page.locator("#santral-chat")).to_have_count(0)
