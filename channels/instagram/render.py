"""What Instagram takes. Requests are shared with Messenger: `channels._meta.direct.render`.

Sources: Messenger Platform "Instagram: Send a Message" (2026-06-24): a text of 1000 bytes, files by
address only, and neither `messaging_type` within the window nor `metadata`.
"""

from __future__ import annotations

from channels._meta.direct.render import Dialect
from channels.instagram.config import FILE_MAX_BYTES, IMAGE_MAX_BYTES, TEXT_MAX

DIALECT = Dialect(
    text_max=TEXT_MAX,
    counts_bytes=True,
    names_response=False,
    has_metadata=False,
    can_upload=False,
    image_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
    file_types=frozenset({"application/pdf"}),
    image_max_bytes=IMAGE_MAX_BYTES,
    file_max_bytes=FILE_MAX_BYTES,
)
