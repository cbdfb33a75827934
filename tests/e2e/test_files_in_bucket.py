"""Files in a bucket, through the whole hub: uploaded, shown, downloaded, sent by e-mail; while the
storage is gone; by two hubs that share nothing else but the database and the key.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.ports.collections import OUTBOX
from tests.architecture.source import ROOT
from tests.support.blob_stores import BUCKET
from tests.support.mail_hub import MailHub, mail_hub, until
from tests.support.media import png
from tests.support.real_hub import Api, RealHub, free_port, real_hub, signed_in
from tests.support.s3_server import ACCESS_KEY, SECRET_KEY, S3Server, running_s3
from tests.support.stores import drop_database, mongo_database, mongo_uri

pytestmark = pytest.mark.e2e
BIG = os.urandom(1_000_000) * 6


def settings(server: S3Server, **more: str) -> dict[str, str]:
    return {
        "HUB_FILES": f"s3://{BUCKET}/santral?endpoint={server.endpoint}&region=eu-central-1",
        "HUB_S3_ACCESS_KEY": ACCESS_KEY,
        "HUB_S3_SECRET_KEY": SECRET_KEY,
        **more,
    }


async def upload(api: Api, url: str, name: str, data: bytes) -> tuple[int, dict[str, Any]]:
    async with api._session.post(
        f"{url}/api/v1/files", params={"name": name}, data=io.BytesIO(data), headers=api._headers
    ) as answer:
        return answer.status, await answer.json()


async def get(api: Api, url: str, **headers: str) -> tuple[int, bytes]:
    async with asyncio.timeout(60), api._session.get(url, headers=headers) as answer:
        return answer.status, await answer.read()


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / BUCKET).rglob("*") if path.is_file()]


async def test_files_go_through_the_bucket(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    async with (
        running_s3(tmp_path, BUCKET) as server,
        mail_hub("sqlite", tmp_path / "hub", **settings(server)) as hub,
    ):
        base, picture = hub.hub.url, png(900, 600)
        status, file = await upload(hub.api, base, "a.png", picture)
        assert status == 200
        [path] = stored(tmp_path)
        workspace = path.relative_to(tmp_path / BUCKET / "santral").parts[0]
        assert path.read_bytes() == picture
        assert not (tmp_path / "hub/files").exists()
        assert await get(hub.api, base + file["url"]) == (200, picture)
        assert await get(hub.api, base + file["url"], Range="bytes=5-9") == (206, picture[5:10])
        status, thumbnail = await get(hub.api, base + file["thumbnail_url"])
        assert (status, thumbnail[8:12]) == (200, b"WEBP")
        sink = await hub.hub.services.files.sink(workspace)
        link = base + sink.link(file["id"], "")
        async with aiohttp.ClientSession() as stranger, stranger.get(link) as answer:
            assert await answer.read() == picture
        conversation, _ = await hub.start("ada@home.example")
        await answer_with(hub, conversation, file["id"])
        await hub.settle()
        assert attachments(hub) == [picture]


async def answer_with(hub: MailHub, conversation: str, file_id: str) -> None:
    await hub.api.post(
        f"/conversations/{conversation}/messages",
        client_id="the-answer-with-a-file",
        text="Here it is",
        file_ids=[file_id],
    )


def attachments(hub: MailHub) -> list[bytes]:
    return [part.get_payload(decode=True) for part in hub.sent(-1).iter_attachments()]


async def test_while_the_storage_is_gone_nothing_is_lost_or_unknown(tmp_path: Path) -> None:
    async with (
        running_s3(tmp_path, BUCKET) as server,
        mail_hub("sqlite", tmp_path / "hub", **settings(server)) as hub,
    ):
        base = hub.hub.url
        _, file = await upload(hub.api, base, "a.txt", b"hello")
        conversation, _ = await hub.start("ada@home.example")
        await server.kill()
        status, problem = await upload(hub.api, base, "b.txt", b"another")
        assert (status, problem["code"]) == (503, "unavailable")
        assert (await get(hub.api, base + file["url"]))[0] == 503
        await answer_with(hub, conversation, file["id"])

        async def is_put_back() -> bool:
            return {row["state"] for row in await rows(hub)} == {"accepted", "retry"}

        await until(is_put_back)
        assert len(hub.sink.mails) == 1
        await server.start()
        hub.hub.clock.jump(60)

        async def is_sent() -> bool:
            return len(hub.sink.mails) == 2

        await until(is_sent)
        assert attachments(hub) == [b"hello"]
        assert (await upload(hub.api, base, "b.txt", b"another"))[0] == 200


async def rows(hub: MailHub) -> list[dict[str, Any]]:
    return list((await hub.hub.services.store.dump(OUTBOX)).docs)


async def test_a_download_that_breaks_off_is_no_whole_file(tmp_path: Path) -> None:
    async with (
        running_s3(tmp_path, BUCKET) as server,
        real_hub("sqlite", tmp_path / "hub", **settings(server)) as hub,
        signed_in(hub.url) as api,
    ):
        _, file = await upload(api, hub.url, "a.bin", BIG)
        parts = 0

        async def die(request: str) -> None:
            nonlocal parts
            parts += request.startswith("GET")
            if parts == 3:
                await server.kill()

        server.seen = die
        with pytest.raises(aiohttp.ClientError):
            await get(api, hub.url + file["url"])
        server.seen = None
        await server.start()
        assert await get(api, hub.url + file["url"]) == (200, BIG)


async def test_two_hubs_share_their_files(tmp_path: Path) -> None:
    uri, database = mongo_uri(), f"test_{uuid.uuid4().hex[:12]}"
    key = {"HUB_SECRET_KEY_FILE": str(tmp_path / "secret.key")}
    async with running_s3(tmp_path, BUCKET) as server:
        shared = settings(server, HUB_STORE=mongo_database(uri, database), **key)
        try:
            async with (
                real_hub("sqlite", tmp_path / "hub1", **shared) as first,
                real_hub("sqlite", tmp_path / "hub2", **shared) as second,
            ):
                await there_and_back(first, second)
        finally:
            await drop_database(uri, database)


async def there_and_back(first: RealHub, second: RealHub) -> None:
    for here, there in ((first, second), (second, first)):
        async with signed_in(here.url) as one, signed_in(there.url) as other:
            _, file = await upload(one, here.url, "a.bin", here.url.encode() + BIG)
            assert await get(other, there.url + file["url"]) == (200, here.url.encode() + BIG)


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({"HUB_S3_SECRET_KEY": "wrong-secret"}, 2, "answers 403 SignatureDoesNotMatch: check"),
        ({"HUB_FILES": "s3://nowhere?endpoint={endpoint}"}, 2, "answers 404 NoSuchBucket: make"),
        ({"HUB_FILES": "s3://files?endpoint=http://127.0.0.1:{port}"}, 1, "does not answer; is"),
    ],
)
async def test_a_hub_that_cannot_use_its_bucket_says_so_and_ends(
    tmp_path: Path, wrong: dict[str, str], status: int, told: str
) -> None:
    async with running_s3(tmp_path, BUCKET) as server:
        places = {"endpoint": server.endpoint, "port": str(free_port())}
        changed = {name: text.format(**places) for name, text in wrong.items()}
        returned, out, err = await run_hub(
            "serve", **(settings(server) | changed), HUB_DATA_DIR=str(tmp_path / "hub")
        )
    assert returned == status
    assert len(re.findall(f"HUB_FILES: the file store {re.escape(told)}", err)) == 1, err
    assert "Traceback" not in err
    assert not any(secret in out + err for secret in (SECRET_KEY, "wrong-secret"))


async def run_hub(*command: str, **environment: str) -> tuple[int, str, str]:
    """Status and what was said."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub", *command, cwd=ROOT, env={**clean, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_commands_back_up_and_restore_a_bucket(tmp_path: Path) -> None:
    async with running_s3(tmp_path, BUCKET) as server:
        used = settings(server)
        async with real_hub("sqlite", tmp_path / "hub", **used) as hub, signed_in(hub.url) as api:
            _, file = await upload(api, hub.url, "a.bin", BIG)
        archive = str(tmp_path / "all.tar")
        status, _, err = await run_hub(
            "backup", archive, HUB_DATA_DIR=str(tmp_path / "hub"), **used
        )
        assert status == 0, err
        (tmp_path / "new").mkdir()
        shutil.copy(tmp_path / "hub/secret.key", tmp_path / "new")
        used["HUB_FILES"] = used["HUB_FILES"].replace("/santral?", "/restored?")
        new = {**used, "HUB_DATA_DIR": str(tmp_path / "new")}
        status, _, err = await run_hub("restore", archive, **new)
        assert status == 0, err
        shutil.rmtree(tmp_path / BUCKET / "santral")
        async with real_hub("sqlite", tmp_path / "new", **used) as hub, signed_in(hub.url) as api:
            assert await get(api, hub.url + file["url"]) == (200, BIG)
