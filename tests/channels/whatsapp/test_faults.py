"""What the outbox hears when Meta is late, away, broken or says no: never two acceptances, and
never "not sent" for what may have been sent.
"""

from __future__ import annotations

from typing import Any

import pytest

from channels.whatsapp.adapter import Adapter
from hub.errors import (
    AuthFailed,
    ContentRejected,
    NotFound,
    OptedOut,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)
from hub.model.message import Attachment
from hub.ports.inbound import MediaRef
from hub.standin import Fault
from tests.channels.whatsapp.support import PERSON, TOKEN, config, connected
from tests.support.adapter_context import MemoryContext
from tests.support.channel_sample import text_to


@pytest.mark.parametrize(
    ("fault", "expected", "accepted"),
    [
        (Fault(kind="drop"), OutcomeUnknown, 0),
        (Fault(kind="accept_then_drop"), OutcomeUnknown, 1),
        (Fault(kind="garbage"), OutcomeUnknown, 0),
        (Fault(kind="hang"), OutcomeUnknown, 0),
        (Fault(kind="status", status=500), OutcomeUnknown, 0),
        (Fault(kind="status", status=502), OutcomeUnknown, 0),
        (Fault(kind="status", status=500, code=1), OutcomeUnknown, 0),
        (Fault(kind="status", status=500, code=2), TransientFailure, 0),
        (Fault(kind="status", status=500, code=131000), TransientFailure, 0),
        (Fault(kind="status", status=503, code=131016), TransientFailure, 0),
        (Fault(kind="status", status=401, code=190), AuthFailed, 0),
        (Fault(kind="status", status=401), AuthFailed, 0),
        (Fault(kind="status", status=403, code=10), AuthFailed, 0),
        (Fault(kind="status", status=400, code=131031), AuthFailed, 0),
        (Fault(kind="status", status=400, code=131026), RecipientUnreachable, 0),
        (Fault(kind="status", status=400, code=131047), OutsideWindow, 0),
        (Fault(kind="status", status=400, code=131050), OptedOut, 0),
        (Fault(kind="status", status=400, code=100), ContentRejected, 0),
        (Fault(kind="status", status=404), ContentRejected, 0),
    ],
)  # fmt: skip
async def test_each_fault_ends_in_the_right_error(
    fault: Fault, expected: type[SendError], accepted: int
) -> None:
    async with connected() as (adapter, meta, _):
        if fault.kind == "hang":
            adapter._graph._timeout_s = 2
        meta.desk.faults.append(fault)
        with pytest.raises(SendError) as raised:
            await adapter.send(text_to(PERSON))
        assert type(raised.value) is expected
        assert len(meta.desk.accepted) == accepted
        assert TOKEN not in str(raised.value)


async def test_a_limit_is_obeyed_to_the_second() -> None:
    async with connected() as (adapter, meta, _):
        for code, wait in ((130429, 17), (4, 33), (0, 5)):
            meta.desk.faults.append(Fault(kind="status", status=429, code=code, retry_after_s=wait))
            with pytest.raises(RateLimited) as raised:
                await adapter.send(text_to(PERSON))
            assert raised.value.retry_after_s == wait
        assert meta.desk.accepted == []


async def test_nothing_left_when_nobody_listens() -> None:
    ctx = MemoryContext(config("http://127.0.0.1:9"))
    adapter = Adapter(ctx)
    try:
        with pytest.raises(TransientFailure):
            await adapter.send(text_to(PERSON))
    finally:
        await ctx.http.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="drop", path="/media"),
        Fault(kind="accept_then_drop", path="/media"),
        Fault(kind="garbage", path="/media"),
        Fault(kind="status", status=500, path="/media"),
    ],
)
async def test_an_upload_that_fails_may_be_tried_again(fault: Fault) -> None:
    """Nobody sees a file that was only uploaded."""
    async with connected() as (adapter, meta, ctx):
        saved = await ctx.files.save(b"data", "a.png", declared_type="image/png")
        message = text_to(PERSON, "", attachments=[saved])
        meta.desk.faults.append(fault)
        with pytest.raises(TransientFailure):
            await adapter.send(message)
        assert meta.desk.accepted == []
        await adapter.send(message)
        assert len(meta.desk.accepted) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(kind="drop", count=2), TransientFailure),
        (Fault(kind="garbage"), TransientFailure),
        (Fault(kind="status", status=500), TransientFailure),
        (Fault(kind="status", status=404), NotFound),
        (Fault(kind="status", status=401, code=190), AuthFailed),
        (Fault(kind="status", status=500, path="/media/"), TransientFailure),
        (Fault(kind="status", status=404, path="/media/"), ContentRejected),
        (Fault(kind="drop", count=2, path="/media/"), TransientFailure),
    ],
)  # fmt: skip
async def test_fetching_a_file_fails_in_ways_that_the_hub_knows(
    fault: Fault, expected: type[Exception]
) -> None:
    async with connected() as (adapter, meta, _):
        id = meta.keep(b"picture", "image/jpeg")
        meta.desk.faults.append(fault)
        with pytest.raises(expected):
            await adapter.fetch(MediaRef(ref=id))


async def test_an_answer_without_an_id_is_not_taken_for_success() -> None:
    async with connected() as (adapter, meta, _):

        async def odd(*_: Any, **__: Any) -> dict[str, Any]:
            return {"messages": []}

        adapter._graph.post = odd  # type: ignore[method-assign]
        with pytest.raises(OutcomeUnknown):
            await adapter.send(text_to(PERSON))
        assert meta.desk.ledger == []


async def test_a_file_too_large_for_whatsapp_is_refused_before_reading_it() -> None:
    async with connected() as (adapter, meta, _):
        huge = Attachment(
            file_id="f", name="a", media_type="application/pdf", size_bytes=101 * 1024 * 1024
        )
        with pytest.raises(ContentRejected, match="100 MB"):
            await adapter.send(text_to(PERSON, "", attachments=[huge]))
        assert meta.desk.ledger == []
