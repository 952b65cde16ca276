"""The settings of a production process, with one page more: an empty authenticated view to compare with."""

from imageweb.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
