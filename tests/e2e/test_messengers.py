"""Every network from outside, on each store: a customer on the vendor's stand-in, the whole hub, an
agent at its API. One hub a store holds an inbox of each network; every test has customers of its
own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hub.standin import Fault
from tests.support.media import png
from tests.support.networks import NETWORKS
from tests.support.shop import Shop, shop, until
from tests.support.stores import KINDS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FILES: dict[str, tuple[str, str, bytes]] = {
    "image": ("photo.png", "image/png", png()),
    "voice": ("voice.ogg", "audio/ogg", b"OggS\0\2" + bytes(22) + b"OpusHead" + bytes(40)),
    "audio": ("song.mp3", "audio/mpeg", b"ID3\3\0\0\0\0\0\0" + bytes(64)),
    "video": ("clip.mp4", "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)),
    "document": ("bill.pdf", "application/pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
}
#: A picture is a sticker where the network says so.
STICKER = ("sticker.webp", "image/webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\1\0\0\1\0\0")
HOUR_S = 3600


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def here(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    async with shop(request.param, tmp_path_factory.mktemp(f"shop-{request.param}")) as opened:
        yield opened


@pytest.fixture(params=list(NETWORKS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_what_a_customer_writes_and_changes(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    can = ada.network.customers_can
    first_id = await ada.writes("Zażółć gęślą jaźń 👋")
    first = await ada.last()
    assert (first["text"], first["direction"], first["channel"]) == (
        "Zażółć gęślą jaźń 👋", "in", name,
    )  # fmt: skip
    if name != "twilio_sms":  # texts tell no name; Meta's is looked up

        async def is_named() -> bool:
            about = (await here.api.get(ada.path))["conversation"]
            return bool(about["contact"]["name"] == ada.name)

        await until(is_named)

    answer = await ada.is_told("Which one?")
    (on_phone,) = await ada.network.phone(ada.address)
    assert on_phone.text == "Which one?"
    if "place" in can:
        await ada.writes(location=[52.25, 21.0])
        place = (await ada.last())["location"]
        assert (place["latitude"], place["longitude"]) == (52.25, 21.0)
    if "quote" in can:
        await ada.writes("The red one", reply_to=on_phone.id)
        quoted = (await ada.last())["quoted"]
        assert (quoted["seq"], quoted["text"]) == (answer["seq"], "Which one?")
    if "edit" in can:
        await ada.does("edits", id=first_id, text="Zażółć!")
        changed = await ada.one(first["seq"])
        assert changed["text"] == "Zażółć!" and changed["edited_at"]
        assert [edit["text"] for edit in changed["edits"]] == [first["text"]]
    if "react" in can:
        await ada.does("reactions", id=on_phone.id, emoji="👍")
        (reaction,) = (await ada.one(answer["seq"]))["reactions"]
        assert (reaction["emoji"], reaction["by"]) == ("👍", first["author"]["id"])
        await ada.does("reactions", id=on_phone.id, emoji="")
        assert (await ada.one(answer["seq"]))["reactions"] == []
    if "delete" in can:
        await ada.does("deletions", id=first_id)
        gone = await ada.one(first["seq"])
        assert gone["deleted_at"] and not gone["text"]


async def test_a_button_is_shown_and_pressed(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Hello?")
    can = (await ada.way())["capabilities"]
    assert can["can_quick_replies"] == ("press" in ada.network.customers_can)
    if not can["can_quick_replies"]:
        return
    await ada.is_told("Shall we send it again?", quick_replies=["Yes please", "No"])
    (asked,) = await ada.network.phone(ada.address)
    assert asked.text == "Shall we send it again?"
    assert [title for title, _ in asked.buttons] == ["Yes please", "No"]
    title, payload = asked.buttons[0]
    await ada.writes(title, payload=payload, reply_to=asked.id)
    pressed = await ada.last()
    assert (pressed["direction"], pressed["text"]) == ("in", "Yes please")


async def test_files_come_in_and_open(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    has_stickers = "sticker" in ada.network.customers_can
    sent = {**FILES, **({"sticker": STICKER} if has_stickers else {})}
    for kind, (file_name, media_type, data) in sent.items():
        await ada.sends(kind, file_name, media_type, data)
    for item, kind in zip(await ada.messages(), sent, strict=True):
        whole = await ada.until(
            item["seq"], lambda one: [f["state"] for f in one["attachments"]] == ["ready"]
        )
        (file,) = whole["attachments"]
        _, media_type, data = sent[kind]
        assert (file["media_type"], file["size_bytes"]) == (media_type, len(data)), kind
        assert await here.open(file["url"]) == data
        assert file["is_sticker"] == (kind == "sticker")
        if name in ("whatsapp", "telegram", "custom"):
            assert file["is_voice"] == (kind == "voice")


async def test_files_go_out(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Which one?")
    can = (await ada.way())["capabilities"]
    taken = {
        kind: file
        for kind, file in FILES.items()
        if not can["media_types"] or file[1].startswith(tuple(can["media_types"]))
    }
    assert "image" in taken and "document" in taken
    for kind, (file_name, _, data) in taken.items():
        id = await here.upload(file_name, data)
        await ada.is_told("This one" if kind == "image" else "", file_ids=[id])
    await here.hub.services.outbox.settle()
    phone = await ada.network.phone(ada.address)
    shown = [await ada.network.download(one.file) for one in phone if one.file]
    assert shown == [data for _, _, data in taken.values()]
    for url in [one.file for one in phone if "key=" in one.file]:  # the vendor fetches from us
        async with here.http.get(url.replace("key=", "key=a")) as forged:
            assert forged.status == 403
    assert [one.text for one in phone if one.text] == ["This one"]
    assert len(phone) == len(taken) + (can["caption_max_chars"] == 0)


async def test_an_answer_is_quoted_changed_and_taken_back(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    question_id = await ada.writes("Is it there?")
    question = await ada.last()
    can = (await ada.way())["capabilities"]
    more = {"reply_to_seq": question["seq"]} if can["can_quote"] else {}
    answer = await ada.is_told("Almost", **more)
    (shown,) = await ada.network.phone(ada.address)
    assert (shown.text, shown.reply_to) == ("Almost", question_id if can["can_quote"] else "")
    path = f"{ada.path}/messages/{answer['seq']}"

    if can["can_edit"]:
        changed = await here.api.write("PATCH", path, text="It is")
        assert changed["text"] == "It is" and changed["edited_at"]
        (shown,) = await ada.network.phone(ada.address)
        assert shown.text == "It is"
    else:
        assert await here.refusal("PATCH", path, text="It is") == (400, "bad_input")
    reaction = f"{ada.path}/messages/{question['seq']}/reaction"
    if can["can_react"]:
        for emoji in ("👍", ""):
            await here.api.write("PUT", reaction, emoji=emoji)
            assert ada.network.reaction(ada.address, question_id) == emoji
            kept = (await ada.one(question["seq"]))["reactions"]
            assert [one["emoji"] for one in kept] == ([emoji] if emoji else [])
    else:
        assert await here.refusal("PUT", reaction, emoji="👍") == (400, "bad_input")
    if can["can_delete"]:
        assert (await here.api.write("DELETE", path))["deleted_at"]
        assert await ada.network.phone(ada.address) == []
    else:
        assert await here.refusal("DELETE", path) == (400, "bad_input")


async def test_statuses_to_the_end(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Hello?")
    ada.network.vendor.desk.disorder.repeat = 2
    answer = await ada.is_told("Hello!")
    reached = [answer["delivery"]]
    for delivery in ada.network.reports:
        await ada.network.report(ada.address, delivery)
        await here.settle()
        reached.append((await ada.one(answer["seq"]))["delivery"])
    assert reached == ["accepted", *ada.network.reports]
    for early in ada.network.reports[:-1]:  # a late one changes nothing
        await ada.network.report(ada.address, early)
    await here.settle()
    assert (await ada.one(answer["seq"]))["delivery"] == reached[-1]
    ada.network.vendor.desk.disorder.repeat = 1


@pytest.mark.parametrize("name", ["twilio_sms", "twilio_whatsapp", "whatsapp", "custom"])
async def test_a_failure_that_is_told_later(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Hello?")
    answer = await ada.is_told("Hello!")
    await ada.network.report(ada.address, "failed", "recipient_unreachable")
    failed = await ada.until_delivery(answer["seq"], "failed")
    assert failed["reason"] == "recipient_unreachable"
    line = (await ada.timeline())[-1]
    assert "delivery_failed" in [item["activity"] for item in await ada.timeline()], line


async def test_what_the_vendor_refuses(here: Shop, name: str) -> None:
    network = await here.network(name)
    for reason in network.refusals.keys() - {"auth_failed", "rate_limited"}:
        ada = await here.customer(name)
        await ada.writes("Hello?")
        network.refuse(reason, ada.address)
        before = len(network.accepted)
        answer = await ada.is_answered("Hello!")
        failed = await ada.until_delivery(answer["seq"], "failed")
        assert failed["reason"] == reason and failed["detail"], reason
        assert len(network.accepted) == before
        if reason == "opted_out":
            await ada.until_way("opted_out")
            assert await ada.is_not_answered("Again") == (409, reason)
        if reason in ("recipient_unreachable", "landline"):
            await ada.until_way("unreachable")
            assert (await ada.way())["reason"] == reason
            assert await ada.is_not_answered("Again") == (409, reason)
            await ada.writes("I am here")
            assert (await ada.way())["state"] == "ok"


@pytest.mark.parametrize("name", ["telegram", "viber"])
async def test_who_leaves_is_unreachable_until_they_return(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Hello?")
    await ada.does("subscription", is_subscribed=False)
    assert (await ada.way())["state"] == "unreachable"
    assert await ada.is_not_answered("Wait") == (409, "recipient_unreachable")
    await ada.does("subscription", is_subscribed=True)
    await ada.writes("Here I am")
    assert (await ada.way())["state"] == "ok"
    await ada.is_told("Welcome back")
    assert [one.text for one in await ada.network.phone(ada.address)] == ["Welcome back"]


async def test_refused_credentials_keep_the_queue(
    here: Shop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.services.outbox.PARKED_S", 0.05)
    ada = await here.customer(name)
    network = ada.network
    await ada.writes("Hello?")
    network.refuse("auth_failed", ada.address)
    first = await ada.is_answered("One")
    await here.until_state(network, "bad_credentials")
    assert (await ada.way())["state"] == "bad_credentials"
    second = await ada.is_answered("Two")
    for answer in (first, second):
        assert (await ada.one(answer["seq"]))["delivery"] in ("queued", "retry")
    assert await network.phone(ada.address) == []

    path = f"/inboxes/{here.inbox(network)}"
    await here.api.write("PATCH", path, config=network.config())
    await here.until_state(network, "connected")
    here.hub.clock.jump(61)
    await ada.until_delivery(second["seq"], "accepted")
    assert [one.text for one in await network.phone(ada.address)] == ["One", "Two"]


async def test_a_vendor_that_asks_to_wait(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    network = ada.network
    await ada.writes("Hello?")
    before = len(network.accepted), len(network.attempts())
    network.refuse("rate_limited", ada.address)
    await ada.is_answered("One")
    last = await ada.is_answered("Two")
    await ada.until_delivery(last["seq"], "accepted", "delivered")
    tried = network.attempts()[before[1] :]
    assert len(network.accepted) - before[0] == 2 and len(tried) == 3
    assert tried[1] - tried[0] >= 1000
    assert [one.text for one in await network.phone(ada.address)] == ["One", "Two"]


async def test_a_lost_answer_is_found_or_stands_and_is_never_repeated(
    here: Shop, name: str
) -> None:
    ada = await here.customer(name)
    network = ada.network
    await ada.writes("Hello?")
    before = len(network.accepted)
    network.fault(Fault(kind="accept_then_drop", path=network.sends_at))
    answer = await ada.is_answered("Hello!")
    lost = ("sending", "unknown")
    known = ("accepted", "sent", "delivered", "read")
    if network.lost_is_found_by == "report":
        await ada.until(answer["seq"], lambda item: len(network.accepted) > before)
        await network.report(ada.address, "delivered")
        await ada.until_delivery(answer["seq"], "delivered")
    elif network.lost_is_found_by:

        async def is_found() -> bool:
            here.hub.clock.jump(5)
            return (await ada.one(answer["seq"]))["delivery"] in known

        await until(is_found)
    else:
        await ada.until_delivery(answer["seq"], *lost)
        here.hub.clock.jump(700)
        assert (await ada.until_delivery(answer["seq"], "unknown"))["reason"] == "outcome_unknown"
    await here.hub.services.outbox.settle()
    assert len(network.accepted) == before + 1
    assert [one.text for one in await network.phone(ada.address)] == ["Hello!"]


async def test_templates(here: Shop) -> None:
    twilio = await here.network("twilio_whatsapp")
    twilio.vendor.add_content(
        {
            "friendly_name": "order_shipped",
            "language": "en",
            "variables": {"1": "Ada", "2": "1042"},
            "types": {"twilio/text": {"body": "Hello {{1}}, your order {{2}} is on its way."}},
        }
    )
    shown = {
        "twilio_whatsapp": "Hello Ada, your order 7 is on its way.",
        "whatsapp": "order_shipped · Ada · 7 · 7",
    }
    for name, on_phone in shown.items():
        ada = await here.customer(name)
        await ada.writes("Hello?")
        path = f"/inboxes/{here.inbox(ada.network)}/templates"
        listed = await here.api.post(f"{path}/sync")
        assert listed == await here.api.get(path)
        (wanted,) = [row for row in listed if "order_shipped" in (row["title"], row["name"])]
        given = {"1": "Ada", "2": "7", "button.0": "7"}
        names = [slot["name"] for slot in wanted["slots"]]
        values = [{"name": one, "value": given[one]} for one in names]
        use = {"name": wanted["name"], "language": wanted["language"], "values": values}
        answer = await ada.is_told(template=use)
        assert answer["text"] == "Hello Ada, your order 7 is on its way."
        assert [one.text for one in await ada.network.phone(ada.address)] == [on_phone]
        await _pass(here, hours=25)
        assert (await ada.way())["state"] == "window_closed"
        assert await ada.is_not_answered("Still there?") == (409, "outside_window")
        await ada.is_told(template=use)


@pytest.mark.parametrize("name", ["messenger", "instagram"])
async def test_a_person_may_answer_for_seven_days(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Hello?")
    await _pass(here, hours=25)
    await ada.is_told("Sorry, it took a while")
    assert ada.network.vendor.messages[-1].tag == "HUMAN_AGENT"
    await _pass(here, hours=6 * 24)
    assert (await ada.way())["state"] == "window_closed"
    assert await ada.is_not_answered("Still there?") == (409, "outside_window")


async def _pass(here: Shop, hours: int) -> None:
    """In steps, so that nobody is signed out."""
    for step in range(0, hours, 24):
        here.hub.clock.jump(min(24, hours - step) * HOUR_S)
        await here.api.get("/me")


@pytest.mark.parametrize("name", ["twilio_sms", "twilio_whatsapp", "whatsapp", "telegram"])
async def test_stop_is_obeyed_and_start_undoes_it(here: Shop, name: str) -> None:
    ada = await here.customer(name)
    await ada.writes("Hello?")
    await ada.is_told("Hello!")
    await ada.writes("STOP")
    assert (await ada.way())["state"] == "opted_out"
    before = len(await ada.network.phone(ada.address))
    assert await ada.is_not_answered("Wait") == (409, "opted_out")
    activities = [item["activity"] for item in await ada.timeline() if item["kind"] == "activity"]
    assert activities.count("opted_out") == 1
    await here.hub.services.outbox.settle()
    assert "Wait" not in [one.text for one in (await ada.network.phone(ada.address))[before:]]

    await ada.writes("START")
    assert (await ada.way())["state"] == "ok"
    await ada.is_told("Welcome back")
    assert (await ada.network.phone(ada.address))[-1].text == "Welcome back"


@pytest.mark.parametrize("other", ["whatsapp", "twilio_whatsapp"])
async def test_one_number_is_one_person_who_is_answered_either_way(here: Shop, other: str) -> None:
    texter = await here.customer("twilio_sms")
    await texter.writes("By SMS")
    chatter = await here.same(texter, other)
    await chatter.writes("By WhatsApp")
    assert await here.new_conversations() == set()
    said = [(item["channel"], item["text"]) for item in await texter.messages()]
    assert said == [("twilio_sms", "By SMS"), (other, "By WhatsApp")]
    about = (await here.api.get(texter.path))["conversation"]
    contact = await here.api.get(f"/contacts/{about['contact']['id']}")
    assert [one["value"] for one in contact["identities"]] == [texter.address]

    assert (await texter.ways())[0]["channel"] == other
    ways = {way["channel"]: way["state"] for way in await texter.ways()}
    assert ways["twilio_sms"] == ways[other] == "ok"
    await texter.is_told("Answered by SMS")
    await chatter.is_told("Answered by WhatsApp")
    for one, text in ((texter, "Answered by SMS"), (chatter, "Answered by WhatsApp")):
        assert [seen.text for seen in await one.network.phone(one.address)] == [text]
        assert (await texter.messages())[2 if one is texter else 3]["channel"] == one.network.name


async def test_a_local_number_belongs_to_the_country_of_the_inbox(here: Shop) -> None:
    """The sender of `twilio_sms` is a Polish number, the one of `twilio_whatsapp` a Turkish one."""
    polish = here.inbox(await here.network("twilio_sms"))
    network = await here.network("twilio_whatsapp")
    turkish = here.inbox(network)

    def first(inbox_id: str, address: str, id: str) -> dict[str, str]:
        return {"inbox_id": inbox_id, "address": address, "client_id": id, "text": "Hello"}

    begun = await here.api.post("/conversations", **first(polish, "602 100 299", "local-number-1"))
    await here.new_conversations()
    assert begun["targets"][0]["address"] == "+48602100299"
    # The address is understood; only its owner has not written here yet.
    waits = first(turkish, "0532 123 45 67", "local-number-2")
    assert await here.refusal("POST", "/conversations", **waits) == (409, "outside_window")
    found = await here.api.get("/contacts", text="+905321234567")
    assert [one["name"] for one in found["items"]] == ["+905321234567"]
    abroad = first(turkish, "48602100298", "local-number-3")
    assert await here.refusal("POST", "/conversations", **abroad) == (400, "bad_input")


async def test_a_limit_of_bytes_is_told_before_anything_is_sent(here: Shop) -> None:
    """Instagram counts bytes: half as many of these letters as of plain ones."""
    ada = await here.customer("instagram")
    await ada.writes("Hello?")
    assert await ada.is_not_answered("ż" * 501) == (400, "bad_input")
    await ada.is_told("ż" * 500)
