"""Foreign HTML: nothing runs, nothing loads, the quotation folds. The checks read the result with
the standard library's parser, not with our own tree, so that one cannot hide the other's fault.
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from channels.email.html import REMOTE, sanitise, sanitise_outgoing, text_of_html
from channels.email.html_rules import TAGS
from channels.email.parse import parse_mail
from channels.email.quoted_html import QUOTED
from tests.support import specs

PAYLOADS = (
    (Path(__file__).parents[2] / "data/xss/payloads.txt").read_text(encoding="utf-8").splitlines()
)
KEPT_ATTRIBUTES = {
    "align", "dir", "hidden", "lang", "style", "title", "href", "target", "rel", "alt", "border",
    "height", "src", "width", "bgcolor", "cellpadding", "cellspacing", "valign", "colspan",
    "rowspan", "nowrap", "span", "color", "face", "size", "start", "type", "value", REMOTE, QUOTED,
}  # fmt: skip
BAD_STYLE = re.compile(
    r"url|expression|@|\\|/\*|image|position|behavior|binding|var\(|attr\(", re.I
)


class Faults(HTMLParser):
    """Collects whatever could run, load, submit or overlay."""

    def __init__(self, may_load: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.may_load = may_load

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS | {"details", "summary"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            self._check(name, (value or "").strip().lower())

    def _check(self, name: str, value: str) -> None:
        if name not in KEPT_ATTRIBUTES:
            self.found.append(name)
        elif name == "style" and BAD_STYLE.search(value):
            self.found.append(f"style {value}")
        elif name == "href" and not value.startswith(("http://", "https://", "mailto:", "tel:")):
            self.found.append(f"href {value}")
        elif name == "src" and not value.startswith("cid:") and not self.may_load:
            self.found.append(f"src {value}")
        elif name == REMOTE and not value.startswith(("http://", "https://")):
            self.found.append(f"remote {value}")


def faults(html: str, may_load: bool = False) -> list[str]:
    checker = Faults(may_load)
    checker.feed(html)
    checker.close()
    return checker.found


def test_the_checker_finds_faults() -> None:
    assert faults("<script>x</script>") == ["<script>"]
    assert faults("<p onclick=x>") == ["onclick"]
    assert faults('<img src="http://x">') == ["src http://x"]
    assert faults("<a href='javascript:x'>") == ["href javascript:x"]


def test_there_are_enough_distinct_payloads() -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 500


@pytest.mark.parametrize("start", range(0, len(PAYLOADS), 50))
def test_payloads_come_out_harmless(start: int) -> None:
    """S-01; what we send: S-07, `tests/e2e/test_outgoing_html.py`."""
    for payload in PAYLOADS[start : start + 50]:
        safe = sanitise(f"<p>before</p>{payload}<p>after</p>")
        assert faults(safe.html) == [], payload
        assert not safe.is_too_complex, payload
        assert faults(sanitise_outgoing(payload), may_load=True) == [], payload


def test_payloads_stay_harmless_when_cleaned_twice() -> None:
    for payload in PAYLOADS:
        once = sanitise(payload).html
        assert faults(sanitise(once).html) == [], payload


def test_html5lib_vectors_come_out_harmless() -> None:
    vectors = json.loads(specs.require("html/html5lib-sanitizer-tests1.json").read_text("utf-8"))
    assert len(vectors) >= 70
    for vector in vectors:
        assert faults(sanitise(vector["input"]).html) == [], vector["name"]


def test_remote_images_are_parked_and_counted_and_embedded_ones_stay() -> None:
    safe = sanitise(
        '<img src="https://t.example/o.gif"><img src="cid:logo@x"><img src="http://y/">'
    )
    assert safe.remote_images == 2
    assert safe.content_ids == {"logo@x"}
    assert f'{REMOTE}="https://t.example/o.gif"' in safe.html
    assert ' src="cid:logo@x"' in safe.html
    assert ' src="http' not in safe.html


def test_links_open_apart_and_tell_nothing() -> None:
    html = sanitise('<a href="https://ok.example/?a=1&amp;b=2" target=_top>ok</a>').html
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert "?a=1&amp;b=2" in html


def test_class_and_id_do_not_reach_the_page() -> None:
    assert sanitise('<p id="app" class="modal">x</p>').html == "<p>x</p>"


def test_hidden_text_is_not_in_the_text() -> None:
    hidden = (
        '<div style="display:none">a</div><p hidden>b</p><span style="font-size:0px">c</span>'
        '<div style="max-height: 0; overflow:hidden">d</div><p>shown</p>'
    )
    assert text_of_html(hidden) == "shown"


def test_text_has_paragraphs_lists_and_quotes() -> None:
    html = (
        "<p>One<br>two</p><ul><li>a<li>b</ul><blockquote><p>old</p></blockquote><pre>x\n  y</pre>"
    )
    assert text_of_html(html) == "One\ntwo\n\n- a\n- b\n\n> old\n\nx\n  y"


@pytest.mark.parametrize(
    "name",
    ["gmail", "hotmail", "mail_ru", "ms_outlook_2003", "ms_outlook_2007", "ms_outlook_2010",
     "thunderbird", "windows_mail", "yandex_ru"],
)  # fmt: skip
def test_talon_html_replies_are_parted(name: str) -> None:
    html = specs.require(f"email/talon/html_replies/{name}.html")
    mail = parse_mail(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.read_bytes())
    assert mail.text_new.split() == ["Hi.", "I", "am", "fine.", "Thanks,", "Alex"]
    assert "Hello! How are you?" in mail.text_quoted


def test_a_folded_quote_opens_without_script() -> None:
    html = '<div>New</div><div class="gmail_quote">On Monday: <blockquote>old</blockquote></div>'
    safe = sanitise(html)
    assert safe.text_new == "New"
    assert f'<details {QUOTED}=""><summary>•••</summary>' in safe.html
    assert "old" in safe.html


def test_an_answer_below_the_quote_is_not_folded() -> None:
    safe = sanitise('<blockquote type="cite">old</blockquote><p>My answer</p>')
    assert safe.text_new is None
    assert QUOTED not in safe.html


def test_very_deep_html_gives_text_only() -> None:
    safe = sanitise("<div>" * 100_000 + "deep")
    assert safe.is_too_complex
    assert (safe.html, safe.text) == ("", "deep")
