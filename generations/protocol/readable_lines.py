"""Lines of a text as a person reads them: without status lines and what is left of an image's markup."""

import re
from collections.abc import Iterable

REMOVED = "\x00"
EMPTY_FENCE = re.compile(r"^(```|~~~)[ \t]{0,20}+\w{0,12}+[\s{}\[\],]{1,200}+^\1[ \t]*+$", re.MULTILINE)
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
