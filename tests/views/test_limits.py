"""What the chosen models take, as the composer shows it and asks for it: one rule on the server says both."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.support.cast import Cast, make_done, make_model

SignIn = Callable[..., Client]


def ask(client: Client, **fields: object) -> dict:
    answer = client.post("/compose/limits", fields)
    assert answer.status_code == 200
    return answer.json()


def shown(client: Client, address: str = "/") -> dict:
    page = client.get(address).content.decode()
    return json.loads(html.unescape(re.search(r'data-limits="([^"]*)"', page)[1]))


def test_the_page_comes_with_what_it_would_be_told(cast: Cast, signed_in: SignIn) -> None:
    flux = make_model("flux", options=[], sizes=["1:1"], max_references=0)
    client = signed_in(cast.ana)
    address = f"/?prompt=A+lake&model={flux.key}&model={cast.model.key}"
    assert shown(client, address) == ask(client, prompt="A lake", model=[flux.key, cast.model.key], given=0)


def test_what_does_not_fit_is_told_for_each_model(cast: Cast, signed_in: SignIn) -> None:
    brief = make_model("brief", max_prompt=4, max_references=1, sizes=["1:1"], options=["seed"])
    edits = make_model("edits", min_references=3, sizes=[], options=["top_p"])
    fields = {"model": [brief.key, edits.key], "prompt": "A red kite", "size": "1536x1024", "top_p": "0.5", "given": 2}
    told = ask(signed_in(cast.ana), **fields)
    assert [(fit["text"], fit["label"], fit["leaveOut"]) for fit in told["fits"]] == [
        ("brief takes at most 4 characters; this prompt has 10.", "Leave out brief", brief.key),
        ("brief takes at most 1 reference picture; you added 2.", "Leave out brief", brief.key),
        ("edits needs a reference picture.", "Leave out edits", edits.key),
        ("brief ignores top p.", "", ""),
        ("brief does not support 1536×1024 and uses the closest, 1:1.", "", ""),
    ]
    [alone] = ask(signed_in(cast.ana), model=[edits.key], given=2)["fits"]
    assert alone["isStop"] and not alone["leaveOut"]
    assert told["hint"] == "Up to 1 reference picture." and told["most"] == 1 and told["sizes"] == ["1:1"]


def test_what_many_models_draw_instead_is_one_sentence_and_none_where_the_shape_is_the_same(
    cast: Cast, signed_in: SignIn
) -> None:
    """Seven lines said of eight models that they draw 1:1 in place of 1024×1024, which is 1:1."""
    models = [make_model(f"same {n}", sizes=["1:1", "3:2"]) for n in range(3)]
    told = ask(signed_in(cast.ana), model=[model.key for model in models], size="1024x1024")
    assert told["fits"] == []
    far = [make_model("tall", sizes=["9:16"]), make_model("wide", sizes=["16:9"])]
    told = ask(signed_in(cast.ana), model=[model.key for model in far], size="1024x1024")
    [fit] = told["fits"]
    assert fit["text"] == "tall (9:16), wide (16:9) do not support 1024×1024 and use the closest."


def test_what_it_was_based_on_goes_when_the_prompt_is_another_and_comes_back(cast: Cast, signed_in: SignIn) -> None:
    client, batch = signed_in(cast.ana), make_done(cast.ana, prompt="A red bicycle leans on a wall in the rain")
    fields = {"model": [cast.model.key], "parent": batch.generations.get().images.get().key, "derivation": "again"}
    assert ask(client, prompt="A blue bicycle leans on a wall in the rain", **fields)["isBased"]
    assert not ask(client, prompt="Portrait of an old sailor with a pipe", **fields)["isBased"]
    assert ask(client, prompt="Warmer light", **fields | {"derivation": "refine"})["isBased"]
    page = client.get(f"/?from={batch.key}").content.decode()
    assert 'class="composer__from" data-based>' in page
    page = client.get(f"/?from={batch.key}&prompt=Portrait+of+an+old+sailor+with+a+pipe").content.decode()
    assert 'class="composer__from" data-based hidden>' in page


def test_an_option_says_who_ignores_it(cast: Cast, signed_in: SignIn) -> None:
    one, two = make_model("one", options=["seed"]), make_model("two", options=[])
    told = ask(signed_in(cast.ana), model=[one.key, two.key])
    assert told["options"]["seed"] == {"note": "two ignores this.", "isUseless": False}
    assert told["options"]["stop"] == {"note": "one, two ignore this.", "isUseless": True}
    assert told["untaken"].startswith("Not used by these models: temperature, top p, ")


def test_without_a_model_nothing_is_limited(cast: Cast, signed_in: SignIn) -> None:
    told = ask(signed_in(cast.ana), prompt="A lake")
    assert (told["fits"], told["hint"], told["most"], told["sizes"], told["untaken"]) == ([], "", 0, [], "")
    assert not any(option["isUseless"] or option["note"] for option in told["options"].values())


@pytest.mark.parametrize("given", ["", "-1", "two", "9" * 5000, "٣"])
def test_a_count_that_is_none_is_taken_as_it_can(cast: Cast, signed_in: SignIn, given: str) -> None:
    assert ask(signed_in(cast.ana), model=cast.model.key, given=given)["most"] == cast.model.max_references


def test_it_costs_five_queries_besides_the_session(
    # the teams, the models for them, their prices, and two for how long they usually take
    cast: Cast,
    signed_in: SignIn,
    queries_of: Callable[[Callable[[], object]], int],
) -> None:
    for n in range(5):
        make_model(f"model-{n}")
    client = signed_in(cast.ana)
    client.get("/trash")
    session = queries_of(lambda: client.get("/draft/prompts")) - 1
    assert queries_of(lambda: ask(client, model=cast.model.key, prompt="A lake")) == session + 5
