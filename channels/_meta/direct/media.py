"""Files that Meta keeps for a while: addresses of its content network, signed in the address itself
and gone when they expire (a story after a day at the latest). They are fetched without our token,
and from Meta's hosts only, whatever a webhook says.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from hub.errors import ContentRejected, NotFound, OutcomeUnknown, TooLarge, TransientFailure
from hub.ports.channel import FetchedMedia, VendorAnswer, VendorHttp
from hub.ports.inbound import MediaRef

HOSTS = ("*.fbcdn.net", "*.fbsbx.com", "*.cdninstagram.com")
MAX_BYTES = 25 * 1024 * 1024
_TIMEOUT_S = 120.0
_GONE = frozenset({400, 401, 403, 404, 410})
_FILE_NAME = re.compile(r'filename="?([^";]{1,200})')


def own_origin(api_base: str) -> str:
    """scheme://host of the API that the inbox is set to: stand-ins serve files there, too."""
    split = urlsplit(api_base)
    return f"{split.scheme}://{split.netloc}"


def is_vendors(url: str, origin: str = "") -> bool:
    """Is this an address of Meta's content network (or of the inbox's own API)?"""
    try:
        split = urlsplit(url)
        host = split.hostname or ""
        is_plain = split.port in (None, 443) and "@" not in split.netloc
    except ValueError:
        return False
    if origin and f"{split.scheme}://{split.netloc}" == origin:
        return True
    listed = any(host.endswith(one[1:]) for one in HOSTS)
    return split.scheme == "https" and is_plain and listed


async def fetch(http: VendorHttp, media: MediaRef, origin: str) -> FetchedMedia:
    """See `FetchesMedia.fetch`."""
    if not is_vendors(media.ref, origin):
        raise NotFound("the file's address is not one of Meta's")
    answer = await _get(http, media.ref)
    if answer.status in _GONE:
        raise NotFound("Meta has this file no more")
    if answer.status != 200:
        raise TransientFailure(f"Meta's file server answered {answer.status}")
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return FetchedMedia(data=answer.body, name=_name(media, answer), media_type=media_type)


async def _get(http: VendorHttp, url: str) -> VendorAnswer:
    try:
        return await http.request(
            "GET", url, timeout_s=_TIMEOUT_S, max_bytes=MAX_BYTES, redirect_hosts=HOSTS
        )
    except OutcomeUnknown as fault:
        raise TransientFailure(str(fault)) from fault
    except ContentRejected as fault:
        raise TooLarge(str(fault), MAX_BYTES) from fault


def _name(media: MediaRef, answer: VendorAnswer) -> str:
    """As told by the server, else by the address, where it names a file at all."""
    told = _FILE_NAME.search(answer.headers.get("content-disposition", ""))
    if told is not None:
        return unquote(told[1])
    last = urlsplit(media.ref).path.rpartition("/")[2]
    return media.name or (unquote(last)[:200] if "." in last else "")
