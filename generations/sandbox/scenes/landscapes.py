"""Mountains and water, mist, sea, dunes, the northern lights."""

from generations.sandbox.canvas import Canvas, Image, ease, glow, over, step, tint
from generations.sandbox.palette import blend
from generations.sandbox.scenes.terrain import (
    clouds,
    heavenly_body,
    massif,
    mirrored,
    mist,
    mountain,
    raised,
    skyline,
    stars,
)


def lake(canvas: Canvas) -> Image:
    """A lone massif over still water."""
    p, dice = canvas.palette, canvas.dice
    horizon = canvas.bottom * dice.uniform(0.56, 0.62)
    side = dice.choice((-1.0, 1.0))
    sun_x = canvas.right * (0.5 + side * dice.uniform(0.2, 0.32))
    sky = canvas.down(p.sky, 0.0, horizon)
    if p.is_dark:
        sky = stars(canvas, sky, horizon, 0.9)
    sky = clouds(canvas, sky, blend((p.sky[-1], p.light), 0.35), horizon, 0.35 if p.is_dark else 0.7)
    sky = heavenly_body(canvas, sky, sun_x, horizon * dice.uniform(0.24, 0.42), 0.05, p.light, 0.5)
    haze = blend((p.sky[-1], p.light), 0.25)
    far, near = p.land
    tallest = min(horizon * 0.72, 0.46)
    for i, (height, spread) in enumerate(((0.42, 0.5), (0.3, 0.62), (1.0, 0.62))):
        centre = canvas.right * (0.5 - side * (0.1, -0.42, 0.12)[i] + dice.uniform(-0.06, 0.06))
        peak = massif(dice, centre, spread)
        rise = tallest * height
        shade = blend((far, near), (0.1, 0.3, 0.62)[i])
        bright = blend((shade, blend((p.sky[-1], p.light), 0.45)), (0.42, 0.46, 0.62)[i])
        rock = mountain(raised(horizon, (peak, rise)), (shade, bright), haze, horizon, side)
        sky = canvas.stamp(sky, ((0.0, horizon - rise * 1.25, canvas.right, horizon), rock))
    scene = mirrored(canvas, sky, horizon, blend((near, p.sky[0]), 0.4))
    scene = mist(canvas, scene, haze, horizon, 0.035, 0.8)
    return mist(canvas, scene, haze, horizon - 0.07, 0.05, 0.3)


def valleys(canvas: Canvas) -> Image:
    """Range behind range, each paler, with mist between them."""
    p, dice = canvas.palette, canvas.dice
    scene = canvas.down(p.sky, 0.0, canvas.bottom * 0.6)
    if p.is_dark:
        scene = stars(canvas, scene, canvas.bottom * 0.5, 0.8)
    place = canvas.right * dice.choice((dice.uniform(0.2, 0.36), dice.uniform(0.64, 0.8)))
    scene = heavenly_body(canvas, scene, place, canvas.bottom * dice.uniform(0.2, 0.28), 0.075, p.light, 0.42)
    count = 6
    haze = blend((p.sky[-1], p.light), 0.3)
    for i in range(count):
        t = i / (count - 1)
        line = skyline(dice, 0.75 - 0.22 * t, 6, 0.75 - 0.45 * t, 0.47)
        base, rise = canvas.bottom * (0.46 + 0.46 * t**1.1), 0.28 - 0.08 * t
        ridge = canvas.along(raised(base, (line, rise)))
        woods = skyline(dice, 0.011 + 0.006 * t, 2, 1.0)
        top = canvas.along(raised(base, (line, rise), (woods, 0.012 * t))) if i > 2 else ridge
        colour = blend(p.land, t**0.9)
        faded = over(
            canvas.plain(blend((colour, haze), 0.1)), haze, ease(step(canvas.y - ridge, 0.02, 0.3)) * (0.72 - 0.3 * t)
        )
        scene = over(scene, faded, canvas.edge(top - canvas.y))
        if i in (1, 3):
            scene = mist(canvas, scene, haze, base + 0.02, 0.05, 0.4)
    return scene


