"""Make .venv with everything in it and build the inbox: `make setup`. Skips what is done.

Run by any Python ≥ 3.11, stdlib only. One run at a time: a second one waits.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from progress import StepFailed, Steps, main_with, one_at_a_time, run  # noqa: E402

VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
PIP = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
LOCK = ROOT / "requirements.lock"


def main() -> int:
    with one_at_a_time(Path(__file__)):
        steps = Steps(4)
        _make_venv(steps)
        _install_packages(steps)
        build_ui = [
            str(PYTHON),
            str(ROOT / "tools/build_ui.py"),
            f"--after={steps.done}/{steps.total}",
        ]
        return subprocess.run(build_ui, check=False).returncode


def _make_venv(steps: Steps) -> None:
    identity = f"{sys.version}\n{Path(sys.base_prefix).resolve()}\n"
    stamp = VENV / ".made-by"
    if stamp.exists() and stamp.read_text() == identity and _works(PYTHON):
        steps.skip("Virtual environment")
        return
    _require_venv_module()
    with steps.step("Virtual environment"):
        run([sys.executable, "-m", "venv", "--clear", VENV], ROOT)
        stamp.write_text(identity)


def _install_packages(steps: Steps) -> None:
    wanted = _digest(LOCK, ROOT / "pyproject.toml")
    stamp = VENV / ".packages"
    if stamp.exists() and stamp.read_text() == wanted:
        steps.skip("Python packages")
        return
    with steps.step("Python packages"):
        run([*PIP, "--require-hashes", "-r", str(LOCK)], ROOT)
        run([*PIP, "--no-deps", "--no-build-isolation", "-e", "."], ROOT)
        stamp.write_text(wanted)


def _require_venv_module() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise StepFailed(
            f"This Python has no venv module: install the package python3-venv (or {name})."
        ) from None


def _works(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", "import pip"], check=False).returncode == 0
    except OSError:
        return False


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


if __name__ == "__main__":
    main_with(main)
