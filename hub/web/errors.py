"""From errors to HTTP: the only module that knows both. An expected error becomes a Problem in the
caller's language; an unexpected one a 500 with a number that also stands in the log, once.

Texts are in `templates/i18n/<language>/errors.json` under the error's code, or `<code>/<field or
key>` where something more exact can be said. English falls back to the error's own words.
"""

from __future__ import annotations

import math
import re

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub import errors, log
from hub.i18n import Texts
from hub.model.ids import new_key
from hub.web.answers import json_answer
from hub.web.caller import language_of
from hub.web.views import Problem

STATUS: dict[type[errors.HubError], int] = {
    errors.TooLarge: 413,
    errors.BadInput: 400,
    errors.NotAllowed: 403,
    errors.NotSignedIn: 401,
    errors.BadSignature: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooMany: 429,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.TransientFailure: 502,
    # What may become possible: another way, a template, a word of the customer.
    errors.OutsideWindow: 409,
    errors.OptedOut: 409,
    errors.RecipientUnreachable: 409,
    errors.SendError: 422,
    errors.ConfigFault: 500,
}
#: What aiohttp itself refuses.
_HTTP_CODES = {
    400: "bad_input",
    403: "not_allowed",
    404: "not_found",
    405: "no_such_method",
    413: "too_large",
}
_AREA = "errors"
_SAFE_FIELD = re.compile(r"[\w.\[\]-]{0,80}")
_log = log.get("hub.web")


def status_of(error: errors.HubError) -> int:
    """By the nearest class in the tree."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem_of(error: errors.HubError, texts: Texts, language: str) -> Problem:
    field = getattr(error, "field", "") or getattr(error, "key", "")
    field = field if _SAFE_FIELD.fullmatch(field) else ""
    wait_s: float | None = getattr(error, "retry_after_s", None)
    about = getattr(error, "why", "") or field
    exact = texts.find(language, _AREA, f"{error.code}/{about}", field=field) if about else None
    general = texts.text(language, _AREA, error.code, field=field)
    # What a store or a disk says names hosts and files: for the log, not for whoever asked.
    is_internal = isinstance(error, errors.Unavailable)
    own = str(error) if language == "en" and not is_internal else ""
    return Problem(
        code=error.code,
        message=exact or own or general,
        field=field,
        retry_after_s=None if wait_s is None else max(1, math.ceil(wait_s)),
    )


def answer_to(error: errors.HubError, texts: Texts, language: str) -> web.Response:
    problem = problem_of(error, texts, language)
    response = json_answer(problem, status_of(error))
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(int(problem.retry_after_s))
    if response.status == 503:
        response.headers.setdefault("Retry-After", "2")
    return response


def error_middleware(texts: Texts) -> Middleware:
    """Outermost: whatever a handler raises becomes an answer."""

    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except errors.HubError as error:
            if status_of(error) >= 500:
                _log.warning("request failed", error=error, path=request.path)
            return answer_to(error, texts, language_of(request))
        except web.HTTPException as refused:
            return _refused(refused, texts, language_of(request))
        except NotImplementedError:
            return _problem("not_built", 501, texts, language_of(request))
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - the edge: told once, with a number
            number = new_key()[:10]
            _log.error("unexpected error", error=error, number=number, path=request.path)
            return _problem("internal", 500, texts, language_of(request), number=number)

    return answer_errors


def _refused(refused: web.HTTPException, texts: Texts, language: str) -> web.StreamResponse:
    if refused.status < 400:
        return web.Response(
            status=refused.status, headers={"Location": refused.headers["Location"]}
        )
    response = _problem(
        _HTTP_CODES.get(refused.status, "bad_input"), refused.status, texts, language
    )
    if "Allow" in refused.headers:
        response.headers["Allow"] = refused.headers["Allow"]
    return response


def _problem(code: str, status: int, texts: Texts, language: str, number: str = "") -> web.Response:
    message = texts.text(language, _AREA, code, number=number)
    return json_answer(Problem(code=code, message=message), status)
