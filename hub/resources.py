"""Where the files that come with Santral lie: texts and templates, in a checkout or a wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder of Jinja2 templates and `i18n/{en,tr,pl}/<area>.json`."""
    packed = _HERE / "_templates"
    return packed if packed.is_dir() else _HERE.parent / "templates"
