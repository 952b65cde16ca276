"""Labels: written between the bytes that are there, read back by another library and by us."""

from __future__ import annotations

import io
import json
import struct
import zlib

import pytest
from PIL import Image

from generations.errors import BadPicture
from generations.imaging.label import Label, labelled_copy, read_label
from generations.imaging.provenance import has_manifest
from tests.support.samples import chunk, picture

LABEL = Label("A red bicycle in rain, <b>&\n“quoted” 红色", "gpt-image-1", {"seed": 7, "quality": "high"}, "400x300")
FORMATS = {
    "png": picture("PNG"),
    "see-through png": picture("PNG", mode="RGBA"),
    "jpeg": picture("JPEG"),
    "jpeg with exif": picture("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "webp": picture("WEBP"),
    "lossless webp": picture("WEBP", lossless=True),
    "see-through webp": picture("WEBP", mode="RGBA", lossless=True),
    "webp with xmp": picture("WEBP", xmp=b"<x:xmpmeta/>"),
    "odd webp": picture("WEBP", size=(401, 299)),
}


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("name", FORMATS)
def test_no_pixel_is_touched(name: str) -> None:
    copy = opened(labelled_copy(FORMATS[name], LABEL))
    original = opened(FORMATS[name])
    assert (copy.size, copy.mode, copy.tobytes()) == (original.size, original.mode, original.tobytes())


@pytest.mark.parametrize("name", FORMATS)
def test_another_library_reads_the_label(name: str) -> None:
    copy = opened(labelled_copy(FORMATS[name], LABEL))
    said = copy.info.get("xmp", copy.info.get("XML:com.adobe.xmp", b""))
    text = said if isinstance(said, str) else said.decode()
    assert "digitalsourcetype/trainedAlgorithmicMedia" in text
    assert "<Iptc4xmpExt:AISystemUsed>gpt-image-1<" in text
    assert "A red bicycle in rain, &lt;b&gt;&amp;" in text


@pytest.mark.parametrize("name", FORMATS)
def test_prompt_and_options_come_back(name: str) -> None:
    assert read_label(labelled_copy(FORMATS[name], LABEL)) == LABEL


@pytest.mark.parametrize("name", FORMATS)
def test_a_label_without_a_prompt_says_only_that_a_model_made_it(name: str) -> None:
    copy = labelled_copy(FORMATS[name], Label())
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in copy and read_label(copy) is None
    assert b"AIPrompt" not in copy and b"parameters" not in copy and opened(copy).size == opened(FORMATS[name]).size


@pytest.mark.parametrize("name", FORMATS)
def test_labelling_twice_keeps_the_last_label_alone(name: str) -> None:
    once = labelled_copy(FORMATS[name], LABEL)
    again = labelled_copy(once, Label("another"))
    assert read_label(again) == Label("another")
    assert again.count(b"<imageweb:label>") == 1


def test_a_png_says_its_parameters() -> None:
    assert opened(labelled_copy(FORMATS["png"], LABEL)).text["parameters"] == (
        f"{LABEL.prompt}\nSize: 400x300, Model: gpt-image-1, Seed: 7, Quality: high"
    )


def test_a_jpeg_keeps_its_exif() -> None:
    assert b"Exif\0\0" in labelled_copy(FORMATS["jpeg with exif"], LABEL)[:30]


def test_a_manifest_that_no_longer_holds_is_left_out() -> None:
    data = FORMATS["png"]
    signed = data[:33] + chunk(b"caBX", b"jumbf") + data[33:]
    assert has_manifest(io.BytesIO(signed))
    assert not has_manifest(io.BytesIO(labelled_copy(signed, LABEL)))


@pytest.mark.parametrize("prompt", ["\x01\x0bcontrol\ud7ff", "]]>", "a" * 30_000, "</imageweb:label>", "&lt;", "😀"])
def test_any_prompt_comes_back(prompt: str) -> None:
    for data in FORMATS.values():
        assert read_label(labelled_copy(data, Label(prompt))).prompt == prompt


def test_a_prompt_too_long_for_a_jpeg_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadPicture, match="too long"):
        labelled_copy(FORMATS["jpeg"], Label("a" * 70_000))


