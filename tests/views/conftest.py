"""Pages ask for no worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generations import submit


@pytest.fixture(autouse=True)
def notified(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What a worker would be notified of is collected, not published."""
    notified: list[int] = []
    monkeypatch.setattr(submit, "notify", lambda generations: notified.extend(each.pk for each in generations))
    yield notified
