"""Verdicts on the picture's page: who gives them, who sees them, and how they are withdrawn."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations.forms.review import VerdictForm
from generations.models import Batch, Image, Membership, Verdict
from generations.presenters import review as presenters
from generations.queries import refusals
from generations.queries import review as queries
from generations.viewer import Viewer
from tests.support.cast import Cast, make_done, make_failed, make_image, make_person

SignIn = Callable[..., Client]
APPROVED, REJECTED, CHANGES = Verdict.DECISIONS


def test_a_verdict_changes_the_page_in_pieces(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).images.get(), signed_in(cast.lea, htmx=True)
    said = client.post(f"/i/{image.key}/review", {"state": "rejected", "note": "<b>The sun</b> is missing."})
    pieces = said.content.decode()
    assert 'class="is-rejected is-marking" id="review"' in pieces
    assert "Rejected by <bdi>Lea</bdi>" in pieces and "&lt;b&gt;The sun&lt;/b&gt; is missing." in pieces
    assert '<div id="toast" hx-swap-oob="innerHTML"><span>Rejected.</span>' in pieces
    undo = re.search(r'id="toast".+?hx-post="([^"]+)"', pieces)[1]
    pieces = client.post(undo).content.decode()
    assert 'class="" id="review"' in pieces and "Awaiting review" in pieces and "Undone." in pieces
    assert not Verdict.objects.standing().exists()
    assert "Someone else has reviewed it since." in client.post(undo).content.decode()


def test_undo_leaves_what_was_decided_since(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).images.get(), signed_in(cast.lea, htmx=True)
    Membership.objects.filter(person=cast.ben).update(role=Membership.Role.REVIEWER)
    pieces = client.post(f"/i/{image.key}/review", {"state": "approved"}).content.decode()
    signed_in(cast.ben).post(f"/i/{image.key}/review", {"state": "rejected"})
    pieces = client.post(re.search(r'id="toast".+?hx-post="([^"]+)"', pieces)[1]).content.decode()
    assert "Someone else has reviewed it since." in pieces and "Rejected by <bdi>Ben</bdi>" in pieces


def test_undo_of_a_verdict_over_another_brings_that_one_back(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).images.get(), signed_in(cast.lea, htmx=True)
    Membership.objects.filter(person=cast.ben).update(role=Membership.Role.REVIEWER)
    Verdict.objects.give(cast.ben, image, APPROVED, "The one for the cover.")
    pieces = client.post(f"/i/{image.key}/review", {"state": "rejected"}).content.decode()
    pieces = client.post(re.search(r'id="toast".+?hx-post="([^"]+)"', pieces)[1]).content.decode()
    assert "Approved by <bdi>Ben</bdi>" in pieces and "The one for the cover." in pieces
    assert 'class="is-approved" id="review"' in pieces and "Undone." in pieces


def test_without_script_one_comes_back_to_the_picture(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).images.get(), signed_in(cast.lea)
    path = f"/i/{image.key}"
    page = client.post(f"{path}/review", {"state": "approved", "here": path}, follow=True).content.decode()
    assert "Approved by <bdi>Lea</bdi>" in page
    undo, here = re.search(r'"toast__undo" action="([^"]+)".+name="here" value="([^"]+)"', page).groups()
    back = client.post(undo, {"here": here}, follow=True)
    assert back.redirect_chain == [(path, 302)] and "Awaiting review" in back.content.decode()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Choose Approve, Request changes or Reject."),
        ({"state": "perfect"}, "Choose Approve, Request changes or Reject."),
        ({"state": "approved", "note": "x" * 301}, "The note may have at most 300 characters; it has 301."),
        ({"state": "approved", "note": "a\0b"}, "The note contains a NUL character."),
    ],
)
def test_what_is_no_verdict_is_refused_with_a_sentence(
    cast: Cast, signed_in: SignIn, form: dict[str, str], says: str
) -> None:
    image = make_done(cast.ana).images.get()
    answer = signed_in(cast.lea, htmx=True).post(f"/i/{image.key}/review", form).content.decode()
    assert says in answer and 'id="review"' not in answer
    assert not Verdict.objects.exists()


def test_only_reviewers_are_offered_it_and_the_author_reads_it(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, image, REJECTED, "More sky.")
    pages = {person: signed_in(person).get(f"/i/{image.key}").content.decode() for person in (cast.ana, cast.lea)}
    for page in pages.values():
        assert "Rejected by <bdi>Lea</bdi>" in page and "More sky." in page and 'class="is-rejected"' in page
    assert 'data-key="a"' in pages[cast.lea] and 'aria-pressed="true"' in pages[cast.lea]
    assert 'data-key="a"' not in pages[cast.ana]


def test_what_the_team_does_not_see_is_not_reviewed(cast: Cast, signed_in: SignIn) -> None:
    private = make_done(cast.lea, visibility=Batch.Visibility.PRIVATE).images.get()
    reference = make_image(person=cast.lea)
    for image in (private, reference):
        page = signed_in(cast.lea).get(f"/i/{image.key}").content.decode()
        assert 'id="approve"' not in page and "Awaiting" not in page


def test_strips_tiles_and_the_trash_carry_the_mark(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    first, last = batch.images.all()
    Verdict.objects.give(cast.lea, first, APPROVED)
    Verdict.objects.give(cast.lea, last, REJECTED)
    client = signed_in(cast.ana)
    for path in ("/", f"/b/{batch.key}", "/library"):
        page = client.get(path).content.decode()
        assert page.count("is-approved") == page.count("is-rejected") == 1, path
        assert "(approved)</span>" in page and "(rejected)</span>" in page, path
    Image.objects.filter(pk=first.pk).delete_by(cast.ana)
    assert "is-approved" in client.get("/trash").content.decode()
    assert "is-approved" in client.get(f"/i/{first.key}").content.decode()


def test_thumbnails_the_line_and_the_comparison_carry_the_mark(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    first, last = batch.images.all()
    made = make_done(cast.ana, parent=first, lineage_root=batch, derivation=Batch.Derivation.REFINE).images.get()
    further = make_done(cast.ana, parent=made, lineage_root=batch, derivation=Batch.Derivation.REFINE).images.get()
    Verdict.objects.give(cast.lea, first, APPROVED)
    Verdict.objects.give(cast.lea, last, REJECTED)
    Verdict.objects.give(cast.lea, further, REJECTED)
    client = signed_in(cast.ana)
    page = client.get(f"/i/{first.key}").content.decode()
    thumbs = re.search(r'<div class="thumbs".+?</div>', page)[0]
    assert thumbs.count("is-approved") == thumbs.count("is-rejected") == 1 and "(rejected)</span></a>" in thumbs
    page = client.get(f"/i/{made.key}").content.decode()
    steps, tree = (
        re.search(r'<ol class="lineage".+?</ol>', page, re.S)[0],
        re.search(r'<ul class="tree".+', page, re.S)[0],
    )
    assert steps.count("is-approved") == steps.count("is-rejected") == 1 and "(approved)</span>" in steps
    assert (tree.count("is-approved"), tree.count("is-rejected")) == (1, 2)
    page = client.get("/compare", {"i": [first.key, made.key, last.key]}).content.decode()
    assert page.count("is-approved") == page.count("is-rejected") == 1 and "(rejected)</span></a>" in page


def test_the_tag_of_a_picture_says_its_verdict(cast: Cast, signed_in: SignIn) -> None:
    batch, client = make_done(cast.ana), signed_in(cast.lea, htmx=True)
    path, tag = batch.images.get().get_absolute_url(), '<span class="tag tag--{}" id="g-' + batch.key + '-state"{}>{}<'
    oob = ' hx-swap-oob="true"'
    assert tag.format("done", "", "Done") in client.get(path).content.decode()
    said = client.post(f"{path}/review", {"state": "approved"}).content.decode()
    assert tag.format("ok", oob, "Approved") in said
    assert tag.format("ok", "", "Approved") in client.get(path).content.decode()
    assert tag.format("done", "", "Done") in client.get(f"/b/{batch.key}").content.decode()
    undo = re.search(r'id="toast".+?hx-post="([^"]+)"', said)[1]
    assert tag.format("done", oob, "Done") in client.post(undo).content.decode()


@pytest.mark.parametrize("path", ["/", "/?whose=team", "/library", "/b/{batch}", "/i/{image}", "/compare?i={image}"])
def test_verdicts_cost_no_query(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int], path: str
) -> None:
    batch, client = make_done(cast.ana, pictures=10), signed_in(cast.ana)
    path = path.format(batch=batch.key, image=batch.images.first().key)
    client.get(path)
    few = queries_of(lambda: client.get(path))
    for image in batch.images.all():
        Verdict.objects.give(cast.lea, image, APPROVED)
    assert queries_of(lambda: client.get(path)) == few


def test_a_verdict_marks_the_thumbnail_and_the_step_where_they_stand(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana).images.get()
    made = make_done(
        cast.ana, pictures=2, parent=first, lineage_root=first.batch, derivation=Batch.Derivation.REFINE
    ).images.first()
    client = signed_in(cast.lea, htmx=True)
    page = client.get(f"/i/{made.key}").content.decode()
    answer = client.post(f"/i/{made.key}/review", {"state": "approved"}).content.decode()
    pieces = re.findall(r'id="([^"]+)"[^>]* hx-swap-oob="true"', answer)
    assert {f"t-{made.key}", f"l-{made.key}", "review", "verdict"} <= set(pieces)
    assert [piece for piece in pieces if page.count(f'id="{piece}"') != 1] == []
    for piece in (f"t-{made.key}", f"l-{made.key}"):
        assert "(approved)</span>" in re.search(rf'<a [^>]*id="{piece}".+?</a>', answer, re.S)[0]


def test_the_author_reads_what_to_change_and_resubmits_with_everything(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, prompt="A lamp on a plinth", size="1024x1024")
    image = batch.images.get()
    key = Verdict.objects.give(cast.lea, image, CHANGES, "Lower the disc.", "Off brief")
    ana, path = signed_in(cast.ana), f"/i/{image.key}"
    page = ana.get(path).content.decode()
    assert "Changes requested by <bdi>Lea</bdi>" in page and "Off brief · Lower the disc." in page
    assert f'href="/?again={image.key}"' in page and f'href="{path}?answer={key}#refine"' in page
    assert 'value="Lower the disc."' in ana.get(f"{path}?answer={key}").content.decode()
    assert "A lamp on a plinth" in ana.get(f"/?again={image.key}").content.decode()
    inbox = ana.get("/inbox").content.decode()
    assert f'href="/?again={image.key}"' in inbox and "Off brief · Lower the disc." in inbox
    for other in (cast.ben, cast.lea):
        assert 'id="resubmit"' not in signed_in(other).get(path).content.decode()


def test_what_was_resubmitted_says_what_it_answers(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana)
    image = first.images.get()
    Verdict.objects.give(cast.lea, image, CHANGES, "Lower the disc.")
    made = make_done(cast.ana, parent=image, lineage_root=first, derivation=Batch.Derivation.AGAIN).images.get()
    for path in (f"/i/{made.key}", f"/review?at={made.key}"):
        page = signed_in(cast.lea).get(path).content.decode()
        assert "This picture answers" in page and "Lower the disc." in page
        assert f"/compare?i={image.key}&amp;i={made.key}" in page
    assert made.key in signed_in(cast.lea).get("/review?came=1").content.decode()
    Verdict.objects.give(cast.lea, make_done(cast.ben).images.get(), REJECTED)
    other = make_done(cast.ben).images.get()
    assert other.key not in signed_in(cast.lea).get("/review?came=1").content.decode()


def test_the_queue_costs_no_more_queries_with_more_pictures(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client, counts = signed_in(cast.lea), {}
    for amount in (2, 12):
        make_done(cast.ana, pictures=amount)
        for path in ("/review", "/review?view=grid"):
            with django_assert_max_num_queries(60) as queries:  # type: ignore[attr-defined]
                client.get(path)
            counts.setdefault(path, []).append(len(queries))
    assert all(few == many for few, many in counts.values()), counts


def test_the_oldest_undecided_comes_first_and_what_is_decided_leaves(cast: Cast, signed_in: SignIn) -> None:
    first, second = (make_done(cast.ana).images.get() for _ in range(2))
    client = signed_in(cast.lea)
    page = client.get("/review").content.decode()
    assert page.index(f'id="q-{first.key}"') < page.index(f'id="q-{second.key}"')
    here = re.search(r'name="here" value="([^"]+)"', page)[1].replace("&amp;", "&")
    client.post(f"/i/{first.key}/review", {"state": "approved", "here": here})
    page = client.get("/review").content.decode()
    assert f'id="q-{first.key}"' not in page and f'id="q-{second.key}"' in page
    assert f'id="q-{first.key}"' in client.get("/review?show=decided").content.decode()
    assert client.get("/review?at=" + "x" * 999 + "&team=%00&show=nonsense&age=never").status_code == 200


def test_the_author_s_strip_says_what_was_decided_and_why(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    first, second, third = make_done(cast.ana, pictures=3).images.order_by("position")
    author, few = signed_in(cast.ana), queries_of(lambda: signed_in(cast.ana).get("/"))
    lead = signed_in(cast.lea)
    for image, state, note in ((first, "approved", ""), (second, "rejected", "Too blue"), (third, "changes", "Crop")):
        lead.post(f"/i/{image.key}/review", {"state": state, "note": note})
    author = signed_in(cast.ana)
    page = " ".join(author.get("/").content.decode().split())
    assert "1 approved, 1 to change, 1 rejected" in page
    assert f'<a href="/i/{second.key}">Picture 2: rejected</a>' in page and ">Too blue</span>" in page
    assert "Picture 3: changes requested" in page and "Picture 1: approved" not in page
    assert queries_of(lambda: signed_in(cast.ana).get("/")) <= few + 2  # the bell reads what it tells
    assert "Too blue" not in signed_in(cast.ben).get("/?whose=team").content.decode()


def test_a_verdict_on_many_leaves_what_two_decide_at_once(cast: Cast, signed_in: SignIn) -> None:
    rio = make_person("rio", cast.design, role=Membership.Role.REVIEWER)
    images = list(make_done(cast.ana, pictures=4).images.order_by("pk"))
    earlier = Verdict.objects.give(rio, images[0], "rejected")
    withdrawn = Verdict.objects.give(rio, images[1], "rejected")
    page = signed_in(cast.lea).get("/review?view=grid&show=decided").content.decode()
    seen = re.findall(r'name="over" value="([^"]*)"', page)
    assert set(seen) == {f"{images[0].key}:{earlier}", f"{images[1].key}:{withdrawn}"}
    seen += [f"{image.key}:" for image in images[2:]]
    Verdict.objects.withdraw(rio, images[1], withdrawn)
    Verdict.objects.give(rio, images[2], "changes")
    fields = {"state": "approved", "pick": [image.key for image in images], "over": seen}
    said = signed_in(cast.lea).post("/selection/review", fields, HTTP_HX_REQUEST="true", HTTP_IMAGEWEB_PART="review")
    for sentence in (
        "2 pictures approved.",
        "This replaces 1 verdict by Rio.",
        "Rio decided about 1 picture a moment ago. Your verdict on it was not saved.",
        "A verdict on 1 picture was withdrawn a moment ago. Yours was not saved.",
        "Approve anyway",
    ):
        assert sentence in said.content.decode()
    assert set(Verdict.objects.filter(reviewer=cast.lea).values_list("image", flat=True)) == {
        images[0].pk,
        images[3].pk,
    }
    answer = signed_in(cast.lea).post("/selection/review", fields | {"over": ["x", ":", "\0:\0", f"{images[2].key}:z"]})
    assert answer.status_code == 302, "what means nothing is passed over"


def test_tabs_count_no_further_than_they_show(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (queries, presenters, refusals):
        monkeypatch.setattr(module, "MAX_IN_TAB", 3)
    lea = signed_in(cast.lea)
    for _each in range(3):
        make_failed(cast.ana, kind="declined")
    images = list(make_done(cast.ana, pictures=4).images.all())
    Verdict.objects.give_all(cast.lea, images, "changes")
    make_done(cast.ana, pictures=4)
    page = lea.get("/review").content.decode()
    assert page.count("2+</span>") == 3
    with CaptureQueriesContext(connection) as asked:
        assert presenters.count_in_tab(Viewer(cast.lea), "changes") == 3
    assert "LIMIT 3" in asked[-1]["sql"]


def test_a_note_on_a_picture_of_another_team_stays_there(cast: Cast) -> None:
    parent = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, parent, "changes", note="Not for Aldea")
    child = make_done(cast.ana, parent=parent, derivation="refine").images.get()
    said = queries.answered(Viewer(cast.lea), child)
    assert said is not None and said.note == "Not for Aldea"
    assert queries.answered(Viewer(cast.cy), child) is None


@pytest.mark.parametrize("path", ["/i/{key}/review", "/selection/review"])
def test_who_is_removed_while_the_verdict_comes_decides_nothing(
    path: str, cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, is_valid = make_done(cast.ana).images.get(), VerdictForm.is_valid

    def is_valid_after_removal(form: VerdictForm) -> bool:
        Membership.objects.filter(person=cast.lea).delete()
        return is_valid(form)

    client = signed_in(cast.lea)
    monkeypatch.setattr(VerdictForm, "is_valid", is_valid_after_removal)
    client.post(path.format(key=image.key), {"state": "approved", "pick": image.key})
    assert not Verdict.objects.exists()
