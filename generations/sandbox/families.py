"""The model families and what each accepts: where it reads the size, how many pictures and references, how it
answers."""

import re
from dataclasses import dataclass

from generations.sandbox.fields import Rejected
from generations.sandbox.recipe import MAX_SIDE
from generations.sandbox.request_parsing import ParsedRequest

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Family:
    """A model. `places` are where it reads a size or ratio from, in order; sizes are (width, height) in pixels."""

    name: str
    owner: str
    shape: str
    media: str = "png"
    size: Size = (1024, 1024)
    sizes: tuple[Size, ...] = ()  # empty: any
    places: tuple[str, ...] = ("size", "config", "prompt")
    n_max: int = 1
    is_n_ignored: bool = False
    reference_min: int = 0
    reference_max: int = 4
    prompt_max: int = 32_000
    tokens: int = 160  # for one picture of a megapixel


_SQUARES = ((256, 256), (512, 512), (1024, 1024))
_DALLE3 = ((1024, 1024), (1792, 1024), (1024, 1792))

FAMILIES: dict[str, Family] = {
    f.name: f
    for f in (
        Family("gpt-4o-image", "openai", "progress", n_max=4, places=("prompt", "size"), tokens=1056),
        Family("sora_image", "openai", "progress", n_max=4, places=("prompt", "size"), tokens=1056),
        Family("gpt-image-1", "openai", "inline", n_max=4, reference_max=16, tokens=1056),
        Family("gpt-4o", "openai", "parts", sizes=(*_SQUARES, *_DALLE3[1:]), n_max=10),
        Family("dall-e-3", "openai", "parts", sizes=_DALLE3, prompt_max=4000, reference_max=0),
        Family("dall-e-2", "openai", "parts", sizes=_SQUARES, n_max=10, prompt_max=1000, reference_max=0),
        Family("flux", "black-forest-labs", "fenced", media="jpeg", n_max=4),
        Family("flux-kontext-pro", "black-forest-labs", "fenced", media="jpeg", n_max=4),
        Family("flux-kontext-dev", "black-forest-labs", "fenced", media="jpeg", n_max=4, reference_min=1),
        Family("nano-banana", "google", "images", places=("config", "prompt"), is_n_ignored=True, reference_max=3,
               tokens=1290),
        Family("nano-banana-hd", "google", "images", media="jpeg", places=("config", "prompt"), is_n_ignored=True,
               reference_max=14, tokens=1290, size=(2048, 2048)),
        Family("recraftv3", "recraft", "bare", media="webp", n_max=6, prompt_max=1000, reference_max=1),
        Family("qwen-image", "alibaba", "dashscope", size=(1328, 1328), n_max=4, reference_max=0, prompt_max=800),
        Family("doubao-seedream-4-0-250828", "bytedance", "ark", media="jpeg", size=(2048, 2048), n_max=15,
               reference_max=10, tokens=4070),
        Family("doubao-seedream-3-0-t2i-250415", "bytedance", "ark", media="jpeg", n_max=4, reference_max=0,
               tokens=4070),
        Family("doubao-seededit-3-0-i2i-250628", "bytedance", "ark", media="jpeg", reference_min=1, reference_max=1,
               tokens=4070),
    )
}  # fmt: skip

SANDBOX = Family("sandbox", "imageweb", "inline", n_max=10, reference_max=16)
_SERIES = {"flux-kontext-": FAMILIES["flux-kontext-pro"], "flux-": FAMILIES["flux"], "sandbox-": SANDBOX}
"""What answers for each other model of a series, by how their names begin."""

# The sizes that Gemini answers with.
_GEMINI = {
    "1:1": (1024, 1024), "2:3": (832, 1248), "3:2": (1248, 832), "3:4": (864, 1184), "4:3": (1184, 864),
    "4:5": (896, 1152), "5:4": (1152, 896), "9:16": (768, 1344), "16:9": (1344, 768), "21:9": (1536, 672),
}  # fmt: skip
_CLASSES = {"1K": 1024, "2K": 2048, "4K": 4096}


def family_called(name: str) -> Family | None:
    """The family of a model, if there is one."""
    found = FAMILIES | {"sandbox": SANDBOX}
    return found.get(name) or next((family for start, family in _SERIES.items() if name.startswith(start)), None)


def size_of(family: Family, request: ParsedRequest) -> Size:
    """The size to draw in pixels. Raises Rejected for a size that the family does not accept."""
    for place in family.places:
        if size := _PLACES[place](family, request):
            _check(family, size)
            return size
    return family.size


