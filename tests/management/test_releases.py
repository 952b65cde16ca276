"""A database of an earlier release becomes one of this release: no row is lost, and what was said in it is still said.

`releases/` holds each as SQL text: the world of `manage.py demo`, cut to a few rows of every table and state."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from generations.models.adoption import ABOUT
from generations.models.storage import MARKER
from tests.support.installation import Installation

RELEASES = Path(__file__).with_name("releases")
Rows = dict[Any, dict[str, Any]]
Tables = dict[str, Rows]

RENAMED = {
    "generations_draft": {"said": "fields", "by": "client_id", "aside": "stashed"},
    "generations_batch": {"turn": "derivation", "root_id": "lineage_root_id"},
    "generations_generation": {
        "ring_at": "notify_at",
        "rings": "notify_count",
        "line": "progress_text",
        "again_of_id": "retry_of_id",
    },
    "generations_worker": {"beat_at": "heartbeat_at"},
}
GONE = {"generations_review", "django_migrations", "django_content_type", "auth_permission"}
"""Tables that are not compared row by row: verdicts have a table of their own, the others are Django's account of the
schema."""
NOT_COMPARED = {"price", "pause_reason", "about", "said"}
"""Columns whose content has moved; each has a test below."""


def tables_of(path: Path) -> Tables:
    """Every row of every table but the search index, by its primary key."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        names = [name for (name,) in listed.fetchall() if "_batch_words" not in name]
        found = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return {name: {row[0]: dict(row) for row in rows} for name, rows in found.items()}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, Tables, Installation]:
    """The tables before, the tables after, and the installation they are in."""
    installation = Installation(tmp_path_factory.mktemp("release"))
    (installation.folder / "files").mkdir()
    (installation.folder / "files" / MARKER).touch()
    with closing(sqlite3.connect(installation.database)) as database:
        database.executescript((RELEASES / "0.1.0.sql").read_text(encoding="utf-8"))
    before = tables_of(installation.database)
    done = installation.manage("migrate")
    assert done.returncode == 0, done.stderr
    return before, tables_of(installation.database), installation


def test_every_table_has_rows_before(migrated: tuple[Tables, Tables, Installation]) -> None:
    """Or their migration would not be looked at."""
    ours = {name: rows for name, rows in migrated[0].items() if name.startswith("generations_")}
    unused = {"generations_person_groups", "generations_person_user_permissions"}
    assert {name for name, rows in ours.items() if not rows} <= unused
    states = {row["state"] for row in ours["generations_generation"].values()}
    assert states == {"queued", "running", "succeeded", "failed", "cancelled"}


def test_no_row_is_lost_and_none_is_changed(migrated: tuple[Tables, Tables, Installation]) -> None:
    before, after, _ = migrated
    for table in set(before) - GONE:
        assert len(after[table]) == len(before[table]), table
        renamed = RENAMED.get(table, {})
        for key, row in before[table].items():
            kept = {renamed.get(column, column): value for column, value in row.items() if column not in NOT_COMPARED}
            assert {column: after[table][key][column] for column in kept} == kept, table


def test_each_price_holds_since_the_oldest_generation_of_its_model(
    migrated: tuple[Tables, Tables, Installation],
) -> None:
    before, after, _ = migrated
    generations = before["generations_generation"].values()
    expected = {}
    for key, model in before["generations_providermodel"].items():
        if model["price"] is not None:
            began = [row["created_at"] for row in generations if row["model_id"] == key]
            expected[key] = (model["price"], moment(min(began, default="1970-01-01 00:00:00")), "", "", None)
    prices = after["generations_price"].values()
    columns = ("amount", "starts_at", "size", "quality", "entered_by_id")
    rows = [{**row, "starts_at": moment(row["starts_at"])} for row in prices]
    assert {row["model_id"]: tuple(row[column] for column in columns) for row in rows} == expected
    assert len(prices) == len(expected)


def test_a_generation_keeps_the_price_and_says_the_cost_that_pages_said(
    migrated: tuple[Tables, Tables, Installation],
) -> None:
    """Pages said the model's price for each picture that is kept. Where that was nothing although it was or may have
    been charged, it is not known."""
    before, after, _ = migrated
    kept = [row["generation_id"] for row in before["generations_image"].values() if row["deleted_at"] is None]
    seen = set()
    for key, row in before["generations_generation"].items():
        price = before["generations_providermodel"][row["model_id"]]["price"]
        said = None if price is None else exact(price) * kept.count(key)
        is_over = row["state"] in ("succeeded", "failed", "cancelled")
        is_known = said or row["charged"] == "no" or price == 0
        now = after["generations_generation"][key]
        assert exact(now["price"]) == exact(price)
        assert exact(now["cost"]) == ((said or Decimal()) if is_over and is_known else None), row
        seen.add((row["state"], row["charged"], price is None, price == 0, exact(now["cost"]) is None))
    assert len(seen) >= 9, "the release has all that can be"


