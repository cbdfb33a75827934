"""Names of files made harmless (S-04)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.services.file_names import MAX_CHARS, content_disposition, safe_name

CASES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "/": "file",
    "..": "file",
    ".htaccess": "htaccess",
    "": "file",
    "a\r\nSet-Cookie: x=1.png": "aSet-Cookie_ x=1.png",
    "nul\0l.txt": "null.txt",
    "photo\u202egnp.exe": "photognp.exe",
    "\u2066hidden\u2069.pdf": "hidden.pdf",
    "CON": "_CON",
    "con.txt": "_con.txt",
    "LPT1.tar.gz": "_LPT1.tar.gz",
    "console.txt": "console.txt",
    'a"b<c>|?*.txt': "a_b_c____.txt",
    "Łódź teklif kırmızı.pdf": "Łódź teklif kırmızı.pdf",
    "  spaced   out .txt ": "spaced out.txt",
    "lone\ud800.txt": "lone.txt",
}


@pytest.mark.parametrize(("name", "safe"), CASES.items())
def test_names_are_cleaned(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_ending() -> None:
    assert safe_name("x" * 10_000 + ".pdf") == "x" * (MAX_CHARS - 4) + ".pdf"
    assert safe_name("ż" * 500 + ".docx").endswith("ż.docx")
    assert len(safe_name("日" * 500 + ".docx").encode()) <= 240


@given(st.text(max_size=400))
def test_any_name_is_safe_on_disk_and_in_a_header(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= MAX_CHARS
    assert len(safe.encode()) <= 255
    assert not re.search(r'[\\/\x00-\x1f\x7f"<>|?*:\u202a-\u202e\u2066-\u2069]', safe)
    assert safe not in (".", "..")
    assert safe_name(safe) == safe
    header = content_disposition(name, is_inline=False)
    assert header.isascii()
    assert header.isprintable()
    assert re.fullmatch(r"attachment; filename=\"[^\"\\]+\"; filename\*=UTF-8''[\w.%~-]+", header)


def test_the_header_carries_both_names() -> None:
    assert content_disposition("Łódź.pdf", is_inline=True) == (
        "inline; filename=\"odz.pdf\"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA.pdf"
    )