def count_of(family: Family, request: ParsedRequest) -> int:
    """The number of pictures. Raises Rejected for more than the family draws."""
    wanted = request.n
    options = request.body.get("sequential_image_generation_options")
    if family.shape == "ark" and isinstance(options, dict) and isinstance(options.get("max_images"), int):
        wanted = max(wanted, options["max_images"])
    if family.is_n_ignored:
        return 1
    if wanted > family.n_max:
        raise Rejected(f"'n' must be at most {family.n_max} for {family.name}.", "n", "invalid_value")
    return wanted


def check(family: Family, request: ParsedRequest) -> None:
    """Raise Rejected unless the family accepts this prompt and these references."""
    if len(request.prompt) > family.prompt_max:
        message = (
            f"Prompt is too long: {len(request.prompt)} characters, "
            f"the maximum for {family.name} is {family.prompt_max}."
        )
        raise Rejected(message, "messages", "string_above_max_length")
    count = len(request.references)
    if count < family.reference_min:
        raise Rejected(f"{family.name} requires a reference image.", "messages", "missing_required_parameter")
    if count > family.reference_max:
        most = f"at most {family.reference_max} reference images" if family.reference_max else "no reference image"
        raise Rejected(f"{family.name} takes {most}, got {count}.", "messages", "invalid_value")


def _from_field(family: Family, request: ParsedRequest) -> Size | None:
    text = request.size.strip()
    if not text or text.lower() in ("auto", "adaptive"):
        return None
    if text.upper() in _CLASSES:
        return (_CLASSES[text.upper()],) * 2
    if match := re.fullmatch(r"(\d{1,5})\s*[x×X*]\s*(\d{1,5})", text):
        return int(match[1]), int(match[2])
    if match := re.fullmatch(r"(\d{1,3}):(\d{1,3})", text):
        return _of_ratio(family, int(match[1]), int(match[2]))
    raise Rejected(f"Invalid size '{text}'. Use WIDTHxHEIGHT, such as 1024x1024.", "size", "invalid_value")


def _from_config(family: Family, request: ParsedRequest) -> Size | None:
    body = request.body
    for path in (("image_config",), ("extra_body", "google", "image_config"), ("extra_body", "image_config"), ()):
        config: object = body
        for key in path:
            config = config.get(key) if isinstance(config, dict) else None
        if not isinstance(config, dict):
            continue
        ratio, grade = config.get("aspect_ratio"), config.get("image_size")
        edge = _CLASSES.get(str(grade).upper())
        if isinstance(ratio, str) and (match := re.fullmatch(r"(\d{1,3}):(\d{1,3})", ratio.strip())):
            return _of_ratio(family, int(match[1]), int(match[2]), edge)
        if edge:
            return edge, edge
    return None


def _from_prompt(family: Family, request: ParsedRequest) -> Size | None:
    marks = _RATIO_MARK.findall(request.instructions + request.prompt)
    marks = marks or _RATIO_WORDS.findall(request.prompt)
    return _of_ratio(family, int(marks[-1][0]), int(marks[-1][1])) if marks else None


def _of_ratio(family: Family, across: int, down: int, edge: int | None = None) -> Size:
    if not across or not down or not 0.2 <= across / down <= 5:
        raise Rejected(f"Unsupported aspect ratio '{across}:{down}'.", "aspect_ratio", "invalid_value")
    scale = (edge or family.size[0]) / 1024
    if family.shape == "images" and f"{across}:{down}" in _GEMINI:
        width, height = _GEMINI[f"{across}:{down}"]
        return round(width * scale), round(height * scale)
    if family.shape in ("progress", "inline") and f"{across}:{down}" in ("3:2", "2:3"):
        return (1536, 1024) if across > down else (1024, 1536)
    area = (scale * 1024) ** 2
    return round((area * across / down) ** 0.5 / 16) * 16, round((area * down / across) ** 0.5 / 16) * 16


def _check(family: Family, size: Size) -> None:
    if family.sizes and size not in family.sizes:
        allowed = ", ".join(f"'{w}x{h}'" for w, h in family.sizes)
        message = f"Invalid value: '{size[0]}x{size[1]}'. Supported values are: {allowed}."
        raise Rejected(message, "size", "invalid_value")
    if not all(64 <= side <= MAX_SIDE for side in size) or size[0] * size[1] > 17_000_000:
        raise Rejected(f"Invalid size {size[0]}x{size[1]}: from 64x64 to 4096x4096.", "size", "invalid_value")


_PLACES = {"size": _from_field, "config": _from_config, "prompt": _from_prompt}
_RATIO_MARK = re.compile(r"[\[【]\s{0,9}+(\d{1,2}+)\s{0,9}+[::]\s{0,9}+(\d{1,2}+)\s{0,9}+[\]】]")
_RATIO_WORDS = re.compile(r"(?:比例|ratio)\s{0,9}+[::]?\s{0,9}+(\d{1,2}+)[::](\d{1,2}+)")
