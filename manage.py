#!/usr/bin/env python
"""Commands of the installation: `up`, `generate`, `sandbox`, `read_answer`, `backup` … and all of Django's."""

import os
import sys

from imageweb.command_line import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")
    run(sys.argv)
