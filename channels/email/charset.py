"""Bytes to text whatever the label says: wrong, missing and unknown charsets are the rule in
mail. Never raises and never returns a control character or a lone surrogate. Called for headers
and bodies."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

# Labels as the WHATWG encoding standard reads them: the superset that senders really use.
_ALIASES = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252",
    "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "ansi": "cp1252", "x-ansi": "cp1252",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "korean": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "big5": "big5hkscs", "x-big5": "big5hkscs",
    "iso-8859-8-i": "iso8859_8", "unicode-1-1-utf-7": "utf_7", "utf8": "utf_8",
    "unicode": "utf_16", "macintosh": "mac_roman", "x-mac-roman": "mac_roman",
}  # fmt: skip
_KNOWN = frozenset(
    "utf_8 utf_7 utf_16 utf_16_le utf_16_be utf_32 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 "
    "cp1256 "
    "cp1257 cp1258 cp437 cp850 cp852 cp855 cp857 cp862 cp866 cp874 cp932 cp949 gb18030 "
    "big5 big5hkscs euc_jp "
    "iso2022_jp iso2022_jp_ext iso2022_jp_1 iso2022_jp_2 iso2022_jp_3 iso2022_kr iso8859_2 "
    "iso8859_3 "
    "iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_10 iso8859_13 iso8859_14 iso8859_15 "
    "iso8859_16 koi8_r koi8_u mac_roman mac_cyrillic mac_latin2 hz johab".split()
)
_GUESSES = ("cp1252", "iso8859_2", "cp1250")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BOMS = ((BOM_UTF8, "utf_8"), (BOM_UTF16_LE, "utf_16_le"), (BOM_UTF16_BE, "utf_16_be"))


def codec_of(label: str) -> str:
    """The codec for a declared charset, "" when it is none we accept (punycode, rot13,
    nonsense)."""
    name = label.strip().strip("\"'").lower().partition("*")[0]
    name = _ALIASES.get(name, name).replace("-", "_")
    name = re.sub(r"^(?:x_)?(?:windows|win|cp_)_?(?=\d)", "cp", name[:40])
    name = re.sub(r"^iso_?8859_", "iso8859_", name)
    return name if name in _KNOWN else ""


def decode(data: bytes, label: str) -> str:
    """Text of `data`: the declared charset if it fits, else UTF-8, else the likeliest of a few."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return clean(data[len(bom) :].decode(name, "replace"))
    name = codec_of(label)
    for candidate in (name, "utf_8") if name else ("utf_8",):
        try:
            return clean(data.decode(candidate))
        except (UnicodeError, ValueError):
            continue
    if name and name != "utf_8":
        return clean(data.decode(name, "replace"))
    return clean(data.decode("utf_8" if _is_mostly_utf8(data) else guess(data), "replace"))


def guess(data: bytes) -> str:
    """The 8-bit charset that turns most of the high bytes into letters."""
    high = bytes(byte for byte in data[:4096] if byte > 127)

    def letters(name: str) -> int:
        return sum(char.isalpha() for char in high.decode(name, "replace"))

    return max(_GUESSES, key=letters)


def clean(text: str) -> str:
    """Line ends as LF; no control characters but tab and LF; no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def _is_mostly_utf8(data: bytes) -> bool:
    sample = data[:65536]
    broken = sample.decode("utf_8", "replace").count("\ufffd")
    high = sum(byte > 127 for byte in sample)
    return broken * 4 <= high
