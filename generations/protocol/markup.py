"""The text of an answer as images and prose: embedded images, links to images, and the text that is left to read."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from generations.protocol.call_parameters import (
    Block,
    blocks_in,
    is_under_way,
    object_in,
    prompt_in,
    results_in,
    without_thought,
)
from generations.protocol.image_bytes import ends_exactly
from generations.protocol.image_ref import (
    OTHERS,
    ImageRef,
    distinct,
    extension,
    is_bare_path,
    is_picture_path,
    reference,
)
from generations.protocol.images import IsNew, images_in
from generations.protocol.last_finder import Inputs, anywhere, inputs_in
from generations.protocol.link import Link, path_of, unclosed
from generations.protocol.links import links_in

REMOVED = "\x00"
# Stands for the JSON block of that number, from which pictures were taken.
MARK = re.compile("\x01(\\d{1,6})\x01")


@dataclass(frozen=True, slots=True)
class Markup:
    """One text, parsed: embedded images in `runs` of those that stand right beside each other, `linked` images, the
    `body` without quotes, call parameters and JSON that holds images, and where every link of the body stands.
    `of_calls`: addresses among call parameters, which may be references. `is_alone`: the text is nothing but the
    addresses of `linked`, which may be no images. `is_complete`: nothing of the text is missing. `is_told_apart`: its
    words call the images of different runs different pictures."""

    runs: tuple[tuple[ImageRef, ...], ...]
    linked: tuple[ImageRef, ...]
    body: str
    links: tuple[Link, ...]
    of_calls: tuple[ImageRef, ...] = ()
    is_alone: bool = False
    is_complete: bool = True
    is_told_apart: bool = False

    @property
    def embedded(self) -> tuple[ImageRef, ...]:
        return tuple(ref for run in self.runs for ref in run)

    def text(self, *, has_images: bool) -> str:
        """The text to show: without embedded images, status lines and empty fences; links to images are removed only
        when the answer `has_images`."""
        pieces, position = [], 0
        for link in self.links:
            is_shown = link.embedded and extension(link.address) not in OTHERS
            if is_shown or (has_images and _is_picture_link(link)):
                pieces += [self.body[position : link.start], REMOVED]
                position = link.end
        pieces.append(self.body[position:])
        readable = "\n".join(readable_lines(MARK.sub(REMOVED, "".join(pieces))))
        return EMPTY_FENCE.sub("", readable).strip()


EMPTY_FENCE = re.compile(r"^(```|~~~)[ \t]{0,20}+\w{0,12}+[\s{}\[\],]{1,200}+^\1[ \t]*+$", re.MULTILINE)


def read_markup(text: str, is_new: IsNew = bool, *, is_complete: bool = True, is_all: bool = True) -> Markup:
    """Parse the text of one choice. With `is_complete` False, a link or image that touches the end of the text
    may be cut off and is not taken; nor is an address among call parameters, which its result follows. A thought
    without its end is only read where the text `is_all` that came."""
    text, blocks, inputs = without_blocks(without_thought(text, is_complete=is_complete and is_all), is_new)
    body, quoted = without_quotes(_COMMENT.sub("", text))
    # A line feed closes what stands at the end of a complete text; in an incomplete one it stays open.
    ending = "\n" if is_complete else ""
    links = _without_samples(body, tuple(links_in(body + ending)))
    advert = _ADVERT.search(body)
    is_alone = len(links) == 1 and not quoted.text and links[0].end - links[0].start >= len(body.strip())
    shown = [link for link in links if not advert or link.start < advert.start()]
    in_quotes = [
        replace(run, start=quoted.place(run.start))
        for run in runs(
            quoted.text, _without_samples(quoted.text, links_in(quoted.text + ending)), blocks, breaks=quoted.starts
        )
    ]
    in_body = runs(body, shown, blocks, breaks=[run.start for run in in_quotes], takes_paths=is_alone)
    found = sorted([*in_quotes, *in_body], key=lambda run: run.start)
    runs = tuple(run.refs for run in found)
    is_told_apart = are_told_apart([run.before for run in found])
    of_calls = tuple(ref for block in blocks if is_complete for ref in block.of_call)
    plain = [link for link in links if not link.embedded and _is_picture(link)]
    marks = [(quoted.place(mark.start()), mark) for mark in MARK.finditer(quoted.text)]
    marks += [(mark.start(), mark) for mark in MARK.finditer(body)]
    listed = [(start, ref) for start, mark in marks for ref in blocks[int(mark[1])].listed]
    plain = without_inputs(plain, inputs, is_alone=not (runs or listed or of_calls))
    picture_links = _without_downloads(plain, {path_of(ref.url).rpartition("/")[2] for _, ref in listed})
    placed = [*listed, *((link.start, ref) for link in picture_links if (ref := image_of(link)))]
    linked = distinct(ref for _, ref in sorted(placed, key=lambda place: place[0]))
    if not runs and not linked and (whole := _whole_text(body)):
        return Markup(((whole,),), (), "", ())
    if not runs and not linked and is_complete and (alone := lone_addresses(body)):
        links = tuple(link for _, link in alone)
        return Markup((), tuple(ref for ref, _ in alone), body + ending, links, of_calls, is_alone=True)
    return Markup(
        runs,
        tuple(linked),
        body + ending,
        links,
        of_calls,
        is_complete=is_complete,
        is_told_apart=is_told_apart,
    )


def _without_samples(text: str, links: Iterable[Link]) -> tuple[Link, ...]:
    """The links, with images in rarer dialects as plain ones unless nothing else embeds one, and they stand on lines of
    their own and in no fence: prose explains these dialects."""
    links = tuple(links)
    if not any(link.is_rare for link in links):
        return links
    fences = [fence.start() for fence in _FENCE.finditer(text)]
    is_only = all(link.is_rare or not link.embedded for link in links)

    def is_image(link: Link) -> bool:
        before = text[max(0, link.start - MAX_GAP) : link.start].rpartition("\n")[2]
        behind = text[link.end : link.end + MAX_GAP].partition("\n")[0]
        return is_only and not (before.strip() or behind.strip()) and bisect_left(fences, link.start) % 2 == 0

    return tuple(link if not link.is_rare or is_image(link) else replace(link, embedded=False) for link in links)


_FENCE = re.compile(r"^[ \t]{0,8}+(?:```|~~~)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """The images in a JSON block: data, which is as good as embedded, with the addresses beside it in `shown`,
    addresses alone, which are as good as links, in `listed`, and those among the parameters `of_call`."""

    shown: tuple[ImageRef, ...] = ()
    listed: tuple[ImageRef, ...] = ()
    of_call: tuple[ImageRef, ...] = ()


def without_blocks(text: str, is_new: IsNew) -> tuple[str, list[Found], Inputs]:
    """The text without its call parameters and the JSON that holds images, a mark in place of what shows some, the
    images in each block of these, and the addresses that blocks name as given."""
    pieces, position = [], 0
    found: list[Found] = []
    inputs = Inputs()
    if (document := object_in(text)) is not None:
        inputs.add(_given_in(document, results_in(document)))
    for block in blocks_in(text):
        results = results_in(block.document)
        given = _given_in(block.document, results)
        images = _images_of(block, results, given, text, is_new)
        inputs.add(given)
        is_call = (block.is_call or results != block.document) and not block.is_inline
        if is_call or images.shown or images.listed or images.of_call:
            mark = f"\x01{len(found)}\x01" if images.shown or images.listed else ""
            pieces += [text[position : block.start].replace("\x01", " "), mark]
            position = block.end
            found.append(images)
    return "".join([*pieces, text[position:].replace("\x01", " ")]), found, inputs


def without_inputs(links: list[Link], inputs: Inputs, *, is_alone: bool) -> list[Link]:
    """The links without those that JSON names as given, unless they stand somewhere else too. What is only the `source`
    of something is given where there is anything else; with `is_alone`, nothing but links is."""
    times = Counter(link.address for link in links)
    kept = [link for link in links if link.address not in inputs.given or times[link.address] > 1]
    others = [link for link in kept if link.address not in inputs.sources or times[link.address] > 1]
    return others if others or not is_alone else kept


def _given_in(document: Any, results: Any) -> Inputs:
    """The addresses that a document names as given, and those beside a prompt which its `results` lack."""
    inputs = inputs_in(document)
    if results != document:
        inputs.given |= _addresses_in(document) - _addresses_in(results)
    return inputs


def _addresses_in(document: Any) -> set[str]:
    """Every address in the texts of a document. Iterative, since its depth is not limited."""
    found: set[str] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found |= set(_ADDRESS.findall(value))
        elif isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return found


_ADDRESS = re.compile(r"""https?://[^\s"\\]{1,8192}""", re.IGNORECASE)


