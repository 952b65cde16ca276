"""Texts that are nothing but addresses, or nothing but them behind words that announce a picture."""

import re

from generations.protocol.image_ref import ImageRef, is_picture_path, reference
from generations.protocol.link import Link, unclosed

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
_FENCE = re.compile(r"[ \t]{0,8}+(?:```|~~~)(?:text|url|plaintext|txt)?[ \t\r]{0,8}+")
# The address of a site, which is a page and no file.
_SITE = re.compile(r"https?://[^/?#]{1,300}+/?+", re.IGNORECASE)
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
        if not line.strip() or _FENCE.fullmatch(line):
            continue
        alone = _ALONE.fullmatch(line)
        if alone is None:
            if found or len(line) > 120 or not LEAD.search(line) or "://" in line:
                return []
            continue
        url = unclosed(alone["url"])
        lead = alone["lead"].strip()
        ref = reference(url) if not _SITE.fullmatch(url) and (not lead or LEAD.search(lead)) else None
        if ref is None or len(found) >= _MAX_ALONE:
            return []
        found.append((ref, Link(start + alone.start("around"), start + alone.end("around"), False, url, "view")))
    return found
