"""Compressed bodies and pictures are unpacked by their bytes, whatever they are labelled."""

import gzip
import json
import zlib
from collections.abc import Callable

import pytest

from generations.protocol import packing
from generations.protocol.packing import Overlong, unpacked_body, unpacked_file
from generations.protocol.response import read
from tests.protocol.test_mixtures import PNG, said, told

BODY = json.dumps(said("![a](https://a.example/b.png)" + " and words" * 500)).encode()
Pack = Callable[[bytes], bytes]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKS: dict[str, Pack] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": raw_deflate,
    "two members": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
    "gzip twice": lambda data: gzip.compress(gzip.compress(data)),
    "deflate in gzip": lambda data: gzip.compress(raw_deflate(data)),
    "br": packing.brotli.compress,
    "zstd": packing.zstandard.compress,
    "gzip in br": lambda data: packing.brotli.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("name", PACKS)
def test_a_packed_body_is_read(name: str) -> None:
    assert unpacked_body(PACKS[name](BODY), len(BODY)) == BODY
    assert [ref.url for ref in read(PACKS[name](BODY)).images] == ["https://a.example/b.png"]
    assert read(PACKS[name](told("Hi"))).text == "Hi"


@pytest.mark.parametrize("name", PACKS)
def test_nothing_grows_past_its_limit(name: str) -> None:
    with pytest.raises(Overlong):
        unpacked_body(PACKS[name](BODY), len(BODY) - 1)


@pytest.mark.parametrize("name", ["gzip", "zlib", "gzip twice"])
def test_of_a_body_that_is_cut_off_the_beginning_is_read(name: str) -> None:
    assert BODY.startswith(part := unpacked_body(PACKS[name](BODY)[:-30], len(BODY)))
    assert part
    assert read(PACKS[name](BODY)[:-30], ended=False).outcome == "truncated"


@pytest.mark.parametrize("body", [BODY, b"data: {}\n\n", "x^2 é".encode(), b"<html>", b"", PNG, b"8 apples", b"H\xc3"])
def test_what_is_not_packed_stays_as_it_is(body: bytes) -> None:
    assert unpacked_body(body, 10) == body


@pytest.mark.parametrize("name", PACKS)
def test_a_packed_picture_is_unpacked(name: str) -> None:
    assert unpacked_file(PACKS[name](PNG), 1_000) == PNG


def test_a_picture_that_would_grow_past_the_limit_stays_packed() -> None:
    assert unpacked_file(gzip.compress(PNG), 10) == gzip.compress(PNG)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_frames_of_a_signed_upload_are_taken_off(pack: Pack) -> None:
    signed = "".join(f"{len(part):x};chunk-signature=ab\r\n{part.decode('latin-1')}\r\n" for part in (PNG[:9], PNG[9:]))
    assert unpacked_file(pack(signed.encode("latin-1") + b"0;chunk-signature=cd\r\n\r\n"), 1_000) == PNG


def test_a_body_of_very_many_short_members_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given to the decoder grows with the body, not with its square."""
    given: list[int] = []
    make = zlib.decompressobj

    class Listening:
        def __init__(self, window: int) -> None:
            self.decoder = make(window)

        def __getattr__(self, name: str) -> object:
            return getattr(self.decoder, name)

        def decompress(self, piece: bytes, most: int) -> bytes:
            given.append(len(piece))
            return self.decoder.decompress(piece, most)

    monkeypatch.setattr(zlib, "decompressobj", Listening)
    body = gzip.compress(BODY) + gzip.compress(b" ") * 5_000
    assert unpacked_body(body, 2 * len(body)) == BODY + b" " * 5_000
    assert sum(given) < 60 * len(body)
