"""Compressed bodies and files, although nothing but identity was asked for: unpacked by their bytes, whatever their
label says.

gzip and zlib have a signature, zstd too; raw deflate and brotli have none and are tried on what is neither text nor a
picture, and taken only where that comes out."""

import io
import re
import zlib
from collections.abc import Callable

import brotli
import zstandard

from generations.protocol.image_bytes import sniff

_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_MAX_LAYERS = 3
_PROBE = 64 * 1024
_FIRST_SLICE = 512
_SLICE = 64 * 1024
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_AWS_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8}+)(?:;[\x20-\x7e]{0,500}+)?+\r\n")

IsPlain = Callable[[bytes], bool]


class Overlong(Exception):
    """More than the limit comes out of it."""


def is_packed(head: bytes) -> bool:
    """Whether bytes that begin like this carry the signature of a compression."""
    return head.startswith((_GZIP, _ZSTD)) or _is_zlib(head)


def unpacked_body(body: bytes, most: int) -> bytes:
    """The body of an answer without its compressions, at most three. What does not unpack comes back as it is; of what
    is cut off, all that can be had. Raises Overlong past `most` bytes."""
    return _unpacked(body, most, lambda data: is_text(data) or bool(sniff(data[:1100])))


def unpacked_file(data: bytes, most: int) -> bytes:
    """A picture without its compressions, and without the frames of an upload that was signed chunk by chunk
    (`aws-chunked`), which some stores keep. One that would grow past `most` bytes stays as it is."""
    if sniff(data[:1100]):
        return data
    data = _without_chunks(data) or data
    try:
        data = _unpacked(data, most, lambda inner: bool(sniff(inner[:1100])))
    except Overlong:
        return data
    return _without_chunks(data) or data


def is_text(data: bytes) -> bool:
    """Whether the beginning is UTF-8 without control characters."""
    head = data[:512]
    if _CONTROL.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as fault:
        return fault.start > len(head) - 4 and len(data) > len(head)
    return True


def _unpacked(data: bytes, most: int, is_plain: IsPlain) -> bytes:
    for _ in range(_MAX_LAYERS):
        if is_plain(data):
            break
        inner = _layer(data, most, is_plain)
        if not inner:
            break
        data = inner
    return data


def _layer(data: bytes, most: int, is_plain: IsPlain) -> bytes:
    """What the outermost compression holds; b"" where there is none, or where its beginning tells that nothing known
    is in it, so that a bomb is not blown up."""
    signed = _from_zstd if data.startswith(_ZSTD) else _from_zlib if is_packed(data) else None
    for decoder in (signed,) if signed else _UNSIGNED:
        head = decoder(data, _PROBE)
        if head and _is_known(head, is_plain, deeper=decoder is signed):
            inner = decoder(data, most + 1)
            if len(inner) > most:
                raise Overlong
            return inner
    return b""


def _is_known(head: bytes, is_plain: IsPlain, *, deeper: bool) -> bool:
    """Whether this is the beginning of what is sought, or of a compression that may hold it."""
    if is_plain(head) or is_packed(head) or _AWS_CHUNK.match(head):
        return True
    return deeper and any(is_plain(inner) for decoder in _UNSIGNED if (inner := decoder(head, _PROBE)))


def _is_zlib(head: bytes) -> bool:
    """Whether a header of RFC 1950 begins it: deflate, a window of at most 32 KiB, and a check that adds up."""
    return len(head) > 2 and head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and not int.from_bytes(head[:2]) % 31


def _from_zlib(data: bytes, most: int) -> bytes:
    """gzip, of one member or several, and zlib."""
    pieces: list[bytes] = []
    position = 0
    while is_packed(data[position : position + 8]) and most > 0:
        piece, position = _inflated(data, 47, most, position)
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _from_deflate(data: bytes, most: int) -> bytes:
    return _inflated(data, -15, most)[0]


def _inflated(data: bytes, window: int, most: int, position: int = 0) -> tuple[bytes, int]:
    """What comes out before the end, a fault or the limit, and where what stands behind the end begins. The slices
    grow, so that of very many short members only little is read twice."""
    decoder, out = zlib.decompressobj(window), io.BytesIO()
    size = _FIRST_SLICE
    while position < len(data):
        piece = data[position : position + size]
        position += len(piece)
        while piece and out.tell() < most:
            try:
                out.write(decoder.decompress(piece, most - out.tell()))
            except zlib.error:
                return out.getvalue(), len(data)
            piece = decoder.unconsumed_tail
        if decoder.eof:
            return out.getvalue(), position - len(decoder.unused_data)
        size = min(2 * size, _SLICE)
    return out.getvalue(), position


def _from_brotli(data: bytes, most: int) -> bytes:
    decoder, out = brotli.Decompressor(), io.BytesIO()
    try:
        out.write(decoder.process(data, output_buffer_limit=most))
        while out.tell() < most and not decoder.is_finished() and not decoder.can_accept_more_data():
            out.write(decoder.process(b"", output_buffer_limit=most - out.tell()))
    except brotli.error:
        pass
    return out.getvalue()[:most]


def _from_zstd(data: bytes, most: int) -> bytes:
    out = io.BytesIO()
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(data, read_across_frames=True) as reader:
            while out.tell() < most and (piece := reader.read(min(_SLICE, most - out.tell()))):
                out.write(piece)
    except zstandard.ZstdError:
        pass
    return out.getvalue()


# Each gives at most so many bytes of what comes out, as far as it comes out at all, and raises nothing.
_UNSIGNED = (_from_brotli, _from_deflate)


def _without_chunks(data: bytes) -> bytes:
    """The data of the chunks of a body: a size in hex, a signature, a line end, the data and a line end, again and
    again. b"" where it is no such body."""
    pieces: list[bytes] = []
    chunk = _AWS_CHUNK.match(data)
    while chunk is not None and (size := int(chunk[1], 16)):
        end = chunk.end() + size
        pieces.append(data[chunk.end() : end])
        if data[end : end + 2] not in (b"\r\n", b""):
            return b""
        chunk = _AWS_CHUNK.match(data, end + 2)
    return b"".join(pieces)
