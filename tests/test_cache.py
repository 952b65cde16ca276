"""The cache that all processes of a machine share."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.support.threads import at_once


@pytest.mark.races
def test_of_several_who_add_a_key_at_once_one_succeeds() -> None:
    cache.clear()
    for key in range(20):
        assert at_once(*[lambda key=key: cache.add(f"lock-{key}", True, 10)] * 8).count(True) == 1
