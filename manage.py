#!/usr/bin/env python
"""Commands of the installation: `up`, `generate`, `sandbox`, `read_answer`, `backup` … and all of Django's."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")
    execute_from_command_line(sys.argv)
