"""Pictures side by side."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from generations.models import Image
from generations.models.key import now
from generations.presenters.comparison import MAX_COMPARED
from tests.support.cast import Cast, make_done, make_image, make_model, make_provider, make_reference

SignIn = Callable[..., Client]


def picture(cast: Cast, **fields: object) -> Image:
    return make_done(cast.ana, **fields).generations.get().images.get()


def compare(client: Client, *images: Image) -> str:
    return client.get("/compare", {"i": [image.key for image in images]}).content.decode()


def test_only_what_differs_is_listed(cast: Cast, signed_in: SignIn) -> None:
    one = picture(cast, prompt="A red boat on a lake", options={"seed": 1, "temperature": 1.0})
    two = picture(cast, prompt="A blue boat on a lake", options={"seed": 2, "temperature": 1.0})
    page = compare(signed_in(cast.ana), one, two)
    assert "A <del>red</del><ins>blue</ins> boat on a lake" in page
    assert '<th scope="row">Seed</th><td>1</td><td>2</td>' in page
    assert '<th scope="row">Temperature' not in page and '<th scope="row">Model' not in page
    assert "temperature" in page and "model" in page


def test_a_drawn_and_a_brought_picture_stand_side_by_side(cast: Cast, signed_in: SignIn) -> None:
    page = compare(signed_in(cast.ana), picture(cast), make_image(person=cast.ana, alt="bottle.png"))
    assert '<th scope="row">Model</th><td>gpt-image-1</td><td>–</td>' in page and "bottle.png" in page


def test_references_that_differ_are_shown_as_pictures(cast: Cast, signed_in: SignIn) -> None:
    one, two, bare = picture(cast), picture(cast), picture(cast)
    references = [make_reference(image.batch) for image in (one, two)]
    Image.objects.filter(pk=references[1].pk).update(deleted_at=now())
    page = compare(signed_in(cast.ben), one, two, bare)
    row = re.search(r'<th scope="row">References</th>(.+?)</tr>', page, re.S)[1]
    assert f'href="/i/{references[0].key}"' in row and "ref--gone" in row and "none" in row
    assert "References" not in compare(signed_in(cast.ben), one, one)


def test_references_in_another_order_differ_and_stand_as_they_were_sent(cast: Cast, signed_in: SignIn) -> None:
    drawn = list(make_done(cast.ana, pictures=2).generations.get().images.order_by("pk"))
    one, two = picture(cast), picture(cast)
    for image, references in ((one, drawn), (two, drawn[::-1])):
        for reference in references:
            make_reference(image.batch, reference)
    page = compare(signed_in(cast.ben), one, two)
    row = re.search(r'<th scope="row">References</th>(.+?)</tr>', page, re.S)[1]
    assert re.findall(r'href="/i/(\w+)"', row) == [image.key for image in (*drawn, *drawn[::-1])]


def test_fields_that_staff_added_differ_by_their_path(cast: Cast, signed_in: SignIn) -> None:
    added = (
        {"style": "vivid", "image_config": {"crop": True, "seed": None}, "tools": [], "stop": "<b>"},
        {"style": "vivid", "image_config": {"crop": "true"}, "tools": {}, "stop": "<b>"},
    )
    one, two = (picture(cast, options={"seed": 7, "added": fields}) for fields in added)
    page = compare(signed_in(cast.ben), one, two, picture(cast, options={"seed": 7}))
    rows = re.findall(r'<th scope="row"><code>(.+?)</code></th>(.+?)</tr>', page)
    assert {name: re.findall("<td>(.*?)</td>", values) for name, values in rows} == {
        "style": ["&quot;vivid&quot;", "&quot;vivid&quot;", "–"],
        "image_config.crop": ["true", "&quot;true&quot;", "–"],
        "image_config.seed": ["null", "–", "–"],
        "tools": ["[]", "{}", "–"],
        "stop": ["&quot;&lt;b&gt;&quot;", "&quot;&lt;b&gt;&quot;", "–"],
    }
    assert '<th scope="row">Seed' not in page
    assert "<code>style" not in (alike := compare(signed_in(cast.ben), one, two)) and ", seed, style, " in alike


def test_one_comes_back_to_where_one_came_from(cast: Cast, signed_in: SignIn) -> None:
    client, image = signed_in(cast.ana), picture(cast)
    page = client.get(f"/compare?i={image.key}", headers={"Referer": "http://testserver/library?q=red"})
    assert 'href="/library?q=red"><i class="icon icon-back"' in page.content.decode()


def test_what_one_may_not_see_is_left_out(cast: Cast, signed_in: SignIn) -> None:
    mine, secret = picture(cast), picture(cast, visibility="private")
    page = compare(signed_in(cast.ben), mine, secret)
    assert mine.key in page and secret.key not in page


def test_all_that_were_chosen_are_compared_and_each_once(cast: Cast, signed_in: SignIn) -> None:
    images = [picture(cast) for _ in range(6)]
    assert compare(signed_in(cast.ana), *images).count("<figure") == 6 + 1
    assert compare(signed_in(cast.ana), images[0], images[0]).count("<figure") == 1 + 1


def test_of_very_many_the_first_are_shown_with_a_link_to_the_others(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=MAX_COMPARED + 1)
    images = list(batch.generations.get().images.order_by("position"))
    page = compare(signed_in(cast.ana), *images)
    assert page.count("<figure") == MAX_COMPARED + 1 and "These are the first 16 of the pictures you chose" in page
    assert f'<a href="/compare?i={images[-1].key}">Show the other one</a>' in page
    assert "These are the first" not in compare(signed_in(cast.ana), *images[1:])


def test_a_selection_leads_to_its_comparison(cast: Cast, signed_in: SignIn) -> None:
    images = [picture(cast, model=make_model(f"flux {n}")) for n in range(6)]
    keys, client = [image.key for image in images], signed_in(cast.ana)
    answer = client.post("/selection/compare", {"pick": keys})
    assert answer["Location"] == f"/compare?{'&'.join(f'i={key}' for key in keys)}"
    answer = client.post("/selection/compare", {"pick": keys}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].endswith(f"i={keys[-1]}")
    said = client.post("/selection/compare", {"pick": keys[:1]}, headers={"HX-Request": "true"}).content.decode()
    assert "Choose at least two pictures" in said
    assert 'hx-post="/selection/compare"' in client.get("/library").content.decode()


def test_the_caption_names_the_model_and_its_provider_where_another_has_the_same_name(
    cast: Cast, signed_in: SignIn
) -> None:
    here, there = make_model("twin"), make_model("twin", provider=make_provider("Gateway"))
    page = compare(signed_in(cast.ana), picture(cast, model=here), picture(cast, model=there), picture(cast))
    captions = re.findall(r"<span>\d <b>(.+?)</b></span>", page)
    assert captions == [here.name_at_provider, "twin (Gateway)", "gpt-image-1"]


def test_four_pictures_cost_no_more_queries_than_two(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    images, client = [picture(cast, options={"added": {"style": n}}) for n in range(4)], signed_in(cast.ana)
    for image in images[2:]:
        make_reference(image.batch)
    few = queries_of(lambda: compare(client, *images[:2]))
    assert queries_of(lambda: compare(client, *images)) <= few


def test_a_strip_offers_to_compare_its_pictures(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana)
    assert "/compare?" not in signed_in(cast.ana).get("/").content.decode()
    make_done(cast.ana, pictures=2)
    assert "/compare?i=" in signed_in(cast.ana).get("/").content.decode()


def test_a_price_reads_as_it_does_everywhere_and_nothing_is_a_price(cast: Cast, signed_in: SignIn) -> None:
    prices = ("0.20000", "0.04200", "0", None)
    pictures = [picture(cast, model=make_model(f"model {price}", price=price)) for price in prices]
    page = compare(signed_in(cast.ana), *pictures)
    assert '<th scope="row">Price</th><td>$0.20</td><td>$0.042</td><td>Free</td><td>Unknown</td>' in page
