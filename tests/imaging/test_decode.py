import hashlib
import io
import random
import zlib
from collections.abc import Callable

import pytest
import pyvips
from PIL import Image, ImageOps, PngImagePlugin

from generations.errors import BadPicture
from generations.imaging.decode import MAX_FRAMES, clean_copy, open_picture
from generations.imaging.thumbnail import open_with_thumbnails, thumbnails
from tests.support.samples import animation, chunk, jpeg_that_claims, picture, png, png_bomb, saved

pytestmark = pytest.mark.exhaustive

FIVE = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "AVIF": "image/avif"}


def refusal(data: bytes) -> str:
    with pytest.raises(BadPicture) as caught:
        open_picture(data)
    return caught.value.detail


@pytest.mark.parametrize("format", FIVE)
def test_each_of_the_five_formats_is_opened(format: str) -> None:
    data = picture(format, (400, 300))
    opened = open_picture(data)
    assert (opened.format, opened.media_type) == (format.lower(), FIVE[format])
    assert (opened.width, opened.height, opened.frames, opened.has_alpha) == (400, 300, 1, False)
    assert opened.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
def test_an_alpha_channel_is_seen(format: str) -> None:
    image = Image.new("RGBA", (40, 30), (255, 0, 0, 100))
    assert open_picture(saved(image, format)).has_alpha


@pytest.mark.parametrize(
    ("mode", "format"), [("CMYK", "JPEG"), ("L", "JPEG"), ("LA", "PNG"), ("P", "PNG"), ("I;16", "PNG")]
)
def test_every_kind_of_pixel_is_opened_and_cleaned_to_srgb(mode: str, format: str) -> None:
    data = saved(Image.new(mode, (40, 30)), format)
    assert open_picture(data).width == 40
    assert Image.open(io.BytesIO(clean_copy(data))).size == (40, 30)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_measured_and_copied_as_it_is_seen(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = picture("JPEG", (400, 300), exif=exif)
    seen = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    opened, copy = open_picture(data), Image.open(io.BytesIO(clean_copy(data)))
    assert (opened.width, opened.height) == copy.size == seen.size
    for corner in [(9, 9), (9, seen.height - 9), (seen.width - 9, 9), (seen.width - 9, seen.height - 9)]:
        assert copy.getpixel(corner) == pytest.approx(seen.getpixel(corner), abs=6)


@pytest.mark.parametrize("size", [(300, 200), (2700, 1000)])
@pytest.mark.parametrize("format", FIVE)
def test_a_ladder_proves_a_whole_picture_as_opening_it_does(format: str, size: tuple[int, int]) -> None:
    whole = picture(format, size)
    opened, ladder = open_with_thumbnails(whole)
    assert (opened, ladder) == (open_picture(whole), thumbnails(whole))
    dice = random.Random(format)
    damaged = [whole[: int(len(whole) * kept)] for kept in (0.02, 0.3, 0.9, 0.99)]
    for count in (1, 5, 50):
        copy = bytearray(whole)
        for _ in range(count):
            copy[dice.randrange(len(copy))] = dice.randrange(256)
        damaged.append(bytes(copy))
    said = [[verdict(open_it, data) for data in damaged] for open_it in (open_picture, open_with_thumbnails)]
    assert said[0] == said[1]
    assert all(said[0][:4])


def verdict(open_it: Callable[[bytes], object], data: bytes) -> str:
    try:
        open_it(data)
    except BadPicture as error:
        return error.detail
    return ""


@pytest.mark.parametrize("format", FIVE)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(format: str, kept: float) -> None:
    noise = saved(Image.effect_noise((200, 150), 90).convert("RGB"), format)
    assert open_picture(noise).width == 200
    assert refusal(noise[: int(len(noise) * kept)])


def test_a_png_without_its_end_is_refused() -> None:
    assert refusal(picture("PNG")[:-12]) == "This PNG is cut off or damaged."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (png_bomb(12_000), "This PNG is 12,000 × 12,000 pixels; at most 50,000,000 and 16,384 a side are allowed."),
        (png(20_000, 2), "This PNG is 20,000 × 2 pixels; at most 50,000,000 and 16,384 a side are allowed."),
        (png(1, 2**31 - 1), "This PNG is cut off or damaged."),
        (png(0, 0), "This PNG is cut off or damaged."),
        (jpeg_that_claims(65_000, 65_000), "This JPEG is 65,000 × 65,000 pixels; at most"),
        (jpeg_that_claims(65_535, 65_535), "This JPEG is"),
        (animation("WEBP", 500), f"This WebP has 500 frames; at most {MAX_FRAMES} are allowed."),
        (animation("GIF", 500), f"This GIF has 500 frames; at most {MAX_FRAMES} are allowed."),
    ],
)
def test_what_would_unpack_to_too_much_is_refused_by_its_header(data: bytes, sentence: str) -> None:
    assert refusal(data).startswith(sentence)


@pytest.mark.parametrize("format", ["WEBP", "GIF", "PNG", "AVIF"])
def test_of_an_animation_the_first_frame_is_drawn(format: str) -> None:
    data = animation(format, 8)
    assert open_picture(data).frames == (8 if format in ("WEBP", "GIF") else 1)
    copy = Image.open(io.BytesIO(clean_copy(data))).convert("RGB")
    assert copy.size == (64, 64)
    assert copy.getpixel((32, 32)) == pytest.approx((0, 0, 0), abs=6)


