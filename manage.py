#!/usr/bin/env python
"""Commands of the installation: `up`, `generate`, `sandbox`, `read_answer`, `backup` … and all of Django's."""

import os
import sys

from generations.acting import Actor, Kind, acting_as
from imageweb.command_line import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")
    with acting_as(Actor(Kind.COMMAND, key=(sys.argv[1] if len(sys.argv) > 1 else "help")[:60])):
        run(sys.argv)
