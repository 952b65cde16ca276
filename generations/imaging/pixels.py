"""Image operations with libvips, each from bytes to bytes, run in this process or in a child (`run`, `run_in_child`).

The bytes are untrusted, so from the import of this module on only the five loaders of `formats` exist in the process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyvips

from generations.errors import BadPicture
from generations.imaging.formats import FORMATS, Format, damaged, unsupported
from generations.translatable import as_json

LOADERS = ("Png", "Jpeg", "Webp", "Nsgif", "Heif")
JPEG_END = b"\xff\xd9"
TAIL = 64
REDUCTIONS = 8
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def _allow_five_loaders() -> None:
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in LOADERS:
        pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
    try:
        pyvips.Image.new_from_buffer(SVG, "")
    except pyvips.Error:
        return
    raise RuntimeError("This libvips opens formats that were blocked, so untrusted pictures are not safe with it.")


_allow_five_loaders()
pyvips.cache_set_max(0)
pyvips.concurrency_set(2)


@dataclass(frozen=True)
class Header:
    """An image's header. `width` and `height` are in pixels, with the orientation applied."""

    width: int
    height: int
    has_alpha: bool
    frames: int


def read_header(data: bytes, format: Format) -> Header:
    """The header of an image; no pixel is decoded. Raises BadPicture."""
    try:
        image = _load(data, format)
    except pyvips.Error as error:
        raise damaged(format) from error
    if format.name == "avif" and image.get("heif-compression") != "av1":
        raise unsupported("HEIC")
    is_rotated = image.get_typeof("orientation") != 0 and image.get("orientation") >= 5
    width, height = (image.height, image.width) if is_rotated else (image.width, image.height)
    frames = image.get("n-pages") if image.get_typeof("n-pages") != 0 else 1
    return Header(width, height, bool(image.hasalpha()), frames)


def decode(data: bytes, format: Format) -> list[bytes]:
    """Decode every pixel of the first frame, to find a truncated file. Returns nothing."""
    _load(data, format).avg()
    return []


def clean(data: bytes, format: Format, longest: int) -> list[bytes]:
    """The image encoded anew: upright, sRGB, without metadata or trailing bytes."""
    return [_encoded(_fitted(data, format, longest), format.name)]


def reduce(data: bytes, format: Format, longest: int, most: int) -> list[bytes]:
    """The image encoded anew with its longer side at most `longest`, and in at most `most` bytes, as far as
    REDUCTIONS come to that: as a JPEG, where nothing in it is transparent, then smaller and smaller."""
    image = _fitted(data, format, longest).copy_memory()
    made = _encoded(image, format.name)
    name = format.name if image.hasalpha() else "jpeg"
    if len(made) > most and name != format.name:
        made = _encoded(image, name)
    for _ in range(REDUCTIONS):
        if len(made) <= most:
            break
        factor = min(0.9, 0.95 * (most / len(made)) ** 0.5)
        image = _shrunk(image, max(1, int(max(image.width, image.height) * factor))).copy_memory()
        made = _encoded(image, name)
    return [made]


def ladder(data: bytes, format: Format, sides: Sequence[int], placeholder: int) -> list[bytes]:
    """WebPs with the given long sides, longest first, then the placeholder. Each is made from the one before it."""
    image = _fitted(data, format, max(sides)).copy_memory()
    rungs = []
    for side in sorted(sides, reverse=True):
        image = _shrunk(image, side).copy_memory()
        rungs.append(image.webpsave_buffer(Q=80, effort=3, keep="none"))
    small = _shrunk(image, placeholder)
    return [*rungs, small.webpsave_buffer(Q=88, smart_subsample=True, keep="none")]


JOBS: dict[str, Callable[..., list[bytes]]] = {"decode": decode, "clean": clean, "reduce": reduce, "ladder": ladder}


def run(job: str, data: bytes, name: str, options: dict[str, object]) -> list[bytes]:
    """Run one of JOBS on an image of the format `name`. Raises BadPicture."""
    format = FORMATS[name]
    try:
        return JOBS[job](data, format, **options)
    except pyvips.Error as error:
        raise damaged(format) from error


def run_in_child(job: str, options: dict[str, object], parts: list[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """`run` as the entry point of a child process: the image is the only part, the name of its format an option."""
    [data] = parts
    try:
        return {}, run(job, data, str(options.pop("name")), options)
    except BadPicture as refusal:
        return {"refused": as_json(refusal.detail)}, []


def _load(data: bytes, format: Format, **options: object) -> pyvips.Image:
    fail_on = "truncated"
    if format.name == "jpeg" and JPEG_END not in data[-TAIL:]:
        # Only the end marker may be missing: with one of ours, any other fault is a warning of the decoder.
        data, fail_on = data + JPEG_END, "warning"
    return getattr(pyvips.Image, format.loader)(data, access="sequential", fail_on=fail_on, **options)


def _encoded(image: pyvips.Image, name: str) -> bytes:
    """The image in the format of this name, in PNG where it is none of three, without metadata."""
    if name == "jpeg":
        return image.jpegsave_buffer(Q=92, optimize_coding=True, keep="none")
    if name == "webp":
        return image.webpsave_buffer(Q=92, keep="none")
    return image.pngsave_buffer(compression=4, filter="sub", keep="none")


def _shrunk(image: pyvips.Image, longest: int) -> pyvips.Image:
    """The image with its longer side at most `longest`. A strip keeps at least one pixel of its shorter side."""
    if max(image.width, image.height) <= longest:
        return image
    if min(image.width, image.height) * longest >= max(image.width, image.height):
        return image.thumbnail_image(longest, height=longest, size="down")
    wide = image.width >= image.height
    width, height = (longest, 1) if wide else (1, longest)
    return image.thumbnail_image(width, height=height, size="force")


def _fitted(data: bytes, format: Format, longest: int) -> pyvips.Image:
    """The image upright, in sRGB, its longer side at most `longest`. A JPEG is shrunk by a power of two while
    decoding."""
    image = _load(data, format)
    if format.name == "jpeg":
        if JPEG_END not in data[-TAIL:]:  # shrinking while decoding does not report what is missing
            _load(data, format).avg()
        spare = min(max(image.width, image.height) // longest, image.width, image.height)
        image = _load(data, format, shrink=next((shrink for shrink in (8, 4, 2) if shrink <= spare), 1))
    if min(image.width, image.height) * longest < max(image.width, image.height):
        return _shrunk(image.autorot().colourspace("srgb").copy_memory(), longest)
    return image.thumbnail_image(longest, height=longest, size="down", export_profile="srgb")
