"""The text of an answer as images and prose: embedded images, links to images, and the text that is left to read."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from generations.protocol.call_parameters import without_thought
from generations.protocol.footnotes import without_footnotes
from generations.protocol.image_ref import OTHERS, ImageRef, distinct, extension, is_picture_path, reference
from generations.protocol.image_runs import MAX_GAP, are_told_apart, image_of, runs_in
from generations.protocol.images import IsNew
from generations.protocol.json_blocks import MARK, without_blocks, without_inputs
from generations.protocol.link import Link, path_of
from generations.protocol.links import links_in
from generations.protocol.lone_addresses import lone_addresses
from generations.protocol.quotes import without_quotes
from generations.protocol.readable_lines import EMPTY_FENCE, REMOVED, readable_lines


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


def read_markup(text: str, is_new: IsNew = bool, *, is_complete: bool = True, is_all: bool = True) -> Markup:
    """Parse the text of one choice. With `is_complete` False, a link or image that touches the end of the text
    may be cut off and is not taken; nor is an address among call parameters, which its result follows. A thought
    without its end is only read where the text `is_all` that came."""
    text = without_footnotes(text)
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
        for run in runs_in(
            quoted.text, _without_samples(quoted.text, links_in(quoted.text + ending)), blocks, breaks=quoted.starts
        )
    ]
    in_body = runs_in(body, shown, blocks, breaks=[run.start for run in in_quotes], takes_paths=is_alone)
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


# No comment opens inside another: a flood of openings is read in one pass.
_COMMENT = re.compile(r"<!--(?:(?!<!--).){0,2000}?-->", re.DOTALL)
_ADVERT = re.compile(
    r"\n\s{0,4}-{3,80}+\s{0,8}\n[^\n]{0,20}"
    r"(?:\bAds?\b|\bSponsor|\bSupport |\bPowered by|\bAdvertis|广告|推广|赞助|スポンサー)"
)


def _without_downloads(links: list[Link], names: Collection[str] = ()) -> list[Link]:
    """The links without download links to a file that another link shows, or one of those `names`."""
    looked_at = {_name(link) for link in links if not _is_download(link)} | set(names)
    return [link for link in links if not (_is_download(link) and _name(link) in looked_at)]


def _name(link: Link) -> str:
    return path_of(link.address).rpartition("/")[2]


def _is_download(link: Link) -> bool:
    return "/download" in link.address or "下载" in link.label or "download" in link.label.lower()


def _whole_text(text: str) -> ImageRef | None:
    """The image of a text that is a single data URI or base64, which may be broken into lines."""
    text = text.strip()
    if text[:5].lower() != "data:" and not _ONLY_BASE64.fullmatch(text[:400]):
        return None
    ref = reference(text)
    return ref if ref and ref.kind == "data" else None


_ONLY_BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]{60,}+")


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
