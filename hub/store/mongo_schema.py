"""What a declared collection is in MongoDB: its indexes, and the records that say how it was
written.

Run at every open and idempotent. A database written by a newer Santral is refused with one line;
when the rules of the text index have changed, the words of all documents are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from hub import log
from hub.errors import ConfigFault
from hub.model.text import text_version
from hub.ports.store import Coll, Doc, Index
from hub.store.check import check_coll
from hub.store.mongo_query import words_of

LAYOUT = 1
META = "_santral"
#: Servers since MongoDB 6.0 know $in in the condition of a partial index.
WIRE_PARTIAL_IN = 17
_REBUILD_BATCH = 500

_log = log.get("hub.store")
Database = AsyncDatabase[Doc]


async def migrate(db: Database, colls: Sequence[Coll], *, ttl_index: bool) -> None:
    await _check_layout(db)
    hello = await db.client.admin.command("hello")
    has_partial_in = hello["maxWireVersion"] >= WIRE_PARTIAL_IN
    for coll in colls:
        check_coll(coll)
        await _fit_indexes(db[coll.name], index_models(coll, has_partial_in, ttl_index))
        if coll.text:
            await _fit_words(db, coll)


def index_models(coll: Coll, has_partial_in: bool, ttl_index: bool) -> list[IndexModel]:
    models = [_model(coll, index, has_partial_in) for index in coll.indexes]
    if coll.text:
        keys = [
            ("p", ASCENDING),
            ("_tok", ASCENDING),
            (coll.text_time, DESCENDING),
            ("_id", DESCENDING),
        ]
        models.append(IndexModel(keys, name="_words"))
    if coll.expires:
        expiry: dict[str, Any] = {"expireAfterSeconds": 0} if ttl_index else {}
        models.append(IndexModel([("_exp", ASCENDING)], name="_expires", **expiry))
    return models


def _model(coll: Coll, index: Index, has_partial_in: bool) -> IndexModel:
    fields = ("p", *index.fields) if index.unique else ("p", *index.fields, "_id")
    options: dict[str, Any] = {"name": index.name, "unique": index.unique}
    if index.where:
        if has_partial_in or not any(isinstance(c, Mapping) for c in index.where.values()):
            options["partialFilterExpression"] = _partial(index.where)
        elif index.unique:
            raise ConfigFault([f"MongoDB 6.0 or newer is needed for {coll.name}.{index.name}"])
    return IndexModel([(field, ASCENDING) for field in fields], **options)


def _partial(where: Mapping[str, Any]) -> Doc:
    return {f: {"$in": list(c["$in"])} if isinstance(c, Mapping) else c for f, c in where.items()}


async def _fit_indexes(collection: AsyncCollection[Doc], models: Sequence[IndexModel]) -> None:
    """Make what is declared, make anew what was declared otherwise, drop what is not declared."""
    there = await collection.index_information()
    wanted = {model.document["name"]: model for model in models}
    kept = {"_id_"}
    for name, found in there.items():
        if name in wanted and _same(found, wanted[name].document):
            kept.add(name)
        elif name != "_id_":
            await collection.drop_index(name)
    missing = [model for name, model in wanted.items() if name not in kept]
    if missing:
        await collection.create_indexes(missing)


def _same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    keys = [(field, int(direction)) for field, direction in found["key"]]
    options = ("unique", "partialFilterExpression", "expireAfterSeconds")
    return keys == list(wanted["key"].items()) and all(
        (found.get(option) or 0) == (wanted.get(option) or 0) for option in options
    )


async def _check_layout(db: Database) -> None:
    found = await db[META].find_one({"_id": "layout"})
    if found is not None and found["value"] > LAYOUT:
        raise ConfigFault(["the database was written by a newer Santral: install that one"])
    await db[META].update_one({"_id": "layout"}, {"$set": {"value": LAYOUT}}, upsert=True)


async def _fit_words(db: Database, coll: Coll) -> None:
    key, rules = f"text:{coll.name}", repr((text_version(), coll.text, coll.text_time))
    found = await db[META].find_one({"_id": key})
    if found is not None and found["value"] == rules:
        return
    last = ""
    while batch := await _next_batch(db[coll.name], last):
        last = batch[-1]["_id"]
        await db[coll.name].bulk_write([_words_update(coll, doc) for doc in batch], ordered=False)
        _log.info("text index is made anew", collection=coll.name, up_to=last)
    await db[META].update_one({"_id": key}, {"$set": {"value": rules}}, upsert=True)


async def _next_batch(collection: AsyncCollection[Doc], last: str) -> list[Doc]:
    cursor = collection.find({"_id": {"$gt": last}}).sort("_id", 1).limit(_REBUILD_BATCH)
    return await cursor.to_list()


def _words_update(coll: Coll, doc: Doc) -> UpdateOne:
    same = {"_id": doc["_id"], "p": doc["p"], "v": doc["v"]}
    return UpdateOne(same, {"$set": {"_tok": words_of(coll, doc)}})
