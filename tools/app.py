"""Build the wheel (`make wheel`) and install it alone (`make app APP=/opt/santral`).

The installed venv holds what a running hub needs and nothing of the tools of development; the
Dockerfile copies it into its last stage.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools")]

from progress import Steps, main_with, run  # noqa: E402

DIST = ROOT / "dist"
LOCK = ROOT / "requirements-app.lock"


def build_wheel() -> Path:
    """Pack dist/santral-<version>-py3-none-any.whl; the hook builds the inbox if need be."""
    for old in DIST.glob("*.whl"):
        old.unlink()
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], ROOT)
    return next(DIST.glob("*.whl"))


def install(target: Path) -> None:
    """Make `target` a venv with the hub in it, and beside it an empty folder for its data."""
    steps = Steps(3)
    with steps.step("Wheel"):
        wheel = build_wheel()
    pip = [str(target / "bin/python"), "-m", "pip", "install", "--no-input"]
    with steps.step(f"Packages in {target}"):
        run([sys.executable, "-m", "venv", "--clear", target], ROOT)
        run([*pip, "--require-hashes", "-r", str(LOCK)], ROOT)
    with steps.step("Santral"):
        run([*pip, "--no-deps", "--no-index", str(wheel)], ROOT)
        (target / "data").mkdir()


def main() -> int:
    parser = argparse.ArgumentParser(description="Build or install the application.")
    parser.add_argument("what", choices=["wheel", "install"])
    parser.add_argument("target", nargs="?", type=Path)
    args = parser.parse_args()
    if args.what == "wheel":
        print(build_wheel().relative_to(ROOT))
    elif args.target is None:
        parser.error("install needs a target folder")
    else:
        install(args.target.absolute())
    return 0


if __name__ == "__main__":
    main_with(main)
