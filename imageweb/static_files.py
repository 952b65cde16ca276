"""Static files in production: named by their content, so that browsers may keep them for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

UNUSED = ["django_htmx/ext/*"]


class AppFiles(AppDirectoriesFinder):
    """Collects what the apps bring but the extensions of htmx: no page uses them, and their comments import modules
    that do not exist."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        return super().list([*(ignore_patterns or []), *UNUSED])


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also what one JavaScript module imports from another is named by its content."""

    support_js_module_import_aggregation = True
