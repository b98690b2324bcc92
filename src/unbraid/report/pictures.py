"""Arrays of pixels as pictures inside the page."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

# A picture without loss that is larger than this is compressed with loss instead.
_LOSSLESS_BYTES = 48_000
_QUALITY = 82
# Smaller pictures are enlarged as squares, so that each pixel is seen.
_SMALL = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture inside the page.

    Parameters
    ----------
    uri
        The picture as a data URI.
    width, height
        Its size in pixels.
    pixelated
        Whether it is to be enlarged as squares.
    """

    uri: str
    width: int
    height: int
    pixelated: bool


def pixels(array: np.ndarray) -> np.ndarray:
    """Return pixels as bytes.

    Parameters
    ----------
    array
        Bytes, booleans, or floats in [0, 1]; floats outside are clipped.

    Returns
    -------
    numpy.ndarray
        uint8 of the same shape.

    Examples
    --------
    >>> pixels(np.array([0.0, 0.5, 2.0]))
    array([  0, 128, 255], dtype=uint8)
    """
    if array.dtype == np.uint8:
        return array
    dark = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
    return np.rint(np.clip(dark, 0.0, 1.0) * 255).astype(np.uint8)


def sheet(grid: np.ndarray, side: int, *, gap: int = 0) -> Picture:
    """Pack a grid of pictures of one size into one picture.

    Parameters
    ----------
    grid
        Pixels, shape (rows, columns, height, width) or (rows, columns, height, width, channels).
    side
        The largest width of each; larger ones are shrunk.
    gap
        Blank pixels between them, transparent.

    Returns
    -------
    Picture
        The sheet.

    Examples
    --------
    >>> picture = sheet(np.zeros((2, 3, 8, 8)), side=64, gap=1)
    >>> picture.width, picture.height
    (146, 97)
    """
    rows, columns, height, width = grid.shape[:4]
    size = _shrunk(height, width, side)
    if gap and width < _SMALL:
        # A gap of whole pixels is narrow only between pictures of many.
        size = (width * -(-_SMALL // width), height * -(-_SMALL // width))
    images = [_image(tile).resize(size, Image.Resampling.BOX) for tile in _tiles(grid)]
    w, h = size
    mode = images[0].mode if gap == 0 else {"L": "LA", "RGB": "RGBA"}[images[0].mode]
    packed = Image.new(mode, (columns * (w + gap) - gap, rows * (h + gap) - gap))
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        packed.paste(image.convert(mode), (column * (w + gap), row * (h + gap)))
    return Picture(
        uri=_uri(packed),
        width=packed.width,
        height=packed.height,
        pixelated=width < _SMALL,
    )


def _tiles(grid: np.ndarray) -> np.ndarray:
    return pixels(grid).reshape(-1, *grid.shape[2:])


def _shrunk(height: int, width: int, side: int) -> tuple[int, int]:
    scale = min(1.0, side / width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _image(tile: np.ndarray) -> Image.Image:
    if tile.ndim == 3 and tile.shape[2] == 1:
        tile = tile[:, :, 0]
    if tile.ndim == 3:
        # Two channels, or more than three, have no colours of their own: show the first three.
        tile = np.concatenate([tile, np.zeros_like(tile)], axis=2)[:, :, :3]
    return Image.fromarray(np.ascontiguousarray(tile))


def _uri(image: Image.Image) -> str:
    data, kind = _encoded(image, "PNG", optimize=True), "png"
    if len(data) > _LOSSLESS_BYTES:
        small = _encoded(image, "WEBP", quality=_QUALITY)
        data, kind = (small, "webp") if len(small) < len(data) else (data, kind)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()
