"""Replies parted from what they quote, against the corpora of three reply parsers, and in bounded
work.
"""

import re
import sys
from pathlib import Path

import pytest

from channels.email.parse import parse_mail
from channels.email.quotes import split_reply
from tests.support import specs

# What must be in the new text, and what must not, of mails whose collections state no result.
CRISP = {
    "email_1": ("-Abhishek Kona", ""), "email_4": ("another problem", "Loader seems"),
    "email_7": ("Fusce bibendum", ""), "email_12": ("Fusce bibendum", "Verzonden"),
    "email_14": ("Fusce bibendum", "napisał"), "email_16": ("Fusce bibendum", "napisał"),
    "email_20": ("On Thursday.", "When will you"), "email_22": ("Fusce bibendum", "Test"),
    "email_24": ("Fusce bibendum", "When are you"), "email_emoji": ("", "wrote:"),
    "email_finnish": ("Fusce bibendum", "kirjoitti"), "email_french_2": ("", "a écrit"),
    "email_german": ("", "schrieb"), "email_german_outlook": ("", "Gesendet"),
    "email_italian": ("Fusce", "Buongiorno"), "email_msn": ("Fusce", "Hiring"),
    "email_norwegian_gmail": ("Fusce", "skrev"), "email_russian": ("Fusce", "привет"),
    "email_portuguese": ("Fusce", "Hi there"), "email_original_message": ("Fusce", "Hi John"),
    "email_not_a_signature": ("Super Domain Name Manager", ""),
    "email_not_a_signature_2": ("Thanks!", ""), "email_thread": ("new email reply", "Ok. Thanks"),
    "email_gmail_split_line_from": ("Fusce", "wrote:"), "email_zoho": ("running a test", "Java"),
    "email_outlook_split_line_from": ("Fusce", "Human Resources"),
    "email_tricky_1_on_false_positive": ("performance is great", ""),
    "email_tricky_2_url_with_wrote": ("Best regards", ""),
    "email_tricky_3_code_block": ("Notice how", ""), "email_tricky_4_from_in_body": ("actual", ""),
    "email_tricky_5_mixed_languages": ("Fusce", "Merci"),
    "email_tricky_6_regards_in_sentence": ("actual content", ""),
    "email_tricky_7_multiple_dashes": ("equal signs", ""),
    "email_tricky_8_sent_from_in_content": ("main server", ""),
    "email_tricky_9_nested_quotes": ("I agree", "Thanks for"),
    "email_tricky_10_special_chars_in_name": ("Fusce", "Previous"),
    "email_tricky_11_double_signature": ("Best regards", "Senior Developer"),
    "email_tricky_12_no_space_after_header": ("Fusce", "might confuse"),
    "email_tricky_13_timestamp_variations": ("not quote headers", ""),
    "email_tricky_14_long_quote_header": ("Fusce", "very long"),
    "email_tricky_15_original_message_variations": ("Fusce", "original message content"),
    "email_tricky_16_unicode_signatures": ("Cheers", "Product Manager"),
    "email_tricky_17_forward_header": ("See the forwarded", "John Smith"),
    "email_tricky_18_inline_reply": ("Option C is not suitable", ""),
    "email_tricky_19_quote_without_header": ("final thoughts", ""),
    "email_tricky_20_html_entities": ("handled correctly", "Previous message"),
}  # fmt: skip
ZAPIER = {
    "email_1_2": ("delete them all", "mailing list"), "email_1_3": ("Oh thanks.", "Something"),
    "email_1_4": ("another problem", "Loader"), "email_1_5": ("for a while", ""),
    "email_1_6": ("proper rendering", "Was this"), "email_1_7": (":+1:", "Steps 0-2"),
    "email_1_8": ("and under this.", "-- Tim"), "email_2_1": ("Outlook with", "Google Apps Sync"),
    "email_2_2": ("directly above", "CRM"), "email_2_3": ("unusual format", "Respond to Kim"),
    "email_BlackBerry": ("Here is another", "Sent from"), "email_bullets": ("and another", "Joe"),
    "email_iPhone": ("Here is another", "Sent from"), "greedy_on": ("not working", "I am having"),
    "email_headers_no_delimiter": ("And another reply", "A reply"),
    "email_partial_quote_header": ("telnet", "I am having"), "pathological": ("onto", "shortening"),
    "email_one_is_not_on": ("when I run", "good news"), "correct_sig": ("-- signature", "rick"),
    "email_sig_delimiter_in_middle_of_line": ("kthxbai", ""),
}  # fmt: skip
EVIL = [
    "a", " ", "\t", "\n", ">", "> ", "<", "@", "a@b ", "--", "-- \n", "_____\n", "=", "On ",
    "On 1 ",
    "On 1\n", "wrote:\n", "<a@b> ", "From: ", "h: x\n", "> a\n", "> On 1 Jan a@b wrote:\n", "```\n",
    "t\n> q\n", "##-", "sent from ", "*", "2016-01-01 ", "\u200b", "12:30 ",
    "t\n\nOn 1 x wrote:\n> q\n",
]  # fmt: skip


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def share(folder: Path, rules: dict[str, tuple[str, str]]) -> float:
    failed = []
    for name, (kept, gone) in rules.items():
        text = (folder / f"{name}.txt").read_text("utf-8", errors="replace")
        new = split_reply(text).new
        if kept not in new or (gone and gone in new):
            failed.append(name)
    print(f"{folder.name}: {len(rules) - len(failed)}/{len(rules)}, not {failed}")
    return 1 - len(failed) / len(rules)


