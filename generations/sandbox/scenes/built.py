"""Walls with arched openings, and a city."""

from generations.sandbox.canvas import Brush, Canvas, Image, Reach, ease, over, step, tint, wedge
from generations.sandbox.palette import Colour, blend
from generations.sandbox.scenes.staged import ball, shadow
from generations.sandbox.scenes.terrain import heavenly_body, stars


def arches(canvas: Canvas) -> Image:
    """Sunlit walls, a stair, a ball."""
    p, dice = canvas.palette, canvas.dice
    floor, right, tall = canvas.bottom * 0.74, canvas.right, canvas.bottom
    warm = dice.choice(sorted(p.accents, key=lambda c: c[1] - c[0])[:2])
    face = blend((warm, p.paper), 0.36)
    ground = blend((face, p.paper), 0.45)
    scene = canvas.down((blend((p.sky[0], p.sky[1]), 0.6), p.sky[1], p.sky[2], p.sky[-1]), 0.0, floor)
    slabs = (blend((ground, p.sky[-1]), 0.3), ground, blend((ground, warm), 0.2))
    scene = over(scene, tint(step(canvas.y, floor, tall), slabs), canvas.edge(floor - canvas.y))
    behind, before = (right * 0.36, tall * 0.14, right + 0.1, floor), (-0.1, tall * 0.27, right * 0.52, floor + 0.035)
    stamps = [
        _on_the_floor(behind, blend((face, p.ink), 0.36)),
        _wall(behind, blend((face, p.ink), 0.12), (right * 0.67, right * 0.89), 0.08, right * 0.3),
        _on_the_floor(before, blend((face, p.ink), 0.3)),
        _wall(before, face, (right * 0.14, right * 0.37), 0.095, -0.25),
    ]
    for i in range(4):
        left, top = right * 0.5 + 0.055 * i, floor + 0.086 - 0.036 * i
        hue = blend((ground, (255, 255, 255)), 0.1 + 0.1 * i)
        stamps += [
            _slab((left, top, right, top + 0.084), blend((hue, warm), 0.35)),
            _slab((left, top, right, top + 0.018), hue),
        ]
    x, y = right * dice.uniform(0.24, 0.32), floor + 0.1
    return canvas.stamp(scene, *stamps, shadow(x, y, 0.05, p.ink), ball(x, y, 0.05, p.accents[1], face, p.ink))


def _slab(reach: Reach, hue: Colour) -> tuple[Reach, Brush]:
    return reach, lambda part, under: over(under, hue, part.edge(_inside(part, reach)))


def _inside(part: Canvas, reach: Reach) -> Image:
    left, top, right, foot = reach
    return part.box((left + right) / 2, (top + foot) / 2, (right - left) / 2, (foot - top) / 2)


def _on_the_floor(wall: Reach, ink: Colour) -> tuple[Reach, Brush]:
    """The shadow a wall throws towards us."""
    left, _, right, foot = wall
    corners = ((right, foot), (left + 0.1, foot), (left + 0.24, foot + 0.085), (right + 0.16, foot + 0.085))
    reach = (left, foot, right + 0.16, foot + 0.085)
    return reach, lambda part, under: over(under, ink, part.edge(wedge(part, corners)) * 0.55)


def _wall(reach: Reach, hue: Colour, doors: tuple[float, float], half: float, shade: float) -> tuple[Reach, Brush]:
    """Plaster with two arched doors, their reveal to the left; a shadow falls across it from `shade`."""
    _, top, _, foot = reach

    def doorways(part: Canvas, shift: float) -> Image:
        shapes = []
        for x in doors:
            shaft = part.box(x + shift, foot - half * 1.3, half, half * 1.3 + 0.001)
            shapes.append(shaft.minpair(part.disc(x + shift, foot - half * 2.6) - half))
        return part.edge(shapes[0].minpair(shapes[1]))

    def paint(part: Canvas, under: Image) -> Image:
        ink = part.palette.ink
        sheen = step(part.y, top, foot) * 0.6 + part.noise(0.5, 3) * 0.1
        plaster = tint(sheen + 0.15, (blend((hue, (255, 255, 255)), 0.18), hue, blend((hue, ink), 0.16)))
        across = (part.x - shade) * 0.82 - (part.y - top) * 0.57
        plaster = over(plaster, blend((hue, ink), 0.45), part.edge(across - 0.2) * 0.34)
        hole = doorways(part, 0.0)
        plaster = over(plaster, blend((hue, ink), 0.38), hole)
        return over(under, plaster, part.edge(_inside(part, reach)) * (1.0 - hole * doorways(part, half * 0.34)))

    return reach, paint