@pytest.mark.parametrize("format", ["GIF", "AVIF"])
def test_other_formats_are_refused_with_a_sentence(format: str) -> None:
    with pytest.raises(BadPicture, match="cannot be labelled"):
        labelled_copy(picture(format), LABEL)


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_a_cut_file_is_refused_or_labelled_but_never_breaks(name: str) -> None:
    data = FORMATS[name]
    for length in range(12, 400, 7):
        try:
            labelled_copy(data[:length], LABEL)
        except BadPicture as error:
            assert "cut off or damaged" in error.detail


@pytest.mark.parametrize(
    "data",
    [
        b"",
        picture(),
        b"<imageweb:label>",
        b"<imageweb:label>{}</imageweb:label>",
        b'<imageweb:label>{"prompt": 1}</imageweb:label>',
        b"<imageweb:label>" + b"[" * 100_000 + b"</imageweb:label>",
        b"<imageweb:label>\xff\xfe</imageweb:label>",
        b"<imageweb:label>&#" + b"9" * 5_000 + b";</imageweb:label>",
    ],
)
def test_what_is_no_label_of_ours_is_none(data: bytes) -> None:
    assert read_label(data) is None


def test_the_checksums_of_a_labelled_png_hold() -> None:
    data, at = labelled_copy(FORMATS["png"], LABEL), 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(body)
        at += 12 + length


class Counted(bytes):
    """Bytes that count how many of them are copied out."""

    copied = 0

    def __getitem__(self, at: slice | int) -> bytes | int:
        found = super().__getitem__(at)
        if isinstance(found, bytes):
            Counted.copied += len(found)
        return found


def crowded(name: str, count: int) -> bytes:
    """A whole picture with this many parts that say nothing."""
    data = picture(name)
    if name == "JPEG":
        return data[:2] + b"\xff\xe1\0\2" * count + data[2:]
    if name == "PNG":
        return data[:33] + chunk(b"tEXt", b"x\0y") * count + data[33:]
    parts = b"JUNK" + struct.pack("<I", 4) + b"junk"
    return data[:4] + struct.pack("<I", len(data) - 8 + len(parts) * count) + data[8:] + parts * count


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_file_of_very_many_parts_is_copied_a_few_times_over(name: str) -> None:
    data = Counted(crowded(name, 5_000))
    Counted.copied = 0
    assert read_label(labelled_copy(data, LABEL)) == LABEL
    assert Counted.copied < 4 * len(data)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_manifest_is_looked_for_within_the_headers_alone(name: str) -> None:
    class File(io.BytesIO):
        taken = 0

        def read(self, size: int = -1, /) -> bytes:
            found = super().read(size)
            self.taken += len(found)
            return found

    file = File(crowded(name, 5_000))
    assert not has_manifest(file)
    assert file.taken < len(file.getvalue())


@pytest.mark.parametrize("said", [b'{"prompt": "a \\ud800 b\\u0000"}', b'{"prompt": "\\udc00", "model": "\\ud800"}'])
def test_half_a_character_in_a_label_is_replaced(said: bytes) -> None:
    label = read_label(b"<imageweb:label>" + said + b"</imageweb:label>")
    assert label is not None and label.to_json().encode()
    assert "\0" not in label.to_json()


def test_what_no_option_can_be_is_left_out_of_a_label() -> None:
    options = {"seed": 7, "stop": ["END"], "added": {"webhook_url": "https://evil.example"}, "n": None, "x": [1, {}]}
    said = json.dumps({"prompt": "A lake", "options": {**options, "temperature": float("nan"), "top_p": 1e400}})
    label = Label.from_json(said)
    assert label is not None and label.options == {"seed": 7, "stop": ["END"]}
    told = Label("A lake", options={**options, "temperature": float("inf")})
    assert json.loads(told.to_json())["options"] == {"seed": 7, "stop": ["END"]}
    assert told.parameters() == "A lake\nSeed: 7, Stop: ['END']"
