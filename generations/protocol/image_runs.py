"""Embedded images that stand right beside each other, and the words that tell different ones apart."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from generations.protocol.image_bytes import ends_exactly
from generations.protocol.image_ref import ImageRef, is_bare_path, reference
from generations.protocol.json_blocks import MARK, Found
from generations.protocol.link import Link
from generations.protocol.lone_addresses import LEAD


@dataclass(frozen=True, slots=True)
class Run:
    """Embedded images between which there are no words: where they `start`, and what stands `before` them."""

    start: int
    before: str
    refs: tuple[ImageRef, ...]


def runs_in(
    text: str, links: Iterable[Link], blocks: list[Found], *, breaks: Sequence[int] = (), takes_paths: bool = False
) -> Iterator[Run]:
    """The embedded images of a text, in groups between which there are words or one of the positions in `breaks`. A
    path without an extension is only one with `takes_paths`."""
    marks = MARK.finditer(text) if blocks else ()
    found = [(mark.start(), mark.end(), blocks[int(mark[1])].shown) for mark in marks]
    embedded = [(link, ref) for link in links if link.embedded and (ref := image_of(link))]
    found += [(link.start, link.end, (ref,)) for link, ref in embedded if takes_paths or not is_bare_path(ref)]
    run: Run | None = None
    last = 0
    for start, end, refs in sorted(found, key=lambda place: place[:2]):
        if not refs:
            continue
        is_apart = bisect_right(breaks, start) > bisect_left(breaks, last)
        if run and not is_apart and start - last <= MAX_GAP and _BESIDE.fullmatch(text, last, max(start, last)):
            run = replace(run, refs=run.refs + refs)
        else:
            if run:
                yield run
            run = Run(start, text[max(last, start - MAX_GAP) : start], refs)
        last = end
    if run:
        yield run


def are_told_apart(gaps: list[str]) -> bool:
    """Whether words call the images of two groups different pictures: a draft and what came of it, a second one, or
    one label for each. Any other words stand between an image and its stored copy."""
    for before, between in pairwise(gaps):
        if _COPY.search(between):
            continue
        if _ANOTHER.search(between) or _DRAFT.search(before) or _GIVEN.search(before):
            return True
        labels = [_LABEL.search(gap) for gap in (before, between)]
        if all(labels) and not LEAD.search(before) and not _LARGE.search(between):
            return True
    return False


_COPY = re.compile(
    r"download|stored|saved|hosted|backup|\bcopy\b|mirror|\blink\b|\burl\b|\bload\b|\bopen\b|\bview\b|\bclick\b|链接|鏈接"
    r"|連結|地址|下载|下載|备份|備份|备用|備用|保存|永久|点击|點擊|打开|图床|リンク|ダウンロード|다운로드",
    re.IGNORECASE,
)
_LARGE = re.compile(r"full[ -]?size|\bhd\b|high[ -]?res|original|原图|原圖|高清|大图|大圖", re.IGNORECASE)
_DRAFT = re.compile(r"\bdraft|\brough\b|草图|草圖|初稿|草稿|線稿|线稿|下書き|초안", re.IGNORECASE)
_GIVEN = re.compile(
    r"(?:\bbefore|\binput|\boriginal(?: image)?|\breference(?: image)?"
    r"|参考图|參考圖|原图|原圖|底图|底圖|输入图?|輸入)\W{0,8}\Z",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\bfinal|\bfinished\b|\bresult\b|\bedit(?:ed)?\b|\bafter\b|\bsecond\b|\banother\b|\bvariation|\bversion\b|\b[2-9]\s*[.:：)]"
    r"|\bimproved?\b|\brefined\b|最终|最終|终稿|成品|定稿|完成稿|结果|結果|编辑后|修改后|效果图|第[二2]|另一|完成版|최종",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:\A|\n)[ \t]*(?:#{1,6} [^\n]{1,60}|\*\*[^\n]{1,60}\*\*|[^\n]{1,60}[:：])\s*+\Z")
MAX_GAP = 200
# Nothing, or no more than words that announce a copy.
_BESIDE = re.compile(
    r"[\W\d_]*+(?:(?:(?:download|stored|saved|hosted|permanent|public|backup|copy|mirror|link|url|here|at|is|the|or|as"
    r"|br|p|div|center|hr)\b|链接|連結|地址|下载|下載|备份|備份|保存|永久|リンク|다운로드)[\W\d_]*+){0,8}+",
    re.IGNORECASE,
)


def image_of(link: Link) -> ImageRef | None:
    """The image that a link names; None when it names none, or when more of its data may follow."""
    ref = reference(link.address, is_embedded=link.embedded)
    return None if ref is None or (link.is_open and not ends_exactly(ref.data)) else ref
