"""The one app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Generations(AppConfig):
    name = "generations"
    verbose_name = _("Generations")

    def ready(self) -> None:
        """Have what must hold before a start looked at."""
        import_module("generations.checks")
