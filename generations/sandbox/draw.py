"""Draws a recipe to the bytes of a picture."""

import random
from threading import BoundedSemaphore

import pyvips

from generations.sandbox import edits, scenes
from generations.sandbox.canvas import Canvas, Image
from generations.sandbox.palette import named
from generations.sandbox.recipe import Recipe

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

# A picture is composed at no more than this on its long side and enlarged: memory stays bounded, and no scene holds
# finer detail. The grain is always of the final pixels.
_MAX_COMPOSED_SIDE = 1536

# Two pictures are drawn at a time, however many callers wait, since libvips uses every core for one already.
_SLOTS = BoundedSemaphore(2)


def draw(recipe: Recipe, media: str = "png", reference: bytes | None = None) -> bytes:
    """The picture of a recipe, encoded as `media`; always the same bytes for the same recipe and reference.

    An edit works on the picture of `recipe.of`, else on `reference`; its size is the recipe's.
    Raises NotAPicture when the reference cannot be opened.
    """
    with _SLOTS:
        return _written(_grained(_composed(recipe, reference), recipe.seed), media)


class NotAPicture(ValueError):
    """A reference that cannot be opened as a picture."""


def opened(reference: bytes | None) -> Image:
    """The reference, upright, in sRGB and without alpha. Raises NotAPicture."""
    if reference is None or not reference.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8")):
        raise NotAPicture("You uploaded an unsupported image. Please make sure your image is a PNG, JPEG, WebP or GIF.")
    try:
        image = pyvips.Image.thumbnail_buffer(reference, _MAX_COMPOSED_SIDE, height=_MAX_COMPOSED_SIDE, size="down")
        image = image.colourspace("srgb")
        return (image.flatten(background=255) if image.hasalpha() else image).extract_band(0, n=3).copy_memory()
    except pyvips.Error as error:
        raise NotAPicture("You uploaded an image that could not be decoded.") from error


def _composed(recipe: Recipe, reference: bytes | None) -> Image:
    scale = min(_MAX_COMPOSED_SIDE / max(recipe.width, recipe.height), 1.0)
    width, height = max(round(recipe.width * scale), 8), max(round(recipe.height * scale), 8)
    dice = random.Random(recipe.seed)  # noqa: S311
    if recipe.subject in edits.EDITS:
        source = opened(reference) if recipe.of is None else _composed(recipe.of, None).copy_memory()
        palette = named(recipe.palette if recipe.palette != "any" else dice.choice(edits.GRADES))
        fitted = source.thumbnail_image(width, height=height, size="both", crop="centre").cast("float")
        image = edits.EDITS[recipe.subject](Canvas(width, height, palette, dice), fitted)
    else:
        image = scenes.SCENES[recipe.subject](Canvas(width, height, named(recipe.palette), dice))
    image = _byte(image)
    if scale < 1.0:
        across, down = recipe.width / width, recipe.height / height
        image = image.copy_memory().resize(across, vscale=down, kernel="cubic")
        image = image.embed(0, 0, recipe.width, recipe.height, extend="copy")
    return image


def _grained(image: Image, seed: int) -> Image:
    film = Canvas(image.width, image.height, named("mono"), random.Random(seed))  # noqa: S311
    return _byte(image + film.tooth() * 2.6)


def _byte(image: Image) -> Image:
    return image.clamp(min=0, max=255).rint().cast("uchar").copy(interpretation="srgb")


def _written(image: Image, media: str) -> bytes:
    match media:
        case "jpeg":
            return image.jpegsave_buffer(Q=88)
        case "webp":
            return image.webpsave_buffer(Q=84, effort=1)
        case _:
            return image.pngsave_buffer(compression=1, filter="sub")
