"""Each part of the installation turned bad: what the check says, what to do, and that anybody may read the sentence."""

from __future__ import annotations

import re
import shutil
from collections import namedtuple
from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from generations.models import Lease, Mail, Provider, Worker
from generations.models.audit_entry import record
from generations.models.key import now
from generations.models.provider import SANDBOX_URL
from generations.models.storage import mark_storage
from generations.models.tally import measure_stock
from generations.queries.health import data
from generations.queries.health.check import Check, State, age_text, size_text
from generations.queries.health.run import CHECKS, run_checks
from tests.support.cast import Cast, change, make_batch, make_done, make_model, make_provider
from tests.support.ports import closed_port

Disk = namedtuple("Disk", "total used free")
GB = 2**30


@pytest.fixture
def well(db: None) -> None:
    """An installation without fault: a worker, a real provider, a backup."""
    mark_storage()
    Worker.objects.create(name="host-1:7:1", slots=4)
    Lease.take("sweep", seconds=9)
    make_provider("Gateway", "https://gateway.example/v1")
    record("backed_up", after={"whole": True})


def found(name: str) -> Check:
    return next(check for check in run_checks() if check.name == name)


def test_a_well_installation_has_nothing_to_do(well: None) -> None:
    assert {check.name: str(check.sentence) for check in run_checks() if not check.is_well} == {}
    assert {check.name for check in run_checks()} == CHECKS.keys()
    assert [check.name for check in run_checks() if check.advice] == ["mail"], "what is not set up says how to"


def full_disk(patch: pytest.MonkeyPatch, free: float, settings: Settings) -> None:
    settings.MIN_FREE_BYTES = GB
    for module in (data, shutil):
        patch.setattr(module, "disk_usage", lambda path: Disk(100 * GB, 0, int(free * GB)))


def heard_long_ago() -> None:
    Worker.objects.update(heartbeat_at=now(seconds=-180))


def refused() -> None:
    Worker.refused("host-2", "Its SECRET_KEY is not the web server’s, so it does not start.")


def wait_long(cast: Cast) -> None:
    change(make_batch(cast.ana).generations.get(), run_at=now(seconds=-900))


def all_busy(cast: Cast) -> None:
    Worker.objects.update(slots=1)
    change(make_batch(cast.ana).generations.get(), state="running", claim="c", claim_until=now(seconds=60))
    make_batch(cast.ana)


def no_round() -> None:
    Lease.objects.filter(name="sweep").update(until=now(seconds=-600))


def refused_key() -> None:
    Provider.objects.filter(name="Gateway").update(paused_until=now(hours=1), pause_kind="key_refused")


BAD: dict[str, tuple[str, Callable[[Cast], object], State, str, str]] = {
    "nobody heard": (
        "worker",
        lambda cast: heard_long_ago(),
        State.FAIL,
        "No worker has been heard for 3 minutes, so nothing is drawn.",
        "Start the worker",
    ),
    "never heard": (
        "worker",
        lambda cast: Worker.objects.all().delete(),
        State.FAIL,
        "No worker has been heard yet, so nothing is drawn.",
        "Start the worker",
    ),
    "a foreign key": (
        "worker",
        lambda cast: refused(),
        State.FAIL,
        "A worker does not start. Its SECRET_KEY is not the web server’s, so it does not start.",
        "the same SECRET_KEY",
    ),
    "a worker without room": (
        "worker",
        lambda cast: Worker.objects.update(remark="The disk of the worker is full."),
        State.FAIL,
        "A worker takes no work. The disk of the worker is full.",
        "See what is said of the storage.",
    ),
    "waiting long": (
        "queue",
        wait_long,
        State.FAIL,
        "1 generation could be started and has waited for 15 minutes.",
        "WORKER_THREADS",
    ),
    "all busy": ("calls", all_busy, State.WARN, "1 call runs; the workers have 1 slots.", "another machine"),
    "no round": (
        "scheduler",
        lambda cast: no_round(),
        State.WARN,
        "The last round was 10 minutes ago.",
        "Every worker",
    ),
    "never a round": (
        "scheduler",
        lambda cast: Lease.objects.all().delete(),
        State.WARN,
        "There was no round yet.",
        "Every worker",
    ),
    "a refused key": (
        "providers",
        lambda cast: refused_key(),
        State.WARN,
        "1 provider is paused until somebody acts.",
        "Open the provider’s page",
    ),
    "no provider": (
        "providers",
        lambda cast: Provider.objects.update(is_enabled=False),
        State.WARN,
        "There is no provider.",
        "Set up a provider",
    ),
    "only the sandbox": (
        "providers",
        lambda cast: Provider.objects.update(base_url=SANDBOX_URL),
        State.OFF,
        "Only the sandbox draws, which makes samples.",
        "Set up a real endpoint.",
    ),
    "a backup of too little": (
        "backup",
        lambda cast: record("backed_up", after={"whole": False}),
        State.WARN,
        "The last one is 0 seconds old, and files were missing or damaged.",
        "verify_storage",
    ),
}


@pytest.mark.parametrize(("name", "spoil", "state", "sentence", "advice"), BAD.values(), ids=BAD)
def test_what_is_not_well_says_so_and_what_to_do(
    well: None, cast: Cast, name: str, spoil: Callable[[Cast], object], state: State, sentence: str, advice: str
) -> None:
    spoil(cast)
    check = found(name)
    assert (check.state, str(check.sentence)) == (state, sentence)
    assert advice in check.advice


