"""One answer as the messages that its channel can carry: nothing is lost, nothing doubled."""

import itertools

from hub.model.message import Attachment
from hub.ports.channel import Capabilities
from hub.services.splitting import parts_of

MAIL = Capabilities(address_kind="email", has_subject=True, attachments_max=1, caption_max_chars=0)
CHAT = Capabilities(address_kind="phone", attachments_max=2, caption_max_chars=10)


def files(count: int) -> list[Attachment]:
    return [
        Attachment(file_id=str(n), name=str(n), media_type="text/plain", size_bytes=1)
        for n in range(count)
    ]


def shape(text: str, count: int, can: Capabilities) -> list[tuple[str, int]]:
    return [(part.text, len(part.attachments)) for part in parts_of(text, files(count), can)]


def test_a_mail_is_never_cut() -> None:
    assert shape("long" * 100, 30, MAIL) == [("long" * 100, 30)]


def test_a_short_text_goes_beside_the_first_files() -> None:
    assert shape("short", 5, CHAT) == [("short", 2), ("", 2), ("", 1)]


def test_a_text_longer_than_a_caption_goes_first() -> None:
    assert shape("longer than ten", 1, CHAT) == [("longer than ten", 0), ("", 1)]


def test_every_text_and_file_goes_out_once_and_only_the_last_part_is_last() -> None:
    for count, size, caption in itertools.product(range(12), range(1, 5), (0, 5, 100)):
        can = Capabilities(address_kind="phone", attachments_max=size, caption_max_chars=caption)
        parts = parts_of("a text", files(count), can)
        assert "".join(part.text for part in parts) == "a text"
        assert [a.name for part in parts for a in part.attachments] == [
            str(n) for n in range(count)
        ]
        assert all(len(part.attachments) <= size for part in parts)
        assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_limit_of_bytes_counts_as_the_network_does() -> None:
    can = Capabilities(address_kind="handle", text_max_chars=10, text_max_bytes=10)
    assert [can.takes(text) for text in ("a" * 10, "a" * 11, "ż" * 5, "ż" * 6, "👋👋a")] == [
        True, False, True, False, True,
    ]  # fmt: skip
    assert shape("ż" * 5, 1, can) == [("ż" * 5, 1)]
    assert shape("ż" * 6, 1, can) == [("ż" * 6, 0), ("", 1)]
