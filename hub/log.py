"""Structured logs: an event in words plus named fields, as JSON lines or, on a terminal, as text.

    _log = log.get(__name__)
    _log.info("message stored", conversation=conversation.id, seq=7)

Never put bodies or secrets into fields; those whose names say that they might are struck out
anyway, and control characters are escaped, so that nobody can forge a line. `setup` is called by
the CLI; the libraries' own logs take the same way.
"""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

STRUCK_OUT = "[removed]"
MAX_TEXT = 2_000
MAX_TRACE = 16_000
_SECRET = re.compile(
    r"(?:^|_)(?:pass(?:word|phrase|wd)?|token|secret|authorization|cookie|api_?key|private_?key|otp"
    r"|body|text|html|content|subject|raw|payload)(?:s|_value)?$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


class Log:
    """A named log. The first argument says what happened; fields say to whom and how much."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        self._write(logging.DEBUG, event, None, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write(logging.INFO, event, None, fields)

    def warning(self, event: str, *, error: BaseException | None = None, **fields: object) -> None:
        self._write(logging.WARNING, event, error, fields)

    def error(self, event: str, *, error: BaseException | None = None, **fields: object) -> None:
        """`error` adds the exception with its traceback."""
        self._write(logging.ERROR, event, error, fields)

    def _write(
        self, level: int, event: str, error: BaseException | None, fields: dict[str, object]
    ) -> None:
        if self._logger.isEnabledFor(level):
            exc_info = None if error is None else (type(error), error, error.__traceback__)
            self._logger.log(level, "%s", event, exc_info=exc_info, extra={"fields": fields})


def get(name: str) -> Log:
    """The log called `name`, usually the module's."""
    return Log(name)


def setup(level: str = "INFO", stream: TextIO | None = None, *, human: bool | None = None) -> None:
    """Send all logs of the process to `stream` (stderr); as text when that is a terminal."""
    out = stream or sys.stderr
    as_text = out.isatty() if human is None else human
    handler = logging.StreamHandler(out)
    handler.setFormatter(TextFormatter() if as_text else JsonFormatter())
    least = logging.getLevelNamesMapping()[level]
    # At DEBUG libraries log what they carry, whole mails among it.
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[handler], force=True)
    for name in ("hub", "channels"):
        logging.getLogger(name).setLevel(least)


def clean(value: object, key: str = "") -> Any:
    """`value` as JSON data: secrets struck out by their name, texts cut and without controls."""
    if _SECRET.search(key):
        return STRUCK_OUT
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): clean(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in value]
    return clean_text(str(value))


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """One line without control or direction characters, cut at `limit`, URLs without passwords."""
    short = text if len(text) <= limit else text[:limit] + "…"
    return _CONTROL.sub(_escape, _USERINFO.sub(STRUCK_OUT, short))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, log, event, the fields, error, trace."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _iso(record.created, record.msecs),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": clean_text(record.getMessage()),
        }
        for key, value in clean(_fields(record)).items():
            line[f"{key}_" if key in line else key] = value
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = clean_text(repr(record.exc_info[1]))
            line["trace"] = clean_text(_trace(record.exc_info[1]), MAX_TRACE)
        return json.dumps(line, ensure_ascii=False, allow_nan=True)


class TextFormatter(logging.Formatter):
    """Time, level, event, fields; colours where the terminal's reader expects them."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        colour = _COLOURS.get(record.levelname, "0")
        fields = clean(_fields(record)).items()
        tail = "".join(f"  \x1b[2m{key}=\x1b[0m{_short(value)}" for key, value in fields)
        event = clean_text(record.getMessage())
        line = f"{clock} \x1b[{colour}m{record.levelname.lower():<7}\x1b[0m {event}{tail}"
        if record.exc_info and record.exc_info[1] is not None:
            trace = _trace(record.exc_info[1]).rstrip().split("\n")
            line += "".join("\n    " + clean_text(part, MAX_TRACE) for part in trace)
        return line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _iso(created: float, msecs: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created)) + f".{int(msecs):03d}Z"


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
