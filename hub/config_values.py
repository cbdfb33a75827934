"""How the text of one setting becomes a value. A ValueError says what is right, never the text.

Called by hub.config only. Pure: no look-ups, no files.
"""

import ipaddress
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MIN_PASSWORD = 10
_HOST = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", re.IGNORECASE)
_PREFIX = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,100}(?:/(?!\.)[A-Za-z0-9._-]{1,100}){0,9}")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_KEY = re.compile(r"[\x21-\x7e]{1,500}")
_FILES = "must be disk: or s3://bucket/prefix?endpoint=https://host&region=name"
_EMAIL = re.compile(r"^[^@\s\x00-\x1f<>,;]{1,64}@[A-Za-z0-9.-]{1,253}$")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Address(NamedTuple):
    """Where a server listens. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def reachable(self) -> str:
        """`host:port` for a browser on this machine: loopback where we listen everywhere."""
        return str(Address(_EVERYWHERE.get(self.host, self.host), self.port))


class Bucket(NamedTuple):
    """Where files lie on S3-compatible storage. `endpoint` is "" at Amazon."""

    name: str
    prefix: str
    endpoint: str
    region: str


def address(text: str) -> Address:
    """`8080` (loopback), `host:port`, `[v6]:port`."""
    host, _, port = text.rpartition(":")
    if not host:
        if text.startswith(":"):
            raise ValueError("say 0.0.0.0:PORT for every address, or PORT for this machine only")
        host = "127.0.0.1"
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError("must be PORT or HOST:PORT, with a port up to 65535")
    bare = host.removeprefix("[").removesuffix("]")
    if not (_HOST.match(bare) or _is_ip(bare)):
        raise ValueError("must be PORT or HOST:PORT")
    return Address(bare, int(port))


def folder(text: str) -> Path:
    """A path; made by the first start."""
    path_ = path(text)
    if path_.is_file():
        raise ValueError("is a file, must be a folder")
    return path_


def path(text: str) -> Path:
    """A path, absolute, `~` expanded."""
    if "\0" in text:
        raise ValueError("must be a path")
    return Path(text).expanduser().absolute()


def public_url(text: str) -> str:
    """`https://host[:port]`, without a path and without the last slash."""
    url = _split(text)
    is_bare = url.path in ("", "/") and not url.query and not url.fragment and "@" not in url.netloc
    if url.scheme not in ("http", "https") or not url.hostname or not is_bare:
        raise ValueError("must be http(s)://host or http(s)://host:port")
    return f"{url.scheme}://{url.netloc}".lower()


def store(text: str) -> str:
    """`sqlite:` (in the data folder), `sqlite:/path/file.db`, `mongodb://…`."""
    if text.startswith("sqlite:"):
        return text
    url = _split(text)
    if url.scheme not in ("mongodb", "mongodb+srv") or not url.netloc:
        raise ValueError("must be sqlite:, sqlite:/path or mongodb://host/database")
    return text


def files(text: str) -> str:
    """`disk:` (in the data folder) or what `bucket` takes."""
    _ = bucket(text)
    return text


def bucket(text: str) -> Bucket | None:
    """`s3://bucket/prefix?endpoint=https://host&region=name`; None for `disk:`."""
    if text == "disk:":
        return None
    url = _split(text)
    prefix = url.path.strip("/")
    if url.scheme != "s3" or not _BUCKET.fullmatch(url.netloc) or url.fragment:
        raise ValueError(_FILES)
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ValueError("the prefix may have letters, digits, . _ - and / only")
    query = dict(parse_qsl(url.query))
    endpoint, region = query.pop("endpoint", "").rstrip("/"), query.pop("region", "")
    if query or not (endpoint or region):
        raise ValueError("needs region=, or endpoint= of another provider than Amazon, or both")
    if endpoint and not _is_endpoint(_split(endpoint)):
        raise ValueError("endpoint= must be http(s)://host or http(s)://host:port")
    if region and not _REGION.fullmatch(region):
        raise ValueError("region= must be a name such as eu-central-1")
    return Bucket(url.netloc, prefix, endpoint, region or "us-east-1")


def storage_key(text: str) -> str:
    """An access key or its secret, as the provider of the storage shows it."""
    if not _KEY.fullmatch(text.strip()):
        raise ValueError("must be one word without spaces")
    return text.strip()


def redis_url(text: str) -> str:
    """`redis://`, `rediss://` or `unix://`."""
    url = _split(text)
    if url.scheme not in ("redis", "rediss", "unix") or not (url.netloc or url.path):
        raise ValueError("must be redis://host:port or rediss://host:port")
    return text


def email(text: str) -> str:
    """An e-mail address."""
    if not _EMAIL.match(text):
        raise ValueError("must be an e-mail address")
    return text


def password(text: str) -> str:
    """At least MIN_PASSWORD characters."""
    if len(text) < MIN_PASSWORD:
        raise ValueError(f"must have at least {MIN_PASSWORD} characters")
    return text


def networks(text: str) -> tuple[Network, ...]:
    """Addresses or networks, separated by commas or spaces."""
    try:
        return tuple(ipaddress.ip_network(item) for item in re.split(r"[,\s]+", text) if item)
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.0/8, 192.0.2.7") from None


def _is_endpoint(url: SplitResult) -> bool:
    is_plain = not url.query and not url.fragment and "@" not in url.netloc
    return url.scheme in ("http", "https") and bool(url.hostname) and is_plain


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise ValueError("must be a URL") from None
    return url
