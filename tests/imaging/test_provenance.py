"""Content Credentials: found where each format keeps them, and only there."""

from __future__ import annotations

import io
import struct

import pytest

from generations.imaging.provenance import has_manifest
from tests.support.samples import chunk, picture

PNG, JPEG, WEBP = picture("PNG"), picture("JPEG"), picture("WEBP")
JUMBF = b"JP\0\1\0\0\0\1" + struct.pack(">I", 40) + b"jumb" + bytes(30)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


SIGNED = {
    "png": PNG[:33] + chunk(b"caBX", b"manifest") + PNG[33:],
    "jpeg": JPEG[:2] + segment(0xEB, JUMBF) + JPEG[2:],
    "webp": WEBP + b"C2PA" + struct.pack("<I", 4) + b"jumb",
}
UNSIGNED = {
    "png": PNG,
    "jpeg": JPEG,
    "webp": WEBP,
    "gif": picture("GIF"),
    "nothing": b"",
    "png with the word in a text": PNG[:33] + chunk(b"tEXt", b"caBX\0jumb") + PNG[33:],
    "jpeg with another APP11": JPEG[:2] + segment(0xEB, b"HDR_RI ver=11") + JPEG[2:],
    "jpeg with the word in a comment": JPEG[:2] + segment(0xFE, JUMBF) + JPEG[2:],
    "behind the end": PNG + chunk(b"caBX", b"manifest"),
    "a length that lies": b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
    "a jpeg length of none": b"\xff\xd8\xff\xe0\0\0" + bytes(40),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_manifest_is_found(name: str) -> None:
    assert has_manifest(io.BytesIO(SIGNED[name]))


@pytest.mark.parametrize("name", UNSIGNED)
def test_nothing_else_is_taken_for_one(name: str) -> None:
    assert not has_manifest(io.BytesIO(UNSIGNED[name]))


@pytest.mark.parametrize("name", SIGNED)
def test_a_file_cut_anywhere_does_not_raise(name: str) -> None:
    found = {has_manifest(io.BytesIO(SIGNED[name][:length])) for length in range(0, 200, 3)}
    assert False in found and found <= {False, True}
