"""The one app."""

from importlib import import_module

from django.apps import AppConfig


class Generations(AppConfig):
    name = "generations"

    def ready(self) -> None:
        """Have what must hold before a start looked at."""
        import_module("generations.checks")
