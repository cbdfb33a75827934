"""A simulated power failure: of the data folder only that remains which was flushed.

`Power.env` makes the hub's process run over `power.c`; after a SIGKILL `cut` puts the flushed copy
in the folder's place. Needs gcc; `Power.make` returns None where there is none.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Power:
    library: Path
    data_dir: Path

    @classmethod
    def make(cls, folder: Path, data_dir: Path) -> Power | None:
        """Build the library in `folder`."""
        compiler = shutil.which("gcc")
        if compiler is None:
            return None
        library = folder / "power.so"
        source = Path(__file__).with_name("power.c")
        flags = ["-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(source), "-ldl"]
        subprocess.run([compiler, *flags], check=True)
        return cls(library, data_dir.resolve())

    @property
    def disk(self) -> Path:
        return self.data_dir.with_name(self.data_dir.name + ".disk")

    @property
    def env(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.library),
            "POWER_ROOT": str(self.data_dir),
            "POWER_DISK": str(self.disk),
        }

    def flush(self) -> None:
        """While no hub runs: all that was written has reached the disk by itself, as after a
        minute.
        """
        shutil.rmtree(self.disk, ignore_errors=True)
        shutil.copytree(self.data_dir, self.disk)

    def cut(self) -> None:
        """After the process was killed: back to what is on the disk."""
        shutil.rmtree(self.data_dir)
        self.disk.mkdir(exist_ok=True)
        shutil.copytree(self.disk, self.data_dir)
