"""What scenes are painted with: coordinates, masks, noise and colour, all as lazy libvips images.

A length is a fraction of the picture's SHORT side, so one scene composes at any size. A mask is one band of 0.0 to 1.0,
a paint is three bands of 0 to 255 as floats. Nothing is computed before the picture is written.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pyvips import Image, Interpolate

from generations.sandbox.palette import Colour, Palette, ramp

Reach = tuple[float, float, float, float]  # left, top, right, bottom

_TILE = 384  # pixels; too large for the eye to find the grain repeat


@dataclass(frozen=True)
class Canvas:
    """A surface of `width` by `height` pixels, with the palette and the dice of one picture."""

    width: int
    height: int
    palette: Palette
    dice: random.Random
    left: int = 0  # where a part begins within its picture, in pixels
    top: int = 0
    unit: int = 0  # the short side of the picture in pixels; 0 for that of this surface
    x: Image = field(init=False)  # 0 at the left edge of the picture, 1 one short side further right
    y: Image = field(init=False)  # 0 at the top

    def __post_init__(self) -> None:
        unit = self.unit or min(self.width, self.height)
        places = Image.xyz(self.width, self.height).cast("float")
        plane = places.linear([1 / unit, 1 / unit], [self.left / unit, self.top / unit])
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "x", plane[0])
        object.__setattr__(self, "y", plane[1])

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.width / self.unit

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.height / self.unit

    def seed(self) -> int:
        """A fresh seed for a noise of libvips."""
        return self.dice.randrange(1, 2**30)

    def edge(self, distance: Image) -> Image:
        """The mask of where a signed distance is negative, its border one pixel soft."""
        return (distance * -self.unit + 0.5).clamp()

    def plain(self, colour: Colour) -> Image:
        return (Image.black(self.width, self.height, bands=3) + list(colour)).cast("float")

    def down(self, stops: tuple[Colour, ...], top: float = 0.0, bottom: float | None = None) -> Image:
        """A vertical gradient between two heights."""
        end = self.bottom if bottom is None else bottom
        return tint(step(self.y, top, end), stops)

    def disc(self, x: float, y: float) -> Image:
        """The distance of every pixel from a point."""
        return length(self.x - x, self.y - y)

    def box(self, x: float, y: float, half_width: float, half_height: float) -> Image:
        """The signed distance to a rectangle around a point."""
        return ((self.x - x).abs() - half_width).maxpair((self.y - y).abs() - half_height)

    def noise(self, cell: float, octaves: int = 4, stretch: float = 1.0, gain: float = 0.5) -> Image:
        """Soft noise of about -1 to 1, its largest shapes `cell` wide; `stretch` draws them out sideways.

        Drawn small and enlarged: it holds no detail finer than its smallest octave.
        """
        finest = max(cell * self.unit / 2 ** (octaves - 1), 2.0)
        shrink = max(finest / 6.0, 1.0)
        wide, high = int(self.width / shrink / stretch) + 4, int(self.height / shrink) + 4
        total = Image.black(wide, high).cast("float")
        for i in range(octaves):
            size = max(int(cell * self.unit / shrink / 2**i), 2)
            total = total + Image.perlin(wide, high, cell_size=size, seed=self.seed()) * gain**i
        grown = total.copy_memory().resize(self.width / (wide - 3), vscale=self.height / (high - 3), kernel="cubic")
        return grown.crop(0, 0, self.width, self.height)

    def along(self, profile: Callable[[float], float]) -> Image:
        """A height for every x, the same in every row."""
        heights = array("f", (profile((self.left + i) / self.unit) for i in range(self.width)))
        return Image.new_from_memory(heights.tobytes(), self.width, 1, 1, "float").replicate(1, self.height)

    def tooth(self, softness: float = 0.0) -> Image:
        """The grain of film or, softened by some pixels, of paper: about -1 to 1, one tile over and over."""
        tile = Image.gaussnoise(_TILE, _TILE, mean=0.0, sigma=1.0, seed=self.seed())
        if softness:
            tile = tile.gaussblur(softness) * (3.0 * softness)
        across, down = -(-self.width // _TILE), -(-self.height // _TILE)
        return tile.copy_memory().replicate(across, down).crop(0, 0, self.width, self.height)

    def stamp(self, under: Image, *stamps: tuple[Reach, Brush]) -> Image:
        """Each brush paints, one over the other, only within its reach: it gets a canvas of that part, and the part."""
        page = under.copy_memory()
        for reach, brush in stamps:
            left, top = max(int(reach[0] * self.unit) - 2, 0), max(int(reach[1] * self.unit) - 2, 0)
            width = min(int(reach[2] * self.unit) + 2, self.width) - left
            height = min(int(reach[3] * self.unit) + 2, self.height) - top
            if width > 0 and height > 0:
                part = replace(self, width=width, height=height, left=self.left + left, top=self.top + top)
                painted = brush(part, page.crop(left, top, width, height))
                page = page.draw_image(painted.cast("float").copy_memory(), left, top)
        return page


Brush = Callable[[Canvas, Image], Image]


def step(value: Image, low: float, high: float) -> Image:
    """0 at `low`, 1 at `high` (which may be the smaller), straight between."""
    return ((value - low) / (high - low)).clamp()


def ease(mask: Image) -> Image:
    """A mask whose ends are smooth."""
    return mask * mask * (3.0 - mask * 2.0)


def length(x: Image, y: Image) -> Image:
    return (x * x + y * y) ** 0.5


def over(under: Image, paint: Image | Colour, mask: Image | float) -> Image:
    """`paint` over `under` where the mask is 1."""
    if isinstance(paint, tuple):
        return under - (under - list(paint)) * mask
    return under + (paint - under) * mask


def glow(under: Image, colour: Colour, mask: Image) -> Image:
    """Light of `colour` added as on film: bright parts never clip to a flat white."""
    light = mask.bandjoin([mask, mask]) * [c / 255 for c in colour]
    return 255.0 - (255.0 - under) * (1.0 - light.clamp())


def tint(value: Image, stops: tuple[Colour, ...]) -> Image:
    """A field of 0 to 1 coloured through a ramp."""
    colours = ramp(stops, 512)
    table = array("f", (channel for colour in colours for channel in colour))
    lut = Image.new_from_memory(table.tobytes(), 512, 1, 3, "float")
    return (value.clamp() * 511.0 + 0.5).cast("ushort").maplut(lut)


def join(first: Image, second: Image, softness: float) -> Image:
    """Two signed distances melted into one shape."""
    blend = ((second - first) / (2 * softness) + 0.5).clamp()
    return second + (first - second) * blend - blend * (1.0 - blend) * softness


def moved(image: Image, x: Image, y: Image) -> Image:
    """For every pixel what `image` shows at (x, y), in pixels; beyond an edge, the edge."""
    at_x, at_y = x.clamp(min=0, max=image.width - 1), y.clamp(min=0, max=image.height - 1)
    return image.mapim(at_x.bandjoin(at_y), extend="copy", interpolate=Interpolate.new("bilinear"))


def wedge(canvas: Canvas, corners: Sequence[tuple[float, float]]) -> Image:
    """The signed distance to a convex polygon, its corners given clockwise on the page."""
    shape: Image | None = None
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        size = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        side = canvas.x * ((by - ay) / size) - canvas.y * ((bx - ax) / size)
        side = side - (ax * (by - ay) - ay * (bx - ax)) / size
        shape = side if shape is None else shape.maxpair(side)
    return shape
