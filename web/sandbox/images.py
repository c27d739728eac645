"""Photos as Telegram serves them: JPEG, at most 1280 pixels, in several sizes."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from web.sandbox.errors import bad_request

_SIDES = (90, 320, 800, 1280)  # core.telegram.org/api/files: sizes s, m, x, y
_MAX_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


@dataclass(slots=True, frozen=True)
class Size:
    """One size of a photo."""

    data: bytes
    width: int
    height: int


def photo_sizes(data: bytes) -> list[Size]:
    """Return the sizes of a photo, smallest first; metadata such as places are dropped.

    Slow for large photos: call it in a thread.

    Raises:
        ApiError: 400 as Telegram answers to what is no photo.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
            width, height = source.size
            if width * height > _MAX_PIXELS or max(width, height) > 20 * min(width, height):
                raise bad_request("PHOTO_INVALID_DIMENSIONS")
            source.draft("RGB", (1280, 1280))
            image = ImageOps.exif_transpose(source).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    longest = max(image.size)
    sides = [side for side in _SIDES if side < longest] + [min(longest, _SIDES[-1])]
    return [_scaled(image, side) for side in dict.fromkeys(sides)]


def _scaled(image: Image.Image, side: int) -> Size:
    copy = image.copy()
    copy.thumbnail((side, side))
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=82)
    return Size(out.getvalue(), copy.width, copy.height)


def sample_photo(number: int = 1) -> bytes:
    """Return a small drawn photo of a stairwell lamp, different for each number."""
    shade = (number * 47) % 160
    image = Image.new("RGB", (640, 480), (70 + shade // 2, 84, 110 + shade // 3))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 330, 640, 480), fill=(58, 62, 72))
    for step in range(5):
        top = 330 + step * 30
        draw.rectangle((60 + step * 40, top, 640, top + 14), fill=(92 + step * 12, 94, 102))
    draw.ellipse((270, 60, 370, 160), fill=(255, 236, 170) if number % 2 else (40, 40, 44))
    draw.line((320, 0, 320, 60), fill=(20, 20, 20), width=6)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
