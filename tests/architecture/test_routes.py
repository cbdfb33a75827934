"""Every route says who may call it, and the permission is one that a role can hold."""

import re
from pathlib import Path

from tests.architecture import source

PERMISSION = re.compile(r"^[a-z_]+:[a-z_]+$")
TABLE = Path("hub/web/routes.py")


def test_every_route_names_a_permission() -> None:
    from hub.web.route import PUBLIC, SIGNED_IN
    from hub.web.routes import ROUTES

    assert len(ROUTES) > 10, "the test looked at nothing"
    special = {PUBLIC, SIGNED_IN}
    wrong = [
        f"{route.method} {route.path}: {route.permission!r}"
        for route in ROUTES
        if route.permission not in special and not PERMISSION.match(route.permission)
    ]
    assert not wrong


def test_no_route_stands_twice() -> None:
    from hub.web.routes import ROUTES

    pairs = [(route.method, re.sub(r"\{[^}]+\}", "{}", route.path)) for route in ROUTES]
    assert len(pairs) == len(set(pairs))


def test_public_routes_are_few_and_known() -> None:
    """A new public route is a decision: add it here with the change that makes it."""
    from hub.web.route import PUBLIC
    from hub.web.routes import ROUTES

    public = {route.path for route in ROUTES if route.permission == PUBLIC}
    assert public <= {
        "/auth/sign-in",
        "/auth/token",
        "/auth/accept",
        "/auth/forgot",
        "/channels/{channel}/icon",
        "/openapi.json",
    }


def test_paths_are_registered_in_the_web_layer_only() -> None:
    """`router.add_*` stands where the tables of routes are, nowhere in services or the model."""
    calls = re.compile(r"\.router\.add_|web\.(?:get|post|put|delete|patch)\(")
    files = [
        path
        for path in source.python_files("hub")
        if path.parts[-2] not in ("web", "bench", "demo") and path.name != "standin.py"
    ]
    assert len(files) > 10, "the test looked at nothing"
    found = {source.shown(path) for path in files if calls.search(path.read_text("utf-8"))}
    assert not found
