"""The synthetic mails and what each must lead to, as `tests/data/email/expected.json` states it.
What the hub decides (`conversation`, `joined_by`) is asserted elsewhere; `signs` is the strongest
sign seen here.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from channels.email.mail import ParsedMail
from channels.email.parse import Known, parse_mail
from channels.email.threading import candidates
from tests.support import specs

EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data/email/expected.json").read_text("utf-8")
)
KNOWN = Known(("mx.acme.example",), ("support@acme.example",))
OUR_TOKEN = b"+" + b"a" * 26 + b"b" * 16 + b"@"
FORGED_TOKEN = b"+" + b"a" * 26 + b"c" * 16 + b"@"


def read(name: str) -> ParsedMail:
    """The mail with its example tokens in the form that ours have."""
    raw = (specs.require("email/synthetic") / name).read_bytes()
    raw = raw.replace(b"+c123.9f8e7d6c@", OUR_TOKEN).replace(b"+c999.00000000@", FORGED_TOKEN)
    return parse_mail(raw, known=KNOWN)


def signs_of(mail: ParsedMail) -> str:
    found = candidates(mail)
    if found.tokens:
        return "token"
    return "message_id" if found.message_ids else "thread_index" if found.thread_index else "none"


def test_every_synthetic_mail_has_a_conclusion() -> None:
    manifest = json.loads(specs.require("email/synthetic/manifest.json").read_text("utf-8"))
    assert {entry["file"] for entry in manifest["files"]} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_conclusions_hold(name: str) -> None:
    wanted, mail = EXPECTED[name], read(name)
    assert (mail.kind, mail.auto, signs_of(mail)) == (
        wanted["kind"],
        wanted["auto"],
        wanted["signs"],
    )
    assert mail.text_new == wanted["text"]
    assert [file.file_name for file in mail.attachments] == wanted.get("files", [])
    assert mail.notices == wanted.get("notices", [])
    assert mail.is_encrypted == wanted.get("is_encrypted", False)
    assert mail.is_signed == wanted.get("is_signed", False)
    assert mail.opt_out == wanted.get("opt_out", False)
    assert mail.remote_images == wanted.get("remote_images", 0)
    assert mail.about_message_id == wanted.get("about", "")
    assert mail.auth.dmarc == wanted.get("dmarc", "none")
    assert mail.subject_base == wanted.get("subject", mail.subject_base)
    bounce = mail.bounce
    assert (bounce and [bounce.recipient, bounce.action, bounce.status]) == wanted.get("bounce")
    event = mail.calendar
    assert (event and [event.method, event.summary, event.start]) == wanted.get("calendar")


@pytest.mark.parametrize("entry", ["charset_", "reply_0", "html_02", "html_03", "html_04"])
def test_texts_that_the_manifest_spells_out(entry: str) -> None:
    manifest = json.loads(specs.require("email/synthetic/manifest.json").read_text("utf-8"))
    stated = {e["file"]: e["expect"] for e in manifest["files"] if e["file"].startswith(entry)}
    prose = ("raw ", "Subject ", "multibyte", "SMTPUTF8", "BOM", "inline answers", "stripped text")
    literal = {name: text for name, text in stated.items() if not text.startswith(prose)}
    assert literal
    for name, text in literal.items():
        assert read(name).text_new == text, name


def test_same_message_id_with_other_content_is_another_mail() -> None:
    first, other = (
        read("thread_01_first.eml"),
        read("thread_12_duplicate_message_id_other_body.eml"),
    )
    assert first.message_id == other.message_id
    assert first.dedupe_key != other.dedupe_key


def test_dedupe_key_survives_another_hop() -> None:
    raw = (specs.require("email/synthetic") / "thread_11_missing_message_id.eml").read_bytes()
    again = b"Received: from x by y; Sun, 22 Nov 2026 10:16:00 +0100\r\n" + raw.replace(
        b"\r\n", b"\n"
    )
    assert parse_mail(raw).dedupe_key == parse_mail(again).dedupe_key


def test_addressees_reply_to_and_dates() -> None:
    mail = read("auth_01_spf_dkim_dmarc_fail.eml")
    assert mail.from_ is not None
    assert (mail.from_.name, mail.from_.address) == ("CEO", "ceo@bigcorp.example")
    assert [a.address for a in mail.reply_to] == ["x@evil.example"]
    assert mail.date_ms == 1_795_338_930_000
    assert read("misc_04_date_invalid_and_future.eml").date_ms is None
    assert read("misc_02_group_syntax_undisclosed.eml").to == []


def test_long_references_keep_the_first_and_the_last_twenty() -> None:
    references = read("thread_09_references_200_ids.eml").references
    assert len(references) == 21
    assert (references[0], references[1], references[-1]) == (
        "<r0@x.example>",
        "<r180@x.example>",
        "<r199@x.example>",
    )


def test_preview_has_no_hidden_preheader() -> None:
    assert read("html_07_hidden_preheader_zero_width.eml").preview == "Treść widoczna"
