"""The process that decodes one foreign image and dies: image on stdin, WebP on stdout, exit 3
without Pillow.

Started by `hub.services.thumbnails` as a script under hard limits of memory and time; imports
nothing of the hub.
"""

from __future__ import annotations

import io
import resource
import sys

MAX_PIXELS = 40_000_000
MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 5


def main(side: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        from PIL import Image, ImageOps
    except ImportError:
        return 3
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    source = io.BytesIO(sys.stdin.buffer.read())
    with Image.open(source, formats=("PNG", "JPEG", "GIF", "WEBP")) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            return 4
        opened.draft("RGB", (side, side))
        opened.thumbnail((side, side))
        picture = ImageOps.exif_transpose(opened)
        picture = picture.convert("RGBA" if picture.mode in ("RGBA", "LA", "P", "PA") else "RGB")
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=80)
    sys.stdout.buffer.write(out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
