"""Where data that others wrote is read from; never part of the repository, often absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """`SANTRAL_SPECS`, else ../shared/specs beside the repository."""
    return Path(os.environ.get("SANTRAL_SPECS") or ROOT.parent / "shared/specs")


def require(name: str) -> Path:
    """The file or folder `name` of the specs; skips the calling test or module without it."""
    path = folder() / name
    if not path.exists():
        pytest.skip(f"specs/{name} is not on this machine", allow_module_level=True)
    return path
