"""A Telegram inbox that asks for its updates: nothing is confirmed to Telegram before it is stored,
and nothing that is stored is asked for again.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.telegram.adapter import Adapter
from channels.telegram.parse import WANTED
from hub.ports.inbound import Ignored, MessageReceived
from tests.channels.telegram.conftest import MakeWorld, World
from tests.channels.telegram.sample import SOMEBODY, TOKEN
from tests.support.channel_sample import text_to

_DAY_MS = 24 * 3600 * 1000


def texts(world: World) -> list[str]:
    return [event.text for event in world.ctx.events if isinstance(event, MessageReceived)]


def asked(world: World) -> list[dict[str, Any]]:
    """What each poll asked for."""
    ledger = [e for e in world.vendor.desk.ledger if e.path.endswith("/getUpdates")]
    return [json.loads(entry.body) for entry in ledger]


async def test_updates_come_in_by_asking(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        assert world.bot.webhook == "" and world.calls[0] == "deleteWebhook"
        for text in ("one", "two"):
            await world.customer(text=text)
        await world.ctx.until(lambda: texts(world) == ["one", "two"])
        assert world.bot.wanted == list(WANTED)


async def test_a_webhook_of_before_is_ended_and_keeps_what_waits(make_world: MakeWorld) -> None:
    async with make_world(receive="polling", is_started=False) as world:
        world.bot.webhook = "https://old.example/hook"
        world.bot.tell("message", world.bot.message(world.bot.meet(SOMEBODY), {"id": 1}, text="x"))
        await world.adapter.start()
        await world.ctx.until(lambda: texts(world) == ["x"])


async def test_nothing_is_confirmed_before_it_is_stored(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        world.ctx.fail_accepts = 2
        await world.customer(text="one")
        await world.ctx.until(lambda: texts(world) == ["one"])
        assert ("error", "telegram.state.not_stored") in world.ctx.states
        await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))
        number = world.bot.updates[0]["update_id"] if world.bot.updates else 900_000_001
        offsets = [one.get("offset") for one in asked(world)]
        assert set(offsets) <= {None, number + 1}, "it was confirmed only once it was stored"


async def test_a_new_hub_goes_on_where_the_old_one_was(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        await world.customer(text="one")
        await world.ctx.until(lambda: "offset" in world.ctx.notes)
        assert world.ctx.notes["offset"]["next"] == 900_000_002
        await world.adapter.stop()
        count = len(asked(world))
        world.hook.adapter = world.adapter = Adapter(world.ctx)
        await world.adapter.start()
        await world.customer(text="two")
        await world.ctx.until(lambda: texts(world) == ["one", "two"])
        assert asked(world)[count]["offset"] == 900_000_002


async def test_numbers_of_long_ago_are_not_asked_from(make_world: MakeWorld) -> None:
    """After a week without updates Telegram counts anew from anywhere."""
    async with make_world(receive="polling", is_started=False) as world:
        long_ago = world.ctx.clock.now_ms() - _DAY_MS - 1
        world.ctx.notes["offset"] = {"next": 999_999_999, "at": long_ago}
        await world.adapter.start()
        await world.customer(text="one")
        await world.ctx.until(lambda: texts(world) == ["one"])
        assert "offset" not in asked(world)[0]


async def test_a_note_that_is_lost_costs_nothing(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        world.ctx.fail_remembers = 1
        for text in ("one", "two"):
            await world.customer(text=text)
            await world.ctx.until(lambda text=text: text in texts(world))
        assert texts(world) == ["one", "two"]


async def test_one_update_that_cannot_be_read_costs_no_other(make_world: MakeWorld) -> None:
    async with make_world(receive="polling", is_started=False) as world:
        world.bot.tell("message", {"message_id": "what?"})
        await world.customer(text="two")
        await world.adapter.start()
        await world.ctx.until(lambda: len(world.ctx.events) == 2)
        assert world.ctx.events[0] == Ignored(event_id="update:900000001", reason="unreadable_item")
        assert texts(world) == ["two"]


async def test_a_pressed_button_is_answered_by_a_call(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        sent = await world.adapter.send(text_to(world.to, "More?"))
        number = sent.provider_ids[0].partition(":")[2]
        world.fault("drop", "answerCallbackQuery")
        for count in (1, 2):
            await world.customer(payload="yes", reply_to=number)
            await world.ctx.until(lambda count=count: texts(world) == ["yes"] * count)
        await world.customer(text="done")
        await world.ctx.until(lambda: texts(world)[-1] == "done")
        assert list(world.bot.presses.values()) == [False, True]


async def test_another_program_that_polls_is_told(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        await world.ctx.until(lambda: bool(world.calls))
        url = f"{world.base}/bot{TOKEN}/getUpdates"
        while ("error", "telegram.state.taken") not in world.ctx.states:
            async with world.http.post(url, json={"timeout": 0}) as answer:
                await answer.read()
        await world.ctx.until(lambda: ("error", "telegram.state.taken") in world.ctx.states)
        await world.customer(text="one")
        await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))
        assert texts(world) == ["one"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"kind": "drop"}, ("disconnected", "telegram.state.lost")),
        ({"kind": "garbage"}, ("disconnected", "telegram.state.lost")),
        ({"kind": "status", "status": 502}, ("disconnected", "telegram.state.lost")),
        (
            {"kind": "status", "status": 429, "retry_after_s": 9},
            ("disconnected", "telegram.state.lost"),
        ),
        ({"kind": "status", "status": 401}, ("bad_credentials", "telegram.state.token")),
        ({"kind": "status", "status": 409}, ("error", "telegram.state.taken")),
    ],
)
async def test_each_fault_is_told_and_overcome(
    make_world: MakeWorld, fault: dict[str, Any], state: tuple[str, str]
) -> None:
    async with make_world(receive="polling", is_started=False) as world:
        world.fault(**fault, path="getUpdates")
        await world.customer(text="one")
        await world.adapter.start()
        await world.ctx.until(lambda: texts(world) == ["one"])
        assert state in world.ctx.states
        await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))
        if fault.get("retry_after_s"):
            assert 9 in world.ctx.clock.asked_for  # type: ignore[attr-defined]


async def test_stopping_ends_a_poll_that_waits(make_world: MakeWorld) -> None:
    async with make_world(receive="polling") as world:
        await world.ctx.until(lambda: world.ctx.states[-1] == ("connected", ""))
        await world.adapter.stop()
        assert world.ctx.tasks.names() == []


async def test_a_hundred_long_updates_are_one_answer(make_world: MakeWorld) -> None:
    """More than other calls may answer with: 4 MB."""
    async with make_world(receive="polling", is_started=False) as world:
        person = world.bot.meet(SOMEBODY)
        for _ in range(100):
            message = world.bot.message(person, person.user, text="ż" * 4096, caption="ż" * 4096)
            world.bot.tell("message", message)
        await world.adapter.start()
        await world.ctx.until(lambda: len(world.ctx.events) == 100)
