"""Things set up to be looked at: spheres, a cat."""

from generations.sandbox.canvas import Brush, Canvas, Image, Reach, ease, glow, join, length, over, step, tint, wedge
from generations.sandbox.palette import Colour, blend
from generations.sandbox.scenes.terrain import heavenly_body, raised, skyline, stars


def orbs(canvas: Canvas) -> Image:
    """Spheres on a seamless backdrop, light from the upper left."""
    p, dice = canvas.palette, canvas.dice
    wall = blend((p.sky[2], p.paper), 0.25)
    floor = canvas.bottom / 2 + 0.1
    drop = (blend((wall, p.sky[1]), 0.5), wall, blend((wall, p.paper), 0.6))
    scene = tint(step(canvas.y, 0.0, canvas.bottom), drop)
    scene = scene * (1.06 - canvas.disc(canvas.right * 0.35, canvas.bottom * 0.3) * 0.14)
    hues = [*p.accents, p.paper, p.paper]
    dice.shuffle(hues)
    middle, mirror = canvas.right / 2, dice.choice((-1, 1))
    shadows, balls = [], []
    for (x, r, depth), hue in zip(_PLAN, hues, strict=True):
        x, y = middle + mirror * x + dice.uniform(-0.02, 0.02), floor + depth - r
        shadows.append(shadow(x, y, r, p.ink))
        balls.append(ball(x, y, r, hue, wall, p.ink))
    resting = ball(middle + mirror * 0.03, floor - 0.29, 0.062, hues[5], wall, p.ink)
    return canvas.stamp(scene, *shadows, *balls, resting)


# x from the middle, radius, how far in front
_PLAN = (
    (-0.2, 0.165, 0.0), (0.19, 0.195, 0.02), (0.0, 0.11, 0.09), (-0.36, 0.055, 0.12), (0.3, 0.062, 0.16),
    (0.11, 0.05, 0.17), (-0.09, 0.036, 0.2),
)  # fmt: skip


def ball(x: float, y: float, r: float, hue: Colour, wall: Colour, ink: Colour) -> tuple[Reach, Brush]:
    """A sphere as a stamp: shaded, with light from the wall on its rim and a soft gleam."""

    def paint(part: Canvas, under: Image) -> Image:
        nx, ny = (part.x - x) / r, (part.y - y) / r
        nz = (1.0 - nx * nx - ny * ny).clamp() ** 0.5
        lit = (nx * -0.5 + ny * -0.62 + nz * 0.6).clamp()
        bounce = (ny * 0.8 + 0.1).clamp() * (1.0 - lit) * 0.3
        dark = blend((hue, ink), 0.72)
        body = tint(lit * 0.92 + 0.04, (dark, blend((dark, hue), 0.6), hue, blend((hue, (255, 255, 255)), 0.35)))
        body = over(body, wall, bounce + (1.0 - nz) ** 4 * 0.25)
        gleam = (nx * -0.34 + ny * -0.42 + nz * 0.84).clamp() ** 42
        return over(under, glow(body, (255, 255, 255), gleam * 0.5), part.edge(part.disc(x, y) - r))

    return (x - r, y - r, x + r, y + r), paint


def shadow(x: float, y: float, r: float, ink: Colour) -> tuple[Reach, Brush]:
    """The shadow of a sphere on the floor below it, as a stamp."""

    def paint(part: Canvas, under: Image) -> Image:
        near = length((part.x - x) / (r * 0.85), (part.y - y - r * 0.93) / (r * 0.2))
        cast = length((part.x - x - r * 0.75) / (r * 1.9), (part.y - y - r * 0.98) / (r * 0.36))
        mask = (ease(step(cast, 1.0, 0.1)) * 0.42 + ease(step(near, 1.0, 0.2)) * 0.4).clamp()
        return over(under, ink, mask * 0.8)

    return (x - r * 1.6, y + r * 0.2, x + r * 3.2, y + r * 1.7), paint


def cat(canvas: Canvas) -> Image:
    """A cat seen from behind, looking at the moon."""
    p, dice = canvas.palette, canvas.dice
    foot = canvas.bottom * 0.82
    scene = canvas.down(p.sky, 0.0, foot)
    if p.is_dark:
        scene = stars(canvas, scene, foot, 0.9)
    side = dice.choice((-1, 1))
    x = canvas.right / 2 - side * 0.06
    scene = heavenly_body(canvas, scene, x + side * 0.1, foot - 0.36, 0.27, p.light, 0.32)
    for i in range(2):
        line = skyline(dice, 0.8, 4, 0.35, 0.4)
        top = canvas.along(raised(foot - 0.02, (line, 0.16 - 0.07 * i)))
        scene = over(scene, blend((p.land[0], p.sky[-1]), 0.45 - 0.4 * i), canvas.edge(top - canvas.y))
    near = blend((p.land[1], p.ink), 0.5)
    scene = over(scene, near, canvas.edge(foot - canvas.y))
    shape = _cat(canvas, x, foot, side)
    fur = tint(step(shape, -0.035, 0.0), (near, blend((near, p.land[0]), 0.16)))
    return over(scene, fur, canvas.edge(shape))


def _cat(canvas: Canvas, x: float, foot: float, side: int) -> Image:
    """The signed distance to a sitting cat: haunches, shoulders, head, ears, tail."""

    def oval(dx: float, dy: float, rx: float, ry: float) -> Image:
        flat = length((canvas.x - x - dx) / rx, (canvas.y - foot + dy) / ry)
        return (flat - 1.0) * min(rx, ry)

    body = join(oval(0, 0.085, 0.118, 0.098), oval(0.0, 0.2, 0.074, 0.12), 0.04)
    body = join(body, oval(0, 0.335, 0.071, 0.06), 0.018)
    for way in (-1, 1):
        tip, inner, outer = (
            (x + way * 0.055, foot - 0.428),
            (x + way * 0.006, foot - 0.378),
            (x + way * 0.073, foot - 0.335),
        )
        corners = (tip, outer, inner) if way > 0 else (tip, inner, outer)
        body = join(body, wedge(canvas, corners), 0.008)
    around = canvas.disc(x + side * 0.14, foot - 0.115)
    arc = (around - 0.1).abs() - 0.019
    upper = wedge(
        canvas,
        (
            (x + side * 0.14 - 0.3, foot - 0.115),
            (x + side * 0.14 + 0.3, foot - 0.115),
            (x + side * 0.14 + 0.3, foot + 0.05),
            (x + side * 0.14 - 0.3, foot + 0.05),
        ),
    )
    tail = arc.maxpair(upper)
    end = canvas.disc(x + side * 0.24, foot - 0.115) - 0.019
    tail = tail.minpair(end)
    return join(body, tail, 0.012)
