"""Loaded by `-p tests.support.environment` before the settings are read: a folder of its own for every process of a
run, nothing of a .env file. TESTS_FOLDER is the first process's, which the others inherit to share what is costly.

DATABASE_URL is kept when it is given, so that the same tests run on PostgreSQL.
"""

import atexit
import gc
import os
import shutil
import signal
import tempfile
from contextlib import suppress

# What is loaded and collected until the tests begin stays to the end; pytest_collection_finish lets it work again.
gc.disable()

MEMORY = "/dev/shm"
ENOUGH = 4 * 1024**3


def is_roomy(place: str) -> bool:
    """Whether a run's files fit there."""
    with suppress(OSError):
        return os.access(place, os.W_OK) and shutil.disk_usage(place).free > ENOUGH
    return False


# In memory where it can be: every picture is written through to the disk, and thousands of tests store one.
folder = tempfile.mkdtemp(prefix="imageweb-tests-", dir=MEMORY if is_roomy(MEMORY) else None)
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.mkdir(os.path.join(folder, "static"))  # what collectstatic makes

os.environ.setdefault("TESTS_FOLDER", folder)
os.environ |= {
    "DATA_DIR": folder,
    "MIN_FREE_MB": "0",
    "MALLOC_ARENA_MAX": "2",  # read as a process starts: each thread that draws would leave an arena behind
    "SANDBOX_PACE_PERCENT": "0",
    "REDIS_URL": "",
    "OPENAI_BASE_URL": "",
    "OPENAI_API_KEY": "",
}

# Before what tests write is captured.
STDERR = os.dup(2)

# What a script starts in the background is deaf to Ctrl-C, and so is all it starts; the children of tests must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)
