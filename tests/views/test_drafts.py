"""The draft, earlier prompts, prefilled composers and the preview of what is sent."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

from django.test import Client

from generations import pipeline
from generations.history import history_of
from generations.imaging.decode import clean_copy
from generations.models import Batch, Draft, Image, Membership, Provider, Worker, queue
from generations.pipeline import build_request
from tests.support.cast import (
    Cast,
    change,
    make_batch,
    make_done,
    make_generation,
    make_image,
    make_model,
    make_provider,
    make_reference,
    make_team,
)
from tests.support.scripted import Wire

SignIn = Callable[..., Client]


def make_order(cast: Cast, **fields: object) -> dict[str, object]:
    return {"prompt": "A red bicycle", "model": [cast.model.key], "n": "2", "submission": "form-1"} | fields


def test_a_draft_is_back_on_another_device(cast: Cast, signed_in: SignIn) -> None:
    image = make_image(person=cast.ana)
    said = make_order(cast, ref=[image.key], size="1536x1024", seed="7", visible="private", stop="END")
    assert signed_in(cast.ana).post("/draft", said).status_code == 204
    page = signed_in(cast.ana).get("/").content.decode()
    assert "\nA red bicycle</textarea>" in page and f'name="ref" value="{image.key}"' in page
    assert 'value="1536x1024" data-label="1536×1024" data-ratio="r-150" checked' in page
    assert re.search(r'name="seed"[^>]*value="7"', page) and re.search(r'value="private" checked', page)


def test_a_draft_with_what_no_database_takes_is_kept_without_it(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in(cast.ana).post("/draft", make_order(cast, prompt="A\0lake")).status_code == 204
    assert Draft.objects.get().fields["prompt"] == ["A\ufffdlake"]


def test_a_picture_taken_as_reference_joins_those_of_the_draft(cast: Cast, signed_in: SignIn) -> None:
    client, one, two = signed_in(cast.ana), make_image(person=cast.ana), make_image(person=cast.ana)
    client.post("/draft", make_order(cast, ref=[one.key]))
    for _ in range(2):
        page = client.get(f"/?with={two.key}").content.decode()
        assert re.findall(r'name="ref" value="(\w+)"', page) == [one.key, two.key]


def test_nobody_else_has_my_draft(cast: Cast, signed_in: SignIn) -> None:
    signed_in(cast.ana).post("/draft", make_order(cast))
    assert "A red bicycle" not in signed_in(cast.ben).get("/").content.decode()


def test_what_a_draft_lost_is_said(cast: Cast, signed_in: SignIn) -> None:
    client, other, image = signed_in(cast.ana), make_model("nano-banana-hd"), make_image(person=cast.ana)
    said = make_order(
        cast, model=[other.key], ref=[image.key, make_image(person=cast.ana).key], visible=cast.design.key
    )
    client.post("/draft", said)
    assert 'id="lost"' not in client.get("/").content.decode()
    other.is_enabled = False
    other.save()
    Image.objects.filter(pk=image.pk).delete_by(cast.ana)
    cast.ana.membership_set.all().delete()
    page = client.get("/").content.decode()
    told = re.search(r'id="lost" role="status">(.*?)</div>', page)[1]
    assert re.findall(r"<p>(.*?)</p>", told) == [
        "nano-banana-hd is no longer offered; gpt-image-1 is chosen instead.",
        "1 reference picture is no longer there.",
        "You are not in the team it was for, so only you will see it.",
    ]
    assert 'name="visible" value="private" checked' in page


def test_a_draft_for_a_team_one_left_is_not_shown_to_another(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/draft", make_order(cast, visible=cast.design.key))
    cast.ana.membership_set.all().delete()
    Membership.objects.create(person=cast.ana, team=make_team("Brand"))
    page = client.get("/").content.decode()
    assert 'name="visible" value="private" checked' in page and "only you will see it" in page


def test_one_of_two_models_that_is_gone_is_named(cast: Cast, signed_in: SignIn) -> None:
    gone = make_model("flux", is_enabled=False)
    client = signed_in(cast.ana)
    client.post("/draft", make_order(cast, model=[cast.model.key, gone.key]))
    assert "<p>flux is no longer offered.</p>" in client.get("/").content.decode()


def test_using_a_batch_of_a_model_that_is_gone_again_says_so(cast: Cast, signed_in: SignIn) -> None:
    gone = make_model("flux", is_enabled=False)
    batch = make_batch(cast.ana)
    change(batch.generations.get(), model=gone)
    page = signed_in(cast.ana).get(f"/?from={batch.key}").content.decode()
    assert "flux is no longer offered; gpt-image-1 is chosen instead." in page


def test_sending_clears_the_words_and_keeps_the_choices(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/draft", make_order(cast, n="4"))
    client.post("/compose", make_order(cast, n="4"))
    page = client.get("/").content.decode()
    assert "\n</textarea>" in page
    assert 'name="n" value="4" checked' in page


def test_a_draft_that_comes_after_the_sending_is_not_kept(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/compose", make_order(cast))
    client.post("/draft", make_order(cast))
    assert "prompt" not in Draft.objects.get().fields


def test_a_draft_of_another_device_is_put_aside_and_told(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/draft", make_order(cast, client_id="phone", prompt="Written on the phone"))
    answer = client.post(
        "/draft", make_order(cast, client_id="desk", base_client_id="earlier", prompt="Written at the desk")
    )
    assert "“<bdi>Written on the phone</bdi>”" in answer.content.decode()
    for words in ("Written at the desk too", "Written at the desk still"):
        assert client.post("/draft", make_order(cast, client_id="desk", prompt=words)).status_code == 204
    page = client.get("/").content.decode()
    assert "\nWritten at the desk still</textarea>" in page and 'href="/?draft=stashed"' in page
    page = client.get("/?draft=stashed").content.decode()
    assert "\nWritten on the phone</textarea>" in page and "“<bdi>Written at the desk still</bdi>”" in page
    client.post("/compose", make_order(cast, prompt="Written on the phone", client_id="new"))
    page = client.get("/").content.decode()
    assert "\nWritten at the desk still</textarea>" in page and "Unsent draft" not in page


def test_a_draft_that_goes_on_from_one_kept_elsewhere_takes_its_place(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/draft", make_order(cast, client_id="phone"))
    assert 'name="base_client_id" value="phone"' in client.get("/").content.decode()
    assert (
        client.post("/draft", make_order(cast, client_id="desk", base_client_id="phone", prompt="Changed")).status_code
        == 204
    )
    assert "Unsent draft" not in client.get("/").content.decode()


def test_words_of_an_address_leave_the_draft_alone(cast: Cast, signed_in: SignIn) -> None:
    client, image = signed_in(cast.ana), make_image(person=cast.ana)
    client.post("/draft", make_order(cast, client_id="page", prompt="My draft", ref=[image.key]))
    page = client.get("/?prompt=Brought").content.decode()
    assert "\nBrought</textarea>" in page and image.key not in page
    assert 'name="base_client_id" value=""' in page and "“<bdi>My draft</bdi>”" in page
    client.post("/compose", make_order(cast, prompt="Brought", client_id="other"))
    page = client.get("/").content.decode()
    assert "\nMy draft</textarea>" in page and image.key in page

    client.post("/draft", make_order(cast, prompt="Brought and changed", client_id="third"))
    client.post("/compose", make_order(cast, prompt="Brought and changed", client_id="third", submission="form-2"))
    page = client.get("/").content.decode()
    assert "\nMy draft</textarea>" in page and image.key in page


def test_what_was_put_aside_is_thrown_away(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    for by in ("phone", "desk"):
        client.post("/draft", make_order(cast, by=by, prompt=f"On the {by}"))
    client.post("/draft", {"forget": "stashed"})
    page = client.get("/").content.decode()
    assert "On the desk" in page and "On the phone" not in page


def test_a_draft_keeps_only_the_forms_fields(cast: Cast, signed_in: SignIn) -> None:
    signed_in(cast.ana).post("/draft", make_order(cast, person="1", prompt="x" * 40_000))
    said = Draft.objects.get().fields
    assert "person" not in said and "submission" not in said
    assert len(said["prompt"][0]) == 32_000


def test_a_strangers_picture_in_a_draft_is_left_out(cast: Cast, signed_in: SignIn) -> None:
    image = make_image(person=cast.cy)
    signed_in(cast.ana).post("/draft", make_order(cast, ref=[image.key]))
    assert image.key not in signed_in(cast.ana).get("/").content.decode()


def test_earlier_prompts_come_once_each_the_last_first(cast: Cast, signed_in: SignIn) -> None:
    for words in ("one", "two", "one", "three"):
        make_batch(cast.ana, prompt=words)
    make_batch(cast.ben, prompt="of ben")
    assert signed_in(cast.ana).get("/draft/prompts").json() == {"prompts": ["three", "one", "two"]}


def test_an_address_fills_in_and_sends_nothing(cast: Cast, signed_in: SignIn) -> None:
    make_model("nano-banana")
    page = signed_in(cast.ana).get("/", {"prompt": "A <b>lake</b>", "model": "nano-banana"}).content.decode()
    assert "A &lt;b&gt;lake&lt;/b&gt;</textarea>" in page
    assert re.search(r'data-name="nano-banana"[^>]* checked>', page)
    assert not re.search(r'data-name="gpt-image-1"[^>]* checked>', page)
    assert not Batch.objects.exists()


def test_a_model_that_is_not_there_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.ana).get("/?model=nothing").content.decode()
    assert re.search(r'data-name="gpt-image-1"[^>]* checked>', page)


def test_use_again_brings_everything_and_records_its_parent(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana, prompt="A lake", options={"seed": 7})
    reference, image = make_reference(first), first.generations.get().images.get()
    client = signed_in(cast.ana)
    page = client.get(f"/?again={image.key}").content.decode()
    assert "\nA lake</textarea>" in page and f'name="ref" value="{reference.key}"' in page
    assert f'name="parent" value="{image.key}"' in page and re.search(r'name="seed"[^>]*value="7"', page)
    client.post("/compose", make_order(cast, parent=image.key))
    batch = Batch.objects.latest("pk")
    assert (batch.parent, batch.derivation, batch.lineage_root) == (image, "again", first)


def test_a_whole_strip_used_again_goes_on_from_its_first_picture(cast: Cast, signed_in: SignIn) -> None:
    other = make_model("nano-banana")
    first = make_done(cast.ana, prompt="A lake", pictures=2)
    make_generation(first, model=other, state="succeeded")
    image, client = first.generations.first().images.first(), signed_in(cast.ana)
    assert f'href="/?from={first.key}"' in client.get("/").content.decode()
    page = client.get(f"/?from={first.key}").content.decode()
    assert f'name="parent" value="{image.key}"' in page and 'name="derivation" value="again"' in page
    assert page.count('name="model"') == len(re.findall(r'name="model"[^>]* checked>', page)) == 2
    client.post("/compose", make_order(cast, parent=image.key, derivation="again"))
    second = Batch.objects.latest("pk")
    assert (second.parent, second.derivation, second.lineage_root) == (image, "again", first)
    drawn = make_image(second.generations.first())
    assert f'name="parent" value="{drawn.key}"' in client.get(f"/?from={second.key}").content.decode()


def test_what_is_drawn_from_a_drawn_reference_is_its_child_and_no_talk(cast: Cast, signed_in: SignIn) -> None:
    client, first = signed_in(cast.ana), make_done(cast.ana, prompt="A lake")
    image, brought = first.images.get(), make_image(person=cast.ana)
    page = client.get(f"/i/{image.key}").content.decode()
    assert f'href="/?with={image.key}"' in page
    assert f'name="ref" value="{image.key}"' in client.get(f"/?with={image.key}").content.decode()
    client.post("/compose", make_order(cast, ref=[brought.key, image.key]))
    batch = Batch.objects.latest("pk")
    assert (batch.parent, batch.derivation, batch.lineage_root, history_of(batch)) == (image, "refer", first, [])
    assert "1 since" not in page
    make_image(batch.generations.first())
    assert "1 prompt since" in client.get(f"/i/{image.key}").content.decode()
    client.post("/compose", make_order(cast, ref=[brought.key], submission="brought alone"))
    assert Batch.objects.latest("pk").parent is None


def test_a_reference_drawn_in_private_by_others_is_no_parent(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ben, visibility="private").images.get()
    make_reference(make_batch(cast.ben), image)
    signed_in(cast.ana).post("/compose", make_order(cast, ref=[image.key]))
    batch = Batch.objects.get(person=cast.ana)
    assert (batch.parent, list(batch.references.all())) == (None, [image])


def test_a_parent_one_may_not_see_is_left_out(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ben, visibility="private").generations.get().images.get()
    client = signed_in(cast.ana)
    assert client.get(f"/?again={image.key}").status_code == 404
    client.post("/compose", make_order(cast, parent=image.key))
    assert Batch.objects.get(person=cast.ana).parent is None


def test_the_preview_has_the_parameters_of_every_call(cast: Cast, signed_in: SignIn) -> None:
    Provider.objects.update(query="api-version=2")
    shown = signed_in(cast.ana, htmx=True).post("/compose/preview", make_order(cast)).content.decode()
    assert "/chat/completions?api-version=2" in shown


def test_the_preview_is_what_is_sent(cast: Cast, signed_in: SignIn) -> None:
    client, image = signed_in(cast.ana, htmx=True), make_image(person=cast.ana)
    said = make_order(cast, ref=[image.key], size="1536x1024", seed="7")
    shown = client.post("/compose/preview", said).content.decode()
    assert not Batch.objects.exists()
    client.post("/compose", said)
    request, *_ = build_request(Batch.objects.get().generations.first())
    plain = html.unescape(re.sub(r"<[^>]+>", "", shown))
    sent = request.model_dump(exclude_unset=True)
    for name in ("model", "seed"):
        assert f'"{name}": {sent[name]!r}'.replace("'", '"') in plain
    assert "A red bicycle" in plain and "KB not shown" in plain and "Sent 2 times" in plain
    assert "base64,iVBOR" not in plain


def test_the_preview_reads_as_the_exchange_does_afterwards(cast: Cast, signed_in: SignIn, wire: Wire) -> None:
    """With a reference, a history, a size that is snapped and an option: not one sign differs."""
    cast.model.options, cast.model.placement = ["seed", "temperature"], "size"
    cast.model.save()
    first = make_done(cast.ana, prompt="A lake")
    parent, reference = first.images.get(), make_image(person=cast.ana, width=900, height=700)
    reference.keep_copy("clean_file", clean_copy(reference.file.bytes()))
    client = signed_in(cast.ana, htmx=True)
    said = make_order(cast, ref=[reference.key], size="16:9", seed="7", temperature="0.5", n="1")
    said |= {"parent": parent.key, "derivation": "refine"}
    shown = client.post("/compose/preview", said).content.decode()
    client.post("/compose", said)
    worker = Worker(name="w", slots=1)
    worker.heartbeat()
    generation = queue.claim(Batch.objects.latest("pk").generations.get().pk, worker)
    pipeline.run(generation)
    exchange = client.get(f"/g/{generation.key}/exchange").content.decode()
    [before], after = bodies(shown), bodies(exchange)[0]
    assert before == after
    assert "A lake" in before and "1536x1024" in before and "not shown" in before and "0.5" in before
    assert "Bearer $KEY" in exchange and cast.model.provider.secret not in exchange


def bodies(page: str) -> list[str]:
    """What stands in its code blocks, as it is copied."""
    return [html.unescape(re.sub(r"<[^>]+>", "", body)) for body in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S)]


def test_the_preview_has_one_body_a_model_with_the_size_it_takes(cast: Cast, signed_in: SignIn) -> None:
    make_model("words-only", max_references=0, sizes=["1:1", "16:9"], placement="prompt: [{ratio}]")
    models = [cast.model.key, cast.model.provider.models.get(name="words-only").key]
    said = make_order(cast, model=models, size="1536x1024")
    shown = html.unescape(signed_in(cast.ana, htmx=True).post("/compose/preview", said).content.decode())
    assert shown.count("<pre") == 2
    assert "A red bicycle [16:9]" in shown


def test_every_model_begins_with_the_seed_that_was_asked_for(cast: Cast, signed_in: SignIn) -> None:
    client, other = signed_in(cast.ana, htmx=True), make_model("flux", options=["seed"])
    said = make_order(cast, model=[cast.model.key, other.key], seed="7")
    before = bodies(client.post("/compose/preview", said).content.decode())
    client.post("/compose", said)
    sent = [build_request(generation)[0] for generation in Batch.objects.get().generations.all()]
    assert [request.seed for request in sent] == [7, 8, 7, 8]
    assert [json.loads(body) for body in before] == [json.loads(sent[at].to_json()) for at in (0, 2)]


def test_the_preview_says_of_each_model_alone_why_not(cast: Cast, signed_in: SignIn) -> None:
    needy = make_model("edits", min_references=1)
    said = make_order(cast, model=[cast.model.key, needy.key])
    shown = signed_in(cast.ana, htmx=True).post("/compose/preview", said).content.decode()
    assert shown.count("<pre") == 1 and shown.count("edits needs a reference picture.") == 1


def test_the_preview_says_why_it_cannot_be_sent(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana, htmx=True)
    assert (
        "Write what you would like to see."
        in client.post("/compose/preview", make_order(cast, prompt="")).content.decode()
    )
    needy = make_model("edits", min_references=1)
    said = client.post("/compose/preview", make_order(cast, model=[needy.key])).content.decode()
    assert "edits needs a reference picture." in said


def test_fields_by_hand_are_for_staff_alone(cast: Cast, signed_in: SignIn) -> None:
    said = make_order(cast, added='{"style": "vivid"}')
    for person in (cast.ana, cast.sam):
        signed_in(person).post("/compose", said)
    assert Batch.objects.get(person=cast.ana).options == {}
    request, *_ = build_request(Batch.objects.get(person=cast.sam).generations.first())
    assert request.model_extra == {"style": "vivid"}
    assert 'name="added"' not in signed_in(cast.ana).get("/").content.decode()
    answer = signed_in(cast.sam).post("/compose", make_order(cast, added="[1]", submission="form-2"))
    assert "Extra request fields must be one JSON object" in html.unescape(answer.content.decode())


def test_further_options_reach_a_model_that_takes_them(cast: Cast, signed_in: SignIn) -> None:
    cast.model.options = ["stop", "presence_penalty"]
    cast.model.save()
    said = make_order(cast, stop="END\r\n\r\nSTOP", presence_penalty="0.5", frequency_penalty="1")
    signed_in(cast.ana).post("/compose", said)
    request, *_ = build_request(Batch.objects.get().generations.first())
    assert (request.stop, request.presence_penalty, request.frequency_penalty) == (["END", "STOP"], 0.5, None)


def test_an_option_that_a_model_does_not_take_is_told_without_script(cast: Cast, signed_in: SignIn) -> None:
    said = make_order(cast, seed="7", stop="END", temperature="")
    signed_in(cast.ana).post("/draft", said)
    page = signed_in(cast.ana).get("/").content.decode()
    assert "gpt-image-1 ignores stop sequences." in page


def test_what_does_not_fit_is_said_before_sending(cast: Cast, signed_in: SignIn) -> None:
    needy = make_model("edits", min_references=1, sizes=["1:1", "16:9"])
    page = signed_in(cast.ana).get("/?model=edits").content.decode()
    assert "edits needs a reference picture." in page
    signed_in(cast.ana).post("/draft", make_order(cast, model=[needy.key], size="1536x1024"))
    page = signed_in(cast.ana).get("/").content.decode()
    assert "edits does not support 1536×1024 and uses the closest, 16:9." in page


def test_the_strip_says_what_was_drawn_instead(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    make_model("wide", sizes=["16:9"])
    client.post("/compose", make_order(cast, size="16:9"))
    assert "gpt-image-1 does not support 16:9 and uses the closest, 1536×1024." in client.get("/").content.decode()


def test_editing_a_refinement_that_failed_is_still_a_refinement(cast: Cast, signed_in: SignIn) -> None:
    first = make_done(cast.ana, prompt="A lake")
    failed = make_batch(
        cast.ana, prompt="Make it nihgt", parent=first.images.get(), derivation="refine", lineage_root=first
    )
    client = signed_in(cast.ana)
    page = client.get(f"/?from={failed.key}").content.decode()
    assert f'Based on <a href="/b/{first.key}">' in page
    client.post(
        "/compose", make_order(cast, prompt="Make it night", parent=first.images.get().key, derivation="refine")
    )
    batch = Batch.objects.latest("pk")
    assert (batch.derivation, history_of(batch)[0].text()) == ("refine", "A lake")


def test_the_parent_is_let_go_where_the_prompt_is_another(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana, prompt="A red bicycle in rain").images.get(), signed_in(cast.ana)
    for prompt, parent in (("A blue bicycle in rain", image), ("Three pears on a plate, painted in oil", None)):
        order = make_order(cast, prompt=prompt, parent=image.key, derivation="again", submission=prompt)
        assert client.post("/compose", order).status_code == 302
        assert Batch.objects.latest("pk").parent == parent


def test_a_name_in_the_address_means_one_model(cast: Cast, signed_in: SignIn) -> None:
    make_model(cast.model.name, make_provider("Zebra", "https://zebra.example/v1"))
    page = signed_in(cast.ana).get(f"/?model={cast.model.name}").content.decode()
    assert len(re.findall(r'name="model" value="[^"]*"[^>]*\schecked', page)) == 1
