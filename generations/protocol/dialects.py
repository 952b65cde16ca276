"""Rarer ways to embed an image in a text. Each is a pattern whose group `url` is the address; no repetition in one is
retried on less of the same run."""

import re

TOKENS = r"<image>|&lt;img\b|\.\. image::|(?<![\w/])image:(?=:?h)"
"""How they begin."""

DIALECTS = {
    # An element that was escaped once too often.
    "&lt;img": re.compile(
        r"&lt;img\b(?:(?!&[gl]t;|\bsrc\s?=)[^\n]){0,1000}+\bsrc\s?=\s?(?:&quot;|&#3[49];|[\"'])"
        r"(?P<url>https?://(?:[^\s\"'<>&]|&amp;){1,2000}+)(?:(?!&[gl]t;)[^\n]){0,1000}+&gt;",
        re.IGNORECASE,
    ),
    "<image>": re.compile(r"<image>\s{0,40}+(?P<url>https?://[^\s<>]{1,8192}+)\s{0,40}+</image>", re.IGNORECASE),
    # AsciiDoc and reStructuredText.
    "image:": re.compile(r"image::?(?P<url>https?://[^\s\[\]]{1,8192}+)\[[^\[\]\n]{0,500}+\]", re.IGNORECASE),
    ".. image::": re.compile(r"\.\. image::[ \t]{1,8}+(?P<url>https?://\S{1,8192}+)", re.IGNORECASE),
}
