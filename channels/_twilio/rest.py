"""Calls of Twilio's REST API by plain forms over `ctx.http`, which gives every call its time limit
and every fault its class. The SDK is not used: its async client has no time limits.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from channels._twilio.errors import failure, from_answer
from channels._twilio.form import Pairs, encode
from channels._twilio.settings import Account
from hub.errors import (
    AuthFailed,
    ContentRejected,
    NotFound,
    OutcomeUnknown,
    SendError,
    TooLarge,
    TransientFailure,
)
from hub.ports.channel import FetchedMedia, VendorAnswer, VendorHttp

PAGE_SIZE = 200
_MAX_PAGES = 500
_PAGE_MAX_BYTES = 8 * 1024 * 1024
MEDIA_MAX_BYTES = 32 * 1024 * 1024
#: Where Twilio's media addresses lead to. They are asked without our credentials.
MEDIA_HOSTS = ("*.twilio.com", "*.twiliocdn.com", "s3-external-1.amazonaws.com")
_MEDIA_REF = re.compile(r"Messages/(?:SM|MM)[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32}")
_FAILED = ("failed", "undelivered")
T = TypeVar("T")


class Listed(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """A message as Twilio lists it; dates are RFC 2822."""

    sid: str
    status: str = ""
    direction: str = ""
    sender: str | None = None
    to: str | None = None
    body: str | None = None
    num_media: str | None = "0"
    date_created: str | None = None
    date_sent: str | None = None
    date_updated: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    messaging_service_sid: str | None = None


class Rest:
    """The calls of one account."""

    def __init__(self, http: VendorHttp, account: Account) -> None:
        self._http = http
        self._account = account
        self._base = f"{account.api_base}/2010-04-01/Accounts/{account.sid}/"
        token = account.tokens[0] if account.tokens else ""
        basic = base64.b64encode(f"{account.sid}:{token}".encode()).decode()
        self._auth = {"Authorization": f"Basic {basic}"}

    async def create(self, fields: Pairs) -> str:
        """Exactly one attempt to send; the message's SID. Raises `SendError`s."""
        answer = await self._http.request(
            "POST",
            self._base + "Messages.json",
            headers={**self._auth, "Content-Type": "application/x-www-form-urlencoded"},
            body=encode(fields),
        )
        if not 200 <= answer.status < 300:
            raise from_answer(answer)
        try:
            made = msgspec.json.decode(answer.body, type=Listed)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise OutcomeUnknown("the answer cannot be read") from fault
        if made.status in _FAILED:  # its first status gets no callback
            raise failure(made.error_code or 0, made.error_message or "")
        return made.sid

    async def probe(self) -> None:
        """One cheap authenticated read. Raises `SendError`s."""
        _ = await self._get(f"{self._base}Messages.json?PageSize=1")

    async def messages(self, **filters: str) -> AsyncIterator[Listed]:
        """Newest first. `sent_after` stands for Twilio's `DateSent>`."""
        asked = {_FILTERS.get(name, name): value for name, value in filters.items() if value}
        asked["PageSize"] = str(PAGE_SIZE)
        url = f"{self._base}Messages.json?{urlencode(asked)}"
        async for page in self._pages(url, "next_page_uri"):
            for one in page.get("messages") or []:
                try:
                    yield msgspec.convert(one, Listed)
                except msgspec.ValidationError:
                    continue  # one bad row must not cost the others

    async def media_of(self, message_sid: str) -> list[tuple[str, str]]:
        """(reference, media type) of a message's files."""
        page = await self._get(f"{self._base}Messages/{message_sid}/Media.json")
        found = [one for one in page.get("media_list") or [] if isinstance(one, dict)]
        refs = [(f"Messages/{message_sid}/Media/{one.get('sid')}", one) for one in found]
        return [
            (ref, str(one.get("content_type") or "")[:100])
            for ref, one in refs
            if _MEDIA_REF.fullmatch(ref)
        ]

    async def fetch(self, ref: str) -> FetchedMedia:
        """A file's bytes. Raises like `FetchesMedia.fetch`."""
        if not _MEDIA_REF.fullmatch(ref):
            raise NotFound("there is no such file")
        try:
            answer = await self._http.request(
                "GET",
                self._base + ref,
                headers=self._auth,
                max_bytes=MEDIA_MAX_BYTES,
                redirect_hosts=MEDIA_HOSTS,
            )
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        except ContentRejected as fault:
            raise TooLarge(str(fault), MEDIA_MAX_BYTES) from fault
        if answer.status in (404, 410):
            raise NotFound("the file is gone")
        if answer.status != 200:
            raise _read_fault(answer)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return FetchedMedia(data=answer.body, media_type=kind)

    async def contents(self) -> AsyncIterator[dict[str, Any]]:
        """Content templates with what the network decided about them."""
        url = f"{self._account.content_base}/v1/ContentAndApprovals?PageSize={PAGE_SIZE}"
        async for page in self._pages(url, "next_page_url"):
            for one in page.get("contents") or []:
                if isinstance(one, dict):
                    yield one

    async def create_content(self, content: Mapping[str, Any]) -> str:
        """The new template's SID. Nothing reaches a customer by this: it may be tried again."""
        try:
            answer = await self._http.request(
                "POST",
                f"{self._account.content_base}/v1/Content",
                headers={**self._auth, "Content-Type": "application/json"},
                body=msgspec.json.encode(content),
            )
            if answer.status >= 500:
                raise TransientFailure(f"HTTP {answer.status}")
            if not 200 <= answer.status < 300:
                raise from_answer(answer)
            made = answer.json()
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        sid = made.get("sid") if isinstance(made, dict) else None
        if not isinstance(sid, str) or not sid.startswith("HX"):
            raise TransientFailure("the answer cannot be read")
        return sid

    async def _pages(self, url: str, following: str) -> AsyncIterator[dict[str, Any]]:
        for _ in range(_MAX_PAGES):
            page = await self._get(url)
            yield page
            meta = page.get("meta")
            later = (meta if isinstance(meta, dict) else page).get(following)
            if not isinstance(later, str) or not later:
                return
            before, url = url, urljoin(url, later)
            if urlsplit(url)[:2] != urlsplit(before)[:2]:
                raise TransientFailure("the list goes on at another address")

    async def _get(self, url: str) -> dict[str, Any]:
        """A JSON object; a read that got no answer may be tried again."""
        try:
            answer = await self._http.request(
                "GET", url, headers=self._auth, max_bytes=_PAGE_MAX_BYTES
            )
            if answer.status != 200:
                raise _read_fault(answer)
            found = answer.json()
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        if not isinstance(found, dict):
            raise TransientFailure("the answer cannot be read")
        return found


_FILTERS = {"to": "To", "sender": "From", "sent_after": "DateSent>"}


def _read_fault(answer: VendorAnswer) -> SendError:
    if answer.status in (401, 403, 404):
        return AuthFailed(str(from_answer(answer)))
    if answer.status == 429:
        return from_answer(answer)
    return TransientFailure(f"HTTP {answer.status}")
