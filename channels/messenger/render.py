"""What Messenger takes. Requests are shared with Instagram: `channels._meta.direct.render`.

Sources: Messenger Platform "Send API" and "Attachment Upload API" (2026).
"""

from __future__ import annotations

from channels._meta.direct.render import Dialect
from channels.messenger.config import FILE_MAX_BYTES, TEXT_MAX

DIALECT = Dialect(
    text_max=TEXT_MAX,
    image_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
    image_max_bytes=FILE_MAX_BYTES,
    file_max_bytes=FILE_MAX_BYTES,
)