def _images_of(block: Block, results: Any, given: Inputs, text: str, is_new: IsNew) -> Found:
    """The images of a block. Of call parameters only data is surely none of the references; an address may be their
    result, unless it stands beside their prompt or in it, or what follows says that the picture is still to come."""
    if block.document is None:
        return Found()
    is_alone = not (text[: block.start].strip() or text[block.end :].strip())
    refs = tuple(anywhere(block.document, is_new) or (_measured(block.document, is_new) if is_alone else ()))
    data = tuple(ref for ref in refs if ref.kind == "data")
    is_told = results != block.document
    if not block.is_call and not is_told:
        listed = tuple(ref for ref in refs if ref.url not in given.sources)
        return Found(shown=refs) if data else Found(listed=listed)
    if is_under_way(text[block.end : block.end + _MAX_BEHIND], is_promised=is_told):
        return Found(shown=data)
    prompt = prompt_in(block.document)
    addresses = anywhere(results, is_new) if is_told else refs
    return Found(shown=data, of_call=tuple(ref for ref in addresses if ref.kind == "url" and ref.url not in prompt))


def _measured(document: Any, is_new: IsNew) -> list[ImageRef]:
    """The picture of an object that gives an address and its measures: `{url, width, height}`."""
    is_result = isinstance(document, dict) and results_in(document) == document and "video" not in document
    return images_in(document, is_new) if is_result and document.keys() & {"width", "height"} else []


