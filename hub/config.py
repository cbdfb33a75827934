"""The settings of the process: from hub.toml and the environment (which wins), checked all at once.

Inboxes, queues and people are not here: they are data in the store. SETTINGS is the whole list,
which docs/operations.md and the compose files are tested against. `load` raises ConfigFault with
every fault by name and without values; nothing here opens a connection or creates a file.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from hub import config_values as values
from hub.config_values import Address, Network
from hub.errors import ConfigFault

PREFIX = "HUB_"
# Names that other parts of the project read; not settings of a running hub.
NOT_OURS = ("HUB_TEST_", "HUB_BENCH_", "HUB_DEV_")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a hub needs to know to start. Its repr hides passwords."""

    data_dir: Path
    listen: Address
    public_url: str
    store: str
    redis_url: str | None
    files: str = "disk:"
    s3_access_key: str | None = None
    s3_secret_key: str | None = None
    admin_email: str | None
    admin_password: str | None
    smtp_listen: Address | None
    trusted_proxies: tuple[Network, ...]
    egress_allow: tuple[Network, ...]
    secret_key_file: Path
    demo: bool
    #: `host:port` of the stand-ins that `hub demo` runs itself: the only private ones it may call.
    stand_ins: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Config(data_dir={str(self.data_dir)!r}, listen={self.listen}, demo={self.demo})"


class Setting(NamedTuple):
    """One setting: `name` as in Config, how a text becomes a value, and what the documents say."""

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    is_secret: bool = False

    @property
    def env(self) -> str:
        return PREFIX + self.name.upper()


SETTINGS = (
    Setting("data_dir", values.folder, "./data", "Folder of the database, files and keys."),
    Setting("listen", values.address, "127.0.0.1:8080", "Address and port of the web server."),
    Setting("public_url", values.public_url, "", "The address that browsers and vendors use."),
    Setting("store", values.store, "sqlite:", "`sqlite:`, `sqlite:/path` or `mongodb://…`.", True),
    Setting("redis_url", values.redis_url, "", "Redis between several hubs.", True),
    Setting("files", values.files, "disk:", "`disk:` or `s3://bucket/prefix?endpoint=…&region=…`."),
    Setting("s3_access_key", values.storage_key, "", "Key of that bucket.", True),
    Setting("s3_secret_key", values.storage_key, "", "Its secret.", True),
    Setting("admin_email", values.email, "", "First administrator; read at the first start."),
    Setting("admin_password", values.password, "", "Their password; else a link is printed.", True),
    Setting("smtp_listen", values.address, "", "Address of the built-in SMTP listener; off."),
    Setting("trusted_proxies", values.networks, "", "Proxies whose X-Forwarded-For is believed."),
    Setting("egress_allow", values.networks, "", "Private networks that the hub may call."),
    Setting("secret_key_file", values.path, "", "Key that encrypts stored credentials."),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
#: One that means nothing without another one.
_TOGETHER = (
    ("admin_password", "admin_email"),
    ("s3_access_key", "s3_secret_key"),
    ("s3_secret_key", "s3_access_key"),
)


def load(environ: Mapping[str, str], *, toml: Path | None = None, demo: bool = False) -> Config:
    """Read hub.toml (`toml`, else ./hub.toml where it exists) and `environ`. Raises ConfigFault."""
    faults: list[str] = []
    texts = {**_from_toml(toml, faults), **_from_environ(environ, faults)}
    if demo:
        texts.setdefault("data_dir", "./data-demo")
    parsed = {setting.name: _parse(setting, texts, faults) for setting in SETTINGS}
    for name, other in _TOGETHER:
        if parsed[name] and not texts.get(other, "").strip():
            faults.append(f"{BY_NAME[name].env}: needs {BY_NAME[other].env} beside it")
    if faults:
        raise ConfigFault(faults)
    return _complete(parsed, demo=demo)


def _complete(parsed: dict[str, Any], *, demo: bool) -> Config:
    listen: Address = parsed["listen"]
    parsed["public_url"] = parsed["public_url"] or f"http://{listen.reachable()}"
    parsed["secret_key_file"] = parsed["secret_key_file"] or parsed["data_dir"] / "secret.key"
    for name in ("trusted_proxies", "egress_allow"):
        parsed[name] = parsed[name] or ()
    return Config(**parsed, demo=demo)


def _parse(setting: Setting, texts: Mapping[str, str], faults: list[str]) -> Any:
    text = texts.get(setting.name, "")
    text = (text if setting.is_secret else text.strip()) or setting.default
    if not text:
        return None
    try:
        return setting.parse(text)
    except ValueError as fault:
        faults.append(f"{setting.env}: {fault}")
        return None


def _from_environ(environ: Mapping[str, str], faults: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in sorted(environ.items()):
        key = name.removeprefix(PREFIX).lower()
        if key == name.lower() or name.startswith(NOT_OURS):
            continue
        if key in BY_NAME:
            found[key] = text
        elif meant := _nearly(key):
            # Only near misses: orchestrators add names of their own, such as HUB_PORT.
            faults.append(f"{name}: unknown; was {BY_NAME[meant].env} meant?")
    return found


def _nearly(key: str) -> str:
    """The setting that somebody may have mistyped; "" when there is none."""
    import difflib  # here: most start without a mistake

    return next(iter(difflib.get_close_matches(key, BY_NAME, n=1, cutoff=0.8)), "")


def _from_toml(path: Path | None, faults: list[str]) -> dict[str, str]:
    file = path or Path("hub.toml")
    if path is None and not file.exists():
        return {}
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        faults.append(f"{file.name}: cannot be read ({fault.strerror})")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        faults.append(f"{file.name}: is not valid TOML")
        return {}
    found: dict[str, str] = {}
    for name, value in document.items():
        key = name.lower().removeprefix(PREFIX.lower())
        if key not in BY_NAME:
            faults.append(f"{file.name}: {name} is not a setting")
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            found[key] = ",".join(value)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            found[key] = str(value)
        else:
            faults.append(f"{file.name}: {name} must be a text, a number or a list of texts")
    return found
