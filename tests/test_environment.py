"""Settings from the environment, beside those in tests/test_settings.py: odd hosts, and a disk that is full."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from imageweb import environment


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process takes a byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_secret_that_could_not_be_written_is_made_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "secret_key"
    with full_disk(), pytest.raises(ImproperlyConfigured, match="secret_key cannot be written"):
        environment.secret("SECRET_KEY", path)
    assert len(environment.secret("SECRET_KEY", path)) > 50


def test_a_secret_that_another_process_keeps_stays_when_this_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "secret_key"

    def kept_meanwhile(_length: int) -> str:
        path.write_text("what the other sealed with it")
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(environment.secrets, "token_urlsafe", kept_meanwhile)
    with pytest.raises(ImproperlyConfigured, match="No space left"):
        environment.secret("SECRET_KEY", path)
    assert path.read_text() == "what the other sealed with it"


@pytest.mark.parametrize("value", ["0.0.0.0:80", "localhost:8000", "imageweb:"])
def test_a_host_has_no_port(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOST", value)
    with pytest.raises(ImproperlyConfigured, match="write such as"):
        environment.matching("HOST", "", environment.LISTENS_ON, "127.0.0.1")
