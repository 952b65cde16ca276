"""The calls of a generation."""

from __future__ import annotations

from collections.abc import Iterable

from generations.models import Attempt, Generation, StoredFile


def attempts_of(generation: Generation) -> list[Attempt]:
    """The calls of a generation whose reading was allowed, oldest first."""
    return list(generation.attempts.select_related("answer_file"))


def files_there(hashes: Iterable[str]) -> set[str]:
    """Those of these hashes whose file is kept. Who may read what refers to them may know."""
    return set(StoredFile.objects.filter(pk__in=list(hashes)).values_list("pk", flat=True))