def test_reply_trimmer_corpus() -> None:
    folder = specs.require("email/reply-trimmer")
    failed = []
    files = sorted((folder / "emails").iterdir())
    for file in files:
        wanted = (folder / "trimmed" / file.name).read_text("utf-8")
        if words(split_reply(file.read_text("utf-8")).new) != words(wanted):
            failed.append(file.name)
    print(f"reply-trimmer: {len(files) - len(failed)}/{len(files)}, not {failed}")
    assert len(files) >= 60
    assert 1 - len(failed) / len(files) >= 0.95


def test_crisp_corpus() -> None:
    assert share(specs.require("email/reply-parser-crisp"), CRISP) >= 0.95


def test_zapier_corpus() -> None:
    assert share(specs.require("email/reply-parser-zapier"), ZAPIER) >= 0.95


def test_talon_plain_replies() -> None:
    folder = specs.require("email/talon/standard_replies")
    failed = []
    files = sorted(folder.glob("*.eml"))
    for file in files:
        new = words(parse_mail(file.read_bytes()).text_new)
        if not new.startswith("Hello") or "wrote" in new or len(new) > 40:
            failed.append((file.name, new[:60]))
    print(f"talon: {len(files) - len(failed)}/{len(files)}, not {failed}")
    assert 1 - len(failed) / len(files) >= 0.9


@pytest.mark.parametrize("text", ["", "\n\n", "> only a quote", "-- \nsig", "On 1 Jan, a@b wrote:"])
def test_a_cut_that_would_leave_nothing_leaves_all(text: str) -> None:
    assert split_reply(text).new == text.strip("\n")


def test_nothing_is_lost() -> None:
    text = "Yes\n\nSent from my iPhone\n\nOn 1 Jan 2026, A <a@b.example> wrote:\n> old\n\n-- \nsig"
    split = split_reply(text)
    assert split.new == "Yes"
    for piece in ("Sent from my iPhone", "wrote:", "> old", "sig"):
        assert piece in split.quoted


@pytest.mark.parametrize(
    "intro",
    [
        "Dnia 14 lip 2026 o godz. 00:25 Anna <a@x.example> napisał(a):",
        "pt., 13 lis 2026 o 10:00 Anna Nowak <a@x.example> napisał(a):",
        "W dniu 2026-01-09 o 11:59, Anna pisze:",
        "-----Wiadomość oryginalna-----",
        "Ayşe <a@x.example>, 22 Kas 2026 Paz, 10:00 tarihinde şunu yazdı:",
        "-----Orijinal Mesaj-----",
        "Am 03.02.2026 um 3:35 schrieb Max <m@x.example>:",
        "Le 4 janv. 2026 à 19:03, Neil <n@x.example> a écrit :",
        "El jue, 21 nov 2026 a las 10:00, Ana (<a@x.example>) escribió:",
        "Il giorno 26 marzo 2026 alle 13.16 Sam <s@x.example> ha scritto:",
        "Em 2 de fevereiro de 2026 10:58, Ana <a@x.example> escreveu:",
        "Op 2 feb. 2026 om 05:28 heeft V <v@x.example> het volgende geschreven:",
        "Den 15. jun. 2026 kl. 20.42 skrev Jeff <j@x.example>:",
        "20 окт. 2026 г. 19:37 пользователь R <r@x.example> написал:",
        "30 серп. 2026 р. 20:45 A <a@x.example> пише:",
        "在 2026年12月12日，下午8:45，Erlend <m@x.example> 写道：",
        "On Mon, Feb 1, 2026 at 6:32 PM, Jeff <j@x.example>\nwrote:",
    ],
)
def test_announcements_of_all_languages_end_the_new_text(intro: str) -> None:
    assert split_reply(f"Answer\n\n{intro}\n\nold words\n").new == "Answer"


@pytest.mark.parametrize("unit", EVIL)
def test_work_on_evil_text_grows_no_faster_than_its_length(unit: str) -> None:
    """Counts function calls, not seconds: ten times the text costs about ten times as much."""

    def cost(size: int) -> int:
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            split_reply((unit * (size // len(unit) + 1))[:size])
        finally:
            sys.setprofile(None)
        return calls

    assert cost(30_000) <= 14 * cost(3_000) + 2_000


def test_quotes_after_code_that_was_never_closed_are_still_quotes() -> None:
    text = "See\n```\ncode\n\nOn 1 Jan 2026, A <a@b.example> wrote:\n> old\n"
    assert split_reply(text).new == "See\n```\ncode"
