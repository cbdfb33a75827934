"""Write inbox_ui/openapi.json from the server's route table: `make openapi` after a change of the
API.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from hub import __version__  # noqa: E402
from hub.web.openapi import build_openapi  # noqa: E402
from hub.web.routes import PREFIX, ROUTES  # noqa: E402

TARGET = ROOT / "inbox_ui" / "openapi.json"


def text() -> str:
    """The document as it is committed."""
    document = build_openapi(ROUTES, PREFIX, __version__)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
