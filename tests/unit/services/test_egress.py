"""The one way out: nothing private is ever connected to, in whatever disguise (S-12, S-13)."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.errors import BadInput, HubError, TooLarge, Unavailable
from hub.services.egress import ANY_HOST, EgressClient
from hub.services.egress_rules import clean_host, is_public, parse_allowed

PUBLIC = "93.184.216.34"
NAMES: dict[str, list[str]] = {
    "public.example": [PUBLIC],
    "private.example": ["10.0.0.5"],
    "loop.example": ["127.0.0.1"],
    "mixed.example": [PUBLIC, "192.168.1.1"],
    "mixed6.example": [PUBLIC, "::1"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "nat64.example": ["64:ff9b::a00:1"],
    "linklocal.example": ["fe80::1%eth0"],
    "ula.example": ["fd00:ec2::254"],
    "cgnat.example": ["100.64.3.4"],
    "nothing.example": [],
    "localhost": ["127.0.0.1", "::1"],
    "metadata.google.internal": ["169.254.169.254"],
}

REFUSED = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://127.0.0.1.:80/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:10.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[::127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[100::1]/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://100.64.0.1/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.9/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://private.example/",
    "http://loop.example/",
    "http://mixed.example/",
    "http://mixed6.example/",
    "http://mapped.example/",
    "http://nat64.example/",
    "http://linklocal.example/",
    "http://ula.example/",
    "http://cgnat.example/",
    "http://metadata.google.internal/",
    "http://public.example:22/",
    "http://public.example:8080/",
    "https://public.example:6379/",
    "http://public.example:0/",
    "http://user:pw@public.example/",
    "http://127.0.0.1@public.example/",
    "http://public.example\\@127.0.0.1/",
    "http://public.example /",
    "http://127.0.0.1\t/",
    "http:///etc/passwd",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_",
    "ftp://public.example/",
    "dict://127.0.0.1:11211/",
    "//127.0.0.1/",
    "javascript:alert(1)",
    "http://[::1",
    "http://-bad-.example/",
    "http://a..b/",
    "http://" + "a" * 300,
    "http://public.example/" + "x" * 5000,
    "",
]


async def known_names(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


class Canary:
    """A server that nobody may reach; it counts connections, not only requests."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    found = Canary()
    server = await asyncio.start_server(found, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    async with TestServer(app) as server:
        yield server


def client_for(server: TestServer, *more: str) -> EgressClient:
    """Only this server's port on loopback is allowed."""
    return EgressClient([f"127.0.0.1:{server.port}", *more], resolver=known_names)


def test_there_are_enough_cases() -> None:
    assert len(REFUSED) >= 60
    assert len(set(REFUSED)) == len(REFUSED)


@pytest.mark.parametrize("url", REFUSED)
async def test_forbidden_targets_are_refused_at_saving_and_at_fetching(url: str) -> None:
    client = EgressClient(resolver=known_names)
    with pytest.raises(BadInput):
        await client.check_url(url)
    with pytest.raises(BadInput):
        await client.fetch(url, max_bytes=1000)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"])
async def test_the_canary_is_never_connected_to(host: str, canary: Canary) -> None:
    client = EgressClient(resolver=known_names)
    with pytest.raises(HubError):
        await client.fetch(f"http://{host}:{canary.port}/", max_bytes=1000)
    with pytest.raises(HubError):
        await client.resolve(host, canary.port)
    assert canary.connections == 0


async def test_public_addresses_pass(canary: Canary) -> None:
    client = EgressClient(resolver=known_names)
    for url in ("http://public.example/x?y=1", f"https://{PUBLIC}/", "http://[2606:4700::1111]/"):
        await client.check_url(url)
    assert await client.resolve("public.example", 993) == PUBLIC
    assert await client.resolve("Public.Example.", 587) == PUBLIC
    for port in (22, 110, 3306, 6379, 8080):
        with pytest.raises(BadInput):
            await client.resolve("public.example", port)


async def test_a_name_without_addresses_is_a_passing_fault() -> None:
    client = EgressClient(resolver=known_names)
    for host in ("nothing.example", "unknown.example"):
        with pytest.raises(Unavailable):
            await client.resolve(host, 443)


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    canary: Canary,
) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=request.headers["Host"])

    async with served(hello) as server:
        client = EgressClient([f"127.0.0.1:{server.port}"], resolver=rebinding)
        answer = await client.fetch(f"http://evil.example:{server.port}/", max_bytes=100)
        assert answer.body == f"evil.example:{server.port}".encode()
        assert asked == ["evil.example"]
        with pytest.raises(BadInput):
            await client.fetch(f"http://evil.example:{server.port}/", max_bytes=100)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/",
        "http://127.0.0.1:{canary}/",
        "http://loop.example/",
        "file:///etc/passwd",
        "http://[::ffff:127.0.0.1]:{canary}/",
        "//private.example/",
        "http://2130706433:{canary}/",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_do_not_lead_inside(status: int, target: str, canary: Canary) -> None:
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": target.format(canary=canary.port)})

    async with served(away) as server:
        with pytest.raises(BadInput):
            await client_for(server).fetch(
                str(server.make_url("/")), max_bytes=100, allowed_hosts=ANY_HOST
            )
    assert canary.connections == 0


