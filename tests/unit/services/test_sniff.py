"""What a file is, by its bytes alone."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.services.sniff import (
    BINARY,
    HEAD_BYTES,
    RASTER,
    image_size,
    is_too_large_to_show,
    sniff,
)
from tests.support.media import gif_header, jpeg_header, png, png_header, webp_header


def office(folder: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/main.xml", "<x/>")
    return out.getvalue()


KINDS = [
    (png(), "a.png", "image/png"),
    (jpeg_header(3, 4), "a.jpg", "image/jpeg"),
    (gif_header(3, 4), "a.gif", "image/gif"),
    (webp_header(3, 4), "a.webp", "image/webp"),
    (b"%PDF-1.7\n<script>", "a.pdf", "application/pdf"),
    (b"ID3\x04", "a.mp3", "audio/mpeg"),
    (b"OggS\0\x02" + b"\0" * 22 + b"\x01OpusHead", "a.ogg", "audio/ogg"),
    (b"\0\0\0\x20ftypisom", "a.mp4", "video/mp4"),
    (b"\0\0\0\x20ftypM4A ", "a.m4a", "audio/mp4"),
    (b"\0\0\0\x20ftypheic", "a.heic", "image/heic"),
    (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "audio/wav"),
    (b"#!AMR\n", "a.amr", "audio/amr"),
    (b"PK\x05\x06" + b"\0" * 18, "a.zip", "application/zip"),
    (
        office("word"),
        "a.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (office("xl"), "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "application/msword"),
    (b"hello\n", "a.txt", "text/plain"),
    ("żółć, kırmızı\n".encode(), "a", "text/plain"),
    (b"a,b\n1,2\n", "a.csv", "text/csv"),
    (b"BEGIN:VCALENDAR\r\n", "a.ics", "text/calendar"),
    (b"From: a@example.com\r\n\r\n<b>hi</b>", "a.eml", "message/rfc822"),
    (b"", "empty", "text/plain"),
]

ACTIVE = [
    (b"<!doctype html><script>1</script>", "a.txt"),
    (b"  \n<HTML><body onload=x>", "a.png"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "a.svg"),
    (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "picture"),
    (b"<?xml version='1.0'?>", "a.xml"),
    (b"plain words", "a.html"),
    (b"plain words", "A.SVG"),
    (b"alert(1)", "a.js"),
    (b"alert(1)", "a.mjs"),
    (b"text before <script src=//x></script>", "notes.txt"),
    (b"<!-- --><img src=x onerror=y>", "a.csv"),
    (b"\xfe\xff\0<\0s\0v\0g", "utf16.svg"),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a.mht"),
    (b"\0\x01\x02\x03", "a.bin"),
    (b"RIFF\0\0\0\0XXXX<script>", "a.webp"),
    (b"XXXX\0\0\0\0WEBP<script>", "a.webp"),
    (b"CWS\x09", "a.swf"),
]


@pytest.mark.parametrize(("data", "name", "media_type"), KINDS, ids=[k[1] for k in KINDS])
def test_each_kind_is_known_by_its_bytes(data: bytes, name: str, media_type: str) -> None:
    assert sniff(data, name) == media_type


@pytest.mark.parametrize(("data", "name"), ACTIVE)
def test_what_a_browser_could_run_is_only_a_download(data: bytes, name: str) -> None:
    assert sniff(data, name) == BINARY


def test_a_name_cannot_make_a_picture_of_a_page() -> None:
    assert sniff(b"<html><script>", "innocent.png") == BINARY


def test_text_cut_in_the_middle_of_a_character_is_text() -> None:
    head = (b"x" * (HEAD_BYTES - 1)) + "ż".encode()[:1]
    assert sniff(head, "a.txt") == "text/plain"
    assert sniff(b"x" + "ż".encode()[:1], "a.txt") == BINARY


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (png_header(640, 480), "image/png"),
        (gif_header(640, 480), "image/gif"),
        (jpeg_header(640, 480, comment=b"x" * 3000), "image/jpeg"),
        (webp_header(640, 480), "image/webp"),
    ],
)
def test_the_size_of_an_image_is_read_from_its_header(head: bytes, media_type: str) -> None:
    assert image_size(head, media_type) == (640, 480)
    assert image_size(head[:9], media_type) is None


def test_bombs_and_unknown_sizes_are_not_shown() -> None:
    assert is_too_large_to_show(image_size(png_header(65_000, 65_000), "image/png"))
    assert is_too_large_to_show(None)
    assert is_too_large_to_show((0, 10))
    assert not is_too_large_to_show((8000, 5000))


@given(st.binary(max_size=400), st.text(max_size=20))
def test_no_bytes_make_it_fail(data: bytes, name: str) -> None:
    media_type = sniff(data, name)
    for kind in RASTER | {media_type}:
        image_size(data, kind)
    assert "html" not in media_type
    assert "svg" not in media_type