def sea(canvas: Canvas) -> Image:
    """A low sun and its path over the water."""
    p, dice = canvas.palette, canvas.dice
    horizon = canvas.bottom * dice.uniform(0.5, 0.56)
    x = canvas.right * dice.choice((0.38, 0.5, 0.62))
    sky = canvas.down(p.sky, 0.0, horizon)
    if p.is_dark:
        sky = stars(canvas, sky, horizon, 0.7)
    sky = clouds(canvas, sky, blend((p.sky[1], p.light), 0.55), horizon, 0.6)
    sky = heavenly_body(canvas, sky, x, horizon - 0.1, 0.06, p.light, 0.65)
    depth = step(canvas.y, horizon, canvas.bottom)
    water = tint(depth**0.6, (blend((p.sky[-1], p.sky[1]), 0.45), blend((p.sky[1], p.sky[0]), 0.5), p.land[1]))
    near = (depth * 6.0 + 0.25).clamp()
    swell = canvas.noise(0.03, 3, stretch=7.0) * near
    swell = swell + canvas.noise(0.09, 3, stretch=5.0) * depth
    water = over(water, blend((p.light, p.sky[-1]), 0.5), step(swell, 0.1, 1.1) * 0.45)
    water = over(water, p.land[1], step(swell, -0.1, -1.1) * 0.4)
    spread = depth * 0.16 + 0.035
    path = ((((canvas.x - x) / spread) ** 2) * -1.0).exp()
    sparkle = canvas.noise(0.016, 3, stretch=6.0)
    water = glow(water, p.light, (step(sparkle, -0.25, 0.5) * path * (1.0 - depth * 0.45)).clamp())
    scene = over(sky, water, canvas.edge(horizon - canvas.y))
    return mist(canvas, scene, blend((p.sky[-1], p.light), 0.4), horizon, 0.012, 0.45)


def dunes(canvas: Canvas) -> Image:
    """Crests of sand, one side in the sun."""
    p, dice = canvas.palette, canvas.dice
    scene = canvas.down(p.sky, 0.0, canvas.bottom * 0.5)
    scene = heavenly_body(
        canvas, scene, canvas.right * dice.uniform(0.25, 0.75), canvas.bottom * 0.2, 0.055, p.light, 0.4
    )
    haze = blend((p.sky[-1], p.light), 0.2)
    count = 5
    for i in range(count):
        t = i / (count - 1)
        line = skyline(dice, 0.9 + 0.5 * t, 3, 0.55, 0.35)
        base, rise = canvas.bottom * (0.47 + 0.42 * t**1.2), 0.17 + 0.14 * t
        crest = canvas.along(raised(base, (line, rise)))
        fold = skyline(dice, 0.5, 2, 0.0)
        lean = canvas.along(fold) - 0.5
        below = canvas.y - crest
        shade = step(below - lean * 0.35 + canvas.noise(0.4, 3) * 0.03, 0.015, -0.02 + 0.3 * (0.4 + t))
        wind = canvas.noise(0.02, 2, stretch=5.0) * (0.035 + 0.06 * t)
        bright, dark = blend((p.land[0], p.light), 0.42 - 0.12 * t), blend((p.land[0], p.land[1]), 0.35 + 0.4 * t)
        sand = tint(ease(shade) + wind, (bright, p.land[0], dark))
        sand = over(sand, haze, (1.0 - t) ** 2 * 0.6)
        scene = over(scene, sand, canvas.edge(crest - canvas.y))
    return scene


def aurora(canvas: Canvas) -> Image:
    """Curtains of light over a black forest and its lake."""
    p, dice = canvas.palette, canvas.dice
    horizon = canvas.bottom * 0.66
    deep = blend((p.sky[0], (2, 7, 18)), 0.8)
    sky = canvas.down((deep, blend((deep, p.sky[1]), 0.3), blend((deep, p.sky[2]), 0.35)), 0.0, horizon)
    sky = stars(canvas, sky, horizon)
    hues = (blend((p.accents[0], (40, 255, 160)), 0.7), blend((p.accents[1], (60, 200, 255)), 0.6), (150, 70, 255))
    for i in range(2):
        line, bright = skyline(dice, 0.6, 3, 0.0), skyline(dice, 0.4, 2, 0.0)
        foot = canvas.along(line) * (0.42 * horizon) + horizon * (0.33 + 0.12 * i)
        rays = canvas.along(skyline(dice, 0.04, 4, 0.3, 0.75)) * 0.75 + 0.35
        body = step(canvas.along(bright), 0.25, 1.0) * 1.4 + 0.35
        above = foot - canvas.y + canvas.noise(0.2, 3) * 0.02
        curtain = ease(step(above, -0.012, 0.05)) * (above.clamp() * -5.0).exp() * rays * body
        veil = ease(step(above, 0.0, 0.3)) * (above.clamp() * -3.2).exp() * rays * body
        sky = glow(sky, hues[2], (veil * 0.8).clamp())
        sky = glow(sky, hues[i], (curtain * (1.3 - 0.35 * i)).clamp())
    for i in range(2):
        hill, firs = skyline(dice, 0.8, 4, 0.3), skyline(dice, 0.016, 2, 1.0)
        top = canvas.along(raised(horizon, (hill, 0.16 - 0.07 * i), (firs, 0.022 * (1 + i))))
        sky = over(sky, blend((deep, p.sky[1]), 0.22 - 0.2 * i), canvas.edge(top - canvas.y))
    scene = mirrored(canvas, sky, horizon, deep, 0.8)
    return mist(canvas, scene, blend((p.sky[2], hues[0]), 0.3), horizon, 0.02, 0.35)
