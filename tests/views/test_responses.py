"""The search of what was answered: who finds what, what is shown of it, and that a page reads a stretch alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from generations.models import Attempt, Batch, Person
from generations.queries import responses
from tests.support.cast import Cast, make_done, make_failed

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def answered(person: Person, text: str = "", detail: str = "", **fields: object) -> Batch:
    batch = make_failed(person, **fields) if detail else make_done(person, **fields)
    Attempt.objects.filter(generation__batch=batch).update(text=text, detail=detail)
    return batch


def test_staff_find_words_of_answers_and_failures(cast: Cast, signed_in: SignIn) -> None:
    said = answered(cast.ana, "I kept  both LABELS <b>empty</b>, as you asked.")
    failed = answered(cast.ben, detail="The labels look like a trademark.")
    hidden = answered(cast.cy, "Private labels", visibility="private")
    cleared = answered(cast.ana, "Old labels")
    Attempt.objects.filter(generation__batch=cleared).update(cleared_at="2026-01-01T00:00:00Z")
    staff = signed_in(cast.sam)
    page = staff.get("/record/responses?q=labels").content.decode()
    assert "both <mark>LABELS</mark> &lt;b&gt;empty&lt;/b&gt;" in page
    assert "The <mark>labels</mark> look like a trademark." in page
    for batch, is_there in ((said, True), (failed, True), (hidden, True), (cleared, False)):
        assert (f"/g/{batch.generations.get().key}/exchange" in page) is is_there
    assert "Private <mark>" not in page and "Opening it is recorded." in page
    assertContains(staff.get('/record/responses?q="labels look" trademark'), "<mark>trademark</mark>")
    assertContains(staff.get("/record/responses?q=labels+bicycle"), "No response says this.")
    assertNotContains(staff.get("/record/responses"), "No response says this.")


@pytest.mark.parametrize("query", ["q=%00", "q=%25_%5C", "q=" + "a" * 9000, "q=x&before=-1", "q=x&before=" + "9" * 30])
def test_odd_words_find_nothing_and_break_nothing(cast: Cast, signed_in: SignIn, query: str) -> None:
    answered(cast.ana, "Nothing of the kind")
    page = signed_in(cast.sam).get(f"/record/responses?{query}")
    assertNotContains(page, "<mark>")


def test_a_page_reads_a_stretch_and_the_next_goes_on(
    cast: Cast,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(responses, "STRETCH", 4)
    monkeypatch.setattr(responses, "A_PAGE", 2)
    batches = [answered(cast.ana, "A lake" if n % 2 else "A dune") for n in range(9)]
    staff, address, found = signed_in(cast.sam), "?q=lake", []
    for _page in range(9):
        with django_assert_max_num_queries(14):
            page = staff.get(f"/record/responses{address}").content.decode()
        found += [batch.pk for batch in reversed(batches) if f"/g/{batch.generations.get().key}/" in page]
        if 'rel="next"' not in page:
            break
        address = page.split('" rel="next"')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    assert found == [batch.pk for batch in reversed(batches[1::2])]
