"""`GET /files/{workspace}/{file}?reader=…&until=…&key=…`: a file for a visitor who has no session.

The signature binds file, reader and minute of expiry; adapters make such links through
`FileSink.link`. A name may follow the file's id (`…/{file}/picture.jpg?…`) for networks that go by
the ending of an address; it means nothing here. Only the composition root adds this handler.
"""

from __future__ import annotations

from aiohttp import web

from hub.errors import BadSignature
from hub.services.files import Files
from hub.web.file_response import send_file

PATH = "/files/{workspace}/{file_id}"
_QUERY = frozenset({"reader", "until", "key"})


class FileLinks:
    """Serves signed links of all workspaces."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.handle), web.get(f"{PATH}/{{name}}", self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        if set(query) != _QUERY or len(query) != len(_QUERY):
            raise BadSignature("this link is not valid")
        file = await self._files.check_link(
            request.match_info["workspace"],
            request.match_info["file_id"],
            query["reader"],
            query["until"],
            query["key"],
        )
        return await send_file(request, self._files, file, is_embeddable=True)
