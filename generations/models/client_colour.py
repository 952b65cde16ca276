"""A client's colour in both themes, and what can be read on it."""

from __future__ import annotations

PAPER, INK = "#ffffff", "#161615"
READABLE = 4.5
"""The contrast that text needs (WCAG 2.2, 1.4.3)."""
HUES = {
    "slate": ("#4b5563", "#9ca3af"),
    "red": ("#b3261e", "#ff8a7a"),
    "amber": ("#855000", "#ffbe55"),
    "green": ("#1f6b3f", "#74c690"),
    "teal": ("#0f6674", "#5cc4d4"),
    "blue": ("#1d4fa8", "#8ab4ff"),
    "violet": ("#6b3fa0", "#c39bf5"),
    "pink": ("#a3245f", "#ff8fc0"),
}
"""By its name, in the light and the dark theme; `choosing.css` has the same."""


def fill_and_text(hue: str) -> tuple[str, str]:
    """A colour to fill a button with and one to write on it: the ink's where nothing can be read on the hue."""
    text = max((PAPER, INK), key=lambda colour: contrast(hue, colour))
    return (hue, text) if contrast(hue, text) >= READABLE else (INK, PAPER)


def contrast(one: str, other: str) -> float:
    """1 for the same colour, 21 for black on white."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Of #rrggbb, as WCAG defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
