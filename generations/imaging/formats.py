"""Image formats by file signature, since names and media types may lie. Only five formats are opened.

Other formats are recognised in order to name them in the refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass

from generations.errors import BadPicture
from generations.translatable import Message


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
    if not data:
        raise BadPicture(Message("The file is empty."))
    if name := _other_format(data):
        raise unsupported(name)
    raise BadPicture(
        Message("The file’s format is not known. Only PNG, JPEG, WebP, GIF and AVIF pictures are supported.")
    )


def unsupported(name: str) -> BadPicture:
    """The refusal of a file in another format."""
    return BadPicture(
        Message(
            "The file’s format is %(format)s. Only PNG, JPEG, WebP, GIF and AVIF pictures are supported.", format=name
        )
    )


def damaged(format: Format) -> BadPicture:
    """The refusal of a file that does not decode."""
    return BadPicture(Message("This %(format)s is cut off or damaged.", format=format.title))


def _brands(data: bytes) -> set[bytes]:
    """The brands of an ISO base media file (ISO 14496-12, box `ftyp`)."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4]), 256)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def _other_format(data: bytes) -> str:
    """The name of a format that is not supported; "" for an unknown one."""
    for begins, name in BEGINNINGS:
        if data.startswith(begins):
            return name
    brands = _brands(data)
    for brand, name in BRANDS:
        if brand in brands:
            return name
    text = data[:SNIFFED_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    for says, name in TEXTS:
        if says(text):
            return name
    return ""


BEGINNINGS: list[tuple[bytes | tuple[bytes, ...], str]] = [
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"),
    (b"BM", "BMP"),
    (b"8BPS", "PSD"),
    ((b"\xc5\xd0\xd3\xc6", b"%!PS"), "EPS"),
    (b"\0\0\1\0", "ICO"),
    (b"\0\0\2\0", "CUR"),
    (b"icns", "ICNS"),
    ((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"), "JPEG 2000"),
    ((b"\0\0\0\x0cJXL ", b"\xff\x0a"), "JPEG XL"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
    ((b"BLP1", b"BLP2"), "BLP"),
    ((b"#?RADIANCE", b"#?RGBE"), "Radiance HDR"),
    (b"v/1\x01", "OpenEXR"),
    (b"SIMPLE  =", "FITS"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"GRIB", "GRIB"),
    (b"BUFR", "BUFR"),
    ((b"\xd7\xcd\xc6\x9a", b"\1\0\x09\0\0\3", b"\1\0\0\0"), Message("WMF or EMF")),
    ((b"DanM", b"LinS"), "MSP"),
    (b"\x01\xda", "SGI"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"\xb1\x68\xde\x3a", "DCX"),
    ((b"\x0a\0\1", b"\x0a\2\1", b"\x0a\3\1", b"\x0a\5\1"), "PCX"),
    ((b"gimp xcf", b"gimp"), "GIMP XCF"),
    (b"AT&TFORM", "DjVu"),
    (b"\x8aMNG", "MNG"),
    (b"PK\3\4", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"\x1aE\xdf\xa3", Message("video")),
    (b"RIFF", Message("video or sound")),
    (b"Image type", "IM"),
]

BRANDS = [
    *((brand, "HEIC") for brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")),
    (b"crx ", Message("camera raw")),
    *(
        (brand, Message("video"))
        for brand in (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V ", b"3gp4", b"3gp5")
    ),
]

TEXTS: list[tuple[Callable[[bytes], bool], str]] = [
    (lambda text: text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text, "SVG"),
    (lambda text: text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")), "HTML"),
    (lambda text: text.startswith(b"<!--") and b"<html" in text, "HTML"),
    (lambda text: text.startswith(b"<"), Message("XML or HTML")),
    (lambda text: b"%pdf-" in text[:1024], "PDF"),
    (lambda text: text.startswith((b"/* xpm", b"! xpm")), "XPM"),
    (lambda text: text.startswith(b"#define") and b"_width" in text, "XBM"),
    (lambda text: text[:1] == b"p" and text[1:2] in b"1234567f" and text[2:3].isspace(), "PPM"),
    (lambda text: text.startswith((b"{", b"[")), "JSON"),
    (lambda text: len(text) > 0 and all(char >= 32 or char in b"\t\r\n" for char in text), Message("plain text")),
]
