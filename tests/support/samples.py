"""Pictures to test with, made here by another library than the one under test."""

import io
import struct
import zlib

from PIL import Image


def picture(format: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: object) -> bytes:
    """Four quarters of different colours, so that turning or cropping it shows."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    image.paste("blue", (size[0] // 2, size[1] // 2, *size))
    return saved(image.convert(mode), format, **options)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def animation(format: str, frames: int) -> bytes:
    colours = [(n * 53 % 256, n * 97 % 256, n * 193 % 256) for n in range(frames)]
    first, *rest = [Image.new("RGB", (64, 64), colour) for colour in colours]
    options = {"lossless": True} if format == "WEBP" else {}
    return saved(first, format, save_all=True, append_images=rest, duration=20, **options)


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"", bits: int = 1) -> bytes:
    """A greyscale PNG whose header says one thing and whose pixels may be another."""
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(side: int) -> bytes:
    """A true PNG of side × side black pixels in a few kilobytes."""
    packer = zlib.compressobj(9)
    row = bytes(side // 8 + 1)
    return png(side, side, pixels=b"".join(packer.compress(row) for _ in range(side)) + packer.flush())


def jpeg_that_claims(width: int, height: int) -> bytes:
    data = bytearray(picture("JPEG", (64, 64)))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)