OTHERS = ["BLP", "BMP", "DDS", "DIB", "EPS", "ICNS", "ICO", "JPEG2000", "MSP", "PALM", "PCX", "PDF", "PPM"] + [
    "QOI",
    "SGI",
    "SPIDER",
    "TGA",
    "TIFF",
    "XBM",
]


@pytest.mark.parametrize("format", OTHERS)
def test_other_formats_are_refused(format: str) -> None:
    mode = {"MSP": "1", "XBM": "1", "PALM": "1", "SPIDER": "F", "BLP": "P"}.get(format, "RGB")
    data = saved(Image.new(mode, (128, 128)), format)
    assert refusal(data).endswith(". Only PNG, JPEG, WebP, GIF and AVIF pictures are supported.")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "The file is empty."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><!-- x --><svg/>", "SVG"),
        ("<?xml version='1.0' encoding='utf-16'?><svg/>".encode("utf-16"), "SVG"),
        (b"<!DOCTYPE html><html><body>sign in</body></html>", "HTML"),
        (b"\n<HTML>", "HTML"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "XML or HTML"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\1", "PSD"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"BM\x36\0\0\0", "BMP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "video"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PK\3\4", "ZIP"),
        (b"P6 1 1 255 abc", "PPM"),
        (b'{"error": "expired"}', "JSON"),
        (b"not found", "plain text"),
        (b"\xf0\x9f\x99\x82\x01", "The file’s format is not known."),
    ],
)
def test_a_refusal_names_what_it_is(data: bytes, name: str) -> None:
    assert name in refusal(data)


@pytest.mark.parametrize("loader", ["svgload_buffer", "tiffload_buffer"])
def test_no_other_loader_exists_in_this_process(loader: str) -> None:
    with pytest.raises(pyvips.Error, match="blocked"):
        getattr(pyvips.Image, loader)(saved(Image.new("RGB", (4, 4)), "TIFF"))


def test_an_hevc_picture_that_says_it_is_an_avif_is_refused() -> None:
    data = picture("AVIF").replace(b"av01", b"hvc1")
    assert refusal(data).startswith(("This AVIF is cut off", "The file’s format is HEIC"))


def test_bombs_within_a_small_picture_do_not_go_off() -> None:
    packed = zlib.compress(bytes(50_000_000), 9)
    bombs = chunk(b"zTXt", b"a\0\0" + packed) * 3 + chunk(b"iCCP", b"a\0\0" + packed)
    data = png(8, 8, bombs, pixels=zlib.compress(bytes(16)))
    assert open_picture(data).width == 8
    assert len(clean_copy(data)) < 1000


def test_a_clean_copy_has_no_metadata_and_the_same_bytes_each_time() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", "SECRET prompt")
    notes.add_itxt("XML:com.adobe.xmp", "SECRET xmp")
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = "SECRET:day"
    for data in [
        picture("PNG", pnginfo=notes, exif=exif),
        picture("JPEG", exif=exif, comment="SECRET comment", icc_profile=b"SECRET profile" * 20),
        picture("WEBP", exif=exif, xmp=b"SECRET xmp"),
        picture("AVIF", exif=exif, xmp=b"SECRET xmp"),
        picture("GIF", comment=b"SECRET comment"),
    ]:
        assert b"SECRET" in data
        copy = clean_copy(data)
        assert b"SECRET" not in copy
        assert not dict(Image.open(io.BytesIO(copy)).getexif())
        assert copy == clean_copy(data)


@pytest.mark.parametrize("format", FIVE)
def test_a_clean_copy_of_a_polyglot_ends_where_the_picture_does(format: str) -> None:
    polyglot = picture(format) + b"<html><script>alert(document.domain)</script></html>PK\x05\x06" + bytes(18)
    copy = clean_copy(polyglot)
    assert b"script" not in copy
    assert copy == clean_copy(picture(format))
    assert open_picture(copy).format == {"gif": "png", "avif": "png"}.get(format.lower(), format.lower())


def test_a_clean_copy_can_be_made_smaller_but_not_larger() -> None:
    data = picture("JPEG", (3000, 2000))
    assert Image.open(io.BytesIO(clean_copy(data, longest=600))).size == (600, 400)
    assert Image.open(io.BytesIO(clean_copy(data, longest=9000))).size == (3000, 2000)


def test_a_clean_copy_keeps_the_colours_of_a_wide_gamut_picture() -> None:
    colour = (200, 80, 40)
    wide = pyvips.Image.black(20, 20).new_from_image(colour).cast("uchar").copy(interpretation="srgb")
    data = wide.icc_transform("p3", input_profile="srgb").pngsave_buffer()
    raw = Image.open(io.BytesIO(data))
    assert "icc_profile" in raw.info
    assert raw.getpixel((5, 5)) != pytest.approx(colour, abs=6)
    assert Image.open(io.BytesIO(clean_copy(data))).getpixel((5, 5)) == pytest.approx(colour, abs=3)
