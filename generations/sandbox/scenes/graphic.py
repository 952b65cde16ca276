"""Flat work: a poster of shapes, a striped sun, waves, cut paper, marble, a dahlia."""

import math

from generations.sandbox.canvas import Brush, Canvas, Image, ease, length, moved, over, step, tint, wedge
from generations.sandbox.palette import Colour, blend
from generations.sandbox.scenes.terrain import raised, skyline


def poster(canvas: Canvas) -> Image:
    """A grid of circles, quarters, stripes and dots."""
    p, dice = canvas.palette, canvas.dice
    rows = max(round(canvas.bottom * 4), 4)
    columns = max(round(rows * canvas.right / canvas.bottom), 3)
    side = max(-(-canvas.width // columns), -(-canvas.height // rows), 8)
    hues = (*p.accents, p.paper, p.ink)
    cells: list[Image] = []
    grounds: list[int] = []
    for i in range(rows * columns):
        neighbours = grounds[-1:] + ([grounds[-columns]] if i >= columns else [])
        ground = dice.choice([h for h in range(7) if h not in neighbours])
        figure = dice.choice([h for h in range(7) if h != ground and _contrast(hues[h], hues[ground]) > 60])
        cell = Canvas(side, side, p, dice)
        cells.append(dice.choice(_MOTIFS)(cell, hues[ground], hues[figure]))
        grounds.append(ground)
    joined = Image.arrayjoin(cells, across=columns)
    return _paper(canvas, joined.embed(0, 0, canvas.width, canvas.height))


def sun(canvas: Canvas) -> Image:
    """A striped disc over hills."""
    p, dice = canvas.palette, canvas.dice
    ground = blend((p.accents[0], p.sky[0]), 0.5) if p.is_dark else p.accents[0]
    pale = p.paper if _contrast(p.paper, ground) > 90 else p.light
    x, y = canvas.right / 2, canvas.bottom * 0.42
    radius = min(0.36, canvas.bottom * 0.3)
    disc = canvas.edge(canvas.disc(x, y) - radius)
    scene = canvas.plain(ground)
    fold = ((canvas.y - y) / (radius * 0.145)) % 1.0
    width = step(canvas.y, y - radius * 0.1, y + radius) * 0.62
    stripes = canvas.edge((width * 0.5 - (fold - 0.5).abs()) * (radius * 0.145))
    below = canvas.edge(y - radius * 0.06 - canvas.y)
    scene = over(scene, pale, disc * (1.0 - (1.0 - stripes) * below))
    hills = (blend((p.ink, p.accents[2]), 0.35), p.ink)
    for i, colour in enumerate(hills):
        line = skyline(dice, 1.1 - 0.3 * i, 2, 0.0, 0.3)
        top = canvas.along(raised(canvas.bottom * (0.74 + 0.12 * i) + 0.05, (line, 0.14)))
        scene = over(scene, colour, canvas.edge(top - canvas.y))
    return _paper(canvas, scene)


def waves(canvas: Canvas) -> Image:
    """Rows of nested arcs, the blue ocean waves of old textiles, under a sun."""
    p, dice = canvas.palette, canvas.dice
    radius = dice.choice((0.095, 0.115, 0.14))
    start = canvas.bottom * 0.26
    hues = (p.ink, p.paper, p.accents[0], p.paper, blend((p.accents[3], p.paper), 0.2), p.paper, p.accents[0])
    scene = canvas.plain(p.paper)
    warm = max(p.accents, key=lambda c: c[0] - c[2])
    scene = over(scene, warm, canvas.edge(canvas.disc(canvas.right * dice.uniform(0.4, 0.7), start) - 0.25))
    rings = tuple(hues[min(int((1.0 - i / 255) / 0.135), 6)] for i in range(256))
    place = ((canvas.y - start) / (radius / 2)).floor()
    for behind in (2, 1, 0):  # a point shows the last row that covers it, and only three can
        row = place - behind
        shift = (row % 2.0) * radius
        fold = ((canvas.x + shift) / (2 * radius) % 1.0 - 0.5) * (2 * radius)
        distance = length(fold, canvas.y - row * (radius / 2) - (start + radius))
        scene = over(scene, tint(distance / radius, rings), canvas.edge((distance - radius).maxpair(row * -1.0 - 0.5)))
    return _paper(canvas, scene)


def papercut(canvas: Canvas) -> Image:
    """Sheets of coloured paper, each with a hole a little larger than the one below."""
    p = canvas.palette
    land = canvas.noise(0.7, 6, gain=0.46) * 1.25
    away = canvas.disc(canvas.right * canvas.dice.uniform(0.4, 0.6), canvas.bottom * 0.5)
    land = land * 0.9 - away * 1.15 + 0.42
    shift = max(int(canvas.unit * 0.018), 1)
    cast = land.embed(-shift, shift + shift // 2, canvas.width, canvas.height, extend="mirror")
    stops = (p.accents[0], blend((p.accents[1], p.paper), 0.3), p.paper, p.accents[3], p.accents[2], p.ink)
    count = 8
    scene = canvas.plain(stops[0])
    for i in range(1, count):
        level = -0.75 + 1.2 * i / count
        hole = step(land, level - 0.006, level + 0.006)
        colour = blend(stops, i / (count - 1))
        shadow = step(cast, level + 0.1, level - 0.02)
        sheet = over(canvas.plain(colour), blend((colour, p.ink), 0.7), shadow * 0.55)
        scene = over(scene, sheet, hole)
    return _paper(canvas, scene)


def marble(canvas: Canvas) -> Image:
    """Poured stone: folded bands of colour with veins of light."""
    p = canvas.palette
    first, second = canvas.noise(0.8, 4), canvas.noise(0.8, 4)
    grain = canvas.noise(0.9, 6, gain=0.55).copy_memory()
    reach = canvas.unit * 0.22
    x = canvas.x * (canvas.unit * 0.6) + canvas.width * 0.2 + first * reach
    y = canvas.y * (canvas.unit * 0.6) + canvas.height * 0.2 + second * reach
    folded = moved(grain, x, y)
    body = folded * 0.75 + first * 0.35 + 0.5
    deep = blend((p.ink, p.sky[0]), 0.4)
    stone = tint(ease(body.clamp()), (deep, p.sky[0], p.sky[1], p.accents[0], blend((p.accents[0], p.light), 0.55)))
    vein = ((folded - first * 0.4).abs() * -26.0).exp()
    stone = over(stone, p.light, vein * 0.85)
    return over(stone, p.accents[1], (((second + folded * 0.8).abs() * -40.0).exp()) * 0.8)


def dahlia(canvas: Canvas) -> Image:
    """One flower from above, petal over petal."""
    p, dice = canvas.palette, canvas.dice
    x, y = canvas.right / 2, canvas.bottom / 2
    distance = canvas.disc(x, y)
    ground = blend((p.ink, p.sky[0]), 0.3)
    scene = tint(distance * 0.9, (blend((ground, p.sky[1]), 0.35), ground, blend((ground, (0, 0, 0)), 0.45)))
    petals, rings = dice.choice((17, 21, 24)), 11
    stamps = []
    for k in range(rings):
        reach = 0.43 * (1.0 - k / (rings - 1)) ** 0.88 + 0.03
        turn = 0.5 * (k % 2) + dice.uniform(-0.06, 0.06)
        ring = _ring_of_petals((x, y), reach, petals, turn, k / (rings - 1))
        stamps.append(((x - reach - 0.03, y - reach - 0.03, x + reach + 0.03, y + reach + 0.03), ring))
    return canvas.stamp(scene, *stamps)


def _ring_of_petals(middle: tuple[float, float], reach: float, petals: int, turn: float, t: float) -> Brush:
    """One ring over its own shadow; `t` runs from 0, the outermost, to 1."""

    def paint(part: Canvas, under: Image) -> Image:
        p = part.palette
        tips = (p.light, blend((p.accents[0], p.paper), 0.45), p.accents[0], blend((p.accents[0], p.ink), 0.5))
        distance = part.disc(*middle)
        angle = (part.y - middle[1]).atan2(part.x - middle[0]) / 360.0
        fold = (((angle * petals + turn) % 1.0) * 2.0 - 1.0).abs()
        bend = fold * (fold * 0.6 + 0.4)
        edge = distance - (1.0 - bend * 0.2) * reach
        lift = step(distance, reach * 0.72, reach) * 0.75 - bend * 0.34 + 0.16
        tip = blend(tips, t)
        shade = blend((blend(tips, min(t + 0.35, 1.0)), p.ink), 0.3)
        petal = tint(lift, (blend((shade, p.ink), 0.3), shade, tip, blend((tip, (255, 255, 255)), 0.25)))
        return over(under * (1.0 - step(edge, 0.03, -0.03) * 0.38), petal, part.edge(edge))

    return paint


def _paper(canvas: Canvas, scene: Image) -> Image:
    """The tooth of printed paper."""
    return scene * (canvas.tooth(1.4) * 0.016 + canvas.noise(0.4, 2) * 0.012 + 1.0)


def _contrast(a: Colour, b: Colour) -> float:
    return math.dist(a, b)


def _circle(c: Canvas, ground: Colour, figure: Colour) -> Image:
    return over(c.plain(ground), figure, c.edge(c.disc(0.5, 0.5) - 0.5))


def _ring(c: Canvas, ground: Colour, figure: Colour) -> Image:
    return over(_circle(c, ground, figure), ground, c.edge(c.disc(0.5, 0.5) - 0.22))


def _half(c: Canvas, ground: Colour, figure: Colour) -> Image:
    return over(c.plain(ground), figure, c.edge(c.disc(0.5, c.dice.choice((0.0, 1.0))) - 0.5))


def _quarter(c: Canvas, ground: Colour, figure: Colour) -> Image:
    corner = c.disc(c.dice.choice((0.0, 1.0)), c.dice.choice((0.0, 1.0)))
    drawn = over(c.plain(ground), figure, c.edge(corner - 1.0))
    return over(drawn, ground, c.edge(corner - 0.5)) if c.dice.random() < 0.5 else drawn


def _leaf(c: Canvas, ground: Colour, figure: Colour) -> Image:
    x = c.dice.choice((0.0, 1.0))
    return over(c.plain(ground), figure, c.edge(c.disc(x, 0.0) - 1.0) * c.edge(c.disc(1.0 - x, 1.0) - 1.0))


def _stripes(c: Canvas, ground: Colour, figure: Colour) -> Image:
    along = c.x if c.dice.random() < 0.6 else c.y
    return over(c.plain(ground), figure, c.edge((((along * 4.0) % 1.0) - 0.5).abs() / 4.0 - 0.0625))


def _dots(c: Canvas, ground: Colour, figure: Colour) -> Image:
    spot = length((c.x * 3.0) % 1.0 - 0.5, (c.y * 3.0) % 1.0 - 0.5) / 3.0
    return over(c.plain(ground), figure, c.edge(spot - 0.09))


def _triangle(c: Canvas, ground: Colour, figure: Colour) -> Image:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    del corners[c.dice.randrange(4)]
    return over(c.plain(ground), figure, c.edge(wedge(c, corners)))


_MOTIFS = (_circle, _half, _half, _quarter, _quarter, _quarter, _leaf, _stripes, _dots, _triangle, _ring)
