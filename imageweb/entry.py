"""How a process begins that no command starts: with the settings, or with one sentence."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured


def load_settings() -> None:
    """Read the settings. Ends the process with a sentence when one is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")
    try:
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
