"""Security headers on every answer of the application: pages, API, errors, files and sockets
alike.

A handler that needs another policy (a mail body, a file, the widget's script) sets its own header;
what it leaves out is filled in here. Installed by dispatch; after ASVS 5.0 §3.4.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

CSP = "Content-Security-Policy"
#: For answers that no browser should show as a page.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: For the inbox. Mantine and the virtual lists set inline styles; scripts come from files only.
APP_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "frame-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
#: What pages may ask the browser for; the inbox records voice notes.
_RIGHTS = "camera=(), geolocation=(), microphone={}, payment=(), usb=()"
_HSTS = "max-age=31536000; includeSubDomains"

OnPrepare = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def security_headers(*, is_https: bool) -> OnPrepare:
    """For `app.on_response_prepare`."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        protect(response, is_https=is_https)

    return add


def protect(response: web.StreamResponse, *, is_https: bool = False) -> None:
    """Fill in what the handler left out."""
    if is_https:
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    headers = response.headers
    headers["Server"] = "Santral"
    policy = headers.setdefault(CSP, NOTHING)
    microphone = "(self)" if policy == APP_PAGE else "()"
    headers.setdefault("Permissions-Policy", _RIGHTS.format(microphone))
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    in_frames = "SAMEORIGIN" if "frame-ancestors 'self'" in policy else "DENY"
    headers.setdefault("X-Frame-Options", in_frames)
    headers.setdefault("Cache-Control", "no-store")
