"""Download options of a picture, and the file names of downloads."""

from __future__ import annotations

import re
from functools import cached_property

from django.utils.timezone import localtime

from generations.errors import NotStored
from generations.imaging.provenance import has_manifest
from generations.models import Image
from generations.models.storage import opened
from generations.models.stored_file import original_path
from generations.queries.picture import use_count
from generations.text import tidy

MAX_READ = 300
"""Characters of a prompt from which the words of a file name are taken."""


class Downloads:
    """The download options on a picture's page."""

    def __init__(self, image: Image) -> None:
        self.image = image

    @cached_property
    def has_manifest(self) -> bool:
        """Whether the original carries a C2PA manifest. The file is opened only if its row does not know."""
        if (known := self.image.file.has_manifest) is not None:
            return known
        try:
            with opened(original_path(self.image.file.sha256)) as file:
                return has_manifest(file)
        except NotStored:
            return False

    @cached_property
    def use_count(self) -> int:
        """How many batches were made from it."""
        return use_count(self.image)


def file_name(image: Image, extension: str = "", kind: str = "") -> str:
    """2026-11-20_red-bicycle-in-rain_k7f3.png: the day, the first words of the prompt, the key's beginning."""
    words = image.generation.batch.prompt if image.generation else image.alt.rsplit(".", 1)[0]
    slug = "-".join(re.findall(r"\w+", tidy(words, MAX_READ))[:6])[:60].lower() or "image"
    ending = f"{f'_{kind}' if kind else ''}.{extension or image.extension}"
    return f"{localtime(image.created_at):%Y-%m-%d}_{slug}_{image.key[:4]}{ending}"
