"""Images of Markdown whose address is a footnote: `![alt][1]`, and `[1]: https://…` on a line of its own."""

import re

from generations.protocol.image_ref import is_picture_path

_USE = re.compile(r"!\[(?P<alt>[^\[\]\n]{0,500}+)\](?:[ ]?\[(?P<name>[^\[\]\n]{0,200}+)\])?+(?![(:])")
_NOTE = re.compile(
    r"^[ ]{0,3}+\[(?P<name>[^\[\]\n]{1,200}+)\]:[ \t]{0,20}+<?(?P<url>https?://[^\s<>]{1,8192}+|data:image/[^\s<>]++)>?"
    r"(?:[ \t]{1,20}+(?:\"[^\"\n]{0,200}+\"|'[^'\n]{0,200}+'|\([^()\n]{0,200}+\)))?+[ \t]{0,20}+$\n?",
    re.MULTILINE,
)


def without_footnotes(text: str) -> str:
    """The text with such images as `![alt](address)`, the first of each note, and without the notes that they name."""
    if "![" not in text or "]:" not in text:
        return text
    notes: dict[str, str] = {}
    for note in _NOTE.finditer(text):
        notes.setdefault(_key(note["name"]), note["url"])
    used: set[str] = set()

    def inline(image: re.Match[str]) -> str:
        key = _key(image["name"] or image["alt"])
        is_after_word = image["name"] is None and text[max(image.start() - 1, 0) : image.start()].strip()
        if key not in notes or (is_after_word and not _is_picture(notes[key])):
            return image[0]
        address = "" if key in used else f"![{image['alt']}]({notes[key]})"
        used.add(key)
        return address

    text = _USE.sub(inline, text) if notes else text
    return _NOTE.sub(lambda note: "" if _key(note["name"]) in used else note[0], text) if used else text


def _is_picture(url: str) -> bool:
    """Whether an address says that it is a picture's: "What a view![1]" may name its source."""
    return url.startswith("data:") or is_picture_path(url)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