def test_a_draft_keeps_what_it_is_based_on(migrated: tuple[Tables, Tables, Installation]) -> None:
    [draft] = migrated[1]["generations_draft"].values()
    kept = {"prompt": ["A dune"], "parent": ["abcdefghjkmn"], "derivation": ["vary"]}
    assert (json.loads(draft["fields"]), draft["stashed"]) == (kept, "{}")


def test_models_say_what_the_catalogue_says_of_them(migrated: tuple[Tables, Tables, Installation]) -> None:
    before, after, _ = migrated
    kept = {row["about"] for row in before["generations_providermodel"].values()}
    assert kept - set(ABOUT), "the release has notes that were reworded"
    assert {row["about"] for row in after["generations_providermodel"].values()} <= {*ABOUT, ""}


def exact(amount: float | int | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount)).quantize(Decimal("0.00001"))


def test_every_verdict_is_a_row_after_the_one_it_replaced(migrated: tuple[Tables, Tables, Installation]) -> None:
    before, after, _ = migrated
    columns = ("key", "reviewer_id", "state", "note")
    rows = sorted(after["generations_verdict"].values(), key=lambda row: row["id"])
    reviews = before["generations_review"].values()
    assert len(rows) == len(reviews) + sum(review["replaced"] is not None for review in reviews)
    for review in reviews:
        replaced = json.loads(review["replaced"] or "null")
        expected = [replaced, review] if replaced else [review]
        given = [row for row in rows if row["image_id"] == review["image_id"]]
        assert [[row[name] for name in columns] for row in given] == [
            [row[name] for name in columns] for row in expected
        ]
        assert [moment(row["decided_at"]) for row in given] == [moment(row["decided_at"]) for row in expected]
        assert after["generations_image"][review["image_id"]]["verdict_id"] == given[-1]["id"]
    named = {key for key, row in after["generations_image"].items() if row["verdict_id"] is not None}
    assert named == {review["image_id"] for review in reviews}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


def test_what_was_paused_is_paused_for_a_kind(migrated: tuple[Tables, Tables, Installation]) -> None:
    _, after, _ = migrated
    kinds = {row["name"]: row["pause_kind"] for row in after["generations_provider"].values()}
    assert kinds == {"Sandbox": "", "Busy": "asked_to_wait", "Broke": "quota_exhausted", "Odd": "paused"}
    kinds = {row["name"]: row["pause_kind"] for row in after["generations_providermodel"].values() if row["pause_kind"]}
    assert kinds == {"free": "model_not_allowed"}


def test_what_older_answers_said_of_themselves_is_not_known(migrated: tuple[Tables, Tables, Installation]) -> None:
    rows = migrated[1]["generations_attempt"].values()
    assert {(row["finish_reason"], row["response_id"]) for row in rows} == {(None, None)}


def test_the_pages_open(migrated: tuple[Tables, Tables, Installation]) -> None:
    """As the people of the release see them, and every prompt is still found."""
    said = migrated[2].python(OPEN)
    assert said.splitlines() == ["200 200 200 200", "4"]


OPEN = """
from django.conf import settings
from django.test import Client
from generations.models import Batch, Image, Person
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
client = Client()
client.force_login(Person.objects.get(username="mei"), backend="allauth.account.auth_backends.AuthenticationBackend")
picture = Image.objects.exclude(verdict=None).exclude(generation=None).first()
paths = ["/", "/library?review=approved", picture.get_absolute_url(), picture.batch.get_absolute_url()]
print(*(client.get(path, headers={"host": "localhost"}).status_code for path in paths))
print(client.get("/library?q=alpine+lake", headers={"host": "localhost"}).content.decode().count("id=\\"i-"))
"""

pytestmark = pytest.mark.slow


def test_the_way_back_leaves_the_columns_as_they_were(migrated: tuple[Tables, Tables, Installation]) -> None:
    before, _, installation = migrated
    done = installation.manage("migrate", "generations", "0022")
    assert done.returncode == 0, done.stderr
    after = tables_of(installation.database)
    for table, columns in WAY_BACK.items():
        rows = by_key(before[table], columns)
        assert by_key(after[table], columns) == rows, table
    assert {row["pause_reason"] for row in after["generations_provider"].values()} == {
        row["pause_reason"].replace("Somebody wrote this by hand.", "It is paused.")
        for row in before["generations_provider"].values()
    }


WAY_BACK: dict[str, tuple[str, ...]] = {
    "generations_providermodel": ("id", "price", "pause_reason"),
    "generations_review": ("image_id", "key", "reviewer_id", "state", "note", "replaced"),
}


def by_key(rows: Rows, columns: tuple[str, ...]) -> dict[Any, list[Any]]:
    return {row[columns[0]]: [_read(name, row[name]) for name in columns] for row in rows.values()}


def _read(name: str, value: Any) -> Any:
    """JSON read, its moments aside: they are the same, written otherwise."""
    return {**json.loads(value), "decided_at": ""} if name == "replaced" and value else value
