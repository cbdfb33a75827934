"""Our messages as Meta wants them: every form passes its schema, what cannot be sent is refused."""

from __future__ import annotations

from typing import Any

import pytest

from channels.whatsapp import render
from hub.errors import ContentRejected
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.model.template import TemplateUse
from hub.ports.channel import OutboundMessage
from tests.channels.whatsapp.schema import check
from tests.channels.whatsapp.support import PERSON
from tests.support.channel_sample import text_to

MB = 1024 * 1024
MEDIA = {"f1": "4490709327384033"}


def file(media_type: str, *, size: int = 1000, **more: Any) -> Attachment:
    return Attachment(file_id="f1", name="file.bin", media_type=media_type, size_bytes=size, **more)


def rendered(message: OutboundMessage) -> dict[str, Any]:
    body = render.message(message, MEDIA, "Choose")
    check(body)
    return body


def replies(count: int, text: str = "Answer") -> list[QuickReply]:
    return [QuickReply(f"{text} {number}", f"p{number}") for number in range(count)]


def test_a_text_bears_our_id_and_the_number() -> None:
    body = rendered(text_to(PERSON, "Zażółć\n👋"))
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+48501000002",
        "type": "text",
        "text": {"body": "Zażółć\n👋", "preview_url": False},
        "biz_opaque_callback_data": "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb.2",
    }
    assert rendered(text_to(PERSON, "See https://shop.example"))["text"]["preview_url"] is True


def test_people_without_a_number_are_written_to_by_their_user_id() -> None:
    body = rendered(text_to(Address("handle", "US.13491208655302741918", "inbox")))
    assert body["recipient"] == "US.13491208655302741918"
    assert "to" not in body


def test_a_quote_names_the_message() -> None:
    assert rendered(text_to(PERSON, reply_to="wamid.7"))["context"] == {"message_id": "wamid.7"}


@pytest.mark.parametrize(
    ("attachment", "text", "kind", "keys"),
    [
        (file("image/jpeg"), "Look", "image", {"id", "caption"}),
        (file("image/png"), "", "image", {"id"}),
        (file("image/jpeg", size=6 * MB), "", "document", {"id", "filename"}),
        (file("image/webp"), "", "document", {"id", "filename"}),
        (file("image/webp", is_sticker=True), "", "sticker", {"id"}),
        (file("image/webp", is_sticker=True), "Hi", "document", {"id", "filename", "caption"}),
        (file("image/webp", is_sticker=True, size=MB), "", "document", {"id", "filename"}),
        (file("video/mp4"), "Look", "video", {"id", "caption"}),
        (file("video/mp4", size=17 * MB), "", "document", {"id", "filename"}),
        (file("audio/mpeg"), "", "audio", {"id"}),
        (file("audio/mpeg"), "Listen", "document", {"id", "filename", "caption"}),
        (file("audio/ogg", is_voice=True), "", "audio", {"id", "voice"}),
        (file("application/pdf"), "Bill", "document", {"id", "filename", "caption"}),
        (file("text/csv"), "", "document", {"id", "filename"}),
    ],
)  # fmt: skip
def test_a_file_goes_as_what_shows_it_best(
    attachment: Attachment, text: str, kind: str, keys: set[str]
) -> None:
    body = rendered(text_to(PERSON, text, attachments=[attachment]))
    assert body["type"] == kind
    assert set(body[kind]) == keys


def test_up_to_three_answers_are_buttons() -> None:
    body = rendered(text_to(PERSON, "Which?", quick_replies=replies(3)))["interactive"]
    assert body["type"] == "button"
    assert [b["reply"]["id"] for b in body["action"]["buttons"]] == ["p0", "p1", "p2"]


def test_up_to_ten_answers_are_a_list_and_long_ones_stand_whole_below() -> None:
    long = replies(10, "An answer that is much too long for a title")
    body = rendered(text_to(PERSON, "Which?", quick_replies=long))["interactive"]
    assert (body["type"], body["action"]["button"]) == ("list", "Choose")
    row = body["action"]["sections"][0]["rows"][9]
    assert len(row["title"]) == 24
    assert row["description"] == "An answer that is much too long for a title 9"


def test_a_text_too_long_for_buttons_gets_a_list() -> None:
    body = rendered(text_to(PERSON, "x" * 1025, quick_replies=replies(2)))
    assert body["interactive"]["type"] == "list"


def test_titles_of_buttons_are_cut_and_their_meaning_is_not() -> None:
    reply = QuickReply("An answer that is too long", "")
    body = rendered(text_to(PERSON, "Which?", quick_replies=[reply]))
    button = body["interactive"]["action"]["buttons"][0]["reply"]
    assert button == {"id": "An answer that is too long", "title": "An answer that is t…"}


def test_a_picture_may_stand_above_buttons() -> None:
    message = text_to(PERSON, "This?", quick_replies=replies(2), attachments=[file("image/png")])
    header = rendered(message)["interactive"]["header"]
    assert header == {"type": "image", "image": {"id": MEDIA["f1"]}}


def test_beside_a_file_that_bears_no_buttons_the_choices_stand_in_the_text() -> None:
    picture = text_to(PERSON, "A?", quick_replies=replies(4), attachments=[file("image/png")])
    assert rendered(picture)["image"]["caption"].endswith("• Answer 3")
    sound = text_to(PERSON, "A?", quick_replies=replies(2), attachments=[file("audio/mpeg")])
    assert rendered(sound)["document"]["caption"].endswith("• Answer 1")


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("", {}),
        (" \n", {}),
        ("x" * 4097, {}),
        ("x" * 1025, {"attachments": [file("image/png")]}),
        ("x", {"attachments": [file("image/png"), file("image/png")]}),
        ("x", {"attachments": [file("application/pdf", size=101 * MB)]}),
        ("", {"quick_replies": replies(2)}),
        ("x", {"quick_replies": replies(11)}),
        ("x", {"quick_replies": [QuickReply("A", "same"), QuickReply("B", "same")]}),
        ("x", {"quick_replies": [QuickReply(" ")]}),
        ("x" * 4097, {"quick_replies": replies(2)}),
        ("", {"template": TemplateUse(name="t", language="pl", values={"1": " "})}),
        ("", {"template": TemplateUse(name="t", language="pl", values={"footer.1": "x"})}),
        ("", {"template": TemplateUse(name="t", language="pl", values={"header:audio": "f1"})}),
        ("", {"template": TemplateUse(name="t", language="pl", values={"button.x": "f1"})}),
        ("", {"template": TemplateUse(name="t", language="pl", values={"button.0": ""})}),
    ],
)  # fmt: skip
def test_what_whatsapp_cannot_carry_is_refused_before_anything_is_sent(
    text: str, more: dict[str, Any]
) -> None:
    with pytest.raises(ContentRejected):
        render.message(text_to(PERSON, text, **more), MEDIA, "Choose")


def test_reactions_and_read_marks_pass_the_schema() -> None:
    bodies = [
        render.reaction(PERSON, "wamid.1", "👍"),
        render.reaction(PERSON, "wamid.1", ""),
        render.read_mark("wamid.1"),
        render.read_mark("wamid.1", is_typing=True),
    ]
    for body in bodies:
        check(body)
    assert bodies[-1]["typing_indicator"] == {"type": "text"}


def test_the_schema_refuses_what_it_should() -> None:
    """The check itself can fail."""
    with pytest.raises(ValueError, match=r"required|valid"):
        check({"messaging_product": "whatsapp", "type": "text", "to": "+48"})
