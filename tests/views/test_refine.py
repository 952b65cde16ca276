"""Refining and varying a picture, and the line that comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from generations import pipeline
from generations.history import history_of
from generations.models import Batch, Image, Membership, Worker, queue
from generations.models.key import now
from generations.pipeline import build_request
from generations.presenters import lineage
from generations.presenters.lineage import Lineage, difference
from tests.support.cast import Cast, change, make_done, make_image, make_model, make_reference, make_team
from tests.support.scripted import Wire
from tests.views.test_drafts import bodies

SignIn = Callable[..., Client]


def picture_of(batch: Batch) -> Image:
    return batch.generations.get().images.get()


def refine(client: Client, image: Image, words: str = "Make it night", key: str = "form-1") -> Batch:
    """The batch that this instruction makes of a picture."""
    client.post(f"/i/{image.key}/refine", {"prompt": words, "submission": key})
    return Batch.objects.latest("pk")


def test_a_refinement_is_the_next_turn_of_the_talk(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana, prompt="A lake", size="1536x1024", options={"seed": 7})
    change(first.generations.get(), remark="A calm lake.", size="1536x1024")
    second = refine(signed_in(cast.ana), picture_of(first))
    request, pictures, _ = build_request(second.generations.get())
    said = [(message.role, message.text()) for message in request.messages]
    assert said == [("user", "A lake"), ("assistant", "A calm lake."), ("user", "Make it night")]
    assert len(request.references()) == len(pictures.pictures) == 1
    assert (second.parent, second.derivation, second.lineage_root) == (picture_of(first), "refine", first)
    assert (second.size, second.options, second.count) == ("1536x1024", {"seed": 7}, 1)


def test_the_preview_of_a_refinement_reads_as_the_exchange_does_afterwards(
    cast: Cast, signed_in: SignIn, wire: Wire
) -> None:
    cast.model.placement = "size"
    cast.model.save()
    first = make_done(cast.ana, prompt="A lake", size="1536x1024", options={"seed": 7})
    change(first.generations.get(), remark="A calm lake.", size="1536x1024")
    client, image = signed_in(cast.ana, htmx=True), picture_of(first)
    field = client.get(f"/i/{image.key}/instruct").content.decode()
    assert f'hx-post="/i/{image.key}/refine/preview"' in field
    shown = client.post(f"/i/{image.key}/refine/preview", {"prompt": "Make it night"}).content.decode()
    assert Batch.objects.count() == 1
    generation = refine(client, image).generations.get()
    worker = Worker(name="w", slots=1)
    worker.heartbeat()
    pipeline.run(queue.claim(generation.pk, worker))
    [before], after = bodies(shown), bodies(client.get(f"/g/{generation.key}/exchange").content.decode())[0]
    assert before == after
    said = ("A lake", "A calm lake.", "Make it night", "1536x1024", '"seed": 7', "not shown")
    assert all(words in before for words in said)


def test_the_preview_of_a_refinement_without_script_is_a_page_that_leads_back(cast: Cast, signed_in: SignIn) -> None:
    client, image = signed_in(cast.ana), picture_of(make_done(cast.ana))
    path = f"/i/{image.key}/refine/preview"
    assert f'formaction="{path}"' in client.get(f"/i/{image.key}").content.decode()
    page = client.post(path, {"prompt": "Make it night"}).content.decode()
    assert len(bodies(page)) == 1 and f'href="/i/{image.key}#refine">Back to the picture' in page
    refused = client.post(path, {"prompt": " "})
    assert refused.status_code == 422 and "Write what you would like to see." in refused.content.decode()
    cast.model.max_references = 0
    cast.model.save()
    refused = client.post(path, {"prompt": "Make it night"})
    assert refused.status_code == 422 and "No available model takes reference pictures" in refused.content.decode()


def test_every_turn_of_a_line_is_told_in_order(cast: Cast, signed_in: SignIn) -> None:
    client, batch = signed_in(cast.ana), make_done(cast.ana, prompt="A lake")
    for place, words in enumerate(("Make it night", "Add a moon")):
        batch = refine(client, picture_of(batch), words, f"form-{place}")
        make_image(batch.generations.get())
    said = [message.text() for message in history_of(batch) if message.role == "user"]
    assert said == ["A lake", "Make it night"]
    client.post(f"/i/{picture_of(batch).key}/vary", {"submission": "once more"})
    varied = Batch.objects.latest("pk")
    assert (varied.prompt, varied.derivation) == ("Add a moon", "vary")
    assert [message.text() for message in history_of(varied) if message.role == "user"] == said


def test_varying_is_the_same_order_under_another_seed(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana, options={"seed": 7})
    reference = make_reference(first)
    client, path = signed_in(cast.ana), f"/i/{picture_of(first).key}/vary"
    for _ in range(2):
        client.post(path, {"submission": "form-1"})
    second = Batch.objects.exclude(pk=first.pk).get()
    assert (second.prompt, second.count, list(second.references.all())) == (first.prompt, 1, [reference])
    assert second.options["seed"] != 7
    client.post(path, {"submission": "form-2"})
    assert Batch.objects.latest("pk").options["seed"] != second.options["seed"]


def test_a_model_without_references_leaves_the_change_to_another(cast: Cast, signed_in: SignIn) -> None:
    words_only = make_model("words-only", max_references=0)
    image = picture_of(make_done(cast.ana, model=words_only))
    make_model("qwen-image-edit", max_references=1)
    client = signed_in(cast.ana)
    page = client.get(f"/i/{image.key}").content.decode()
    assert "words-only takes no reference pictures. Another model draws the change." in page, "whichever is chosen"
    assert refine(client, image).generations.get().model == cast.model


def test_who_draws_the_change_and_how_often_is_chosen_beside_it(cast: Cast, signed_in: SignIn) -> None:
    other, words_only = make_model("flux-kontext-dev", max_references=1), make_model("words-only", max_references=0)
    image, client = picture_of(make_done(cast.ana, model=cast.model)), signed_in(cast.ana)
    page = client.get(f"/i/{image.key}").content.decode()
    form = page[page.index('id="refine"') :].partition("</form>")[0]
    choices = dict(re.findall(r'<option value="(\w+)"( selected)?>', form))
    assert choices == {cast.model.key: " selected", other.key: ""}
    assert "gpt-image-1 · ≈ $0.04" in form and re.findall(r'name="n" value="(\d)"( checked)?', form)[0] == (
        "1",
        " checked",
    )
    said = {"prompt": "Make it night", "submission": "form-1", "model": other.key, "n": "4"}
    client.post(f"/i/{image.key}/refine", said)
    sent = Batch.objects.latest("pk")
    assert (sent.count, {each.model for each in sent.generations.all()}, sent.parent) == (4, {other}, image)
    shown = client.post(f"/i/{image.key}/refine/preview", said).content.decode()
    assert "flux-kontext-dev" in shown and "<code>gpt-image-1" not in shown
    for wrong in (
        {"model": words_only.key},
        {"model": "\0"},
        {"n": "0"},
        {"n": "17"},
        {"n": "x"},
        {"model": "x" * 10_000},
    ):
        answer = client.post(f"/i/{image.key}/refine", {**said, "submission": "form-2", **wrong}, follow=True)
        assert answer.status_code == 422 and answer.context["problem"], wrong
        assert client.post(f"/i/{image.key}/refine/preview", {**said, **wrong}).status_code == 422
    assert Batch.objects.count() == 2


@pytest.mark.parametrize("verb", ["refine", "vary"])
def test_what_was_made_from_a_picture_leads_back_to_it_and_on_to_its_list(
    cast: Cast, signed_in: SignIn, verb: str
) -> None:
    image, client = picture_of(make_done(cast.ana)), signed_in(cast.ana)
    page = client.get(f"/i/{image.key}?back=/library%3Fq%3Dlake").content.decode()
    assert page.count('<input type="hidden" name="back" value="/library?q=lake">') == 2
    said = {"prompt": "Make it night", "submission": "form-1", "back": "/library?q=lake"}
    answer = client.post(f"/i/{image.key}/{verb}", said, follow=True)
    back = re.search(rf'href="(/i/{image.key}\?[^"]+)">\s*<i[^>]*></i>\s*Back to the picture', answer.content.decode())[
        1
    ]
    assert 'href="/library?q=lake"' in client.get(back).content.decode()
    for hostile in (
        "//evil.example/i/abcdefghijkl",
        "https://evil.example/",
        "/i/abcdefghijkl/../../x",
        "\0",
        "x" * 9000,
    ):
        page = client.get(Batch.objects.latest("pk").get_absolute_url(), {"back": hostile}).content.decode()
        assert "evil" not in page and "Back to the picture" not in page


@pytest.mark.parametrize("verb", ["vary", "refine"])
@pytest.mark.parametrize("back", ["/library?q=" + "x" * 17_000, "https://evil.example/", "/settings", "\0"])
def test_a_way_back_that_is_no_list_or_too_long_is_left_out(
    cast: Cast, signed_in: SignIn, verb: str, back: str
) -> None:
    image = picture_of(make_done(cast.ana))
    said = {"prompt": "Make it night", "submission": "form-1", "back": back}
    answer = signed_in(cast.ana).post(f"/i/{image.key}/{verb}", said)
    assert answer["Location"] == f"{Batch.objects.latest('pk').get_absolute_url()}?back=%2Fi%2F{image.key}"


def test_what_was_written_and_chosen_stays_where_it_is_refused_without_script(cast: Cast, signed_in: SignIn) -> None:
    image = picture_of(make_done(cast.ana))
    other = make_model("other", max_references=4)
    client, words = signed_in(cast.ana), "Make it “night” " * 2100
    said = {"prompt": words, "model": other.key, "n": "4", "submission": "form-1", "back": "/library?q=lake"}
    answer = client.post(f"/i/{image.key}/refine", said)
    page = answer.content.decode()
    assert answer.status_code == 422 and Batch.objects.count() == 1
    assert re.search(rf'<option value="{other.key}"\s+selected', page)
    assert re.findall(r'name="n" value="(\d)" checked', page) == ["4"]
    assert 'value="Make it “night” Make it' in page and 'name="back" value="/library?q=lake"' in page
    assert f'href="/i/{image.key}?back=%2Flibrary%3Fq%3Dlake"' in page and 'role="alert"' in page


def test_without_a_model_for_it_nothing_is_sent(cast: Cast, signed_in: SignIn) -> None:
    image = picture_of(make_done(cast.ana))
    cast.model.max_references = 0
    cast.model.save()
    answer = signed_in(cast.ana).post(f"/i/{image.key}/refine", {"prompt": "x", "submission": "y"}, follow=True)
    assert "No available model takes reference pictures." in answer.content.decode()
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("visibility", ["team", "private"])
def test_who_sees_a_picture_sees_what_is_made_of_it(cast: Cast, signed_in: SignIn, visibility: str) -> None:
    first = make_done(cast.ana, visibility=visibility)
    assert refine(signed_in(cast.ana), picture_of(first)).visibility == visibility


def test_a_teammate_refines_for_themselves(cast: Cast, signed_in: SignIn) -> None:
    second = refine(signed_in(cast.ben), picture_of(make_done(cast.ana)))
    assert (second.person, second.team) == (cast.ben, cast.design)


def test_what_staff_added_by_hand_is_not_carried_by_others(cast: Cast, signed_in: SignIn) -> None:
    image = picture_of(make_done(cast.ana, options={"added": {"style": "x"}, "seed": 1}))
    assert refine(signed_in(cast.ana), image).options == {"seed": 1}


def test_htmx_gets_the_field_then_the_strip_and_an_empty_place(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana)
    client, image = signed_in(cast.ana, htmx=True), picture_of(first)
    field = client.get(f"/i/{image.key}/instruct").content.decode()
    key = re.search(r'name="submission" value="(\w+)"', field)[1]
    answer = client.post(
        f"/i/{image.key}/refine", {"prompt": "Night", "submission": key, "since": f"{first.pk}~", "whose": "mine"}
    ).content.decode()
    assert f'id="g-{Batch.objects.latest("pk").key}"' in answer
    assert f'id="g-{first.key}-refine" hx-swap-oob="true"></div>' in answer


def test_an_empty_instruction_says_so(cast: Cast, signed_in: SignIn) -> None:
    image = picture_of(make_done(cast.ana))
    answer = signed_in(cast.ana, htmx=True).post(f"/i/{image.key}/refine", {"prompt": " ", "submission": "x"})
    assert "Write what you would like to see." in answer.content.decode()
    assert Batch.objects.count() == 1


def test_a_brought_picture_is_refined_without_a_talk_and_never_varied(cast: Cast, signed_in: SignIn) -> None:
    image = make_image(person=cast.ana, alt="bottle.png")
    batch = refine(signed_in(cast.ana), image)
    assert (batch.parent, batch.lineage_root, history_of(batch)) == (image, None, [])
    assert signed_in(cast.ana).post(f"/i/{image.key}/vary").status_code == 404


def test_the_page_shows_the_line_and_its_branches(cast: Cast, signed_in: SignIn) -> None:
    client, first = signed_in(cast.ana), make_done(cast.ana, prompt="A red boat on a lake")
    second = refine(client, picture_of(first), "A blue boat on a lake")
    make_image(second.generations.get())
    third = refine(client, picture_of(second), "Make it night", "form-2")
    make_image(third.generations.get())
    page = client.get(f"/i/{picture_of(second).key}").content.decode()
    assert "A <del>red</del><ins>blue</ins> boat on a lake" in page
    assert "1 prompt since" in page and "3 prompts" in page
    assert page.count("lineage__step") == 3


def test_the_difference_is_worked_out_once_when_the_batch_is_made(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, first = signed_in(cast.ana), make_done(cast.ana, prompt="A red boat on a lake")
    second = refine(client, picture_of(first), "A blue boat on a lake")
    assert second.changes == [[2, 3, 4], [15, 0, 0]]
    path = f"/i/{make_image(second.generations.get()).key}"
    monkeypatch.setattr(lineage, "changes_between", lambda *_: [])
    assert "A <del>red</del><ins>blue</ins> boat on a lake" in client.get(path).content.decode()


def test_the_difference_of_an_older_batch_is_worked_out_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    client, first = signed_in(cast.ana), make_done(cast.ana, prompt="A red boat on a lake")
    second = refine(client, picture_of(first), "A blue boat on a lake")
    path = f"/i/{make_image(second.generations.get()).key}"
    for changes in (None, [[1, 1, 1]]):
        Batch.objects.filter(pk=second.pk).update(changes=changes)
        assert ("<del>red</del>" in client.get(path).content.decode()) is (changes is None)


def test_nothing_is_kept_of_a_parent_without_a_prompt(cast: Cast, signed_in: SignIn) -> None:
    assert refine(signed_in(cast.ana), make_image(person=cast.ana, alt="bottle.png")).changes is None


def test_what_a_private_parent_said_is_not_told_by_the_difference(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana, prompt="A crimson boat on a lake", visibility="private")
    came = {"derivation": "refine", "lineage_root": first}
    changes = [[2, 7, 4], [15, 0, 0]]
    second = make_done(cast.ana, prompt="A blue boat on a lake", parent=picture_of(first), changes=changes, **came)
    make_done(cast.ana, prompt="A blue boat on the sea", parent=picture_of(second), **came)
    path = f"/i/{picture_of(second).key}"
    page = signed_in(cast.ben).get(path).content.decode()
    assert "A blue boat on a lake" in page and "crimson" not in page
    assert "<del>crimson</del>" in signed_in(cast.ana).get(path).content.decode()


def test_the_line_hides_what_is_private(cast: Cast, signed_in: SignIn) -> None:
    client, first = signed_in(cast.ana), make_done(cast.ana)
    second = refine(client, picture_of(first))
    make_image(second.generations.get())
    Batch.objects.filter(pk=second.pk).update(visibility="private")
    assert "Lineage" not in signed_in(cast.ben).get(f"/i/{picture_of(first).key}").content.decode()


def test_a_longer_line_costs_no_more_queries(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    client, batch = signed_in(cast.ana), make_done(cast.ana)
    counts = []
    for turn in range(4):
        batch = refine(client, picture_of(batch), "Again", f"form-{turn}")
        make_image(batch.generations.get())
        path = f"/i/{picture_of(batch).key}"
        counts.append(queries_of(lambda path=path: client.get(path)))
    assert counts[-1] <= counts[1]


def test_differences_are_told_by_word_and_escaped() -> None:
    assert difference("a red boat", "a blue boat") == "a <del>red</del><ins>blue</ins> boat"
    assert difference("夕阳下的城市", "夕阳下的海") == "夕阳下的<del>城市</del><ins>海</ins>"
    assert "&lt;b&gt;" in difference("a boat on a lake", "a <b> on a lake")
    assert difference("at night, by the sea.", "at dawn, by the lake!") == (
        "at <del>night</del><ins>dawn</ins>, by the <del>sea.</del><ins>lake!</ins>"
    )
    assert difference("שמש אדומה, ים", "שמש כחולה, ים") == "שמש <del>אדומה</del><ins>כחולה</ins>, ים"
    assert difference("a 👩‍🚀 on ice", "a 👩‍🎤 on ice") == "a <del>👩‍🚀</del><ins>👩‍🎤</ins> on ice"
    assert difference("cat", "dog") == difference("cat", "cat") == difference("", "cat") == ""
    assert difference("a night sky over pines, gold stars", "make it night, add a moon") == ""


def test_a_line_begins_after_what_may_not_be_seen(cast: Cast) -> None:
    first = make_done(cast.ana, visibility="private")
    second = make_done(cast.ana, parent=picture_of(first), derivation="vary", lineage_root=first)
    assert [step.image for step in Lineage(picture_of(second), [second]).steps] == [picture_of(second)]
    assert len(Lineage(picture_of(second), [first, second]).steps) == 2


def test_the_line_goes_on_over_what_was_deleted(cast: Cast, signed_in: SignIn) -> None:
    client, first = signed_in(cast.ana), make_done(cast.ana, prompt="A red boat on a lake")
    second = refine(client, picture_of(first), "A blue boat on a lake")
    gone = make_image(second.generations.get())
    third = refine(client, gone, "A blue boat on the sea", "form-2")
    here = make_image(third.generations.get())
    Image.objects.filter(pk=gone.pk).delete_by(cast.ana)
    for person in (cast.ana, cast.ben):
        page = signed_in(person).get(f"/i/{here.key}").content.decode()
        assert page.count("lineage__step") == 3 and "Deleted</span>" in page
        assert f"/i/{gone.key}" not in page and f'href="/b/{second.key}"' in page
        assert "A blue boat on <del>a</del><ins>the</ins> <del>lake</del><ins>sea</ins>" in page
        tree = re.search(r'<ul class="tree">.*</ul>', page, re.S)[0]
        assert tree.count('<ul class="tree">') == 3, "each below the one it came from"


def test_a_line_whose_beginning_was_purged_says_that_there_was_one(cast: Cast) -> None:
    batch = make_done(cast.ana, derivation="vary")
    before, here = Lineage(picture_of(batch), [batch]).steps
    assert before.is_gone and before.batch is None and here.is_here


def test_a_varied_picture_outlives_the_one_it_came_from(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana)
    gone = picture_of(first)
    client = signed_in(cast.ana)
    client.post(f"/i/{gone.key}/vary", {"submission": "form-1"})
    second = Batch.objects.latest("pk")
    kept = make_image(second.generations.get())
    Image.objects.filter(pk=gone.pk).update(deleted_at=now(days=-400))
    assert gone.purge()
    second.refresh_from_db()
    assert (second.parent, second.lineage_root, history_of(second)) == (None, first, [])
    assert client.get(f"/i/{kept.key}").status_code == 200


def test_private_words_are_not_quoted_to_those_who_may_not_read_them(cast: Cast, signed_in: SignIn) -> None:
    private = make_done(cast.ana, prompt="A surprise for Ben", visibility="private")
    shown = make_done(cast.ana, prompt="Make it night", parent=picture_of(private), derivation="refine")
    assert history_of(shown) == []
    refined = refine(signed_in(cast.ben), picture_of(shown), "Add a moon")
    assert [message.text() for message in history_of(refined) if message.role == "user"] == ["Make it night"]
    order = {"prompt": "x", "model": cast.model.key, "submission": "s", "derivation": "refine"}
    for again, is_quoted in ((private, False), (shown, True)):
        page = signed_in(cast.ben).post("/compose/preview", {**order, "parent": picture_of(again).key}).content.decode()
        assert (again.prompt in page) == is_quoted


def test_private_words_are_quoted_in_private(cast: Cast, signed_in: SignIn) -> None:
    private = make_done(cast.ana, prompt="A surprise for Ben", visibility="private")
    refined = refine(signed_in(cast.ana), picture_of(private))
    assert refined.visibility == "private"
    assert history_of(refined)[0].text() == "A surprise for Ben"


@pytest.mark.parametrize("verb", ["vary", "refine"])
def test_what_is_made_from_another_teams_work_is_not_shown_to_ones_own(
    cast: Cast, signed_in: SignIn, verb: str
) -> None:
    Membership.objects.create(person=cast.sam, team=make_team("Board"))
    picture = picture_of(make_done(cast.ana))
    signed_in(cast.sam).post(f"/i/{picture.key}/{verb}", {"prompt": "Make it night", "submission": "form-1"})
    made = Batch.objects.latest("pk")
    assert (made.person, made.visibility) == (cast.sam, "private")


def test_vary_says_how_many_pictures_it_sends_and_what_they_cost(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, pictures=4).images.first()
    client = signed_in(cast.ana)
    for path in ("/", image.get_absolute_url()):
        assert re.search(r"Vary\s*<small[^>]*>4 · ≈ \$0.17</small>", client.get(path).content.decode()), path
    change(image.generation, price=None)
    Batch.objects.update(count=1)
    for path in ("/", image.get_absolute_url()):
        assert not re.search(r"Vary\s*<small", client.get(path).content.decode()), path
