"""The sample week as written: readable, complete, and about nobody real."""

import re
import tomllib

import msgspec
import pytest

from hub.demo.clock import SampleClock
from hub.demo.people import STAFF
from hub.demo.pictures import sample_file
from hub.demo.player import known_steps, moments
from hub.demo.script import Step, Talk, load_talks
from hub.demo.shop import LABELS
from hub.i18n import LANGUAGES
from hub.resources import templates
from hub.services.sniff import image_size, sniff

ANCHOR = 1_795_000_000_000
RESERVED = re.compile(r"[a-z]+@(?:[a-z]+\.)?example(?:\.(?:com|net|org))?")


def test_the_week_has_talks_of_all_languages_and_both_ways() -> None:
    talks = load_talks()
    assert 35 <= len(talks) <= 45
    for language in LANGUAGES:
        assert {talk.via for talk in talks if talk.language == language} == {"chat", "mail"}


def test_talks_are_told_apart_and_name_reserved_addresses() -> None:
    talks = load_talks()
    assert len({talk.key for talk in talks}) == len(talks)
    assert len({talk.name for talk in talks}) == len(talks)
    for talk in talks:
        assert talk.via == "chat" or talk.email, talk.key
        assert not talk.email or RESERVED.fullmatch(talk.email), talk.email


def test_every_step_can_be_played() -> None:
    staff = {worker.key for worker in STAFF}
    for talk in load_talks():
        assert talk.steps[0].words[0] == "in", talk.key
        for step in talk.steps:
            what, *rest = step.words
            assert what in known_steps(), (talk.key, step)
            assert bool(step.text) == (what in ("in", "mail", "out", "note")), (talk.key, step)
            if what not in ("in", "mail", "refuse", "lose"):
                assert rest[0] in staff, (talk.key, step)
            if what == "label":
                assert set(" ".join(rest[1:]).split(",")) <= LABELS.keys()
            if what == "assign":
                assert rest[1] in staff
            for word in rest:
                if word.startswith("+"):
                    assert sample_file(word[1:])
                if word.startswith("@"):
                    assert word[1:] in staff


def test_everything_lies_in_the_week_before_the_start_in_the_order_of_each_talk() -> None:
    found = moments(load_talks(), ANCHOR)
    assert found
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert found[-1].at < ANCHOR
    assert found[0].at > ANCHOR - 8 * 86_400_000
    for talk in load_talks():
        numbers = [one.number for one in found if one.talk.key == talk.key]
        assert numbers == sorted(numbers)


def test_every_kind_of_step_occurs() -> None:
    assert {step.words[0] for talk in load_talks() for step in talk.steps} == known_steps()


def talk(begins: str) -> Talk:
    return Talk(key="x", name="X", via="chat", begins=begins, steps=[Step(0, "in", "x")])


@pytest.mark.parametrize(
    ("begins", "at"),
    [("3h", ANCHOR - 10_800_000), ("40m", ANCHOR - 2_400_000), ("1d 00:00", 1_794_873_600_000)],
)
def test_beginnings(begins: str, at: int) -> None:
    assert talk(begins).begins_at(ANCHOR) == at


def test_a_wrong_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="begins"):
        talk("yesterday").begins_at(ANCHOR)


def test_a_misspelt_field_is_refused() -> None:
    path = templates() / "demo/week/en.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))["talk"][0]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**document, "chanel": "chat"}, Talk)


def test_sample_files_are_what_they_say() -> None:
    name, media_type, content = sample_file("photo")
    assert sniff(content, name) == media_type == "image/png"
    assert image_size(content, media_type) == (360, 270)
    name, media_type, content = sample_file("invoice")
    assert sniff(content, name) == media_type == "application/pdf"
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start : start + 4] == b"xref"


def test_the_clock_stands_where_it_is_set_until_released() -> None:
    clock = SampleClock()
    clock.set(5)
    assert clock.now_ms() == 5
    clock.release()
    assert clock.now_ms() > ANCHOR - 10**11
