"""Who may import whom (DESIGN §2): model ← ports ← services ← web ← app; channels stand apart."""

from tests.architecture import source
from tests.architecture.source import Import

HELPERS = frozenset({"hub.errors", "hub.clock", "hub.log", "hub.tasks"})
# Layer → what it may import besides itself. A layer is a package or a module of hub/.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "hub.errors": frozenset(),
    "hub.clock": frozenset(),
    "hub.log": frozenset(),
    "hub.resources": frozenset(),
    "hub.ui_stamp": frozenset(),
    "hub.standin": frozenset({"hub.clock"}),
    "hub.i18n": frozenset({"hub.resources", "hub.errors"}),
    "hub.tasks": frozenset({"hub.log"}),
    "hub.config_values": frozenset(),
    "hub.config": frozenset({"hub.config_values", "hub.errors"}),
    "hub.model": frozenset({"hub.errors"}),
    "hub.ports": HELPERS | {"hub.model"},
    "hub.store": HELPERS | {"hub.model", "hub.ports"},
    "hub.bus": HELPERS | {"hub.model", "hub.ports"},
    "hub.services": HELPERS | {"hub.model", "hub.ports", "hub.config", "hub.i18n", "hub.resources"},
    "hub.web": HELPERS
    | {"hub.model", "hub.ports", "hub.services", "hub.config", "hub.i18n", "hub.resources"}
    | {"hub.config_values", "hub.__version__"},
    "channels": HELPERS | {"hub.model", "hub.ports", "hub.standin"},
    "voice": HELPERS | {"hub.model", "hub.ports"},
    "bots": HELPERS | {"hub.model", "hub.ports"},
}
# These put the others together.
ROOTS = ("hub.app", "hub.__main__", "hub.bench", "hub.demo")
# (importer, imported): why. One that is no longer used fails the test.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def layer(module: str) -> str:
    """`hub.web` of `hub.web.routes`; `channels.email` of `channels.email.parse`."""
    return ".".join(module.split(".")[:2])


def is_allowed(found: Import) -> bool:
    importer, imported = layer(found.importer), layer(found.imported)
    if importer.startswith("channels.") and imported.startswith("channels._"):
        return True  # what channels of one vendor share
    if importer in ROOTS or importer == imported:
        return True
    key = importer if importer in MAY_IMPORT else importer.split(".")[0]
    return imported in MAY_IMPORT.get(key, frozenset())


def violations() -> list[Import]:
    found = [item for path in source.python_files() for item in source.imports(path)]
    assert len(found) > 50, "the test looked at nothing"
    return [item for item in found if not is_allowed(item)]


def test_imports_go_in_one_direction() -> None:
    bad = [item for item in violations() if (item.importer, item.imported) not in EXCEPTIONS]
    assert not bad, "\n".join(f"{b.importer}:{b.line} imports {b.imported}" for b in bad)


def test_every_exception_is_still_needed() -> None:
    used = {(item.importer, item.imported) for item in violations()}
    assert set(EXCEPTIONS) <= used


def test_the_rules_themselves() -> None:
    def allowed(importer: str, imported: str) -> bool:
        return is_allowed(Import(importer, imported, 1))

    assert allowed("hub.web.api_me", "hub.services.contacts")
    assert allowed("channels.email.parse", "hub.ports.channel")
    assert allowed("hub.app", "hub.store.sqlite")
    assert not allowed("hub.model.contact", "hub.ports.store")
    assert not allowed("hub.services.intake", "hub.web.routes")
    assert not allowed("hub.store.sqlite", "hub.services.intake")
    assert not allowed("hub.services.intake", "hub.store.sqlite")
    assert not allowed("channels.email.parse", "hub.services.intake")
    assert not allowed("channels.email.parse", "channels.webchat.parse")
    assert allowed("channels.one.parse", "channels._vendor.signature")
    assert not allowed("channels._vendor.signature", "hub.services.intake")
    assert not allowed("hub.services.intake", "channels.email.parse")
    assert not allowed("hub.unknown", "hub.services.intake")
