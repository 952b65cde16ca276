#!/usr/bin/env python
"""Commands of the installation: `up`, `generate`, `sandbox`, `read_answer`, `backup` … and all of Django's."""

import os
import sys

from django.core.management import execute_from_command_line

from generations.acting import Actor, Kind, acting_as

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")
    with acting_as(Actor(Kind.COMMAND, key=(sys.argv[1] if len(sys.argv) > 1 else "help")[:60])):
        execute_from_command_line(sys.argv)
