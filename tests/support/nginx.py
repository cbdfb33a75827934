"""A real nginx before several hubs, with the configuration that the container files use."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

CONF = Path(__file__).resolve().parents[2] / "docker" / "nginx.conf"
_SBIN = "/usr/sbin/nginx"
_FRAME = """daemon off;
master_process off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    {site}
}}
"""


@asynccontextmanager
async def running_nginx(home: Path, hubs: Sequence[int], port: int) -> AsyncIterator[str]:
    """Its URL; skips where there is none."""
    program = shutil.which("nginx") or _SBIN
    if not Path(program).exists():
        pytest.skip("no nginx: install the package nginx-light")
    home.mkdir(parents=True, exist_ok=True)
    site = CONF.read_text(encoding="utf-8").replace("listen 8080;", f"listen 127.0.0.1:{port};")
    for name, hub in zip(("hub:8080", "hub2:8080"), hubs, strict=True):
        site, count = re.subn(rf"server {name}\b", f"server 127.0.0.1:{hub}", site)
        assert count == 1, name
    conf = home / "nginx.conf"
    conf.write_text(_FRAME.format(home=home, site=site), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(program, "-c", str(conf), "-p", str(home))
    try:
        async with asyncio.timeout(90):
            while not await _listens(port):
                assert process.returncode is None, (home / "error.log").read_text()
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
