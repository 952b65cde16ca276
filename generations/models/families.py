"""What an image model takes, told from its name as endpoints list it: `openai/gpt-image-1`, `Qwen-Image-2509`,
`google/gemini-2.5-flash-image:free`. A name of no known family is None: staff decide what it is."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.json")
RATIOS = ["1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16"]

_DATE = re.compile(r"[-_@.]?(?:20\d{6}|20\d\d[-.]\d\d[-.]\d\d|2[4-9]\d{4}|2[4-9](?:0[1-9]|1[0-2]))\Z")
_NO_PICTURES = re.compile(
    r"video|\b[it]2v\b|embed|rerank|\btts\b|whisper|audio|speech|moderation|caption|vision|upscal|lip-?sync|avatar"
)
_LIKE: tuple[tuple[str, str], ...] = (
    (r"(?:chat)?gpt-image\b|gpt-image-?\d", "gpt-image-1"),
    (r"gpt-4o-image|gpt-4o-vip-image|4o-image", "gpt-4o-image"),
    (r"sora[-_]image", "sora_image"),
    (r"(?:gemini-.*-image|nano-banana).*(?:hd|pro|2k|4k)|gemini-3.*image", "nano-banana-hd"),
    (r"gemini-.*-image|nano-?banana", "nano-banana"),
    (r"flux.*kontext.*dev", "flux-kontext-dev"),
    (r"flux.*kontext", "flux-kontext-pro"),
    (r"flux", "flux"),
    (r"seed-?edit", "doubao-seededit-3-0-i2i-250628"),
    (r"seedream-?(?:v)?3", "doubao-seedream-3-0-t2i-250415"),
    (r"seedream", "doubao-seedream-4-0-250828"),
    (r"recraft", "recraftv3"),
    (r"dall-?e-?2", "dall-e-2"),
    (r"dall-?e", "dall-e-3"),
)
"""Families of which one model is in the catalogue, the closer name first."""
_ALONE: tuple[tuple[str, dict[str, Any]], ...] = (
    (r"qwen-image-edit", {"min_references": 1, "max_references": 3, "options": ["seed"]}),
    (r"grok-(?:imagine|.*image)", {"max_references": 1, "must_stream": False}),
    (r"ideogram", {"placement": "image_config.aspect_ratio", "sizes": RATIOS, "max_references": 1}),
    (r"imagen\b|imagen-?\d", {"placement": "image_config.aspect_ratio", "sizes": RATIOS}),
    (r"hunyuan-?image", {"placement": "size", "sizes": ["1024x1024", "1280x768", "768x1280"], "options": ["seed"]}),
    (r"kling|kolors", {"placement": "image_config.aspect_ratio", "sizes": RATIOS, "max_references": 1}),
    (r"midjourney|\bmj\b|mj[-_]|niji", {"placement": "prompt: --ar {ratio}", "sizes": RATIOS, "max_references": 4}),
)
"""Families of which the catalogue has none."""


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The models this project knows, in order: what each takes, and its usual price."""
    known: dict[str, dict[str, Any]] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return known


def plain(name: str) -> str:
    """A name without whose it is, without a tag, in lower case: gpt-image-1 for OpenAI/GPT-Image-1:beta."""
    return name.strip().lower().rsplit("/", 1)[-1].partition(":")[0]


def known_as(name: str) -> str | None:
    """The catalogue's name for exactly this model, dated or not; None for any other."""
    own, names = plain(name), {plain(each): each for each in catalogue()}
    undated = {_DATE.sub("", each): full for each, full in names.items()}
    return names.get(own) or names.get(_DATE.sub("", own)) or undated.get(_DATE.sub("", own))


def capabilities_of(name: str) -> dict[str, Any] | None:
    """What a model of this name takes, as columns of ProviderModel and its `price` where it is known; None for a name
    of no known family."""
    if exact := known_as(name):
        return dict(catalogue()[exact])
    own = plain(name)
    if _NO_PICTURES.search(own):
        return None
    for pattern, alone in _ALONE:
        if re.search(pattern, own):
            return dict(alone)
    if re.search(r"qwen-image", own):
        return _without_price("qwen-image")
    return next((_without_price(like) for pattern, like in _LIKE if re.search(pattern, own)), None)


def _without_price(like: str) -> dict[str, Any]:
    """As another of its family; what it costs and how it is described is that one's alone."""
    return {field: value for field, value in catalogue()[like].items() if field not in ("price", "about")}
