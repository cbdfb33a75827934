"""What bounces say about an address: real ones of every kind, judged by hand."""

import pytest

from channels.email.bounce_reason import reason_of, words_of
from channels.email.mail import Bounce
from channels.email.parse import parse_mail
from tests.support import specs

FOLDER = "email/bounces-sisimai"
GONE, CONTENT, NOW = "recipient_unreachable", "content_rejected", "unreachable_now"

JUDGED = {
    GONE: (
        *("lhost-sendmail-01", "lhost-outlook-02", "rhost-google-02", "lhost-gmail-01"),
        *("lhost-exim-02", "lhost-qmail-02", "lhost-office365-01", "rhost-zoho-01"),
        *("rfc3464-10", "rhost-google-01", "lhost-yahoo-05"),
        # No code, or one that says nothing: their words do.
        *("lhost-exchange2003-01", "lhost-mcafee-04", "lhost-x1-01", "lhost-notes-03"),
        *("lhost-courier-02", "rfc3464-42", "rhost-yahooinc-03", "lhost-x3-01", "rhost-kddi-01"),
        *("rhost-franceptt-02", "lhost-v5sendmail-05", "lhost-opensmtpd-03", "rhost-aol-05"),
    ),
    CONTENT: ("lhost-exchange2007-03", "lhost-receivingses-05", "lhost-receivingses-06"),
    NOW: (
        *("lhost-receivingses-04", "rhost-google-05", "rfc3464-38", "lhost-messagingserver-02"),
        *("lhost-postfix-05", "lhost-yandex-03", "lhost-outlook-07", "rhost-microsoft-05"),
        *("rhost-google-04", "rhost-apple-02", "rhost-tencent-01", "lhost-amavis-03"),
        *("rhost-cox-01", "lhost-sendmail-04", "rhost-iua-01", "lhost-domino-03"),
        # A code for a mailbox that is not there, and words that say otherwise.
        *("lhost-x3-06", "rhost-godaddy-03", "lhost-amazonses-03", "rhost-godaddy-02"),
        *("lhost-mailfoundry-02", "rhost-facebook-03"),
    ),
}


def bounce_of(name: str) -> Bounce:
    bounce = parse_mail(specs.require(f"{FOLDER}/{name}.eml").read_bytes()).bounce
    assert bounce is not None
    return bounce


@pytest.mark.parametrize(
    ("reason", "name"), [(reason, name) for reason, names in JUDGED.items() for name in names]
)
def test_a_real_bounce_means(reason: str, name: str) -> None:
    assert reason_of(bounce_of(name)) == reason


def test_of_all_bounces_those_for_good_say_so() -> None:
    """No sender that is blocked, no full mailbox and nothing temporary closes an address."""
    names = [path.stem for path in sorted(specs.require(FOLDER).glob("*.eml"))]
    found = [
        parse_mail(specs.require(f"{FOLDER}/{name}.eml").read_bytes()).bounce for name in names
    ]
    failed = [bounce for bounce in found if bounce and bounce.action == "failed"]
    gone = [bounce for bounce in failed if reason_of(bounce) == GONE]
    print(f"{len(gone)} of {len(failed)} bounces close their address")
    assert len(failed) >= 280
    assert len(gone) >= 115
    for bounce in gone:
        assert bounce.is_permanent
        assert not bounce.status.startswith(("4", "5.7", "5.2.2", "5.1.8"))


def bounce(status: str, words: str = "", *, is_permanent: bool = True) -> Bounce:
    return Bounce("a@b.test", "failed", status, is_permanent, words, "")


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        ("5.1.1", "", GONE),
        ("5.1.2", "550 5.1.2 bad destination system", GONE),
        ("5.1.10", "", GONE),
        ("5.1.7", "550 user unknown", NOW),
        ("5.1.0", "550 5.1.0 recipient address does not exist", GONE),
        ("", "550 no such user", GONE),
        ("", "554 something", NOW),
        ("5.2.2", "", NOW),
        ("5.7.1", "550 5.7.1 user unknown", NOW),
        ("5.0.0", "550 user unknown (rate limit)", NOW),
    ],
)
def test_code_and_words_together(status: str, words: str, reason: str) -> None:
    assert reason_of(bounce(status, words)) == reason


def test_what_is_temporary_never_closes() -> None:
    assert reason_of(bounce("4.1.1", "user unknown", is_permanent=False)) == NOW
    assert reason_of(bounce("", "450 no such user", is_permanent=False)) == NOW


def test_people_read_code_and_words_once() -> None:
    assert words_of(bounce("5.1.1", "550 5.1.1 gone")) == "550 5.1.1 gone"
    assert words_of(bounce("5.1.1", "gone")) == "5.1.1 gone"
    assert words_of(bounce("", "gone")) == "gone"
    assert words_of(bounce("5.1.1")) == "5.1.1"
    assert words_of(bounce("")) == "failed"
