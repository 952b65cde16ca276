"""Image formats by file signature, since names and media types may lie. Only five formats are opened.

Other formats are recognised in order to name them in the refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass

from generations.errors import BadPicture


@dataclass(frozen=True)
class Format:
    """An image format. `loader` is the only libvips operation that may open it."""

    name: str
    title: str
    media_type: str
    loader: str


PNG = Format("png", "PNG", "image/png", "pngload_buffer")
JPEG = Format("jpeg", "JPEG", "image/jpeg", "jpegload_buffer")
WEBP = Format("webp", "WebP", "image/webp", "webpload_buffer")
GIF = Format("gif", "GIF", "image/gif", "gifload_buffer")
AVIF = Format("avif", "AVIF", "image/avif", "heifload_buffer")

FORMATS = {format.name: format for format in (PNG, JPEG, WEBP, GIF, AVIF)}

SNIFFED_BYTES = 4096


def format_of(data: bytes) -> Format:
    """The format of an image. Raises BadPicture, whose detail names the other format where it is known."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if _brands(data) & {b"avif", b"avis"}:
        return AVIF
    raise BadPicture(f"{_what(data)}; only PNG, JPEG, WebP, GIF and AVIF are supported.")


def _brands(data: bytes) -> set[bytes]:
    """The brands of an ISO base media file (ISO 14496-12, box `ftyp`)."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4]), 256)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def _what(data: bytes) -> str:
    if not data:
        return "This is empty"
    for begins, name in BEGINNINGS:
        if data.startswith(begins):
            return f"This is {name}"
    brands = _brands(data)
    for brand, name in BRANDS:
        if brand in brands:
            return f"This is {name}"
    text = data[:SNIFFED_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    for says, name in TEXTS:
        if says(text):
            return f"This is {name}"
    return "This is not a known picture format"


BEGINNINGS: list[tuple[bytes | tuple[bytes, ...], str]] = [
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "a TIFF"),
    (b"BM", "a BMP"),
    (b"8BPS", "a PSD"),
    ((b"\xc5\xd0\xd3\xc6", b"%!PS"), "an EPS"),
    (b"\0\0\1\0", "an ICO"),
    (b"\0\0\2\0", "a CUR"),
    (b"icns", "an ICNS"),
    ((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"), "a JPEG 2000"),
    ((b"\0\0\0\x0cJXL ", b"\xff\x0a"), "a JPEG XL"),
    (b"DDS ", "a DDS"),
    (b"qoif", "a QOI"),
    ((b"BLP1", b"BLP2"), "a BLP"),
    ((b"#?RADIANCE", b"#?RGBE"), "a Radiance HDR"),
    (b"v/1\x01", "an OpenEXR"),
    (b"SIMPLE  =", "a FITS"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5"),
    (b"GRIB", "a GRIB"),
    (b"BUFR", "a BUFR"),
    ((b"\xd7\xcd\xc6\x9a", b"\1\0\x09\0\0\3", b"\1\0\0\0"), "a WMF or EMF"),
    ((b"DanM", b"LinS"), "an MSP"),
    (b"\x01\xda", "an SGI"),
    (b"\x59\xa6\x6a\x95", "a Sun raster"),
    (b"\xb1\x68\xde\x3a", "a DCX"),
    ((b"\x0a\0\1", b"\x0a\2\1", b"\x0a\3\1", b"\x0a\5\1"), "a PCX"),
    ((b"gimp xcf", b"gimp"), "a GIMP file"),
    (b"AT&TFORM", "a DjVu"),
    (b"\x8aMNG", "an MNG"),
    (b"PK\3\4", "a ZIP"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"RIFF", "a video or sound"),
    (b"Image type", "an IM"),
]

BRANDS = [
    *((brand, "an HEIC") for brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")),
    (b"crx ", "a camera's raw file"),
    *(
        (brand, "a video")
        for brand in (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V ", b"3gp4", b"3gp5")
    ),
]

TEXTS: list[tuple[Callable[[bytes], bool], str]] = [
    (lambda text: text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text, "an SVG"),
    (lambda text: text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")), "an HTML page"),
    (lambda text: text.startswith(b"<!--") and b"<html" in text, "an HTML page"),
    (lambda text: text.startswith(b"<"), "XML or HTML"),
    (lambda text: b"%pdf-" in text[:1024], "a PDF"),
    (lambda text: text.startswith((b"/* xpm", b"! xpm")), "an XPM"),
    (lambda text: text.startswith(b"#define") and b"_width" in text, "an XBM"),
    (lambda text: text[:1] == b"p" and text[1:2] in b"1234567f" and text[2:3].isspace(), "a PPM"),
    (lambda text: text.startswith((b"{", b"[")), "JSON"),
    (lambda text: len(text) > 0 and all(char >= 32 or char in b"\t\r\n" for char in text), "text"),
]
