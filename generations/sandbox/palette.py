"""Palettes curated by hand, and the colour words, English and Chinese, that choose them.

Every ramp between two colours runs through OKLab, so a red meets a blue in violet and never in mud.
"""

import re
from dataclasses import dataclass, replace

Colour = tuple[float, float, float]  # sRGB, each 0 to 255


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture. `sky` runs from the top down, `land` from the farthest to the nearest."""

    sky: tuple[Colour, ...]
    light: Colour
    land: tuple[Colour, Colour]
    accents: tuple[Colour, ...]
    paper: Colour
    ink: Colour
    is_dark: bool = False


def named(name: str) -> Palette:
    """The palette called `name`; `blue+red` is blue with the light and the first accent of red."""
    first, _, second = name.partition("+")
    palette = PALETTES[first]
    if not second:
        return palette
    guest = PALETTES[second]
    return replace(palette, light=guest.light, accents=(*guest.accents[:2], *palette.accents[:3]))


def asked_for(prompt: str) -> str:
    """The palette the prompt's colour words name ("" when it names none), as `named` takes it."""
    found: dict[str, None] = {}
    for match in _WORDS.finditer(prompt.lower()):
        found.setdefault(_PALETTE_OF[match.group()])
    return "+".join(list(found)[:2])


def ramp(stops: tuple[Colour, ...], count: int) -> list[Colour]:
    """`count` colours from the first stop to the last, evenly through OKLab."""
    return [blend(stops, i / (count - 1)) for i in range(count)]


def blend(stops: tuple[Colour, ...], t: float) -> Colour:
    """The colour at `t` (0 to 1) along the stops."""
    place = min(max(t, 0.0), 1.0) * (len(stops) - 1)
    i = min(int(place), len(stops) - 2)
    a, b = _oklab(stops[i]), _oklab(stops[i + 1])
    return _srgb(*(p + (q - p) * (place - i) for p, q in zip(a, b, strict=True)))


def _oklab(colour: Colour) -> Colour:
    r, g, b = (_linear(c / 255) for c in colour)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    mid = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short,
    )


def _srgb(lightness: float, a: float, b: float) -> Colour:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short),
    )


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _gamma(c: float) -> float:
    c = min(max(c, 0.0), 1.0)
    return 255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055)


def _rgb(text: str) -> tuple[Colour, ...]:
    return tuple((float(r), float(g), float(b)) for r, g, b in map(bytes.fromhex, text.split()))


def _palette(sky: str, light: str, land: str, accents: str, ends: str, is_dark: bool = False) -> Palette:
    far, near = _rgb(land)
    paper, ink = _rgb(ends)
    return Palette(_rgb(sky), _rgb(light)[0], (far, near), _rgb(accents), paper, ink, is_dark)


PALETTES: dict[str, Palette] = {
    "dawn": _palette(
        "6d8fb3 a9b4c4 e6c9b8 f8dcb8", "fff4dd", "b9a3a0 343d4c", "e4573d f2b23c 2c5f73 8fb3ae e9a18c", "f7eddf 262c3a"
    ),
    "dusk": _palette(
        "2c2352 7a2f68 d2516a ff9d5c", "ffe2a6", "9a4470 1c1230", "f0533f ffb04a 5b2a72 f7c9b0 c23b6b", "fbe6d4 20132f",
        is_dark=True,
    ),
    "night": _palette(
        "040918 0c1c40 24447a 5f7fa6", "f6f2de", "2c4a75 050a16", "e9c46a 2a6fbb 8ecae6 d65a4a f1e9d2", "e8e6da 081021",
        is_dark=True,
    ),
    "blue": _palette(
        "1f5fae 5b9bd5 a9cfe9 eef3ee", "fffbee", "86a9c6 14304d", "1f5bd0 f2a03d 0d2c54 8cc4ea e8523f", "f2f1e8 0d1f38"
    ),
    "teal": _palette(
        "07363f 1f7a7a 7dbfae ece9cf", "fff6d8", "6fa79d 062a30", "0f8a84 f0b541 e4633f 0b3c49 a9d6c5", "f3efdf 0a2a30"
    ),
    "amber": _palette(
        "6b3410 c8701e f2ac47 fde3ac", "fff6d6", "d59046 3b1d0c", "d9581e f4b32e 7c3a16 f7dba0 2f5a5e", "fbf0d9 331a0c"
    ),
    "rose": _palette(
        "7b4a80 c97f9f f3b8b6 fde8da", "fff5ea", "cf95a8 4a2445", "e5537c f7a6a0 6b2f6e f4d35e 3f6f8f", "fcefe8 3a1c38"
    ),
    "red": _palette(
        "4a0d1c a81f2c e85637 ffb98c", "fff0d2", "a93a37 2a0a12", "e23b26 f6b63d 12294a f5e6cb 8f1d2c", "f8ecd8 1d1220"
    ),
    "green": _palette(
        "2f5d4a 6d9a78 b5cca0 f2efd4", "fffbe2", "8fae8d 17301f", "2f7d4f f0b93a e0653c 16423c a9c99a", "f3f0e0 14271c"
    ),
    "violet": _palette(
        "170f3d 47308f 9a6bc9 f2c6e4", "ffeedd", "7c5cb0 150c30", "6c3fc5 f59e8b f2c84b 2a1a5e c7a4ee", "f4ecf7 1b1238",
        is_dark=True,
    ),
    "snow": _palette(
        "7fa5cb b3cde3 dde9f1 f8fafa", "ffffff", "b4c8da 3c5570", "3f7fbf e8694a f3c35f 1f3c5c bcd7ea", "fafaf6 1f2f42"
    ),
    "terracotta": _palette(
        "3f7fa3 8fb9c4 e9d3ae f8e4c2", "fff4dc", "dd9a5c 7a3718", "d2622f eebf5a 3c7f92 f2dcc0 8c3b20", "fbeedd 3d2016"
    ),
    "mono": _palette(
        "1b1b1d 57575a a3a2a0 eae8e3", "ffffff", "a5a4a2 141416", "2b2b2e 8d8c8a 5c5b5c d9d6d0 111113", "f2f0eb 17171a"
    ),
}  # fmt: skip

_COLOUR_WORDS = {
    "dawn": "dawn morning sunrise peach 晨 朝 日出 桃色",
    "dusk": "dusk sunset twilight evening magenta 夕 黄昏 日落 晚霞",
    "night": "night midnight moonlit moonlight navy indigo dark 夜 月光 深蓝",
    "blue": "blue azure cobalt cyan 蓝 藍 青色",
    "teal": "teal turquoise emerald aqua 青绿 翡翠",
    "amber": "amber gold golden yellow orange honey 金 黄 橙 琥珀",
    "rose": "pink rose blush coral pastel 粉 玫瑰",
    "red": "red crimson vermilion scarlet 红 紅 朱",
    "green": "green sage olive moss jade 绿 綠 翠",
    "violet": "violet purple lavender lilac neon 紫",
    "snow": "snow snowy white ice icy winter 雪 白 冰 冬",
    "terracotta": "terracotta brown sand desert clay autumn 棕 沙漠 陶 秋",
    "mono": "monochrome black grey gray mono noir 黑白 灰 黑 单色",
}
_PALETTE_OF = {word: name for name, words in _COLOUR_WORDS.items() for word in words.split()}
_WORDS = re.compile(
    "|".join(
        rf"\b{word}\b" if word.isascii() else word for word in sorted(_PALETTE_OF, key=lambda word: (-len(word), word))
    )
)
