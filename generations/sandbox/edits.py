"""Edits of a reference picture: what is in it stays where it is; its light, colour or frame changes."""

import re

from generations.sandbox.canvas import Canvas, Image, ease, glow, over, step, tint
from generations.sandbox.palette import blend
from generations.sandbox.scenes.terrain import stars

GRADES = ("dusk", "teal", "amber", "rose", "blue", "violet")


def regrade(canvas: Canvas, picture: Image) -> Image:
    """The light of another hour: shadows and highlights take the palette's colours."""
    p = canvas.palette
    toned = tint(_luma(picture), (p.land[1], p.sky[1], p.sky[-1], p.light))
    return _vignette(canvas, over(picture, toned, 0.62), 0.25)


def duotone(canvas: Canvas, picture: Image) -> Image:
    """Two inks on paper."""
    p = canvas.palette
    return tint(ease(_luma(picture)), (p.ink, p.accents[0], blend((p.accents[0], p.paper), 0.75), p.paper))


def night(canvas: Canvas, picture: Image) -> Image:
    """After dark: blue shadows, lamps where it was brightest, stars above."""
    luma = _luma(picture)
    dark = over(picture * [0.42, 0.5, 0.66], (16, 30, 74), 0.3)
    lit = glow(dark, (255, 214, 140), step(luma, 0.62, 1.0) ** 2 * 0.75)
    lit = stars(canvas, lit, canvas.bottom * 0.36, 0.8)
    return _vignette(canvas, lit, 0.5)


def warm(canvas: Canvas, picture: Image) -> Image:
    """Low sun from one corner."""
    corner = canvas.right * canvas.dice.choice((0.05, 0.95))
    beam = (canvas.disc(corner, 0.05) * -1.6).exp()
    golden = picture * [1.08, 0.97, 0.78] + [8, 2, -4]
    return _vignette(canvas, glow(golden.clamp(max=255), (255, 176, 84), beam * 0.75), 0.3)


def cool(canvas: Canvas, picture: Image) -> Image:
    """Overcast and crisp, the blue of snow."""
    pale = over(picture * [0.86, 0.97, 1.1], (226, 238, 250), step(_luma(picture), 0.45, 1.0) * 0.55)
    return pale.clamp(max=255)


def mono(canvas: Canvas, picture: Image) -> Image:
    """Black and white, with some contrast."""
    luma = ease(step(_luma(picture), 0.04, 0.96))
    return tint(luma, ((16, 16, 18), (118, 117, 116), (244, 242, 238)))


def frame(canvas: Canvas, picture: Image) -> Image:
    """A print on paper: a border, and a disc of colour laid over like a second ink."""
    p, dice = canvas.palette, canvas.dice
    disc = canvas.edge(canvas.disc(canvas.right * dice.uniform(0.3, 0.7), canvas.bottom * 0.42) - 0.27)
    ink = blend((p.accents[0], p.paper), 0.25)
    inked = over(picture, picture * [c / 255 for c in ink], disc * 0.8)
    edge = canvas.edge(
        canvas.box(canvas.right / 2, canvas.bottom / 2, canvas.right / 2 - 0.06, canvas.bottom / 2 - 0.06)
    )
    return over(canvas.plain(p.paper), inked, edge)


def asked_for(prompt: str) -> str:
    """The edit the prompt's words name, "" when they name none."""
    for name, pattern in _WORDS.items():
        if pattern.search(prompt):
            return name
    return ""


def by_chance(number: int) -> str:
    return ("regrade", "duotone", "warm", "frame", "regrade")[number % 5]


def _luma(picture: Image) -> Image:
    return (picture[0] * 0.299 + picture[1] * 0.587 + picture[2] * 0.114) / 255


def _vignette(canvas: Canvas, picture: Image, strength: float) -> Image:
    away = canvas.disc(canvas.right / 2, canvas.bottom / 2) / (canvas.right**2 + canvas.bottom**2) ** 0.5
    return picture * (1.0 - step(away, 0.25, 0.62) * strength)


EDITS = {e.__name__: e for e in (regrade, duotone, night, warm, cool, mono, frame)}

_WORDS = {
    "night": re.compile(r"\bnight|midnight|moon|\bstars?\b|dark|夜|月"),
    "mono": re.compile(r"monochrome|black.and.white|\bgr[ea]y|\bmono\b|noir|黑白|灰"),
    "duotone": re.compile(r"duotone|risograph|\briso\b|two.(?:ink|colou?r)|screen.?print|双色"),
    "frame": re.compile(r"frame|border|poster|postcard|polaroid|边框|海报"),
    "cool": re.compile(r"snow|winter|\bcold|\bcool|\bice|frost|雪|冬|冷"),
    "warm": re.compile(r"warm|sunrise|golden hour|summer|暖|夏"),
    "regrade": re.compile(r"sunset|dusk|dawn|colou?r|red|blue|green|teal|pink|gold|purple|amber|色|红|蓝|绿|粉|紫|金"),
}
