"""Buckets in the store: read by range, written whole. Never added to: a write says what the bucket
holds, so that it may be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import TypeVar, get_args

import msgspec

from hub.model.report import Family, Grain, Tally
from hub.ports.collections import BUCKETS
from hub.ports.store import Doc, DocumentStore, Patch
from hub.services.docs import from_doc
from hub.services.reports.grains import KEPT_MS, Run, after, bucket_id, floor
from hub.services.reports.tally import Counts, add

FAMILIES: tuple[Family, ...] = get_args(Family)
#: Key → counts.
Rows = dict[str, Counts]
#: What a stretch of time holds.
Families = dict[Family, Rows]

_PAGE = 2_000
#: More separate runs than this are read by their buckets' ids.
_MOST_RUNS = 40
T = TypeVar("T")


class Stored(msgspec.Struct, frozen=True):
    """A bucket as it is summed up; `hub.model.report.Bucket` is the whole document."""

    start: int
    rows: Rows


class Tallied(msgspec.Struct, frozen=True):
    """A bucket as reports sum it up."""

    start: int
    rows: dict[str, Tally]


class Whole(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    """A bucket as it is compared with what it should hold."""

    id: str
    rows: Rows
    is_final: bool


def add_delta(into: Families, family: Family, key: str, counts: Counts) -> None:
    add(into.setdefault(family, {}).setdefault(key, {}), counts)


def summed(parts: Iterable[Families]) -> Families:
    total: Families = {}
    for part in parts:
        for family, rows in part.items():
            for key, counts in rows.items():
                add_delta(total, family, key, counts)
    return total


def _doc(
    workspace: str, family: Family, grain: Grain, start: int, rows: Rows, *, is_final: bool
) -> Doc:
    return {
        "_id": bucket_id(workspace, family, grain, start),
        "start": start,
        "rows": rows,
        "is_final": is_final,
        "expires_at": start + KEPT_MS[grain] if grain in KEPT_MS else 0,
    }


async def put_open(store: DocumentStore, workspace: str, start: int, held: Families) -> None:
    """Set a quarter's buckets while it goes on; final ones stay as they are."""

    async def put(family: Family, rows: Rows) -> None:
        doc = _doc(workspace, family, "quarter", start, rows, is_final=False)
        change, expect = Patch(set={"rows": rows}), {"is_final": False}
        if await store.patch(BUCKETS, doc["_id"], change, expect=expect) is None:
            await store.insert_many(BUCKETS, [doc])

    await asyncio.gather(*(put(family, rows) for family, rows in held.items()))


async def put(
    store: DocumentStore,
    workspace: str,
    grain: Grain,
    start: int,
    held: Families,
    *,
    is_final: bool,
) -> None:
    """Set the buckets of the families in `held`, whatever they hold; empty ones only where they
    exist.
    """

    async def put(family: Family, rows: Rows) -> None:
        doc = _doc(workspace, family, grain, start, rows, is_final=is_final)
        change = Patch(set={"rows": rows, "is_final": is_final})
        await store.patch(BUCKETS, doc["_id"], change, upsert=doc if rows else None)

    await asyncio.gather(*(put(family, rows) for family, rows in held.items()))


async def put_many(
    store: DocumentStore, workspace: str, grain: Grain, held: dict[int, Families], run: Run
) -> None:
    """Set all final buckets of `run`: what is not in `held` is empty."""
    docs = {
        doc["_id"]: doc
        for start, families in held.items()
        for family, rows in families.items()
        for doc in [_doc(workspace, family, grain, start, rows, is_final=True)]
    }
    old: dict[str, Rows] = {}
    for family in FAMILIES:
        for bucket in await read_runs(store, Whole, workspace, family, [run]):
            old[bucket.id] = bucket.rows
    await store.insert_many(BUCKETS, [doc for id, doc in docs.items() if id not in old])
    for id, rows in old.items():
        wanted: Rows = docs[id]["rows"] if id in docs else {}
        if wanted != rows:
            await store.patch(BUCKETS, id, Patch(set={"rows": wanted, "is_final": True}))


async def read_quarter(store: DocumentStore, workspace: str, start: int) -> dict[Family, Whole]:
    """The buckets of one quarter that exist, by family."""
    ids = {bucket_id(workspace, family, "quarter", start): family for family in FAMILIES}
    docs = await store.get_many(BUCKETS, list(ids))
    return {ids[doc["_id"]]: from_doc(Whole, doc) for doc in docs}


async def read_runs(
    store: DocumentStore, kind: type[T], workspace: str, family: Family, runs: list[Run]
) -> list[T]:
    """All buckets of `runs` as structs of `kind`, which names the fields that are wanted."""
    found = await asyncio.gather(*(_read(store, kind, workspace, family, run) for run in runs))
    return [bucket for part in found for bucket in part]


async def _read(
    store: DocumentStore, kind: type[T], workspace: str, family: Family, run: Run
) -> list[T]:
    bounds = {
        "$gte": bucket_id(workspace, family, run.grain, run.start),
        "$lt": bucket_id(workspace, family, run.grain, run.end),
    }
    found: list[T] = []
    after_: str | None = None
    while True:
        page = await store.find_as(
            kind, BUCKETS, workspace, {"_id": bounds}, after=after_, limit=_PAGE
        )
        found += page.items
        after_ = page.next
        if after_ is None:
            return found


async def read_starts(
    store: DocumentStore,
    kind: type[T],
    workspace: str,
    family: Family,
    grain: Grain,
    wanted: set[int],
) -> list[T]:
    """The buckets of one grain that begin at these times."""
    runs: list[Run] = []
    for start in sorted(wanted):
        if runs and runs[-1].end == start:
            runs[-1] = Run(grain, runs[-1].start, after(grain, start))
        else:
            runs.append(Run(grain, start, after(grain, start)))
    if len(runs) <= _MOST_RUNS:
        return await read_runs(store, kind, workspace, family, runs)
    ids = [bucket_id(workspace, family, grain, start) for start in sorted(wanted)]
    parts = [ids[at : at + _PAGE] for at in range(0, len(ids), _PAGE)]
    found = await asyncio.gather(*(store.get_many(BUCKETS, part) for part in parts))
    return [msgspec.convert(doc, kind) for docs in found for doc in docs]


def starts(grain: Grain, start: int, end: int) -> Iterator[int]:
    """Where the buckets of `grain` in [start, end) begin."""
    at = floor(grain, start)
    while at < end:
        yield at
        at = after(grain, at)


async def read_all(
    store: DocumentStore, workspace: str, grain: Grain, start: int, end: int
) -> Families:
    """The sum of all families' buckets of one grain in [start, end)."""

    async def of(family: Family) -> list[Families]:
        run = Run(grain, start, end)
        found = await read_runs(store, Stored, workspace, family, [run])
        return [{family: bucket.rows} for bucket in found if bucket.rows]

    found = await asyncio.gather(*map(of, FAMILIES))
    return summed(part for parts in found for part in parts)


async def fold(
    store: DocumentStore, workspace: str, finer: Grain, grain: Grain, start: int
) -> None:
    """Set the buckets of `grain` to the sum of the finer ones in them."""
    held = await read_all(store, workspace, finer, start, after(grain, start))
    every: Families = {family: held.get(family, {}) for family in FAMILIES}
    await put(store, workspace, grain, start, every, is_final=True)
