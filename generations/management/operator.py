"""What the commands that an operator types have in common."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from generations.checks import DATA


class OperatorCommand(BaseCommand):
    """Looks at the data before it begins. The checks of the code load every page, and a release has passed them:
    `manage.py check` makes them all."""

    requires_system_checks = (DATA,)
