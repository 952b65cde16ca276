"""The text of an answer: the images it embeds, the links to images, and the words left for a person."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from generations.protocol.asides import without_asides
from generations.protocol.image_bytes import ends_exactly, is_whole
from generations.protocol.images import OTHERS, ImageRef, extension, is_picture_path, reference
from generations.protocol.links import Mark, marks_in, path_of

_GONE = "\x00"


@dataclass(frozen=True, slots=True)
class Written:
    """What one text says: embedded images, links to images, and its marks for taking the words apart."""

    embedded: tuple[ImageRef, ...]
    linked: tuple[ImageRef, ...]
    body: str
    marks: tuple[Mark, ...]

    def words(self, *, has_images: bool) -> str:
        """What remains for a person. Links to pictures go only when a picture is there to be seen."""
        pieces, position = [], 0
        for mark in self.marks:
            is_shown = mark.embedded and extension(mark.address) not in OTHERS
            if is_shown or (has_images and _is_picture_link(mark)):
                pieces += [self.body[position : mark.start], _GONE]
                position = mark.end
        pieces.append(self.body[position:])
        return _EMPTY_FENCE.sub("", "\n".join(_readable_lines("".join(pieces)))).strip()


_EMPTY_FENCE = re.compile(r"^(```|~~~)[ \t]{0,20}+\w{0,12}+\s{1,200}+^\1[ \t]*+$", re.MULTILINE)


def read_markup(text: str, base_url: str = "", *, is_complete: bool = True) -> Written:
    """Read the text of one choice. `is_complete` False: what touches its end may be half, and is not taken."""
    body, quoted = _without_quotes(_COMMENT.sub("", without_asides(text)))
    # Only a text that has ended ends with a line; what is open at the very end of the other kind is recognised by that.
    ending = "\n" if is_complete else ""
    marks = tuple(marks_in(body + ending))
    advert = _ADVERT.search(body)
    shown = [mark for mark in marks if not advert or mark.start < advert.start()]
    every = [mark for mark in (*shown, *marks_in(quoted + ending)) if mark.embedded]
    embedded = [ref for mark in every if (ref := _seen(mark, base_url))]
    links = _without_downloads([mark for mark in marks if not mark.embedded and _is_picture(mark)])
    linked = [ref for mark in links if (ref := _seen(mark, base_url))]
    if not embedded and (whole := _whole_text(body)):
        return Written((whole,), (), "", ())
    return Written(tuple(embedded), tuple(linked), body + ending, marks)


# No comment opens inside another: a flood of openings is read in one pass.
_COMMENT = re.compile(r"<!--(?:(?!<!--).){0,2000}?-->", re.DOTALL)
_ADVERT = re.compile(
    r"\n\s{0,4}-{3,80}+\s{0,8}\n[^\n]{0,20}"
    r"(?:\bAds?\b|\bSponsor|\bSupport |\bPowered by|\bAdvertis|广告|推广|赞助|スポンサー)"
)


def _without_downloads(links: list[Mark]) -> list[Mark]:
    """Of two links to the same file name, the one to look at; the other one downloads it."""
    looked_at = {_name(mark) for mark in links if not _is_download(mark)}
    return [mark for mark in links if not (_is_download(mark) and _name(mark) in looked_at)]


def _name(mark: Mark) -> str:
    return path_of(mark.address).rpartition("/")[2]


def _is_download(mark: Mark) -> bool:
    return "/download" in mark.address or "下载" in mark.label or "download" in mark.label.lower()


def _without_quotes(text: str) -> tuple[str, str]:
    """The text without its quoted lines, and the quoted lines: gateways write their status there."""
    if ">" not in text:
        return text, ""
    kept: list[str] = []
    quoted: list[str] = []
    for line in text.split("\n"):
        (quoted if line[:40].lstrip().startswith(">") else kept).append(line)
    return "\n".join(kept), "\n".join(quoted)


def _whole_text(text: str) -> ImageRef | None:
    """A text that is nothing but one data URI or base64, perhaps broken into lines."""
    text = text.strip()
    if text[:5].lower() != "data:" and not _ONLY_BASE64.fullmatch(text[:400]):
        return None
    ref = reference(text)
    return ref if ref and ref.kind == "data" and is_whole(ref.data) else None


_ONLY_BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]{60,}+")


def _seen(mark: Mark, base_url: str) -> ImageRef | None:
    """The image of a mark. In running text a picture without its end is half a picture."""
    ref = reference(mark.address, base_url)
    if ref is None or (ref.kind == "data" and not is_whole(ref.data)):
        return None
    return None if mark.is_open and not ends_exactly(ref.data) else ref


_PREVIEW = re.compile(r"\s*+\d{1,3}+\s*+%?+\s*+")
_DOWNLOAD = re.compile(
    r"download|下载|下載|原图|原圖|高清|查看|打开|预览|full[ -]?size|original|open|view|ダウンロード|다운로드"
    r"|télécharger|descargar|herunterladen|скачать|点击|點擊|save",
    re.IGNORECASE,
)


def _is_picture(mark: Mark) -> bool:
    """Whether a link names a picture: by its extension, and not as the preview that a number announces."""
    return is_picture_path(mark.address) and not (mark.label and _PREVIEW.fullmatch(mark.label))


def _is_picture_link(mark: Mark) -> bool:
    if is_picture_path(mark.address):
        return True
    return bool(_DOWNLOAD.search(mark.label)) and extension(mark.address) not in OTHERS


_WRAPPER = re.compile(
    r"</?(?:p|div|center|span|figure|figcaption|br|a|b|i|details|summary|td|tr|table|picture|source)\b[^>\n]{0,200}+>",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"[\W\d_]*+(?:(?:click (?:here )?to |点击|點擊)?(?:download|下载|下載)(?: link| url|链接|連結|地址)?"
    r"|(?:image|picture|图片|圖片|result)?\s*+(?:url|link|链接|地址|連結)|原图|原圖)?[\W_]*+",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?=.{1,300}+\Z)[\W_]*+(?:排队中?|排隊中?|生成中|绘制中|处理中|正在生成(?:图片|图像|中)*+|任务?生成中|queu(?:ing|ed)|generating|processing"
    r"|(?:图片|图像|绘图|绘制|任务)?(?:生成|绘制|处理)?(?:完成|成功)|generation (?:complete[d]?|finished|done)"
    r"|(?:进度|progress)[\W\d_]*+)[\W_]*+",
    re.IGNORECASE,
)


def _readable_lines(text: str) -> Iterable[str]:
    for line in text.split("\n"):
        if _GONE in line:
            line = _WRAPPER.sub("", line.replace(_GONE, ""))
            if len(line) < 500 and _LEFT_OVER.fullmatch(line):
                continue
        if not (len(line) < 300 and _STATUS.fullmatch(line)):
            yield line.rstrip()
