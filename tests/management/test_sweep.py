"""`manage.py sweep`: what it settles, notifies and removes, and what it leaves alone."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from generations import notify
from generations.models import Attempt, Generation, Image, Person, ProviderModel, StoredFile, queue
from generations.models.adoption import adopt_sandbox
from generations.models.key import now
from generations.models.stored_file import original_path
from generations.submit import Order, submit
from generations.tasks import worker
from tests.support.clock import Clock
from tests.support.orders import ask, make_model_at


def figures() -> dict[str, int]:
    """What the command says it did, by the first word of each line."""
    out = io.StringIO()
    call_command("sweep", stdout=out)
    said = [line.split(maxsplit=1) for line in out.getvalue().splitlines()]
    return {" ".join(what.split()[:2]): int(count) for count, what in said}


@pytest.fixture
def notified(notified: list[int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids a worker was notified of, by a broker that was never away."""
    monkeypatch.setattr(notify, "publish_again_at", 0.0)
    return notified


@pytest.fixture
def generation(person: Person, storage: Path) -> Generation:
    """A queued generation whose message was lost."""
    adopt_sandbox()
    model = ProviderModel.objects.get(name="flux")
    return submit(Order(person=person, prompt="a hill", models=(model,))).generations.get()


def made_old(file: StoredFile) -> StoredFile:
    StoredFile.objects.filter(pk=file.pk).update(created_at=now(hours=-25))
    return file


def test_nothing_to_do_is_five_noughts(storage: Path, db: None, notified: list[int]) -> None:
    assert list(figures().values()) == [0, 0, 0, 0, 0]


def test_a_lost_message_is_sent_again_once(generation: Generation, notified: list[int]) -> None:
    assert figures()["notified"] == 1
    assert figures()["notified"] == 0
    assert notified == [generation.pk]


def test_a_lapsed_claim_goes_back_to_the_queue_and_is_notified(generation: Generation, notified: list[int]) -> None:
    claimed = queue.claim_next(worker.process)
    assert claimed is not None
    Generation.objects.update(claim_until=now(seconds=-1))
    assert list(figures().values()) == [1, 0, 1, 0, 0]
    generation.refresh_from_db()
    assert generation.state == "queued"


def test_what_waited_too_long_is_ended(generation: Generation, notified: list[int]) -> None:
    Generation.objects.update(deadline_at=now(seconds=-1))
    assert figures()["ended after"] == 1
    generation.refresh_from_db()
    assert (generation.state, generation.kind, generation.charged) == ("failed", "never_started", "no")


def test_a_file_nothing_refers_to_is_removed_after_a_day(storage: Path, db: None, notified: list[int]) -> None:
    young = StoredFile.put(b"young", "application/octet-stream")
    old = made_old(StoredFile.put(b"old", "application/octet-stream"))
    assert figures()["files removed"] == 1
    assert list(StoredFile.objects.all()) == [young]
    assert not (storage / original_path(old.pk)).exists()
    assert (storage / original_path(young.pk)).exists()


def test_files_of_pictures_copies_and_answers_stay(generation: Generation, picture: Image, notified: list[int]) -> None:
    picture.clean_file = StoredFile.put(b"clean", "image/png")
    picture.labelled_file = StoredFile.put(b"labelled", "image/png")
    picture.save()
    answer = StoredFile.put(b"answer", "application/octet-stream")
    Attempt.objects.create(generation=generation, n=1, url="", request=b"", answer_file=answer)
    for file in StoredFile.objects.all():
        made_old(file)
    assert figures()["files removed"] == 0
    assert StoredFile.objects.count() == 4


def test_half_written_files_go_after_a_day(storage: Path, db: None, notified: list[int]) -> None:
    for name, age in (("young", 60), ("old", 2 * 24 * 3600)):
        path = storage / "files/ab" / f".writing-{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    assert figures()["half-written files"] == 1
    assert [path.name for path in (storage / "files/ab").iterdir()] == [".writing-young"]


def test_four_sweepers_send_five_hundred_messages_once_each(
    transactional_db: None, storage: Path, notified: list[int], clock: Clock
) -> None:
    model = make_model_at()
    batch = ask("a hill", model).batch
    rows = [Generation(batch=batch, model=model, position=place, deadline_at=now(hours=1)) for place in range(2, 501)]
    Generation.objects.bulk_create(rows)
    notified.clear()
    Generation.objects.update(notify_at=None, notify_count=0)
    clock.stop()  # a sweeper holds its lease for nine seconds

    def sweep(_: int) -> None:
        try:
            notify.notify(worker.sweep())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as sweepers:
        list(sweepers.map(sweep, range(12)))
    assert sorted(notified) == sorted(Generation.objects.values_list("pk", flat=True))
    assert set(Generation.objects.values_list("state", "notify_count")) == {("queued", 1)}
