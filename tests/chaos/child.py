"""The hub as `hub serve` runs it, in a process that may die: `python -m tests.chaos.child`.

Configured by HUB_* like the product and by CHAOS_* (see `faults.py`). Started by `server.py` only.
"""

import os
import sys

from hub import config, log
from hub.app.server import serve
from tests.chaos import faults


def main() -> int:
    log.setup("WARNING")
    faults.install(dict(os.environ))
    return serve(config.load(os.environ))


if __name__ == "__main__":
    sys.exit(main())
