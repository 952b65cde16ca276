"""Recipes: all that is needed to draw a picture, so that a link can carry it and nothing has to be stored.

The name of one reads `lake-dusk-9f86d081884c7d65-1536x1024`; an edit appends `~night-any-0a1b2c3d4e5f6071-1024x1024`.
"""

import hashlib
import re
from dataclasses import dataclass

from generations.sandbox import edits, palette, scenes

MAX_SIDE = 6144


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to draw: a scene, or an edit `of` another recipe or of bytes given separately. The size is in pixels."""

    subject: str
    palette: str
    seed: int
    width: int
    height: int
    of: "Recipe | None" = None

    @property
    def name(self) -> str:
        what = f"{self.subject}-{self.palette}-{self.seed:016x}-{self.width}x{self.height}"
        return f"{self.of.name}~{what}" if self.of else what


def recipe(model: str, prompt: str, seed: int | None, index: int, size: tuple[int, int], of: Recipe | None = None,
           is_edit: bool = False) -> Recipe:  # fmt: skip
    """The recipe for a prompt: its words choose scene and colours, a hash decides the rest."""
    words = _NO_WORDS.sub("", without_marks(prompt)).strip().lower()
    digest = hashlib.sha256(f"{model}\0{words}\0{seed}\0{index}".encode(errors="replace")).digest()
    dice = int.from_bytes(digest[:8], "big")
    once = hashlib.sha256(words.encode(errors="replace")).digest()
    if is_edit:
        return Recipe(
            edits.asked_for(words) or edits.by_chance(once[0]), palette.asked_for(words) or "any", dice, *size, of
        )
    scene = scenes.asked_for(words) or scenes.by_chance(once[0])
    colours = palette.asked_for(words) or scenes.fitting(scene, digest[9])
    return Recipe(scene, colours, dice, *size)


def without_marks(prompt: str) -> str:
    """The prompt without fault marks."""
    return _FAULT_MARK.sub("", prompt)


def from_name(name: str) -> Recipe | None:
    """The recipe that a name stands for; None for an invalid name."""
    found: Recipe | None = None
    for part in name.split("~", 4):
        match = _PART.fullmatch(part)
        known = scenes.SCENES if found is None else edits.EDITS
        if not match or match["subject"] not in known:
            return None
        if any(p not in palette.PALETTES and p != "any" for p in match["palette"].split("+")):
            return None
        width, height = int(match["width"]), int(match["height"])
        if not (16 <= width <= MAX_SIDE and 16 <= height <= MAX_SIDE):
            return None
        found = Recipe(match["subject"], match["palette"], int(match["seed"], 16), width, height, found)
    return found


_FAULT_MARK = re.compile(r"\[\[[^\[\]\n]{0,240}+\]\]")
_NO_WORDS = re.compile(r"\[\d{1,4}+:\d{1,4}+\]|【[^【】\n]{0,240}+】")
_PART = re.compile(
    r"(?P<subject>[a-z]+)-(?P<palette>[a-z]+(?:\+[a-z]+)?)-(?P<seed>[0-9a-f]{16})-(?P<width>\d{2,4})x(?P<height>\d{2,4})"
)