@pytest.mark.parametrize(
    ("free", "state", "sentence"),
    [
        (0.5, State.FAIL, "512 MB of 100 GB are free, less than the 1 GB that are kept. Nothing is sent."),
        (1.5, State.WARN, "1.5 GB of 100 GB are free. Below 1 GB nothing new is sent."),
        (60, State.OK, "60 GB of 100 GB are free."),
    ],
)
def test_a_disk_that_fills_is_told_before_nothing_is_sent(
    well: None, monkeypatch: pytest.MonkeyPatch, settings: Settings, free: float, state: State, sentence: str
) -> None:
    full_disk(monkeypatch, free, settings)
    check = found("storage")
    assert (check.state, str(check.sentence)) == (state, sentence)


def test_what_is_stored_is_said_once_it_is_measured(well: None, cast: Cast) -> None:
    make_done(cast.ana)
    measure_stock()
    assert found("storage").sentence.endswith("are free. What is stored takes 0 MB.")


def test_a_missing_volume_and_a_silent_bucket(
    well: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(data, "is_marked", lambda: False)
    assert "lacks its marker" in found("storage").sentence and "Mount its volume" in found("storage").advice
    monkeypatch.undo()
    request.getfixturevalue("away")
    assert "does not answer" in found("storage").sentence and "STORAGE_ENDPOINT" in found("storage").advice
    assert "pictures" not in found("storage").sentence.removesuffix("so pictures can neither be shown nor stored.")
    assert found("storage").place == "s3://pictures"


def test_a_backup_is_old_after_a_night_without_one(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(found("backup").sentence) == "No backup is on record."
    record("backed_up", after={"whole": True})
    assert found("backup").state == State.OK
    whole = data.seconds_since
    monkeypatch.setattr(data, "seconds_since", lambda moment: whole(moment) + 27 * 3600)
    assert (found("backup").state, str(found("backup").sentence)) == (State.WARN, "The last one is 27 hours old.")
    assert "by a timer" in found("backup").advice


def test_a_redis_that_is_away_only_slows(well: None, settings: Settings) -> None:
    settings.REDIS_URL = f"redis://:secret@127.0.0.1:{closed_port()}"
    check = found("broker")
    assert (check.state, check.word) == (State.WARN, "Does not answer")
    assert "none is lost" in check.sentence and "secret" not in f"{check.sentence}{check.place}"


def test_a_database_of_another_release(well: None) -> None:
    recorder = MigrationRecorder.Migration.objects
    newest = recorder.filter(app="generations").latest("name")
    newest.delete()
    check = found("version")
    assert (check.state, str(check.sentence)) == (State.FAIL, "1 migration is pending.")
    recorder.create(app="generations", name=newest.name)
    recorder.create(app="generations", name="9999_of_next_year")
    assert str(found("version").sentence) == "The database was migrated by a newer release than this one."


def test_a_database_that_is_away_fails_every_check_that_asks_it(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Check:
        raise OperationalError("of host db.internal")

    monkeypatch.setitem(CHECKS, "database", away)
    check = found("database")
    assert (check.state, str(check.sentence)) == (State.FAIL, "This could not be checked (OperationalError).")


def test_mail_that_is_not_taken(well: None, settings: Settings, cast: Cast) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    assert found("mail").state == State.OK
    Mail.objects.create(to="ana@design.example", template="x", failed_at=now())
    Mail.objects.create(to="ana@design.example", template="x", created_at=now(seconds=-3600))
    check = found("mail")
    assert str(check.sentence) == "1 message waits for long, and since yesterday 1 were given up."
    assert "EMAIL_URL" in check.advice and "ana" not in check.sentence


@pytest.mark.parametrize(
    ("site", "debug", "sentence"),
    [
        ("http://images.example", False, "The site is reached by http"),
        ("http://localhost:8000", True, "DEBUG is on"),
        ("http://localhost:8000", False, "The address is as it should be."),
    ],
)
def test_an_address_that_is_not_safe(well: None, settings: Settings, site: str, debug: bool, sentence: str) -> None:
    settings.SITE_URL, settings.DEBUG = site, debug
    check = found("address")
    assert check.sentence.startswith(sentence)
    assert (check.state == State.OK) is (check.advice == "")


def test_no_sentence_names_a_provider_a_host_or_a_person(well: None, cast: Cast) -> None:
    for _name, spoil, *_ in BAD.values():
        spoil(cast)
    said = " ".join(f"{check.sentence} {check.advice}" for check in run_checks())
    assert re.findall(r"\b(?:Gateway|gateway\.example|host-[12]|ana|Ana)\b", said) == []


def test_more_rows_cost_no_more_queries(
    well: None, cast: Cast, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    few = queries_of(run_checks)
    for n in range(5):
        make_batch(cast.ana)
        make_model(f"m{n}", make_provider(f"P{n}", f"https://p{n}.example/v1"))
        Worker.objects.create(name=f"more:{n}:1", slots=4)
    assert queries_of(run_checks) == few


def test_ages_and_sizes_are_said_in_their_largest_unit() -> None:
    assert [str(age_text(seconds)) for seconds in (-1, 1, 119, 120, 7199, 7200, 47 * 3600, 3 * 86400)] == [
        "0 seconds", "1 second", "119 seconds", "2 minutes", "119 minutes", "2 hours", "47 hours", "3 days"
    ]  # fmt: skip
    assert [str(size_text(size)) for size in (0, 5 * 2**20, 3 * GB // 2, 2000 * GB)] == [
        "0 MB", "5 MB", "1.5 GB", "2,000 GB"
    ]  # fmt: skip
