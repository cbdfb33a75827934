"""The parsing process: bombs (S-41) end it or are read, the next mail is fine either way. The guard
against slow mail is the process's own CPU limit, so nothing here looks at a clock.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels.email import parse_worker
from channels.email.parse import Known
from channels.email.parse_worker import ParsePool

GOOD = b"From: anna@x.example\r\nSubject: fine\r\n\r\nhello"


def header(name: bytes, value: bytes) -> bytes:
    return b"Subject: bomb\r\n" + name + b": " + value + b"\r\n\r\nx"


def typed(media_type: bytes) -> bytes:
    return b"Subject: bomb\r\nContent-Type: " + media_type + b"\r\n\r\n"


def nested(levels: int) -> bytes:
    lines = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(levels)
    ]
    return b"Subject: bomb\r\n" + b"".join(lines) + b"\r\nx"


BOMBS = {
    "100,000 parts": b"Subject: bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 100_000,
    "5,000 parameters": header(b"Content-Type", b"text/plain" + b"; a=b" * 5000),
    "5,000 continued parameters": header(
        b"Content-Type", b"text/plain" + b"".join(b"; a*%d=b" % n for n in range(5000))
    ),
    "229 KB of To": header(b"To", b",\r\n ".join(b"u%d@x.example" % n for n in range(11_000))),
    "589 KB of References": header(
        b"References", b"\r\n ".join(b"<%d@x.example>" % n for n in range(31_000))
    ),
    "1,000 nested multiparts": nested(1000),
    "open comments": header(b"To", b"(" * 5000),
    "open quotes": header(b"To", b'"\\' * 8000),
    "open groups": header(b"To", b"a:" * 8000),
    "encoded words": header(b"Subject", b"=?utf-8?q?a?= " * 9000),
    "deep HTML": b"Subject: bomb\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    "misnested HTML": b"Subject: bomb\r\nContent-Type: text/html\r\n\r\n" + b"<b><p><a>" * 90_000,
    "many attributes": b"Subject: bomb\r\nContent-Type: text/html\r\n\r\n<p " + b"a=1 " * 200_000,
    "punycode": typed(b"text/plain; charset=punycode") + b"a-" * 500_000,
    "only line ends": b"Subject: bomb\r\nX: y\r\n\r\n" + b"\r" * 2_000_000,
    "status of rubbish": typed(b"message/delivery-status") + b"a" * 2_000_000,
    "quotes in quotes": b"Subject: bomb\r\n\r\n" + b"> On 1 Jan 2026 a@b wrote:\n" * 60_000,
    "rules": b"Subject: bomb\r\n\r\nhi\n" + b"-- \n" * 300_000,
    "open uuencode": b"Subject: bomb\r\n\r\n" + b"begin 644 a\n" * 100_000,
    "boundaries that are prefixes": typed(b"multipart/mixed; boundary=b") + b"--bx\r\n" * 300_000,
    "nested signed blobs": typed(b"application/pkcs7-mime")
    + b"\x30\x80\x06\x09"
    + bytes.fromhex("2a864886f70d010702")
    + b"\x30\x80" * 500_000,
}


@pytest.fixture
async def pool() -> AsyncIterator[ParsePool]:
    pool = ParsePool()
    yield pool
    await pool.close()


async def test_bombs_are_read_within_the_limits_of_the_worker(pool: ParsePool) -> None:
    """Every one is done within its CPU limit: a worker that had to be killed says "too_costly"."""
    for name, bomb in BOMBS.items():
        mail, _ = await pool.parse(bomb)
        assert (mail.unreadable, mail.subject[:4]) == ("", "bomb"[: len(mail.subject[:4])]), name
    mail, _ = await pool.parse(GOOD)
    assert mail.text == "hello"


async def test_a_worker_that_died_while_idle_costs_no_mail(pool: ParsePool) -> None:
    await pool.parse(GOOD)
    assert pool._process is not None
    first = pool._process.pid
    pool._process.kill()
    mail, _ = await pool.parse(GOOD)
    assert mail.text == "hello"
    assert pool._process.pid != first


async def test_the_cpu_limit_ends_a_mail_that_never_ends() -> None:
    """A worker whose loop never answers is ended by its own limit; here a stand-in spins."""
    pool = Spinning()
    mail, _ = await pool.parse(GOOD)
    assert (mail.unreadable, mail.subject) == ("too_costly", "fine")
    pool.is_spinning = False
    mail, _ = await pool.parse(GOOD)
    assert mail.text == "hello"
    await pool.close()


class Spinning(ParsePool):
    """Starts a worker that sets the real limit and then never comes back."""

    is_spinning = True

    async def _worker(self) -> asyncio.subprocess.Process:
        if not self.is_spinning:
            return await super()._worker()
        code = (
            "import channels.email.parse_worker as w; w.CPU_S = 0; w._renew_cpu_limit()\n"
            "while True: pass"
        )
        self._process = await asyncio.create_subprocess_exec(
            parse_worker.sys.executable,
            "-c",
            code,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self._process


async def test_too_large_a_mail_never_reaches_the_worker(pool: ParsePool) -> None:
    mail, _ = await pool.parse(GOOD + b"x" * (25 * 1024 * 1024))
    assert (mail.unreadable, mail.subject, pool.is_running) == ("too_large", "fine", False)


async def test_a_large_mail_goes_through(pool: ParsePool) -> None:
    head = b"Subject: big\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n"
    mail, files = await pool.parse(head + b"\x00\xff" * (12 * 1024 * 1024))
    assert (mail.unreadable, mail.attachments[0].size_bytes) == ("", 24 * 1024 * 1024)
    assert len(files[0]) == 24 * 1024 * 1024


async def test_files_and_what_we_know_go_through_the_pipe(pool: ParsePool) -> None:
    raw = (
        b"Authentication-Results: mx.x; dmarc=pass\r\nFrom: us@x.example\r\n"
        b"Content-Disposition: attachment; filename=a.bin\r\n"
        b"Content-Type: application/x-y\r\n\r\n\x00\xff"
    )
    mail, files = await pool.parse(raw, Known(("mx.x",), ("us@x.example",)))
    assert (mail.auth.dmarc, mail.auto, files) == ("pass", True, [b"\x00\xff"])


async def test_the_worker_starts_with_the_first_mail_and_leaves_when_idle() -> None:
    pool = ParsePool(idle_s=0)
    assert not pool.is_running
    await pool.parse(GOOD)
    assert pool._process is not None
    assert await pool._process.wait() == 0
    assert not pool.is_running
    mail, _ = await pool.parse(GOOD)
    assert mail.text == "hello"
    await pool.close()


async def test_mails_at_once_each_get_their_own_answer(pool: ParsePool) -> None:
    mails = [GOOD + b" %d" % n for n in range(30)]
    answers = await asyncio.gather(*(pool.parse(raw) for raw in mails))
    assert [mail.text for mail, _ in answers] == [f"hello {n}" for n in range(30)]


async def test_a_cancelled_mail_leaves_no_answer_behind(pool: ParsePool) -> None:
    task = asyncio.get_running_loop().create_task(pool.parse(GOOD + b" first"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    mail, _ = await pool.parse(GOOD + b" second")
    assert mail.text == "hello second"
