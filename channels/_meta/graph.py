"""A small client of Meta's Graph API over the hub's `VendorHttp`: one call, one attempt. It knows
tokens, versions, paths, JSON, uploads and errors; what is asked for stands in the channels.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import msgspec

from channels._meta.faults import Fault, Table, fault_in, send_error
from hub.errors import ContentRejected, OutcomeUnknown, SendError, TooLarge, TransientFailure
from hub.ports.channel import VendorAnswer, VendorHttp

API_BASE = "https://graph.facebook.com"
VERSION = "v23.0"
_TIMEOUT_S = 30.0
_FILE_TIMEOUT_S = 120.0
_PAGES_MAX = 100


class Graph:
    """Bound to one token and one channel's table of errors; holds no connection of its own."""

    def __init__(
        self,
        http: VendorHttp,
        *,
        token: str,
        table: Table,
        api_base: str = API_BASE,
        version: str = VERSION,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._http = http
        self._token = token
        self._table = table
        self._root = f"{(api_base or API_BASE).rstrip('/')}/{version or VERSION}"
        self._timeout_s = timeout_s

    async def get(self, *path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Raises `SendError`s; never `OutcomeUnknown`, since reading twice does no harm."""
        with _harmless():
            return self._raised(await self.look(*path, params=params))

    async def look(
        self, *path: str, params: Mapping[str, str] | None = None
    ) -> dict[str, Any] | Fault:
        """As `get`, but a refusal is given back, for callers to whom its code matters."""
        with _harmless():
            return _decoded(await self._request("GET", self._url(path, params)))

    async def post(
        self, *path: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """JSON there and back. Raises `SendError`s by the channel's table."""
        data = msgspec.json.encode(body)
        url = self._url(path, params)
        answer = await self._request("POST", url, data, "application/json; charset=utf-8")
        return self._raised(_decoded(answer))

    async def delete(self, *path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._raised(_decoded(await self._request("DELETE", self._url(path, params))))

    async def upload(
        self,
        *path: str,
        data: bytes,
        media_type: str,
        name: str = "file",
        field: str = "file",
        fields: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """A multipart form with one file. A file uploaded twice is seen by nobody, so this never
        raises `OutcomeUnknown`.
        """
        # Names of files go as UTF-8, as browsers send them: customers read them.
        form = aiohttp.FormData(quote_fields=False)
        for key, value in (fields or {}).items():
            form.add_field(key, value)
        form.add_field(field, data, filename=name, content_type=media_type)
        writer = form()
        assert isinstance(writer, aiohttp.MultipartWriter)
        body, kind = await writer.as_bytes(), writer.headers["Content-Type"]
        url = self._url(path, None)
        with _harmless():
            answer = await self._request("POST", url, body, kind, _FILE_TIMEOUT_S)
            return self._raised(_decoded(answer))

    async def pages(
        self, *path: str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """All objects of a list. Follows cursors, not `next`: that address holds the token."""
        asked = dict(params or {})
        for _ in range(_PAGES_MAX):
            page = await self.get(*path, params=asked)
            for row in page.get("data") or []:
                if isinstance(row, dict):
                    yield row
            paging = page.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if not after or "next" not in paging:
                return
            asked["after"] = str(after)

    async def download(
        self, url: str, *, hosts: Collection[str], cdn_hosts: Collection[str], max_bytes: int
    ) -> VendorAnswer:
        """A file's bytes. The token goes to `hosts` and the API's own host only; redirects to
        `cdn_hosts` are followed without it. Raises `SendError`s and `TooLarge`.
        """
        if not self._may_have_token(url, hosts):
            raise ContentRejected("the file's address is not one of the vendor's")
        try:
            with _harmless():
                answer = await self._http.request(
                    "GET",
                    url,
                    headers=self._headers(),
                    timeout_s=_FILE_TIMEOUT_S,
                    max_bytes=max_bytes,
                    redirect_hosts=[*hosts, *cdn_hosts],
                )
        except ContentRejected as fault:
            raise TooLarge(str(fault), max_bytes) from fault
        if answer.status // 100 != 2:
            raise self.refusal(fault_in(answer) or Fault(status=answer.status, is_told=False))
        return answer

    def _may_have_token(self, url: str, hosts: Collection[str]) -> bool:
        own = urlsplit(self._root)
        try:
            split = urlsplit(url)
        except ValueError:
            return False
        is_own = (split.scheme, split.netloc) == (own.scheme, own.netloc)
        return is_own or (split.scheme == "https" and split.netloc in hosts)

    def refusal(self, fault: Fault) -> SendError:
        """The error for a refused reading (see `look`), which may always be tried again."""
        error = send_error(fault, self._table)
        return TransientFailure(str(error)) if isinstance(error, OutcomeUnknown) else error

    async def _request(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        media_type: str = "",
        timeout_s: float = 0.0,
    ) -> VendorAnswer:
        headers = self._headers()
        if media_type:
            headers["Content-Type"] = media_type
        return await self._http.request(
            method, url, headers=headers, body=body, timeout_s=timeout_s or self._timeout_s
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _url(self, path: tuple[str, ...], params: Mapping[str, str] | None) -> str:
        """Each part of the path is one segment, whatever is in it; ids come from webhooks, too."""
        if not all(part.strip(".") for part in path):
            raise ContentRejected("an id is empty")
        tail = "/".join(quote(part, safe="") for part in path)
        query = f"?{urlencode(params)}" if params else ""
        return f"{self._root}/{tail}{query}"

    def _raised(self, found: dict[str, Any] | Fault) -> dict[str, Any]:
        if isinstance(found, Fault):
            raise send_error(found, self._table)
        return found


def _decoded(answer: VendorAnswer) -> dict[str, Any] | Fault:
    fault = fault_in(answer)
    if fault is not None:
        return fault
    body = answer.json()
    if not isinstance(body, dict):
        raise OutcomeUnknown("the answer is not the Graph API's")
    return body


@contextmanager
def _harmless() -> Iterator[None]:
    """What may be done twice may be tried again, whatever became of it."""
    try:
        yield
    except OutcomeUnknown as fault:
        raise TransientFailure(str(fault)) from fault
