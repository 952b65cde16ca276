"""What every landscape shares: skylines, lit rock, sun and moon, stars, still water."""

import random
from collections.abc import Callable

from generations.sandbox.canvas import Brush, Canvas, Image, glow, moved, over, step, tint
from generations.sandbox.palette import Colour, blend

Profile = Callable[[float], float]


def skyline(dice: random.Random, cell: float, octaves: int = 6, sharpness: float = 1.0, gain: float = 0.5) -> Profile:
    """A line of about 0 to 1 over x: peaks where `sharpness` is 1, rolling hills where it is 0."""
    grids = [[dice.random() for _ in range(512)] for _ in range(octaves)]
    total = sum(gain**i for i in range(octaves))

    def height(x: float) -> float:
        rise = 0.0
        for i, grid in enumerate(grids):
            place = x / cell * 2**i + 7.3 * i + 3.0
            t = place % 1.0
            a, b = grid[int(place) % 512], grid[int(place + 1) % 512]
            smooth = a + (b - a) * t * t * (3 - 2 * t)
            peak = 1.0 - abs(2.0 * smooth - 1.0)
            rise += gain**i * (peak * sharpness + smooth * (1.0 - sharpness))
        return rise / total

    return height


def raised(base: float, *lines: tuple[Profile, float]) -> Profile:
    """The y over x of skylines on a base, each as high as it is told."""

    def height(x: float) -> float:
        return base - sum(line(x) * rise for line, rise in lines)

    return height


def massif(dice: random.Random, centre: float, width: float) -> Profile:
    """A skyline with one summit at `centre`, falling to both sides; 1 at the highest."""
    rock = skyline(dice, width * 0.42, 7, 1.0, 0.48)
    lean = dice.uniform(0.8, 1.25)

    def height(x: float) -> float:
        away = (x - centre) / (width * (lean if x < centre else 1 / lean))
        return max(0.0, 1.0 - abs(away) ** 0.7) * 0.6 + rock(x) * 0.62 * max(0.2, 1.0 - 0.5 * abs(away))

    return height


def mountain(line: Profile, colours: tuple[Colour, Colour], mist: Colour, foot: float, lit_from: float) -> Brush:
    """A mountain under the skyline `line` (the y over x), in shade and in light, lost in mist at the y of its foot.

    `lit_from` is the side of the light, -1 left or 1 right.
    """

    def paint(part: Canvas, under: Image) -> Image:
        top = part.along(line)
        rough = part.noise(0.15, 6, gain=0.64).copy_memory()
        shift = max(int(part.unit * 0.005), 1)
        shifted = rough.embed(int(-lit_from * shift), shift, part.width, part.height, extend="mirror")
        lean = slope_of(part, top, lit_from).clamp(min=-0.9, max=0.7)
        light = (rough - shifted) * 2.1 + lean * 0.44 + rough * 0.14 + 0.48
        shade, bright = colours
        rock = tint(light, (blend((shade, (0, 0, 0)), 0.25), shade, blend((shade, bright), 0.6), bright))
        lost = step(part.y, foot - 0.16, foot)
        rock = over(rock, mist, step(part.y - top, 0.0, 0.28) * 0.25 + lost * lost * 0.75)
        return over(under, rock, part.edge(top - part.y))

    return paint


def slope_of(canvas: Canvas, top: Image, lit_from: float) -> Image:
    """-1 to 1 for the flanks: how far the skyline above leans into the light, drawn out down the face."""
    reach = max(int(canvas.unit * 0.012), 1)
    ahead = top.crop(0, 0, canvas.width, 1).embed(reach, 0, canvas.width + 2 * reach, 1, extend="copy")
    lean = ahead.crop(2 * reach, 0, canvas.width, 1) - ahead.crop(0, 0, canvas.width, 1)
    row = (lean * (lit_from * canvas.unit / reach * 0.6)).gaussblur(max(canvas.unit / 160, 0.6)).copy_memory()
    lookup = row.replicate(1, canvas.height)
    drift = canvas.x * canvas.unit + (canvas.y - top) * canvas.unit * 0.35 * lit_from
    drift = drift + canvas.noise(0.09, 3) * canvas.unit * 0.02
    return moved(lookup, drift, canvas.y * 0.0)


def heavenly_body(
    canvas: Canvas, under: Image, x: float, y: float, radius: float, colour: Colour, halo: float
) -> Image:
    """A sun or a full moon with its glow."""
    distance = canvas.disc(x, y)
    wide = (1.0 / ((distance / radius) ** 1.6 * 0.55 + 1.0)) * halo
    lit = glow(under, colour, wide)
    return over(lit, blend((colour, (255, 255, 255)), 0.45), canvas.edge(distance - radius))


def stars(canvas: Canvas, under: Image, horizon: float, strength: float = 1.0) -> Image:
    """Stars, thinning towards the horizon, a few of them large."""
    fade = step(canvas.y, horizon, horizon * 0.35) * strength
    for size, rarity in ((1, 2.95), (1.6, 3.25), (2.4, 3.6)):
        scale = size * max(canvas.unit / 800, 0.7)
        wide, high = int(canvas.width / scale) + 1, int(canvas.height / scale) + 1
        points = Image.gaussnoise(wide, high, mean=0.0, sigma=1.0, seed=canvas.seed())
        points = step(points, rarity, rarity + 0.3).copy_memory().resize(scale, kernel="linear")
        points = points.embed(0, 0, canvas.width, canvas.height)
        under = glow(under, (255, 250, 235), points * fade)
    return under


def clouds(canvas: Canvas, under: Image, colour: Colour, horizon: float, amount: float) -> Image:
    """Long thin clouds, denser towards the horizon."""
    body = canvas.noise(0.22, 5, stretch=4.5, gain=0.55)
    cover = step(body + canvas.y * (0.25 / horizon), 0.12, 0.85) * amount
    return over(under, colour, cover * step(canvas.y, horizon * 1.02, horizon * 0.7))


def mirrored(canvas: Canvas, above: Image, horizon: float, deep: Colour, swell: float = 1.0) -> Image:
    """The upper part of a picture, and below `horizon` its reflection in still water."""
    line = int(horizon * canvas.unit)
    rest = canvas.height - line
    sky = above.crop(0, 0, canvas.width, line).copy_memory()
    depth = (canvas.y - horizon).clamp()
    ripple = canvas.noise(0.035, 3, stretch=9.0) * depth * (0.16 * swell)
    lines = canvas.noise(0.012, 2, stretch=26.0) * step(depth, 0.0, 0.5) * (0.02 * swell)
    up = line - 1 - (depth * 1.06 + ripple + lines) * canvas.unit
    across = canvas.x * canvas.unit + (ripple + lines) * canvas.unit * 0.35
    water = moved(sky, across.crop(0, line, canvas.width, rest), up.crop(0, line, canvas.width, rest))
    shade = step(depth, 0.0, canvas.bottom - horizon).crop(0, line, canvas.width, rest)
    water = over(water, deep, shade * 0.62 + 0.14)
    return sky.join(water, "vertical")


def mist(canvas: Canvas, under: Image, colour: Colour, at: float, thickness: float, strength: float) -> Image:
    """A bank of mist lying at a height."""
    drift = canvas.noise(0.3, 4, stretch=4.0) * 0.35 + 1.0
    away = (canvas.y - at) / thickness
    return over(under, colour, ((away * away * -1.0).exp() * drift * strength).clamp())
