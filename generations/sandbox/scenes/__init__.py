"""The scenes, and the words of a prompt that choose one."""

import re
from collections.abc import Callable

from generations.sandbox.canvas import Canvas, Image
from generations.sandbox.scenes.built import arches, city
from generations.sandbox.scenes.graphic import dahlia, marble, papercut, poster, sun, waves
from generations.sandbox.scenes.landscapes import aurora, dunes, lake, sea, valleys
from generations.sandbox.scenes.staged import cat, orbs

SCENES: dict[str, Callable[[Canvas], Image]] = {
    scene.__name__: scene
    for scene in (
        *(lake, valleys, sea, dunes, aurora, city, arches, orbs, cat),
        *(poster, sun, waves, papercut, marble, dahlia),
    )
}


def asked_for(prompt: str) -> str:
    """The scene whose word comes first in the prompt, things before moods; "" when none does."""
    for table in (_THINGS, _MOODS):
        hits = ((match.start(), name) for name, words in table.items() if (match := words.search(prompt)))
        if found := min(hits, default=(0, ""))[1]:
            return found
    return ""


def by_chance(number: int) -> str:
    """A scene for a prompt that names none."""
    return _ANY[number % len(_ANY)]


def fitting(scene: str, number: int) -> str:
    """One of the palettes in which a scene looks its best."""
    choices = _BEST[scene].split()
    return choices[number % len(choices)]


_ANY = [name for name in SCENES if name != "cat"]

_THINGS = {
    "lake": re.compile(r"\blakes?\b|\bfjord|\balp(?:s|ine)\b|湖"),
    "valleys": re.compile(r"\bmountain|forest|valley|\bhills?\b|\bwoods?\b|\btrees?\b|山|林|树"),
    "sea": re.compile(r"\bsea\b|ocean|\bbeach|\bcoast|\bships?\b|\bboats?\b|海"),
    "dunes": re.compile(r"\bdunes?\b|\bdesert|\bsands?\b|\bcamel|沙"),
    "aurora": re.compile(r"aurora|northern lights|galaxy|\bspace\b|\bstars\b|极光|星空"),
    "city": re.compile(r"\bcity|\bcities|skyline|skyscraper|\btowers?\b|street|\btown|城|街"),
    "arches": re.compile(r"\barch(?:es)?\b|architect|building|\bhouse|temple|stair|interior|\broom\b|建筑|房"),
    "orbs": re.compile(r"\borbs?\b|sphere|\bballs?\b|still life|\bproduct|bottle|\bvase|\bfruit|球|静物"),
    "cat": re.compile(r"\bcats?\b|kitten|feline|猫|貓"),
    "poster": re.compile(r"poster|bauhaus|pattern|\blogo|\bicons?\b|\bshapes\b|海报|图案"),
    "sun": re.compile(r"\bsun\b|太阳"),
    "waves": re.compile(r"\bwaves?\b|\briver|\bfish|\bkoi\b|浪|波|鱼"),
    "papercut": re.compile(r"\bpaper|\bmap\b|collage|\bisland|canyon|剪纸|地图"),
    "marble": re.compile(r"marble|\bsmoke|\bink\b|\bstone|大理石|水墨"),
    "dahlia": re.compile(r"flower|dahlia|\brose\b|bloom|blossom|petal|garden|mandala|花"),
}
_MOODS = {
    "valleys": re.compile(r"\bmist|\bfog|landscape|nature|雾|风景"),
    "sea": re.compile(r"sunset|sunrise|horizon|\bcalm|日落|日出"),
    "aurora": re.compile(r"polar|starry|cosmic|magic"),
    "city": re.compile(r"neon|futuristic|urban|cyberpunk|未来"),
    "orbs": re.compile(r"\b3d\b|render|object|studio"),
    "poster": re.compile(r"geometric|\bgrid\b|modern|几何"),
    "sun": re.compile(r"retro|synthwave|summer|minimal|夏"),
    "waves": re.compile(r"japan|ukiyo|hokusai|日本"),
    "papercut": re.compile(r"layer|topograph"),
    "marble": re.compile(r"abstract|fluid|liquid|gradient|texture|抽象"),
    "dahlia": re.compile(r"botanic|floral|\bspring\b|春"),
}
_BEST = {
    "lake": "dawn dusk blue night snow rose teal",
    "valleys": "dawn teal blue rose green dusk amber",
    "sea": "dusk dawn amber blue violet rose",
    "dunes": "terracotta amber rose dawn",
    "aurora": "night teal violet",
    "city": "dusk night violet dawn",
    "arches": "terracotta rose blue dawn",
    "orbs": "blue dawn teal rose amber",
    "cat": "night dusk amber teal",
    "poster": "dawn blue red amber green",
    "sun": "red terracotta dusk teal amber",
    "waves": "blue teal dawn red",
    "papercut": "teal terracotta blue dawn rose",
    "marble": "teal violet blue amber rose",
    "dahlia": "rose red amber violet blue",
}
