"""The calls of a generation."""

from __future__ import annotations

from collections.abc import Iterable

from generations import rights
from generations.models import Attempt, Generation, Image, StoredFile
from generations.viewer import Viewer


def attempts_of(generation: Generation) -> list[Attempt]:
    """The calls of a generation whose reading was allowed, oldest first."""
    return list(generation.attempts.select_related("answer_file"))


def drafts_of(viewer: Viewer, generation: Generation) -> list[Image]:
    """The pictures that came beside those a generation shows, as far as the viewer may see them."""
    drafts = Image.objects.kept().filter(generation=generation, is_surplus=True)
    return list(rights.see_image.of(viewer, drafts).order_by("position"))


def files_there(hashes: Iterable[str]) -> set[str]:
    """Those of these hashes whose file is kept. Who may read what refers to them may know."""
    return set(StoredFile.objects.filter(pk__in=list(hashes)).values_list("pk", flat=True))
