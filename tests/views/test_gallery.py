"""One gallery: what it shows, in which order, what goes in and comes out, and who is in it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Batch, Favourite, Gallery, GalleryItem, Image, Person, ShareLink, Verdict, Visitor
from tests.support.cast import Cast, make_done, make_gallery, make_model, make_provider, make_reference

SignIn = Callable[..., Client]
PICK = re.compile(r'name="pick" value="(\w+)"')


@pytest.fixture
def images(cast: Cast) -> list[Image]:
    return [make_done(cast.ana, prompt=f"Red {n}").images.get() for n in range(4)]


@pytest.fixture
def gallery(cast: Cast, images: list[Image]) -> Gallery:
    return make_gallery(cast.ana, images=images)


def said(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def an_order(cast: Cast, **fields: object) -> dict[str, object]:
    submission = f"form-{Batch.objects.count()}"
    return {"prompt": "A red bicycle", "model": [cast.model.key], "n": "1", "submission": submission} | fields


def shown(client: Client, path: str) -> list[str]:
    return PICK.findall(client.get(path).content.decode())


def keys(images: list[Image]) -> list[str]:
    return [image.key for image in images]


def test_its_order_is_kept_for_everybody(cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]) -> None:
    path, client = gallery.get_absolute_url(), signed_in(cast.ben)
    assert shown(client, path) == keys(images[::-1])
    client.post(f"{path}/order", {"order": "oldest"})
    assert shown(signed_in(cast.lea), path) == keys(images)
    client.post(f"{path}/order", {"order": "nonsense"})
    client.post(f"{path}/order", {"order": "hand"})
    client.post(f"{path}/move", {"pick": images[3].key, "before": images[0].key})
    assert shown(client, path) == keys([images[3], *images[:3]])


def test_it_is_searched_as_the_library_is(cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]) -> None:
    make_done(cast.ana, prompt="Red outside")
    client, path = signed_in(cast.ana), gallery.get_absolute_url()
    images[1].tags.create(name="spring", person=cast.ana)
    assert shown(client, f"{path}?q=red+2") == [images[2].key]
    assert shown(client, f"{path}?tag=spring") == [images[1].key]
    assert shown(client, f"{path}?state=failed&everybody=1") == keys(images[::-1])
    assert "Remove filter: #spring" in said(client.get(f"{path}?tag=spring"))
    assert f'href="{path}"' in client.get(f"{path}?tag=spring").content.decode()
    assert "Nothing matches" in said(client.get(f"{path}?q=zeppelin"))


@pytest.mark.exhaustive
@pytest.mark.parametrize("order", Gallery.Order.values)
@pytest.mark.parametrize("query", ["", "?q=red", "?review=approved", "?tag=kept&fav=1", "?chosen=any"])
def test_a_pictures_page_leads_along_what_the_gallery_lists(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image], order: str, query: str
) -> None:
    client, path = signed_in(cast.ana), f"{gallery.get_absolute_url()}{query}"
    gallery.set_order(order)
    client.post(f"{gallery.get_absolute_url()}/move", {"pick": images[3].key, "before": images[1].key})
    visitor = Visitor.come(ShareLink.make(gallery, cast.ana, choosing=True), "Marisol")[0]
    for image in (images[0], *images[2:]):
        Verdict.objects.give(cast.lea, image, "approved")
        image.tags.create(name="kept", person=cast.ana)
        Favourite.objects.create(person=cast.ana, image=image)
        visitor.choose(image, "heart", Image.objects.all())
    Image.objects.filter(pk=images[2].pk).delete_by(cast.ana)
    listed = shown(client, path)
    assert len(listed) == (3 if query in ("", "?q=red") else 2)
    for before, key, after in zip(["", *listed], listed, [*listed[1:], ""], strict=False):
        page = client.get(f"/i/{key}", {"back": path}).content.decode()
        steps = [re.search(rf'href="/i/(\w+)\?back=[^"]+" rel="{rel}"', page) for rel in ("prev", "next")]
        assert [step[1] if step else "" for step in steps] == [before, after]


def test_pages_follow_one_another(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.presenters.paging.A_PAGE", 2)
    client, path = signed_in(cast.ana), gallery.get_absolute_url()
    Gallery.objects.update(order="hand")
    assert shown(client, path) == keys(images[:2]) and shown(client, f"{path}?page=2") == keys(images[2:])
    assert shown(client, f"{path}?page=1-2") == keys(images)
    more = signed_in(cast.ana, htmx=True).get(f"{path}?page=1-2", headers={"HX-Target": "tiles"}).content.decode()
    assert PICK.findall(more) == keys(images[2:]) and "<h1" not in more


def test_more_pictures_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, gallery: Gallery, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client, path = signed_in(cast.ana), gallery.get_absolute_url()
    client.get(path)
    few = queries_of(lambda: client.get(path))
    gallery.add(Image.objects.filter(batch=make_done(cast.ana, pictures=9)), cast.ana)
    assert queries_of(lambda: client.get(path)) == few


def test_nothing_is_asked_twice(cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]) -> None:
    visitor = Visitor.come(ShareLink.make(gallery, cast.ana, choosing=True), "Marisol")[0]
    visitor.choose(images[0], "heart", Image.objects.all())
    client, path = signed_in(cast.ana), gallery.get_absolute_url()
    for query in ("", "?shape=landscape", "?chosen=any", f"?chosen={visitor.key}"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path + query).status_code == 200
        asked = [each["sql"] for each in captured]
        assert sorted(asked) == sorted(set(asked)), query


def test_what_a_filter_leaves_is_looked_for_once(
    signed_in: SignIn, cast: Cast, gallery: Gallery, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client, path = signed_in(cast.ana), gallery.get_absolute_url()
    client.get(path)
    assert queries_of(lambda: client.get(f"{path}?shape=landscape")) < queries_of(lambda: client.get(path))


def test_models_of_one_name_are_told_apart_at_no_cost(
    signed_in: SignIn, cast: Cast, gallery: Gallery, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client, path = signed_in(cast.ana), gallery.get_absolute_url()
    client.get(path)
    few = queries_of(lambda: client.get(path))
    for name in ("Elsewhere", "Nearby"):
        model = make_model(cast.model.name, make_provider(name))
        gallery.add(Image.objects.filter(batch=make_done(cast.ana, model=model)), cast.ana)
    page = ""

    def read() -> None:
        nonlocal page
        page = said(client.get(path))

    assert queries_of(read) == few
    assert f"{cast.model.name} (Elsewhere)" in page and f"{cast.model.name} (Nearby)" in page


def test_all_means_all_of_this_gallery_that_the_search_finds_and_was_there(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]
) -> None:
    outside = make_done(cast.ana, prompt="Red outside").images.get()
    now = timezone.now().isoformat()
    gallery.add(Image.objects.filter(pk=outside.pk), cast.ana)
    fields = {"all": "1", "gallery": gallery.key, "query": "q=red", "as_of": now}
    client = signed_in(cast.ana)
    client.post("/selection/favourite", fields)
    assert set(Favourite.objects.values_list("image", flat=True)) == {image.pk for image in images}
    assert signed_in(cast.cy).post("/selection/favourite", fields).status_code == 404
    client.post(f"{gallery.get_absolute_url()}/remove", {**fields, "query": "q=red+1"})
    assert set(shown(client, gallery.get_absolute_url())) == {*keys([images[0], *images[2:]]), outside.key}


def test_what_was_removed_comes_back_by_its_toast(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]
) -> None:
    client, path = signed_in(cast.ben, htmx=True), gallery.get_absolute_url()
    answer = client.post(f"{path}/remove", {"pick": keys(images[:2])})
    assert "2 pictures were removed from the gallery." in said(answer) and "library-changed" in answer["HX-Trigger"]
    [undo] = re.findall(r'hx-post="([^"]+)"', answer.content.decode())
    assert shown(signed_in(cast.ben), path) == keys(images[:1:-1])
    assert "Nothing was removed" in said(client.post(f"{path}/remove", {"pick": keys(images[:2])}))
    assert "2 pictures are back." in said(client.post(undo))
    assert shown(signed_in(cast.ben), path) == keys(images[::-1])
    assert signed_in(cast.cy).post(undo).status_code == 404


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ({"before": 0}, [2, 0, 1, 3]),
        ({"after": 3}, [0, 1, 3, 2]),
        ({"after": 0}, [0, 2, 1, 3]),
        ({"after": 1}, [0, 1, 2, 3]),
        ({"before": 2}, [0, 1, 2, 3]),
        ({"step": "-1"}, [0, 2, 1, 3]),
        ({"step": "1"}, [0, 1, 3, 2]),
    ],
)
def test_a_picture_is_moved_by_hand(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image], where: dict[str, object], order: list[int]
) -> None:
    Gallery.objects.update(order="hand")
    fields = {name: images[place].key if isinstance(place, int) else place for name, place in where.items()}
    before = dict(GalleryItem.objects.values_list("pk", "rank"))
    answer = signed_in(cast.ben, htmx=True).post(
        f"{gallery.get_absolute_url()}/move", {"pick": images[2].key, **fields}
    )
    assert answer.status_code == 200
    assert shown(signed_in(cast.ben), gallery.get_absolute_url()) == keys([images[n] for n in order])
    after = dict(GalleryItem.objects.values_list("pk", "rank"))
    assert sum(bytes(before[pk]) != bytes(after[pk]) for pk in before) <= 1


@pytest.mark.parametrize("fields", [{}, {"before": "x"}, {"after": "x"}, {"step": "-1", "pick": "gone"}])
def test_a_stale_page_moves_nothing_and_shows_what_is_there(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image], fields: dict[str, str]
) -> None:
    before = list(GalleryItem.objects.order_by("pk").values_list("rank", flat=True))
    client = signed_in(cast.ana, htmx=True)
    answer = client.post(f"{gallery.get_absolute_url()}/move", {"pick": images[1].key, **fields})
    assert "no longer in the gallery" in said(answer) and "library-changed" in answer["HX-Trigger"]
    assert list(GalleryItem.objects.order_by("pk").values_list("rank", flat=True)) == before


def test_pictures_are_added_once_and_taken_out_again_by_their_toast(
    cast: Cast, signed_in: SignIn, gallery: Gallery
) -> None:
    fresh = make_done(cast.ben, pictures=2)
    picks = keys(list(fresh.images.all()))
    client = signed_in(cast.ben, htmx=True)
    answer = client.post(f"{gallery.get_absolute_url()}/add", {"pick": picks})
    assert "2 pictures were added to “Spring campaign”." in said(answer)
    assert f'href="{gallery.get_absolute_url()}"' in answer.content.decode()
    on_it = client.post(
        f"{gallery.get_absolute_url()}/add",
        {"pick": picks},
        headers={"HX-Current-URL": f"http://testserver{gallery.get_absolute_url()}?page=2"},
    )
    assert "href" not in on_it.content.decode()
    assert "has these pictures already" in said(client.post(f"{gallery.get_absolute_url()}/add", {"pick": picks}))
    [undo] = re.findall(r'hx-post="([^"]+)"', answer.content.decode())
    assert "2 pictures were removed" in said(client.post(undo))
    assert gallery.items.filter(removed_at=None).count() == 4


def test_what_one_sees_through_a_gallery_alone_is_not_shown_on(cast: Cast, signed_in: SignIn) -> None:
    private = make_done(cast.ana, visibility="private").images.get()
    source = make_gallery(cast.ana, images=[private])
    target = make_gallery(cast.ben, "Elsewhere")
    answer = signed_in(cast.ben, htmx=True).post(f"{target.get_absolute_url()}/add", {"pick": private.key})
    assert "1 picture was not added" in said(answer) and not target.items.exists()
    assert "galleries/choose" not in signed_in(cast.ben).get(private.get_absolute_url()).content.decode()
    assert (
        f"/galleries/choose?pick={private.key}" in signed_in(cast.ana).get(private.get_absolute_url()).content.decode()
    )
    assert shown(signed_in(cast.ben), source.get_absolute_url()) == [private.key]


def test_a_new_gallery_takes_what_is_selected(cast: Cast, signed_in: SignIn, images: list[Image]) -> None:
    client = signed_in(cast.ana, htmx=True)
    assert "A gallery needs a title." in said(client.post("/galleries/new/add", {"pick": keys(images), "title": " "}))
    client.post("/galleries/new/add", {"pick": keys(images), "title": "Autumn"})
    gallery = Gallery.objects.get(title="Autumn")
    assert gallery.team == cast.design and gallery.items.count() == 4


def test_no_gallery_is_made_for_what_nobody_may_put_there(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, visibility="private").images.get()
    shown_to_ben = make_gallery(cast.ana, "Hers", team=None, images=[image])
    shown_to_ben.set_member(cast.ben, "view", cast.ana)
    answer = signed_in(cast.ben, htmx=True).post("/galleries/new/add", {"pick": image.key, "title": "Autumn"})
    assert "1 picture was not added" in said(answer) and not Gallery.objects.filter(title="Autumn").exists()


def test_the_menu_lists_what_one_may_fill_and_says_who_will_see(cast: Cast, signed_in: SignIn) -> None:
    private, shared = make_done(cast.ana, visibility="private").images.get(), make_done(cast.ana).images.get()
    own = make_gallery(cast.ana, "Hers", images=[private])
    only_seen = make_gallery(cast.cy, "Seen")
    only_seen.set_member(cast.ana, "view", cast.cy)
    make_gallery(cast.ana, "Finished").archive()
    client = signed_in(cast.ana, htmx=True)
    page = said(client.get(f"/galleries/choose?pick={private.key}"))
    assert "Only you see this picture now." in page and "Already there" in page
    assert f"{own.get_absolute_url()}/add" in page and "Seen" not in page and "Finished" not in page
    assert "Only you see this picture now." not in said(client.get(f"/galleries/choose?pick={shared.key}"))
    found = said(client.get("/galleries/choose?words=zzz", headers={"HX-Target": "adding-choices"}))
    assert "No gallery is called “<bdi>zzz</bdi>”" in found and "adding-title" not in found


def test_without_script_a_selection_is_sent_on(cast: Cast, signed_in: SignIn, images: list[Image]) -> None:
    client = signed_in(cast.ana)
    page = client.post("/galleries/choose", {"pick": keys(images[:2]), "here": "/library?page=2"}).content.decode()
    assert PICK.findall(page) == keys(images[:2])
    gallery = make_gallery(cast.ana)
    answer = client.post(f"{gallery.get_absolute_url()}/add", {"pick": keys(images[:2]), "here": "/library?page=2"})
    assert answer["Location"] == "/library?page=2" and gallery.items.count() == 2


def test_pages_say_in_which_galleries_a_picture_lies(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    image = batch.images.get()
    make_gallery(cast.ana, "Shared", images=[image])
    make_gallery(cast.ana, "Secret", team=None, images=[image])
    for path in (image.get_absolute_url(), batch.get_absolute_url()):
        hers, his = said(signed_in(cast.ana).get(path)), said(signed_in(cast.ben).get(path))
        assert "Shared</a>" in hers and "Secret</a>" in hers
        assert "Shared</a>" in his and "Secret" not in his


def test_who_sees_a_picture_through_a_gallery_alone_gets_its_recipe_and_not_its_batch(
    cast: Cast, signed_in: SignIn
) -> None:
    batch = make_done(cast.ana, prompt="Zeppelin over Kyoto", pictures=2, visibility="private")
    first, second = batch.images.all()
    gallery = make_gallery(cast.ana, team=None, images=[first])
    gallery.set_member(cast.cy, "view", cast.ana)
    client = signed_in(cast.cy)
    page = said(client.get(first.get_absolute_url()))
    assert "Zeppelin over Kyoto" in page and cast.model.name in page
    assert second.key not in page and batch.get_absolute_url() not in page and "exchange" not in page
    assert client.get(batch.get_absolute_url()).status_code == 404
    assert client.get(second.get_absolute_url()).status_code == 404
    assert client.get(f"/g/{batch.generations.get().key}/exchange").status_code == 404
    assert second.key in said(signed_in(cast.ana).get(first.get_absolute_url()))
    child = make_done(cast.cy, prompt="At night", parent=first, derivation="refine", lineage_root=batch)
    page = said(client.get(first.get_absolute_url()))
    assert child.images.get().key in page and second.key not in page and batch.get_absolute_url() not in page


def test_people_are_named_with_a_role_and_leave(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    path, client = f"{gallery.get_absolute_url()}/people", signed_in(cast.sam)
    client.post(f"{path}/add", {"person": "cy", "role": "view"})
    assert signed_in(cast.cy).get(gallery.get_absolute_url()).status_code == 200
    assert signed_in(cast.cy).post(f"{gallery.get_absolute_url()}/order", {"order": "hand"}).status_code == 404
    client.post(f"{path}/add", {"person": "cy", "role": "contribute"})
    assert signed_in(cast.cy).post(f"{gallery.get_absolute_url()}/order", {"order": "hand"}).status_code == 302
    client.post(f"{path}/add", {"person": "ben", "role": "view"})
    assert signed_in(cast.ben).post(f"{gallery.get_absolute_url()}/order", {"order": "hand"}).status_code == 404
    client.post(f"{path}/remove", {"person": "ben"})
    assert signed_in(cast.ben).post(f"{gallery.get_absolute_url()}/order", {"order": "hand"}).status_code == 302
    assert f"{gallery.get_absolute_url()}/leave" in said(signed_in(cast.cy).get(gallery.get_absolute_url()))
    signed_in(cast.cy).post(f"{gallery.get_absolute_url()}/leave")
    assert signed_in(cast.cy).get(gallery.get_absolute_url()).status_code == 404
    assert signed_in(cast.ben).post(f"{gallery.get_absolute_url()}/leave").status_code == 404


@pytest.mark.parametrize("fields", [{}, {"person": "cy"}, {"person": "nobody"}, {"person": "lea\0"}, {"person": "ana"}])
def test_only_somebody_one_knows_is_named(
    cast: Cast, signed_in: SignIn, gallery: Gallery, fields: dict[str, str]
) -> None:
    client, path = signed_in(cast.ana), f"{gallery.get_absolute_url()}/people"
    page = said(client.get(path))
    assert 'value="ben"' in page and 'value="cy"' not in page
    client.post(f"{path}/add", {"role": "manage", **fields})
    client.post(f"{path}/add", {"person": "ben", "role": "owner"})
    assert "Choose a person from the list" in said(client.get(path)) and not gallery.members.exists()


def test_who_sees_it_can_be_changed(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    client, path = signed_in(cast.lea), f"{gallery.get_absolute_url()}/people/team"
    foreign = Person.objects.get(username="cy").default_team()
    client.post(path, {"team": foreign.key})
    assert Gallery.objects.get().team == cast.design
    assert client.post(path, {"team": ""})["Location"] == "/galleries"
    assert Gallery.objects.get().team is None and client.get(gallery.get_absolute_url()).status_code == 404
    signed_in(cast.ana).post(path, {"team": cast.design.key})
    assert Gallery.objects.get().team == cast.design


def test_it_is_archived_deleted_and_restored_with_everything(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]
) -> None:
    client, path = signed_in(cast.lea), gallery.get_absolute_url()
    client.post(f"{path}/archive")
    assert "This gallery is archived." in said(client.get(path))
    client.post(f"{path}/archive", {"archived": "0"})
    assert not Gallery.objects.get().is_archived
    page = said(client.post(f"{path}/delete", follow=True))
    assert f"{path}/restore" in page and client.get(path).status_code == 404
    for person in (cast.lea, cast.ana):
        assert f"{path}/restore" in said(signed_in(person).get("/trash"))
    assert f"{path}/restore" not in said(signed_in(cast.ben).get("/trash"))
    signed_in(cast.ana).post(f"{path}/restore")
    assert shown(client, path) == keys(images[::-1])


def test_a_second_click_on_delete_and_on_undo_finds_it_done(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]
) -> None:
    client, path = signed_in(cast.lea), gallery.get_absolute_url()
    for verb, sentence in (("delete", "is in the trash"), ("restore", "is restored")):
        for _ in range(2):
            assert sentence in said(client.post(f"{path}/{verb}", follow=True))
    assert shown(client, path) == keys(images[::-1])
    undo = f"{path}/put-back/{gallery.remove(Image.objects.filter(pk=images[0].pk))[0]}"
    assert "1 picture is back." in said(client.post(undo, follow=True))
    assert "There was nothing to restore." in said(client.post(undo, follow=True))


def test_a_cover_is_chosen_and_given_up(cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]) -> None:
    client, path = signed_in(cast.ana, htmx=True), f"{gallery.get_absolute_url()}/cover"
    client.post(path, {"pick": images[1].key})
    assert Gallery.objects.get().cover == images[1]
    assert "Select one picture" in said(client.post(path, {"pick": keys(images)}))
    foreign = make_done(cast.ana).images.get()
    assert "no longer in the gallery" in said(client.post(path, {"pick": foreign.key}))
    assert Gallery.objects.get().cover == images[1]
    client.post(path)
    assert Gallery.objects.get().cover is None


def test_an_empty_title_is_refused_and_the_rest_stays_to_be_corrected(
    cast: Cast, signed_in: SignIn, gallery: Gallery
) -> None:
    client, path = signed_in(cast.ana), f"{gallery.get_absolute_url()}/change"
    answer = client.post(path, {"title": "", "description": "For May"})
    assert answer.status_code == 422 and "A gallery needs a title." in said(answer) and "For May" in said(answer)
    assert '<h1 dir="auto">Spring campaign</h1>' in said(answer)
    client.post(path, {"title": "🌱 ربيع", "description": ""})
    assert Gallery.objects.get().title == "🌱 ربيع"


def test_a_picture_leads_back_to_the_gallery_it_was_opened_in(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]
) -> None:
    came_from = f"http://testserver{gallery.get_absolute_url()}?q=red"
    page = said(signed_in(cast.ana).get(images[0].get_absolute_url(), headers={"Referer": came_from}))
    assert re.search(rf'href="{gallery.get_absolute_url()}\?q=red"[^<]*<i [^<]*</i>\s*Gallery\s*</a>', page)


def test_the_studio_sends_into_a_gallery(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    alone = make_gallery(cast.ben, "Ben’s own", team=None)
    client = signed_in(cast.ben)
    for target, visibility in ((gallery, "team"), (alone, "gallery")):
        page = client.get(f"/?gallery={target.key}").content.decode()
        assert re.search(rf'value="gallery:{target.key}"\s+checked', page)
        client.post("/compose", an_order(cast, visible=f"gallery:{target.key}"))
        batch = Batch.objects.latest("pk")
        assert (batch.gallery, batch.visibility, batch.team) == (target, visibility, cast.design)
        assert re.search(rf'value="gallery:{target.key}"\s+checked', client.get("/").content.decode())


def test_nothing_is_sent_into_a_gallery_one_may_not_fill(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    gallery.set_member(cast.ben, "view", cast.ana)
    for person in (cast.ben, cast.cy):
        client = signed_in(person)
        assert client.get(f"/?gallery={gallery.key}").status_code == 404
        assert client.post("/compose", an_order(cast, visible=f"gallery:{gallery.key}")).status_code == 422
        assert client.post("/compose", an_order(cast, visible="gallery:x")).status_code == 422
    assert not Batch.objects.exclude(person=cast.ana).exists()


def test_what_is_seen_in_a_gallery_is_asked_for_again_without_what_is_not_seen(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, prompt="Zeppelin", visibility="private")
    brought = make_reference(batch)
    make_gallery(cast.ana, images=batch.images.all())
    page = said(signed_in(cast.ben).get(f"/?again={batch.images.get().key}"))
    assert "Zeppelin" in page and brought.key not in page
    assert brought.key not in said(signed_in(cast.ben).get(batch.images.get().get_absolute_url()))


def test_its_filters_say_how_many_of_its_pictures_they_show(
    cast: Cast, signed_in: SignIn, gallery: Gallery, images: list[Image]
) -> None:
    make_done(cast.ana)
    gallery.add(make_done(cast.ben, visibility="private").images.all(), cast.ben)
    client = signed_in(cast.ana)
    assert f"facets?gallery={gallery.key}&amp;" in client.get(gallery.get_absolute_url()).content.decode()

    def counts(query: str) -> dict[str, str]:
        page = client.get(f"/library/facets?gallery={gallery.key}&{query}").content.decode()
        return dict(re.findall(r'<b id="n-([^"]+)">\s*(\d+)', page))

    assert counts("")[f"model-{cast.model.key}"] == "5" and counts("")["by-ben"] == "1"
    assert counts("by=ben")[f"model-{cast.model.key}"] == "1" and not any(name[:5] == "state" for name in counts(""))
    assert signed_in(cast.cy).get(f"/library/facets?gallery={gallery.key}").status_code == 404
