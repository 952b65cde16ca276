"""Pages ask for no worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generations import submit


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Bells are counted, not published."""
    bells: list[int] = []
    monkeypatch.setattr(submit, "notify", lambda generations: bells.extend(each.pk for each in generations))
    yield bells