_MAX_BEHIND = 20_000


@dataclass(frozen=True, slots=True)
class Run:
    """Embedded images between which there are no words: where they `start`, and what stands `before` them."""

    start: int
    before: str
    refs: tuple[ImageRef, ...]


def runs(
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


# No comment opens inside another: a flood of openings is read in one pass.
_COMMENT = re.compile(r"<!--(?:(?!<!--).){0,2000}?-->", re.DOTALL)
_ADVERT = re.compile(
    r"\n\s{0,4}-{3,80}+\s{0,8}\n[^\n]{0,20}"
    r"(?:\bAds?\b|\bSponsor|\bSupport |\bPowered by|\bAdvertis|广告|推广|赞助|スポンサー)"
)


_MAX_ALONE = 20
_ALONE = re.compile(
    r"""[ \t]*+(?:[-*•][ \t]++|\d{1,2}[.)][ \t]++)?+(?P<lead>(?:(?!https?://|[<"'`(\[*]{1,4}https?://)[^\n]){0,80}+)"""
    r"""(?P<around>[\s"'`<(\[*]{0,8}+(?P<url>https?://(?:[^\s"'`<>]|'(?=[\w%])){1,8192}+)[\s"'`>]*+)""",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"image|picture|photo|\bpics?\b|artwork|drawing|illustrat|painting|result|output|generated|created|\burl\b|\blink\b"
    r"|download|here (?:it is|you go)|图|画|照片|结果|結果|生成|地址|链接|連結|下载|下載|写真|イラスト|이미지|그림|사진"
    r"|imagen|imagem|\bfoto|\bbild|dibujo|dessin|рисун|изображ|картин|фото|immagin|resultado|résultat|ergebnis|obraz"
    r"|resim|görsel|gambar|hình ảnh|صورة|תמונה|चित्र|ภาพ",
    re.IGNORECASE,
)


_LONE_PATH = re.compile(r"\s*+(?P<path>\.{0,2}/[\w.~%@+=/-]{1,2000}+(?:\?\S{0,2000}+)?+)\s*+")


def lone_addresses(text: str) -> list[tuple[ImageRef, Link]]:
    """The addresses of a text that is nothing else, or nothing but them behind words that announce a picture: each is
    taken for one, whatever its extension. Empty for any other text."""
    if (path := _LONE_PATH.fullmatch(text)) and is_picture_path(path["path"]) and (ref := reference(path["path"])):
        return [(ref, Link(path.start("path"), path.end("path"), False, path["path"], "view"))]
    if "](" in text or "://" not in text or len(text) > _MAX_ALONE * 1_000:
        return []
    found: list[tuple[ImageRef, Link]] = []
    position = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        if not line.strip():
            continue
        alone = _ALONE.fullmatch(line)
        if alone is None:
            if found or len(line) > 120 or not LEAD.search(line) or "://" in line:
                return []
            continue
        url = unclosed(alone["url"])
        lead = alone["lead"].strip()
        ref = reference(url) if not lead or LEAD.search(lead) else None
        if ref is None or len(found) >= _MAX_ALONE:
            return []
        found.append((ref, Link(start + alone.start("around"), start + alone.end("around"), False, url, "view")))
    return found


def _without_downloads(links: list[Link], names: Collection[str] = ()) -> list[Link]:
    """The links without download links to a file that another link shows, or one of those `names`."""
    looked_at = {_name(link) for link in links if not _is_download(link)} | set(names)
    return [link for link in links if not (_is_download(link) and _name(link) in looked_at)]


def _name(link: Link) -> str:
    return path_of(link.address).rpartition("/")[2]


def _is_download(link: Link) -> bool:
    return "/download" in link.address or "下载" in link.label or "download" in link.label.lower()


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quoted lines of a text, and for each that begins a quotation where it starts in `text` and where it stood in
    the text that is left, so that an image in it has a place among the others."""

    text: str
    starts: tuple[int, ...] = ()
    places: tuple[int, ...] = ()

    def place(self, position: int) -> int:
        """Where in the text that is left the quotation around a position stood."""
        return self.places[bisect_right(self.starts, position) - 1]


def without_quotes(text: str) -> tuple[str, Quoted]:
    """The text without its quoted lines (`> …`), and those lines: gateways write their status into quotes."""
    if ">" not in text:
        return text, Quoted("")
    kept: list[str] = []
    quoted: list[str] = []
    starts, places = [], []
    length_kept, length_quoted, is_within = 0, 0, False
    for line in text.split("\n"):
        if is_quoted := line[:40].lstrip().startswith(">"):
            if not is_within:
                starts.append(length_quoted)
                places.append(length_kept)
            quoted.append(line)
            length_quoted += len(line) + 1
        else:
            kept.append(line)
            length_kept += len(line) + 1
        is_within = is_quoted
    return "\n".join(kept), Quoted("\n".join(quoted), tuple(starts), tuple(places))


def _whole_text(text: str) -> ImageRef | None:
    """The image of a text that is a single data URI or base64, which may be broken into lines."""
    text = text.strip()
    if text[:5].lower() != "data:" and not _ONLY_BASE64.fullmatch(text[:400]):
        return None
    ref = reference(text)
    return ref if ref and ref.kind == "data" else None


_ONLY_BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]{60,}+")


def image_of(link: Link) -> ImageRef | None:
    """The image that a link names; None when it names none, or when more of its data may follow."""
    ref = reference(link.address, is_embedded=link.embedded)
    return None if ref is None or (link.is_open and not ends_exactly(ref.data)) else ref


_PREVIEW = re.compile(r"\s*+\d{1,3}+\s*+%?+\s*+")
_DOWNLOAD = re.compile(
    r"download|下载|下載|原图|原圖|高清|查看|打开|预览|full[ -]?size|original|open|view|ダウンロード|다운로드"
    r"|télécharger|descargar|herunterladen|скачать|点击|點擊|save",
    re.IGNORECASE,
)


def _is_picture(link: Link) -> bool:
    """Whether a link names an image by its extension. A label that is only a number or percentage marks a preview."""
    return is_picture_path(link.address) and not (link.label and _PREVIEW.fullmatch(link.label))


def _is_picture_link(link: Link) -> bool:
    if is_picture_path(link.address):
        return True
    return bool(_DOWNLOAD.search(link.label)) and extension(link.address) not in OTHERS


_WRAPPER = re.compile(
    r"</?(?:p|div|center|span|figure|figcaption|br|a|b|i|details|summary|td|tr|table|picture|source)\b[^>\n]{0,200}+>",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"[\W\d_]*+(?:(?:click (?:here )?to |点击|點擊)?(?:download|下载|下載)(?: link| url|链接|連結|地址)?"
    r"|(?:image|picture|图片|圖片|result)?\s*+(?:url|link|链接|地址|連結)|原图|原圖)?[\W_]*+",
    re.IGNORECASE,
)
# What is left of JSON whose picture was taken out.
_SKELETON = re.compile(
    r"""[\s{}\[\],`]*+(?:"\w{1,40}+"\s{0,4}+:\s{0,4}+(?:"[^"]{0,80}+"|[\d.]{1,20}+)?+[\s{}\[\],`]*+){0,8}+"""
)
_STATUS = re.compile(
    r"(?=.{1,300}+\Z)[\W_]*+(?:排队中?|排隊中?|生成中|绘制中|处理中|正在生成(?:图片|图像|中)*+|任务?生成中|queu(?:ing|ed)|generating|processing"
    r"|(?:图片|图像|绘图|绘制|任务)?(?:生成|绘制|处理)?(?:完成|成功)|generation (?:complete[d]?|finished|done)"
    r"|(?:进度|progress)[\W\d_]*+)[\W_]*+",
    re.IGNORECASE,
)


def readable_lines(text: str) -> Iterable[str]:
    for line in text.split("\n"):
        if REMOVED in line:
            line = _WRAPPER.sub("", line.replace(REMOVED, ""))
            if len(line) < 500 and (_LEFT_OVER.fullmatch(line) or _SKELETON.fullmatch(line)):
                continue
        if not is_status(line):
            yield line.rstrip()


def is_status(line: str) -> bool:
    """Whether a line tells how far the drawing is, and nothing else."""
    return len(line) < 300 and bool(_STATUS.fullmatch(line))
