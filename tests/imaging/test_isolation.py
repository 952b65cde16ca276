"""The child that large pictures are decoded in, and how little its end matters here."""

import subprocess
import sys
import textwrap

import pytest

from generations.errors import BadPicture
from generations.imaging import isolation, pixels
from generations.imaging.decode import clean_copy, open_picture
from generations.isolation import Pool
from tests.support import isolated_jobs
from tests.support.samples import picture, png_bomb

pytestmark = pytest.mark.slow


def test_a_large_picture_is_decoded_in_a_child_and_a_small_one_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation.pool, "run", lambda *_: pytest.fail("a small picture left the process"))
    open_picture(picture(size=(2000, 2000)))
    monkeypatch.setattr(pixels, "run", lambda *_: pytest.fail("a large picture was decoded here"))
    monkeypatch.setattr(isolation.pool, "run", lambda *_: ({}, []))
    assert open_picture(png_bomb(4000)).width == 4000


def test_a_child_gives_the_same_as_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture("JPEG", (700, 500))
    here = clean_copy(data)
    monkeypatch.setattr(isolation, "MAX_PIXELS_IN_PROCESS", 1)
    assert clean_copy(data) == here


def test_a_refusal_within_the_child_keeps_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MAX_PIXELS_IN_PROCESS", 1)
    with pytest.raises(BadPicture, match="This PNG is cut off or damaged"):
        open_picture(picture(size=(300, 300)).replace(b"IDAT", b"IDAX"))


@pytest.mark.parametrize("job", ["die", "hog", "spin", "sleep"])
def test_a_child_that_goes_too_far_is_a_bad_picture(monkeypatch: pytest.MonkeyPatch, job: str) -> None:
    pool = Pool(isolated_jobs.__name__, size=1, seconds=3, cpu_seconds=1, memory=1024**3)
    monkeypatch.setattr(isolation, "pool", pool)
    with pytest.raises(BadPicture, match="more memory or time"):
        isolation.run_job(job, b"", "png", 100_000_000)


def test_bombs_cost_this_process_little_memory() -> None:
    """Measured in a process of its own, from after the first picture on."""
    code = """
        import resource, sys
        from generations.errors import BadPicture
        from generations.imaging.decode import open_picture
        from generations.imaging.thumbnail import thumbnails
        from tests.support.samples import animation, jpeg_that_claims, picture, png_bomb
        bombs = [png_bomb(12_000), jpeg_that_claims(65_000, 65_000), animation("WEBP", 500), png_bomb(6_900)]
        thumbnails(picture(size=(1500, 1500)))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for bomb in bombs:
            try:
                open_picture(bomb)
            except BadPicture:
                pass
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    grown = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, check=True).stdout
    assert int(grown) < 30_000