def city(canvas: Canvas) -> Image:
    """Towers behind towers, their windows lit after dark."""
    p, dice = canvas.palette, canvas.dice
    base = canvas.bottom
    scene = canvas.down(p.sky, 0.0, base * 0.8)
    if p.is_dark:
        scene = stars(canvas, scene, base * 0.5, 0.8)
    scene = heavenly_body(canvas, scene, canvas.right * dice.uniform(0.3, 0.7), base * 0.46, 0.12, p.light, 0.5)
    haze = blend((p.sky[-1], p.light), 0.15)
    lamp = blend((p.light, (255, 196, 92)), 0.6)
    count = 4
    for i in range(count):
        t = i / (count - 1)
        tops, tones = _towers(canvas, 0.06 + 0.035 * t, base * (0.56 + 0.2 * t), base * (0.34 - 0.1 * t))
        hue = blend((blend((p.land[0], haze), 0.35), p.land[0], blend(p.land, 0.6), p.land[1]), t)
        wall = over(canvas.plain(hue), blend((hue, haze), 0.35), tones)
        wall = over(wall, haze, ease(step(canvas.y, base * 0.6, base * 1.1)) * (0.62 - 0.62 * t))
        if i:
            lights = _windows(canvas, 0.012 + 0.008 * t, 0.32 if p.is_dark else 0.16)
            wall = over(wall, lamp, lights * step(canvas.y - tops, 0.012, 0.02) * (0.35 + 0.6 * t))
        scene = over(scene, wall, canvas.edge(tops - canvas.y))
    return scene


def _towers(canvas: Canvas, width: float, low: float, rise: float) -> tuple[Image, Image]:
    """The y of the roofs over x, and a tone of 0 to 1 for every tower."""
    dice = canvas.dice
    roofs: list[tuple[float, float, float]] = []
    x = 0.0
    while x < canvas.right + 0.2:
        wide = width * dice.uniform(0.6, 1.5)
        top = low - rise * dice.random() ** 1.7
        tone = dice.random()
        roofs.append((x + wide, top, tone))
        if dice.random() < 0.3:
            roofs[-1:] = [(x + wide * 0.3, top, tone), (x + wide * 0.7, top - 0.03, tone), (x + wide, top, tone)]
        if dice.random() < 0.12:
            roofs.insert(-1, (roofs[-1][0] - wide * 0.52, top, tone))
            roofs.insert(-1, (roofs[-2][0] + 0.004, top - 0.09, tone))
        x += wide + (width * 0.25 if dice.random() < 0.25 else 0.0)
        if x > roofs[-1][0]:
            roofs.append((x, low + 0.02, 0.0))
    tops = canvas.along(lambda x: next((top for end, top, _ in roofs if x < end), low))
    return tops, canvas.along(lambda x: next((tone for end, _, tone in roofs if x < end), 0.0))


def _windows(canvas: Canvas, cell: float, share: float) -> Image:
    """Small lit panes on a grid, `share` of them on."""
    across, down = int(canvas.right / cell) + 2, int(canvas.bottom / (cell * 1.5)) + 2
    chance = Image.gaussnoise(across, down, mean=0.5, sigma=0.29, seed=canvas.seed())
    size = cell * canvas.unit
    lit = step(chance, 1.0 - share, 1.02 - share).copy_memory()
    lit = lit.resize(size, vscale=size * 1.5, kernel="nearest").embed(0, 0, canvas.width, canvas.height, extend="copy")
    x, y = (canvas.x / cell) % 1.0 - 0.5, (canvas.y / (cell * 1.5)) % 1.0 - 0.5
    return lit * canvas.edge(((x.abs() - 0.26) * cell).maxpair((y.abs() - 0.28) * (cell * 1.5)))
