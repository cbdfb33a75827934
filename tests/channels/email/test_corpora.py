"""Mails that others collected: all can be read, bounces are recognised, ordinary mail is not
mistaken.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from channels.email.limits import DEFAULT
from channels.email.parse import NOTHING_KNOWN, _parse, parse_mail
from channels.email.tnef import parse_tnef
from tests.support import specs

NOT_MAIL = {".json", ".jsonl", ".list", ".pub", ".tnef"}
FOLDERS = (
    "synthetic",
    "bounces-sisimai",
    "chatwoot",
    "mikel-mail",
    "stalwart",
    "cpython",
    "mimekit",
    "reply-trimmer",
    "reply-parser-crisp",
    "reply-parser-zapier",
    "talon",
)
STATED_RECIPIENT = re.compile(
    r"^(?:final|original)-recipient:(?:[^\n]*;)?[ \t]*<?([^\s<>;]+@[^\s<>;]+?)>?[ \t]*\r?$", re.M
)


def files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix not in NOT_MAIL)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_mail_is_read_without_an_error(name: str) -> None:
    """Calls the inner function: the outer one would turn an error into "unreadable"."""
    count = 0
    for file in files(specs.require(f"email/{name}")):
        parsed = _parse(file.read_bytes(), DEFAULT, NOTHING_KNOWN)
        again = msgspec.json.decode(msgspec.json.encode(parsed.mail), type=type(parsed.mail))
        assert again == parsed.mail, file.name
        assert [a.size_bytes for a in parsed.mail.attachments] == [len(f) for f in parsed.files]
        count += 1
    assert count >= 20


def test_real_bounces_are_recognised() -> None:
    folder = specs.require("email/bounces-sisimai")
    missed, total = [], 0
    for file in sorted(folder.glob("*.eml")):
        mail = parse_mail(file.read_bytes())
        assert mail.auto or file.name.startswith("lhost-fml"), file.name
        if file.name.startswith("rfc3834"):
            assert mail.kind == "auto_reply", file.name
            continue
        total += 1
        if mail.kind not in ("bounce", "complaint"):
            missed.append(file.name)
    print(f"bounces: {total - len(missed)}/{total}, not {missed}")
    assert total >= 320
    assert 1 - len(missed) / total >= 0.95


def test_ordinary_mail_is_no_bounce() -> None:
    folder = specs.require("email/bounces-sisimai/not-a-bounce")
    kinds = [parse_mail(file.read_bytes()).kind for file in files(folder)]
    assert kinds == ["message", "message"]


def test_what_the_machine_part_says_is_what_we_say() -> None:
    folder = specs.require("email/bounces-sisimai")
    rows = [json.loads(x) for x in (folder / "index.jsonl").read_text("utf-8").splitlines()]
    wrong_status, wrong_recipient, total = [], [], 0
    for row in rows:
        recipients = row.get("per_recipient") or []
        if not recipients:
            continue
        total += 1
        raw = (folder / row["file"]).read_bytes()
        bounce = parse_mail(raw).bounce
        stated = STATED_RECIPIENT.findall(raw.decode("latin-1").lower())
        codes = [r.get("status") or "" for r in recipients]
        if bounce is None or not any(not c or bounce.status in c.split() for c in codes):
            wrong_status.append(row["file"])
        if bounce is None or bounce.recipient.lower() not in stated:
            wrong_recipient.append(row["file"])
    print(f"{total} machine parts; status not {wrong_status}, recipient not {wrong_recipient}")
    assert total >= 150
    # One report stands inside an enclosed message, where nothing is believed.
    assert wrong_status == wrong_recipient == ["lhost-x5-01.eml"]


def test_ordinary_mail_of_all_collections_is_not_taken_for_a_bounce() -> None:
    reports = re.compile("bounce|report|status|msg_16|msg_25|msg_32|msg_43|without_content_type")
    for name in ("chatwoot", "mikel-mail", "cpython", "stalwart", "talon"):
        for file in files(specs.require(f"email/{name}")):
            if not reports.search(file.name):
                assert parse_mail(file.read_bytes()).kind != "bounce", file.name


@pytest.mark.parametrize("name", ["one-file", "two-files", "unicode-mapi-attr", "winmail"])
def test_tnef_names(name: str) -> None:
    folder = specs.require("email/mimekit/tnef")
    tnef = parse_tnef((folder / f"{name}.tnef").read_bytes())
    assert tnef is not None
    wanted = (folder / f"{name}.list").read_text("utf-8").split("\n")
    assert [file.file_name for file in tnef.files] == wanted
    assert all(file.data for file in tnef.files)


def test_a_mail_with_winmail_dat_shows_what_is_in_it() -> None:
    mail = parse_mail((specs.require("email/mimekit/tnef") / "ukr.eml").read_bytes())
    assert "winmail.dat" not in [file.file_name for file in mail.attachments]
    assert mail.text