async def test_a_redirect_keeps_no_credentials_and_needs_leave() -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    async def handle(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append((request.path, headers.get("Authorization"), headers.get("X-Api-Key")))
        if request.path == "/end":
            return web.Response(text="end")
        port = request.url.port
        raise web.HTTPFound(f"http://loop.example:{port}/end", headers={"Set-Cookie": "a=b"})

    async with served(handle) as server:
        client = client_for(server)
        url = str(server.make_url("/start"))
        secrets = {"Authorization": "Bearer x", "X-Api-Key": "y"}
        with pytest.raises(BadInput):
            await client.fetch(url, max_bytes=100, headers=secrets)
        answer = await client.fetch(
            url, max_bytes=100, headers=secrets, allowed_hosts=["loop.example"]
        )
    assert answer.body == b"end"
    assert seen == [("/start", "Bearer x", "y")] * 2 + [("/end", None, None)]


async def test_endless_redirects_end() -> None:
    count = 0

    async def again(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        raise web.HTTPFound(f"/{count}")

    async with served(again) as server:
        with pytest.raises(BadInput):
            await client_for(server).fetch(str(server.make_url("/")), max_bytes=100)
    assert count == 4


async def test_too_much_is_cut_off_also_without_a_length() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(1000):
                await response.write(b"x" * 10_000)
        except ConnectionError:
            pass
        return response

    async with served(endless) as server:
        with pytest.raises(TooLarge):
            await client_for(server).fetch(str(server.make_url("/")), max_bytes=50_000)


async def test_a_compressed_bomb_is_not_opened() -> None:
    async def bomb(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        body = gzip.compress(b"\0" * 10_000_000)
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with served(bomb) as server:
        with pytest.raises(BadInput):
            await client_for(server).fetch(str(server.make_url("/")), max_bytes=1_000_000)


async def test_only_wanted_kinds_are_read() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    async with served(page) as server:
        with pytest.raises(BadInput):
            await client_for(server).fetch(
                str(server.make_url("/")), max_bytes=100, accept_types=["image/"]
            )


async def test_a_server_that_never_answers_is_left() -> None:
    ended = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await ended.wait()
        return web.Response()

    async with served(silent) as server:
        with pytest.raises(Unavailable):
            await client_for(server).fetch(str(server.make_url("/")), max_bytes=100, timeout_s=0.05)
        ended.set()


async def test_data_is_posted_and_never_redirected() -> None:
    async def take(request: web.Request) -> web.Response:
        return web.Response(
            status=307, headers={"Location": "/again", "X-Got": (await request.text())}
        )

    async with served(take) as server:
        answer = await client_for(server).fetch(
            str(server.make_url("/hook")), max_bytes=10, method="POST", data=b"event"
        )
    assert (answer.status, answer.headers["X-Got"]) == (307, "event")


async def test_the_path_arrives_as_written() -> None:
    async def path(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    async with served(path) as server:
        for sent in ("/a%2Fb?x=%26&y=ż", "//other.example/x", "/", "/a/../b"):
            url = f"http://127.0.0.1:{server.port}{sent}"
            answer = await client_for(server).fetch(url, max_bytes=1000)
            assert not answer.body.startswith(b"http"), sent
            assert answer.status == 200


def test_what_the_operator_may_list() -> None:
    ip = ip_address("10.1.2.3")
    for text, is_covered in {
        "10.1.2.3": True,
        "10.0.0.0/8": True,
        "10.1.2.3:993": True,
        "10.1.2.3:25": False,
        "mail.internal": True,
        "mail.internal:993": True,
        "MAIL.internal": True,
        "mail.internal:1": False,
        "other.internal": False,
        "192.168.0.0/16": False,
        "[fd00::1]:993": False,
        "fd00::/8": False,
    }.items():
        (allowed,) = parse_allowed([text])
        assert allowed.covers("mail.internal", ip, 993) is is_covered, text
    for text in ("a b", "10.0.0.1:x", "http://x", "10.0.0.1/8", "x:99999"):
        with pytest.raises(BadInput):
            parse_allowed([text])


async def test_the_operators_list_opens_private_hosts_and_no_others() -> None:
    client = EgressClient(["private.example:993", "127.0.0.0/8"], resolver=known_names)
    assert await client.resolve("private.example", 993) == "10.0.0.5"
    assert await client.resolve("127.0.0.1", 12345) == "127.0.0.1"
    for host, port in (("private.example", 25), ("10.0.0.5", 993), ("mixed.example", 443)):
        with pytest.raises(BadInput):
            await client.resolve(host, port)


def test_hosts_are_written_in_one_way() -> None:
    assert clean_host("BÜCHER.example") == "xn--bcher-kva.example"
    assert clean_host("[2606:4700:0::1]") == "2606:4700::1"
    assert is_public(ip_address("8.8.8.8"))
    assert is_public(ip_address("64:ff9b::808:808"))
    assert not is_public(ip_address("64:ff9b::a00:1"))
