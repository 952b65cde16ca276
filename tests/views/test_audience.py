"""Who sees what is made: chosen beside the button, and changed afterwards."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client

from generations import rights
from generations.models import AudienceChange, Batch, Image, Person
from generations.models.batch import Audience
from generations.presenters.audience import MANY
from generations.viewer import Viewer
from tests.support.cast import Cast, make_batch, make_done, make_gallery, make_image, make_team

SignIn = Callable[..., Client]
CHOICE = re.compile(r'name="visible" value="([^"]*)"( checked)?')


def offered(page: str) -> list[str]:
    return [value for value, _is_chosen in CHOICE.findall(page)]


def chosen(page: str) -> list[str]:
    return [value for value, is_chosen in CHOICE.findall(page) if is_chosen]


def an_order(cast: Cast, **fields: object) -> dict[str, object]:
    submission = f"form-{Batch.objects.count()}"
    return {"prompt": "A red bicycle", "model": [cast.model.key], "n": "1", "submission": submission} | fields


# ── beside the button ──


def test_the_composer_offers_teams_and_the_galleries_one_may_fill_the_last_used_first(
    cast: Cast, signed_in: SignIn
) -> None:
    used, changed = make_gallery(cast.ana, "Used"), make_gallery(cast.ben, "Changed")
    make_done(cast.ana, gallery=used)
    viewed = make_gallery(cast.ben, "Viewed", team=None)
    viewed.set_member(cast.ana, "view", cast.ben)
    make_gallery(cast.cy, "Not hers")
    make_gallery(cast.ana, "Archived").archive()
    client = signed_in(cast.ana)
    page = client.get("/").content.decode()
    galleries = [f"gallery:{used.key}", f"gallery:{changed.key}"]
    assert offered(page) == ["private", cast.design.key, *galleries] and chosen(page) == galleries[:1]
    assert 'name="words"' not in page
    client.post("/draft", an_order(cast, visible=galleries[1], client_id="tab"))
    assert chosen(client.get("/").content.decode()) == galleries[1:]


def test_many_galleries_are_searched_and_the_chosen_one_stays(cast: Cast, signed_in: SignIn) -> None:
    galleries = [make_gallery(cast.ana, f"Gallery {n}") for n in range(MANY + 1)]
    client = signed_in(cast.ana)
    assert 'name="words"' in client.get("/").content.decode()
    first = f"gallery:{galleries[0].key}"
    page = client.get("/compose/galleries", {"words": "ery 5", "visible": first}).content.decode()
    assert offered(page) == [first, f"gallery:{galleries[5].key}"] and chosen(page) == [first]
    hostile = "x\0<b>" + "é" * 3000
    page = client.get("/compose/galleries", {"words": hostile, "visible": "gallery:\0"}).content.decode()
    assert not offered(page) and "<b>" not in page and "No gallery is called" in page


def test_more_galleries_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.ana)
    make_gallery(cast.ana)
    client.get("/")
    few = queries_of(lambda: client.get("/"))
    for n in range(10):
        make_gallery(cast.ben, f"Gallery {n}")
    assert queries_of(lambda: client.get("/")) == few


def test_an_archived_gallery_takes_no_pictures_and_says_so(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    gallery = make_gallery(cast.ana, "Old <b>campaign")
    gallery.archive()
    client = signed_in(cast.ana)
    value = f"gallery:{gallery.key}"
    answer = client.post("/compose", an_order(cast, visible=value))
    assert answer.status_code == 422
    assert "“Old <b>campaign” is archived, so no pictures are added to it." in html.unescape(answer.content.decode())
    page = client.get(f"/?gallery={gallery.key}").content.decode()
    assert "is archived, so only you will see the pictures" in page and chosen(page) == ["private"]
    answer = client.post(f"{gallery.get_absolute_url()}/add", {"pick": image.key}, headers={"HX-Request": "true"})
    assert "is archived, so no pictures are added" in answer.content.decode() and not gallery.items.exists()
    assert signed_in(cast.cy).post(f"{gallery.get_absolute_url()}/add", {"pick": image.key}).status_code == 404
    page = client.get(gallery.get_absolute_url()).content.decode()
    assert "take it out of the archive first" in page and "/?gallery=" not in page
    assert "take it out" not in signed_in(cast.ben).get(gallery.get_absolute_url()).content.decode()


# ── changed afterwards ──


def post(client: Client, **fields: object) -> str:
    answer = client.post("/audience/change", fields, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def undo(client: Client, toast: str) -> str:
    [address] = re.findall(r'action="(/audience/undo/\w+)"', toast)
    return html.unescape(client.post(address, headers={"HX-Request": "true"}).content.decode())


def seen_by(cast: Cast, batch: Batch) -> set[str]:
    image = batch.images.get()
    return {name for name in ("ana", "ben", "cy", "lea", "sam") if read(getattr(cast, name), image, batch)}


def read(person: Person, image: Image, batch: Batch) -> bool:
    viewer = Viewer(person)
    return rights.see_batch.allows(viewer, Batch.objects.get(pk=batch.pk)) or rights.see_drawn.allows(
        viewer, Image.objects.get(pk=image.pk)
    )


def test_who_sees_a_batch_is_changed_by_its_author_and_undone(cast: Cast, signed_in: SignIn) -> None:
    batch, client = make_done(cast.ana), signed_in(cast.ana)
    alone = make_gallery(cast.ana, "For Cy", team=None)
    alone.set_member(cast.cy, "view", cast.ana)
    assert seen_by(cast, batch) == {"ana", "ben", "lea", "sam"}

    private = post(client, batch=batch.key, visible="private")
    assert "1 prompt is now seen by its author alone." in private
    assert seen_by(cast, batch) == {"ana", "sam"}
    shown = post(client, batch=batch.key, visible=f"gallery:{alone.key}")
    assert "1 prompt and its pictures are now in “For Cy”, seen by its people." in shown
    assert seen_by(cast, batch) == {"ana", "cy", "sam"} and alone.items.get(removed_at=None)

    assert "Somebody has changed it since." in undo(client, private)
    assert "seen by whom it was before" in undo(client, shown)
    assert seen_by(cast, batch) == {"ana", "sam"} and not alone.items.filter(removed_at=None).exists()
    assert "Somebody has changed it since." in undo(client, shown)
    undo(client, private)
    assert seen_by(cast, batch) == {"ana", "ben", "lea", "sam"}


def test_a_lead_takes_back_what_was_shown_to_the_team_and_nobody_else_does(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    for person, status in ((cast.ben, 404), (cast.cy, 404)):
        client = signed_in(person)
        assert client.get(f"/audience?batch={batch.key}").status_code == 404
        assert client.post("/audience/change", {"batch": batch.key, "visible": "private"}).status_code == status
    lea = signed_in(cast.lea)
    page = lea.get(f"/audience?batch={batch.key}").content.decode()
    assert "Only the author" in page and cast.design.name in page
    toast = post(lea, batch=batch.key, visible="private")
    assert seen_by(cast, batch) == {"ana", "sam"}
    assert lea.post("/audience/change", {"batch": batch.key, "visible": "private"}).status_code == 404
    [address] = re.findall(r'action="(/audience/undo/\w+)"', toast)
    assert signed_in(cast.ben).post(address).status_code == signed_in(cast.ana).post(address).status_code == 404
    undo(lea, toast)
    assert seen_by(cast, batch) == {"ana", "ben", "lea", "sam"}
    answer = lea.post("/audience/change", {"batch": batch.key, "visible": "private", "here": batch.get_absolute_url()})
    assert answer["Location"] == "/" and "seen by its author alone" in lea.get("/").content.decode()


def test_what_was_made_from_it_follows_only_if_asked(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana)
    second = make_done(cast.ana, parent=first.images.get(), derivation="refine", lineage_root=first)
    third = make_done(cast.ana, parent=second.images.get(), derivation="vary", lineage_root=first)
    bens = make_done(cast.ben, parent=first.images.get(), derivation="vary", lineage_root=first)
    client = signed_in(cast.ana)
    assert "Also 2 prompts that were made from it" in client.get(f"/audience?batch={first.key}").content.decode()
    assert "Also 1 prompt that was made from it" in client.get(f"/audience?batch={second.key}").content.decode()
    assert "Also" not in client.get(f"/audience?batch={third.key}").content.decode()
    post(client, batch=first.key, visible="private")
    assert set(Batch.objects.filter(visibility="private")) == {first}
    toast = post(client, batch=first.key, visible="private", derived="1")
    assert "2 prompts are now" in toast and set(Batch.objects.filter(visibility="private")) == {first, second, third}
    assert bens in Batch.objects.filter(visibility="team")
    undo(client, toast)
    assert set(Batch.objects.filter(visibility="private")) == {first}


@pytest.mark.parametrize("place", ["b", "i"])
def test_a_page_is_told_anew_only_what_it_shows(cast: Cast, signed_in: SignIn, place: str) -> None:
    first = make_done(cast.ana)
    second = make_done(cast.ana, parent=first.images.get(), derivation="refine", lineage_root=first)
    page = {"b": first, "i": first.images.get()}[place].get_absolute_url()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    form = {"batch": first.key, "visible": "private", "derived": "1"}
    answer = signed_in(cast.ana).post("/audience/change", form, headers=headers).content.decode()
    assert f'id="g-{first.key}-seen"' in answer and second.key not in answer


def test_many_are_changed_at_once_and_each_gets_its_own_back(cast: Cast, signed_in: SignIn) -> None:
    gallery, client = make_gallery(cast.ana, "Hers", team=None), signed_in(cast.ana)
    team, private = make_done(cast.ana), make_done(cast.ana, visibility="private")
    placed = make_done(cast.ana, visibility="gallery", gallery=gallery)
    gallery.add(placed.images.all(), cast.ana)
    bens = make_done(cast.ben)
    batches = [team, private, placed, bens]
    picks = [batch.images.get().key for batch in batches]
    menu = client.post("/audience", {"pick": picks}, headers={"HX-Request": "true"}).content.decode()
    assert "3 prompts with all their pictures." in menu and "1 prompt of others stays as it is." in menu
    before = [batch.audience for batch in Batch.objects.order_by("pk")]

    toast = post(client, pick=picks, visible=cast.design.key)
    assert "2 prompts are now seen by Design." in toast and "1 prompt was not changed" in toast
    assert {batch.visibility for batch in Batch.objects.all()} == {"team"}
    assert not gallery.items.filter(removed_at=None).exists()
    assert set(Image.objects.values_list("team", flat=True)) == {cast.design.pk}
    post(client, batch=private.key, visible="private")
    assert "2 prompts are seen" not in undo(client, toast)
    after = {batch.pk: batch.audience for batch in Batch.objects.all()}
    assert [after[batch.pk] for batch in batches] == before
    assert gallery.items.get(removed_at=None).image == placed.images.get()


def test_only_me_names_the_galleries_whose_people_see_it_still(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    make_gallery(cast.ana, images=batch.images.all())
    toast = post(signed_in(cast.ana), batch=batch.key, visible="private")
    assert "2 pictures still lie in galleries, whose people see them." in toast


def test_a_team_sees_nothing_whose_author_is_not_in_it(cast: Cast, signed_in: SignIn) -> None:
    brand = make_team("Brand")
    brand.people.add(cast.lea)
    batch = make_done(cast.ana)
    toast = post(signed_in(cast.lea), batch=batch.key, visible=brand.key)
    assert "Nothing was changed." in toast and "because its author is not in Brand." in toast
    for wrong in ("", "nonsense", cast.cy.default_team().key, "gallery:x", "x\0" * 9, "é" * 9000):
        assert "Choose who sees it" in post(signed_in(cast.ana), batch=batch.key, visible=wrong)
    assert Batch.objects.get().audience == batch.audience and not AudienceChange.objects.exists()


def test_a_picture_that_comes_after_the_change_goes_where_the_batch_is(cast: Cast) -> None:
    gallery = make_gallery(cast.ana, team=None)
    batch = make_batch(cast.ana, n=2)
    generation = batch.generations.get()
    make_image(generation)
    stale = generation.batch
    key, _count = AudienceChange.objects.make(
        cast.ana, [batch.pk], lambda batch: Audience(batch.team, "gallery", gallery)
    )
    assert stale.visibility == "team"
    late = make_image(generation, position=2)
    assert late.team is None and late.batch.gallery == gallery
    gallery.add(Image.objects.filter(pk=late.pk), cast.ana)  # as the pipeline does
    AudienceChange.objects.filter(key=key).undo()
    assert set(batch.images.values_list("team", flat=True)) == {cast.design.pk}
    assert not gallery.items.filter(removed_at=None).exists()


def test_ten_more_batches_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.ana)

    def changed(count: int) -> int:
        picks = [make_done(cast.ana).images.get().key for _ in range(count)]
        return queries_of(lambda: post(client, pick=picks, visible="private"))

    changed(1)
    assert changed(12) == changed(2)


def test_strips_and_pages_offer_it_to_whom_it_is_allowed(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    address = f"/audience?batch={batch.key}"
    for path in ("/?whose=team", batch.get_absolute_url(), batch.images.get().get_absolute_url()):
        offers = [address in signed_in(person).get(path).content.decode() for person in (cast.ana, cast.ben, cast.lea)]
        assert offers == [True, False, True], path
