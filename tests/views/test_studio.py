"""The studio and its composer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from generations.models import Batch, Generation, Image
from generations.models.key import now
from generations.presenters.frame import Frame
from generations.presenters.sheet import lines_of
from tests.support.cast import (
    Cast,
    change,
    make_batch,
    make_done,
    make_failed,
    make_generation,
    make_image,
    make_model,
    make_person,
    make_png,
    make_price,
    make_provider,
    make_reference,
)

SignIn = Callable[..., Client]


def make_order(cast: Cast, **fields: object) -> dict[str, object]:
    return {"prompt": "A red bicycle in rain", "model": [cast.model.key], "n": "2", "submission": "form-1"} | fields


def test_the_first_visit_asks_what_one_would_like_to_see(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.ana).get("/").content.decode()
    assert "What would you like to see?" in page
    assert "gpt-image-1" in page


def test_nobody_without_a_team_is_told_that_a_team_sees_it(cast: Cast, signed_in: SignIn) -> None:
    assert "Your team sees what you make" in signed_in(cast.ana).get("/").content.decode()
    alone = signed_in(make_person("ada")).get("/").content.decode()
    assert "Your team" not in alone and "Only you and administrators see what you make." in alone


def test_a_stranger_without_account_is_sent_to_sign_in(cast: Cast, client: Client) -> None:
    assert client.get("/")["Location"] == "/accounts/login/?next=/"


def test_mine_is_mine_and_team_is_what_the_team_shows(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana, prompt="of ana")
    make_done(cast.ben, prompt="of ben")
    make_done(cast.ben, prompt="kept by ben", visibility="private")
    make_done(cast.cy, prompt="of a stranger")
    mine = signed_in(cast.ana).get("/").content.decode()
    team = signed_in(cast.ana).get("/?whose=team").content.decode()
    assert "of ana" in mine and "of ben" not in mine
    assert "of ana" in team and "of ben" in team
    assert "kept by ben" not in team and "of a stranger" not in team


def test_sending_makes_one_batch_and_rings_when_it_is_committed(
    cast: Cast, signed_in: SignIn, notified: list[int], django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(cast.ana).post("/compose", make_order(cast, seed="7", visible=cast.design.key))
    batch = Batch.objects.get()
    assert answer["Location"] == batch.get_absolute_url()
    assert (batch.prompt, batch.count, batch.options) == ("A red bicycle in rain", 2, {"seed": 7})
    assert (batch.person, batch.team, batch.visibility) == (cast.ana, cast.design, "team")
    assert sorted(notified) == sorted(batch.generations.values_list("pk", flat=True))


def test_only_me_is_only_me(cast: Cast, signed_in: SignIn) -> None:
    signed_in(cast.ana).post("/compose", make_order(cast, visible="private"))
    batch = Batch.objects.get()
    assert batch.visibility == "private"
    assert signed_in(cast.ben).get(batch.get_absolute_url()).status_code == 404


def test_without_a_team_only_oneself_is_offered(cast: Cast, signed_in: SignIn) -> None:
    loner = make_person("loner")
    page = signed_in(loner).get("/").content.decode()
    assert re.findall(r'name="visible" value="([^"]*)"( checked)?', page) == [("private", " checked")]
    assert ">Team<" not in page and ">Team<" in signed_in(cast.ana).get("/").content.decode()
    answer = signed_in(loner).post("/compose", make_order(cast, visible=cast.design.key))
    assert answer.status_code == 422 and "You are not in that team." in answer.content.decode()
    signed_in(loner).post("/compose", make_order(cast))
    assert Batch.objects.get().visibility == "private"


def test_a_double_click_is_one_batch(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    first = client.post("/compose", make_order(cast))
    second = client.post("/compose", make_order(cast))
    assert Batch.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_a_double_click_with_an_upload_is_one_batch(cast: Cast, signed_in: SignIn) -> None:
    client, png = signed_in(cast.ana), make_png()
    for _ in range(2):
        client.post("/compose", make_order(cast, files=SimpleUploadedFile("a.png", png, "image/png")))
    assert (Batch.objects.count(), Image.objects.count()) == (1, 1)


def test_the_same_key_with_other_words_is_refused(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/compose", make_order(cast))
    answer = client.post("/compose", make_order(cast, prompt="A blue boat"))
    assert answer.status_code == 409
    assert "already sent" in answer.content.decode()
    assert Batch.objects.count() == 1


def test_htmx_gets_the_strip_and_a_fresh_key_and_nothing_else(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana, htmx=True)
    answer = client.post("/compose", make_order(cast, since="0~", whose="mine")).content.decode()
    batch = Batch.objects.get()
    assert "<html" not in answer and 'class="bar"' not in answer
    assert answer.count(f'id="g-{batch.key}"') == 1
    assert 'hx-trigger="every 2s"' in answer
    fresh = re.search(r'id="submission" name="submission" value="(\w+)"', answer)
    assert fresh and fresh[1] != "form-1"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"prompt": ""}, "Write what you would like to see."),
        ({"prompt": "\u200b\u2060\ufeff"}, "Write what you would like to see."),
        ({"prompt": "x" * 32_001}, "at most 32,000 characters"),
        ({"prompt": "a\0b"}, "a NUL character. Remove it"),
        ({"model": []}, "Choose a model."),
        ({"model": ["nosuchmodel1"]}, "no longer offered"),
        ({"seed": "-1"}, "Seed must be a whole number from 0 to 4,294,967,295."),
        ({"n": "17"}, "17 is not one of the available choices"),
    ],
)
def test_what_cannot_be_sent_says_why_and_keeps_the_words(
    cast: Cast, signed_in: SignIn, fields: dict[str, object], sentence: str
) -> None:
    answer = signed_in(cast.ana).post("/compose", make_order(cast) | {"prompt": "Keep me"} | fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Keep me" in page or "prompt" in fields
    assert not Batch.objects.exists()


@pytest.mark.parametrize(("asked", "drawn"), [("7x7", "1024x1024"), ("16:9", "1536x1024"), ("2K", ""), ("", "")])
def test_a_size_a_model_does_not_take_becomes_the_nearest(
    cast: Cast, signed_in: SignIn, asked: str, drawn: str
) -> None:
    signed_in(cast.ana).post("/compose", make_order(cast, size=asked, n="1"))
    batch = Batch.objects.get()
    assert (batch.size, batch.generations.get().size) == (asked, drawn)


def test_a_file_that_is_no_picture_is_refused_by_name(cast: Cast, signed_in: SignIn) -> None:
    html = SimpleUploadedFile("holiday.png", b"<html><script>alert(1)</script>", "image/png")
    answer = signed_in(cast.ana).post("/compose", make_order(cast, files=html))
    assert answer.status_code == 422
    assert "holiday.png" in answer.content.decode()
    assert not Batch.objects.exists()


def test_files_that_are_too_large_are_refused_with_a_sentence(cast: Cast, signed_in: SignIn, settings: object) -> None:
    settings.MAX_UPLOAD_BYTES = 2**20
    large = SimpleUploadedFile("large.png", b"x" * (2**20 + 1), "image/png")
    answer = signed_in(cast.ana).post("/compose", make_order(cast, files=large))
    assert "larger than 1 MB" in answer.content.decode()


def test_an_upload_survives_a_form_that_comes_back(cast: Cast, signed_in: SignIn) -> None:
    upload = SimpleUploadedFile("a.png", make_png(), "image/png")
    page = signed_in(cast.ana).post("/compose", make_order(cast, prompt="", files=upload)).content.decode()
    assert f'name="ref" value="{Image.objects.get().key}"' in page


def test_a_foreign_reference_is_not_taken(cast: Cast, signed_in: SignIn) -> None:
    secret = make_reference(make_batch(cast.cy))
    answer = signed_in(cast.ana).post("/compose", make_order(cast, ref=[secret.key]))
    assert answer.status_code == 422
    assert secret.key not in answer.content.decode()
    assert not Batch.objects.filter(person=cast.ana).exists()


def test_a_reference_that_is_gone_is_said_before_anything_is_sent(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    gone, there = make_reference(batch), make_reference(batch)
    Image.objects.filter(pk=gone.pk).delete_by(cast.ana)
    client = signed_in(cast.ana)
    answer = client.post("/compose", make_order(cast, ref=[gone.key, there.key]), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "A reference picture was deleted" in page
    assert there.key in page
    assert gone.key not in page
    assert Batch.objects.count() == 1


def test_a_team_one_is_not_in_cannot_be_chosen(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana).post("/compose", make_order(cast, visible=cast.cy.default_team().key))
    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_fields_that_are_not_the_forms_change_nothing(cast: Cast, signed_in: SignIn) -> None:
    extra = {"person": cast.cy.pk, "team": 1, "state": "succeeded", "visibility": "private", "key": "mine", "cost": 0}
    signed_in(cast.ana).post("/compose", make_order(cast, **extra))
    batch = Batch.objects.get()
    assert (batch.person, batch.visibility) == (cast.ana, "team")
    assert batch.generations.first().state == "queued"


def test_sending_needs_the_token_of_the_page(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana, enforce_csrf_checks=True).post("/compose", make_order(cast))
    assert answer.status_code == 403
    assert "Nothing was sent." in answer.content.decode()
    assert not Batch.objects.exists()


def test_several_models_are_rows_with_their_names(cast: Cast, signed_in: SignIn) -> None:
    other = make_model("nano-banana")
    client = signed_in(cast.ana)
    client.post("/compose", make_order(cast, model=[cast.model.key, other.key], n="1"))
    page = client.get("/").content.decode()
    assert page.count('class="strip__row r-') == 2
    assert '<p class="over strip__model">nano-banana</p>' in page


def test_the_composer_can_be_filled_from_a_batch_one_may_see(cast: Cast, signed_in: SignIn) -> None:
    theirs, secret = make_done(cast.ben, prompt="Of Ben"), make_done(cast.cy)
    client = signed_in(cast.ana)
    assert "\nOf Ben</textarea>" in client.get(f"/?from={theirs.key}").content.decode()
    assert client.get(f"/?from={secret.key}").status_code == 404


def test_a_model_that_was_switched_off_is_named(cast: Cast, signed_in: SignIn) -> None:
    gone = make_model("flux", is_enabled=False)
    answer = signed_in(cast.ana).post("/compose", make_order(cast, model=[cast.model.key, gone.key])).content.decode()
    assert '<p class="problem">flux is no longer offered. Choose another model.</p>' in answer
    assert answer.count('class="problem"') == 1


@pytest.mark.parametrize(
    ("kind", "label"), [("not_stored", "Details"), ("upstream_failed", "The provider’s own words")]
)
def test_what_we_say_ourselves_is_not_called_the_provider_s(
    cast: Cast, signed_in: SignIn, kind: str, label: str
) -> None:
    change(make_failed(cast.ana, kind=kind).generations.get(), detail="No such file")
    assert f"<summary>{label}</summary>" in signed_in(cast.ana).get("/").content.decode()


def test_the_estimate_is_silent_about_unknown_prices(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert "≈ $0.042</output>" in client.get("/").content.decode()
    make_price(cast.model, None)
    assert 'for="composer"></output>' in client.get("/").content.decode()


def test_the_estimate_goes_by_the_price_of_the_chosen_size(cast: Cast, signed_in: SignIn) -> None:
    make_price(cast.model, "0.08", size="1536x1024")
    make_price(cast.model, None, size="1024x1024")
    any_size, wide, square = (
        signed_in(cast.ana).get(f"/?from={make_batch(cast.ana, size=size).key}").content.decode()
        for size in ("", "1536x1024", "1024x1024")
    )
    assert "≈ $0.042</output>" in any_size
    assert "≈ $0.08</output>" in wide
    assert 'for="composer"></output>' in square, "not known for this size"


def test_a_free_model_shows_no_price(cast: Cast, signed_in: SignIn) -> None:
    make_price(cast.model, "0")
    make_done(cast.ana)
    make_failed(cast.ana, kind="declined", charged="maybe")
    page = signed_in(cast.ana).get("/").content.decode()
    assert "$" not in page and "charged" not in page
    assert '<span class="over">Free</span>' in page, "in the menu of models"
    assert "≈ 9 s</output>" in page


def test_models_of_one_name_are_told_apart_by_their_providers(
    cast: Cast, signed_in: SignIn, queries_of: Callable
) -> None:
    client = signed_in(cast.ana)
    make_done(cast.ana)
    few = queries_of(lambda: client.get("/"))
    assert "<span>gpt-image-1</span>" in client.get("/").content.decode()
    twin = make_model("gpt-image-1", make_provider("Gateway", "https://gateway.example/v1"))
    done = make_done(cast.ana, model=twin)
    page = client.get("/").content.decode()
    assert "<span>gpt-image-1 (Gateway)</span>" in page and "<span>gpt-image-1 (Sandbox)</span>" in page
    assert "gpt-image-1 (Gateway)" in client.get(done.get_absolute_url()).content.decode()
    assert queries_of(lambda: client.get("/")) == few
    twin.is_enabled = False
    twin.save()
    assert "<span>gpt-image-1</span>" in client.get("/").content.decode()


def test_the_estimate_tells_how_long_the_slowest_model_usually_takes(cast: Cast, signed_in: SignIn) -> None:
    client, (_, slow) = signed_in(cast.ana), (make_done(cast.ana), make_done(cast.ana))
    assert "≈ $0.042 · 9 s</output>" in client.get("/").content.decode()
    generation, sora = slow.generations.get(), make_model("sora_image", price=None)
    change(generation, model=sora, started_at=generation.finished_at - timedelta(seconds=30))
    assert "≈ 30 s</output>" in client.get(f"/?model=sora_image&model={cast.model.name}").content.decode()


def test_the_estimate_is_silent_about_how_long_a_model_takes_that_never_drew(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana)
    make_model("nano-banana", price="0.10")
    page = signed_in(cast.ana).get(f"/?model=nano-banana&model={cast.model.name}").content.decode()
    assert "≈ $0.14</output>" in page


@pytest.mark.parametrize("charged", ["no", "maybe", "yes"])
def test_a_failure_says_what_happened_and_what_it_cost(cast: Cast, signed_in: SignIn, charged: str) -> None:
    make_failed(cast.ana, kind="cut", charged=charged)
    page = signed_in(cast.ana).get("/").content.decode()
    said = {
        "no": "Nothing has been charged.",
        "maybe": "It may have been charged.",
        "yes": "The provider charged for it.",
    }
    assert "The connection was lost" in page
    assert said[charged] in page


@pytest.mark.parametrize(
    ("price", "charged", "says"),
    [
        ("0.042", "maybe", "Cost unknown"),
        ("0.042", "no", "$0.00"),
        (None, "no", "$0.00"),
        (None, "yes", "Cost unknown"),
    ],
)
def test_a_strip_says_what_a_failure_cost_or_that_nobody_knows(
    cast: Cast, signed_in: SignIn, price: str | None, charged: str, says: str
) -> None:
    make_failed(cast.ana, charged=charged, model=make_model("flux", price=price))
    assert f"<span>{says}</span>" in signed_in(cast.ana).get("/").content.decode()


@pytest.mark.parametrize(
    ("price", "cost", "each"),
    [("0.042", "≈ $0.084", "≈ $0.042 per picture"), ("0", "Free", "Free"), (None, "Unknown", "Unknown")],
)
def test_pages_say_what_pictures_cost_and_a_later_price_changes_nothing(
    cast: Cast, signed_in: SignIn, price: str | None, cost: str, each: str
) -> None:
    drawn, client = make_done(cast.ana, pictures=2, model=make_model("flux", price=price)), signed_in(cast.ana)
    for _ in range(2):
        in_strip = f"<span>{cost.replace('Unknown', 'Cost unknown')}</span>"
        assert (in_strip in client.get("/").content.decode()) is (cost != "Free")
        assert f"<dt>Cost</dt><dd>{cost}</dd>" in client.get(drawn.get_absolute_url()).content.decode()
        assert f"<dt>Cost</dt><dd>{each}</dd>" in client.get(drawn.images.first().get_absolute_url()).content.decode()
        make_price(drawn.generations.get().model, "9")


def test_a_part_whose_cost_is_not_known_is_not_left_out(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    lost = make_generation(batch)
    change(lost, state="failed", kind="lost", charged="maybe")
    assert "<span>At least $0.042</span>" in signed_in(cast.ana).get("/").content.decode()
    change(lost, state="running")
    assert "<span>≈ $0.084</span>" in signed_in(cast.ana).get("/").content.decode(), "what it will cost"


def test_older_batches_follow_after_twenty(cast: Cast, signed_in: SignIn) -> None:
    batches = [make_batch(cast.ana, prompt=f"Prompt {n:02}") for n in range(22)]
    client = signed_in(cast.ana)
    page = client.get("/").content.decode()
    assert page.count('<article class="strip"') == 20
    older = client.get(f"/?whose=mine&before={batches[2].pk}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in older
    assert older.count('<article class="strip"') == 2
    assert "Show older" not in older


def test_ten_more_batches_cost_no_more_queries(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    client = signed_in(cast.ana)

    def fill() -> None:
        batch = make_done(cast.ana, pictures=2)
        make_reference(batch)
        make_batch(cast.ana)

    fill()
    few = queries_of(lambda: client.get("/"))
    for _ in range(5):
        fill()
    assert queries_of(lambda: client.get("/")) <= few


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 40, "1 OR 1=1", "\0", "²"])
def test_a_nonsense_page_is_the_first_page(cast: Cast, signed_in: SignIn, nonsense: str) -> None:
    make_batch(cast.ana, prompt="Here I am")
    answer = signed_in(cast.ana).get("/", {"before": nonsense})
    assert "Here I am" in answer.content.decode()


def test_pages_are_never_stored_and_tell_htmx_apart(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana).get("/")
    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]


def test_the_banner_says_when_nobody_works(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert "Nothing is being processed right now." not in client.get("/").content.decode()
    batch = make_batch(cast.ana)
    assert "Nothing is being processed right now." in client.get("/").content.decode()
    change(batch.generations.get(), state="cancelled")
    assert "Nothing is being processed right now." not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("fields", "count"), [({"other_n": "3"}, 3), ({"n": "4", "other_n": "16"}, 16), ({"n": "5"}, 5)]
)
def test_any_number_of_pictures_from_one_to_sixteen_is_sent(
    cast: Cast, signed_in: Callable[..., Client], fields: dict[str, str], count: int
) -> None:
    client = signed_in(cast.ana)
    said = {"prompt": "A lake", "model": cast.model.key, "submission": "s"}
    assert client.post("/compose", {**said, **fields}).status_code == 302
    batch = Batch.objects.get()
    assert (batch.count, sum(generation.n for generation in batch.generations.all())) == (count, count)
    page = client.get(f"/?from={batch.key}").content.decode()
    assert f'name="other_n" type="number" min="1" max="16" step="1" value="{count}"' in page
    answer = client.post("/compose", {**said, "submission": "t", "other_n": "17"})
    assert answer.status_code == 422 and "Pictures must be a whole number from 1 to 16." in answer.content.decode()


def test_one_picture_of_each_of_several_models_stand_side_by_side(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    for number in range(7):
        make_image(generation := make_generation(batch, make_model(f"flux {number}")))
        change(generation, state="succeeded", finished_at=now())
    page = signed_in(cast.ana).get("/").content.decode()
    assert 'class="strip__sheet strip__sheet--side r-150 lines-4"' in page and page.count("strip__model") == 8
    make_image(make_generation(batch))
    assert "strip__sheet--side" not in signed_in(cast.ana).get("/").content.decode()


@pytest.mark.parametrize(
    ("pictures", "ratio", "lines"),
    [(8, "r-150", 4), (6, "r-150", 3), (5, "r-178", 3), (8, "r-100", 4), (8, "r-67", 1), (9, "r-67", 5)],
)
def test_frames_of_one_model_stand_in_even_lines(pictures: int, ratio: str, lines: int) -> None:
    frame = Frame(generation=Generation(), k=1, number=1, total=pictures, look="done", ratio=ratio)
    assert lines_of([frame] * pictures) == f"lines-{lines}"


def test_the_button_of_the_models_names_two_and_counts_the_rest(cast: Cast, signed_in: SignIn) -> None:
    keys = [make_model(f"flux {number}").key for number in range(4)]

    def label_of(chosen: list[str]) -> str:
        page = signed_in(cast.ana).get("/", {"model": chosen}).content.decode()
        return re.search(r"<span data-models-label>(.+?)</span>", page)[1]

    assert [label_of(keys[:n]) for n in (1, 2, 4)] == ["flux 0", "flux 0, flux 1", "flux 0, flux 1 +2"]


def test_a_strip_of_another_begins_with_who_made_it(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana), make_done(cast.ben)
    page = signed_in(cast.ana).get("/?whose=team").content.decode()
    assert page.count('<p class="person">') == 1 and '</span><bdi>Ben</bdi></p><p class="words words--clamp"' in page
    assert 'title="Copy link"' in page


def test_shapes_stand_by_their_orientation(cast: Cast, signed_in: SignIn) -> None:
    """Ratios before pixels, and no group without a shape."""
    tall = make_model("tall", sizes=["2:3", "1024x1536", "9:16", "1:1"])
    cast.model.delete()
    page = signed_in(cast.ana).get("/", {"model": tall.key}).content.decode()
    groups = re.findall(r'<div class="row shapes" role="group" aria-label="(\w+)">(.+?)</div>', page, re.S)
    assert [(name, re.findall(r'value="([^"]+)"', chips)) for name, chips in groups] == [
        ("Square", ["1:1"]),
        ("Portrait", ["2:3", "9:16", "1024x1536"]),
    ]
