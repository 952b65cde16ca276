"""Words in prompts: what the databases' indexes find is what stands in the prompts, whatever is written there."""

from __future__ import annotations

import importlib

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection
from hypothesis import example, given
from hypothesis import strategies as st

from generations.models import Batch, Image, StoredFile
from generations.models.folded import casefold
from generations.queries.search import Search, phrases
from generations.viewer import Viewer
from tests.support.cast import Cast, make_batch

pytestmark = pytest.mark.django_db

migration = importlib.import_module("generations.migrations.0011_batch_words")

NEEDS_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps its index by itself")
SIGNS = (
    "aAbß é\u0301%_*?[(-:^+\\'\"{}夕阳猫の한🦊❤\ufe0f\u202eثع\u200d\ufdfa\ufffc\ufffd\ufffe\uffff\U00010000\U0010ffff"
)
PIECES = st.one_of(
    st.text(SIGNS, max_size=6),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(["light", "lighthouse", " AND ", " OR ", " NOT ", " NEAR(a, 2)", "words:", "夕阳", "🦊🦊", "--"]),
)
PROMPTS = st.lists(PIECES, max_size=6).map("".join)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[str], str]:
    """Some prompts, and words that are a piece of one, of some or of none."""
    prompts = draw(st.lists(PROMPTS, min_size=3, max_size=3))
    cut = st.sampled_from(prompts).flatmap(
        lambda prompt: st.tuples(st.integers(0, len(prompt)), st.integers(1, 9)).map(
            lambda at: prompt[at[0] : at[0] + at[1]]
        )
    )
    return prompts, " ".join(draw(st.lists(cut | PIECES, min_size=1, max_size=3)))


@pytest.fixture
def batches(cast: Cast) -> list[Batch]:
    return [make_pictured(cast, n) for n in range(3)]


def make_pictured(cast: Cast, n: int, prompt: str = "a dune") -> Batch:
    """A batch with one picture, whose file nobody reads."""
    batch = make_batch(cast.ana, prompt=prompt)
    file, _ = StoredFile.objects.get_or_create(sha256="0" * 64, size=1, media_type="image/png")
    about = {"person": cast.ana, "file": file, "placeholder": b"", "width": 1, "height": 1}
    Image.objects.create(**about, generation=batch.generations.first(), position=n + 1)
    return batch


def found(cast: Cast, words: str) -> set[int]:
    return set(Search(words=words, is_everybodys=True).images(Viewer(cast.sam)).values_list("batch", flat=True))


def test_it_finds_what_stands_there_and_nothing_else(cast: Cast, batches: list[Batch]) -> None:
    @given(worlds())
    @example((["a\ufffdb", "a\ufffeb", "a\uffffb"], "a\ufffeb"))
    def holds(world: tuple[list[str], str]) -> None:
        prompts, words = world
        for batch, prompt in zip(batches, prompts, strict=True):
            batch.prompt = prompt
            batch.save()
        plain = {b.pk for b in batches if all(phrase in casefold(b.prompt) for phrase in phrases(words))}
        assert found(cast, words) == plain

    holds()


@pytest.mark.parametrize("words", ["\ufdfa" * 199, "a b c d e f g h", "x" * 200, '"' * 200, "猫 " * 100])
def test_the_longest_words_are_looked_for_too(cast: Cast, batches: list[Batch], words: str) -> None:
    Batch.objects.filter(pk=batches[0].pk).update(words=casefold(f"on {words} at"))
    assert batches[0].pk in found(cast, words)


def test_the_index_follows_every_change(cast: Cast, batches: list[Batch]) -> None:
    first, second, third = batches
    Batch.objects.filter(pk=first.pk).update(words="a 猫 in the lighthouse")
    second.prompt = "Lighthouse, 猫"
    second.save()
    assert found(cast, "lighthouse") == found(cast, "猫") == {first.pk, second.pk}
    assert found(cast, "dune") == {third.pk}
    second.generations.all().delete()
    Batch.objects.filter(pk=second.pk).delete()
    fourth = make_pictured(cast, 3, "no lighthouse")
    assert found(cast, "lighthouse") == {first.pk, fourth.pk}


@NEEDS_SQLITE
def test_nothing_stays_of_what_was_deleted(cast: Cast, batches: list[Batch]) -> None:
    """Numbers could come again. A trigger that went with a table made anew would show here as well."""
    assert indexed() == {batch.pk for batch in batches}
    Image.objects.all().delete()
    Batch.objects.all().delete()
    assert indexed() == set()


def indexed() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT doc FROM generations_batch_words_signs")
        return {number for (number,) in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_prompts_from_before_the_index_are_in_it(cast: Cast, batches: list[Batch]) -> None:
    with connection.schema_editor() as editor:
        migration.drop(None, editor)
        migration.index(None, editor)
    assert found(cast, "dune") == {batch.pk for batch in batches}
    later = make_pictured(cast, 3, "a lake")
    assert found(cast, "lake") == {later.pk}


def test_an_older_sqlite_is_refused_with_a_sentence() -> None:
    class Old:
        def execute(self, sql: str) -> None:
            raise OperationalError("no such tokenizer: trigram")

    with pytest.raises(CommandError, match=r"SQLite 3\.34 or newer .*\(no such tokenizer: trigram\)"):
        migration.index_sqlite(Old())
