"""What was answered may repeat an earlier prompt: wherever it is shown, only to whom that prompt is shown too."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations.history import NO_REMARK, history_of
from generations.models import Attempt, Batch, Person
from generations.presenters.strip import strips_of
from generations.viewer import Viewer
from tests.support.cast import Cast, change, make_done, make_failed
from tests.views.test_recorded import SignIn

pytestmark = pytest.mark.django_db
SECRET = "A merger that nobody knows of yet"
TOLD = f"The policy forbids “{SECRET}”."
SENTENCE = "The response repeats an earlier prompt that is not shown to you."


def request_of(*texts: str) -> bytes:
    roles = ("user", "assistant")
    return json.dumps({"messages": [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]}).encode()


def refined(person: Person, first: Batch, *, failed: bool = False, **fields: object) -> Batch:
    """A batch that was drawn, or not, from the picture of another, whose prompt its call repeats."""
    make = make_failed if failed else make_done
    fields = {"prompt": "At night", "parent": first.images.get(), "derivation": "refine", **fields}
    batch = make(person, lineage_root=first.lineage_root or first, **fields)
    Attempt.objects.filter(generation__batch=batch).update(
        request=request_of(first.prompt, NO_REMARK, "At night"), detail=TOLD, text=TOLD
    )
    return batch


@pytest.fixture
def secret(cast: Cast) -> Batch:
    """Private to Ana; what is refined from it she shows to her team."""
    return make_done(cast.ana, prompt=SECRET, visibility="private")


def pages(client: Client, batch: Batch) -> dict[str, str]:
    key = batch.generations.get().key
    paths = [batch.get_absolute_url(), "/?whose=team", f"/g/{key}/exchange", f"/pulse?since=0~{key}.1.q0.0&whose=team"]
    return {path: client.get(path, headers={"HX-Request": "true"}).content.decode() for path in paths}


@pytest.mark.parametrize("state", ["failed", "declined", "waiting", "drawn", "running"])
def test_pages_show_it_to_whom_the_earlier_prompt_is_shown(
    cast: Cast, signed_in: SignIn, secret: Batch, state: str
) -> None:
    batch = refined(cast.ana, secret, failed=state != "drawn")
    ways = {
        "failed": {"detail": TOLD},
        "declined": {"detail": TOLD, "kind": "declined"},
        "waiting": {"detail": TOLD, "state": "queued", "kind": "busy", "run_at": "2099-01-01T00:00:00Z"},
        "drawn": {"detail": TOLD, "remark": TOLD},
        "running": {"progress_text": TOLD, "state": "running", "kind": "", "finished_at": None},
    }
    change(batch.generations.get(), **ways[state])
    for person, is_shown in ((cast.ben, False), (cast.lea, False), (cast.ana, True), (cast.sam, True)):
        found = pages(signed_in(person), batch)
        assert {path for path, page in found.items() if "merger" in page} <= (set(found) if is_shown else set())
        assert any("merger" in page for page in found.values()) is is_shown
    exchange = pages(signed_in(cast.ben), batch)[f"/g/{batch.generations.get().key}/exchange"]
    assert SENTENCE in exchange and "At night" in exchange


def test_the_reviewers_pages_leave_it_out(cast: Cast, signed_in: SignIn, secret: Batch) -> None:
    batch = refined(cast.ana, secret, failed=True)
    change(batch.generations.get(), kind="declined", detail=TOLD)
    drawn = refined(cast.ana, secret)
    change(drawn.generations.get(), remark=TOLD)
    lea = signed_in(cast.lea)
    page = lea.get("/review/refused").content.decode()
    assert SENTENCE in page and "merger" not in page
    assert "merger" not in lea.get(f"/review?picture={drawn.images.get().key}").content.decode()
    assert TOLD in signed_in(cast.sam).get("/review/refused").content.decode()


def test_what_repeats_nothing_is_shown(cast: Cast, signed_in: SignIn, secret: Batch) -> None:
    batch = refined(cast.ana, secret, failed=True)
    change(batch.generations.get(), detail="The quota of the key is used up.")
    assert "The quota of the key is used up." in signed_in(cast.ben).get(batch.get_absolute_url()).content.decode()
    own = make_done(cast.ana, prompt=SECRET)
    change(own.generations.get(), remark=f"I drew {SECRET}.")
    assert f"I drew {SECRET}." in signed_in(cast.ben).get(own.get_absolute_url()).content.decode()


def test_a_prompt_that_is_shown_again_may_be_repeated(cast: Cast, signed_in: SignIn, secret: Batch) -> None:
    batch = refined(cast.ana, secret, failed=True)
    change(batch.generations.get(), detail=TOLD)
    Batch.objects.filter(pk=secret.pk).update(visibility="team")
    assert "merger" in signed_in(cast.ben).get(batch.get_absolute_url()).content.decode()


def test_of_a_cleared_request_what_its_line_says_is_left_out(cast: Cast, signed_in: SignIn, secret: Batch) -> None:
    batch = refined(cast.ana, secret, failed=True)
    change(batch.generations.get(), detail=TOLD)
    Attempt.objects.filter(generation__batch=batch).update(request=b"", text="", detail="")
    ben = signed_in(cast.ben)
    assert "merger" not in ben.get(batch.get_absolute_url()).content.decode()
    secret.images.get().delete()
    assert "merger" not in ben.get(batch.get_absolute_url()).content.decode()


def test_a_remark_that_repeats_it_is_not_sent_on(cast: Cast, secret: Batch) -> None:
    """Ben refines what Ana shows: what her model said of her private prompt is not for him."""
    shown = refined(cast.ana, secret)
    change(shown.generations.get(), remark=TOLD)
    batch = refined(cast.ben, shown, prompt="Warmer")
    assert [message.text() for message in history_of(batch)] == ["At night", NO_REMARK]
    own = refined(cast.ana, shown, prompt="Warmer", visibility="private")
    assert [message.text() for message in history_of(own)] == [SECRET, NO_REMARK, "At night", TOLD]


def test_what_was_sent_on_before_is_left_out_too(cast: Cast, signed_in: SignIn, secret: Batch) -> None:
    shown = refined(cast.ana, secret)
    change(shown.generations.get(), remark=TOLD)
    batch = refined(cast.ana, shown, prompt="Warmer")
    Attempt.objects.filter(generation__batch=batch).update(request=request_of("At night", TOLD, "Warmer"), text="")
    page = signed_in(cast.ben).get(f"/g/{batch.generations.get().key}/exchange").content.decode()
    assert "merger" not in page and "At night" in page


@pytest.mark.parametrize("visibility", ["team", "private"])
def test_a_long_conversation_costs_no_more_queries(
    cast: Cast, queries_of: Callable[[Callable[[], object]], int], visibility: str
) -> None:
    line = [make_done(cast.ben, prompt="Turn 0")]
    for turn in range(1, 12):
        line.append(refined(cast.ana, line[-1], prompt=f"Turn {turn}", visibility=visibility))
    for batch in line:
        change(batch.generations.get(), remark=f"I drew {batch.prompt}.")
    early, late = (Batch.objects.get(pk=line[place].pk) for place in (3, 11))
    assert queries_of(lambda: history_of(late)) == queries_of(lambda: history_of(early))
    said = [message.text() for message in history_of(late)]
    assert said[::2] == [f"Turn {turn}" for turn in range(3, 11)]
    assert said[1::2] == [f"I drew Turn {turn}." for turn in range(3, 11)]


def test_more_batches_cost_no_more_queries(cast: Cast, secret: Batch) -> None:
    counts = []
    for _round in range(2):
        for _batch in range(2):
            change(refined(cast.ana, secret, failed=True).generations.get(), detail=TOLD, kind="no_image")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            strips = strips_of(Batch.objects.filter(derivation="refine"), Viewer(cast.ben))
            assert {row.notices[0].quote for strip in strips for row in strip.rows} == {SENTENCE}
        counts.append(len(asked))
    assert counts[0] == counts[1]
