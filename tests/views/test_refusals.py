"""Prompts that were refused, as a reviewer sees them: counted, marked as seen, and what is said and done about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db.models import F
from django.test import Client
from django.utils.html import strip_tags

from generations.errors import Declined, InvalidRequest
from generations.models import Batch, Gallery, Generation, Membership, Notification
from generations.models.refusal import pause_sending, resume_sending
from generations.submit import Order, submit
from tests.support.cast import Cast, make_batch, make_done, make_failed, make_model, make_person

SignIn = Callable[..., Client]


def refuse(batch: Batch) -> None:
    generation: Generation = batch.generations.get()
    Generation.objects.filter(pk=generation.pk).update(state="running", claim="c")
    generation = Generation.objects.select_related("batch__person").get(pk=generation.pk)
    assert generation.fail(Declined("I cannot draw a real person."))


def texts(page: str, tag: str) -> list[str]:
    """What stands in each of these elements, without marks."""
    return [
        " ".join(unescape(strip_tags(found.replace("<", " <"))).split())
        for found in re.findall(rf"<{tag}[ >].*?</{tag}>", page, re.DOTALL)
    ]


def cells(page: str) -> list[str]:
    """The first person's row: how much, by week, of all, and what it was most often."""
    return [text for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:2] for text in texts(row, "td")]


def figures(page: str) -> list[str]:
    """How many were refused, how many sent, and how many nobody saw yet."""
    return [number for text in texts(page, "dd")[:2] for number in re.findall(r"\d+", text)]


def test_they_are_counted_by_person_and_marked_as_seen(cast: Cast, signed_in: SignIn) -> None:
    first = make_failed(cast.ana, kind="declined", prompt="A well-known footballer")
    make_failed(cast.ana, kind="declined", prompt="The same footballer")
    make_failed(cast.ben, kind="cut", prompt="A broken line")
    make_failed(cast.ana, kind="declined", prompt="A secret", visibility="private")
    lea = signed_in(cast.lea)
    page = lea.get("/review/refused").content.decode()
    assert figures(page) == ["2", "3", "2"] and "A well-known footballer" in page
    said = ["Refused, 30 days 2", "By week 0 · 0 · 0 · 2", "Of all 100.0%", f"Most often {Declined.title}"]
    assert cells(page)[:4] == said
    assert "A broken line" not in page and "A secret" not in page
    everything = lea.get("/review/refused?all=1").content.decode()
    assert "A broken line" in everything and figures(everything) == ["3", "3", "3"]
    assert figures(lea.get("/review/refused?all=1&by=ben").content.decode()) == ["1", "1", "1"]
    for _ in range(2):  # a double click
        lea.post(f"/g/{first.generations.get().key}/seen", {"seen": "1"})
    page = lea.get("/review/refused").content.decode()
    assert "A well-known footballer" not in page and figures(page) == ["2", "3", "1"], "what is seen still counts"
    assert re.search(r"Refused prompts\s*<span class=\"over\">1</span>", page)
    assert "A well-known footballer" in lea.get("/review/refused?seen=1").content.decode()
    lea.post(f"/g/{first.generations.get().key}/seen", {"seen": "0"})
    assert "A well-known footballer" in lea.get("/review/refused").content.decode()


def test_weeks_without_any_count_too(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana, kind="declined")
    make_failed(cast.ana, kind="declined")
    earlier = make_failed(cast.ana, kind="declined").generations
    earlier.update(finished_at=F("finished_at") - timedelta(weeks=2))
    assert cells(signed_in(cast.lea).get("/review/refused").content.decode())[1] == "By week 0 · 1 · 0 · 2"


def test_sending_is_paused_with_a_reason_and_resumed(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana, kind="declined")
    lea, path = signed_in(cast.lea), f"/teams/{cast.design.key}/people/ana/pause"
    order = Order(cast.ana, prompt="A lamp", models=(cast.model,), team=cast.design, submission_key="one")
    for _ in range(2):
        lea.post(path, {"pause": "1", "note": "No real people, please."})
    assert "Let them send again" in lea.get("/review/refused").content.decode()
    assert Notification.objects.get(person=cast.ana).kind == "sending_paused"
    with pytest.raises(InvalidRequest, match="Lea paused sending for you in Design: No real people, please"):
        submit(order)
    lea.post(path, {"pause": "0"})
    assert submit(order).prompt == "A lamp"


WAYS_TO_SEND = ("compose", "only me", "gallery", "vary", "refine", "retry", "retry on another", "retry of today")


@pytest.mark.parametrize("way", WAYS_TO_SEND)
def test_who_is_paused_sends_in_no_way(cast: Cast, signed_in: SignIn, way: str) -> None:
    """What was refused is not sent again either, to whichever model; who is not paused may."""
    gallery = Gallery.objects.create(person=cast.ana, team=cast.design, title="Harbour")
    image, refused = make_done(cast.ana).images.get(), make_failed(cast.ana, kind="declined").generations.get()
    other = make_model("flux", cast.model.provider)
    make_failed(cast.ana)
    form = {"prompt": "A lamp", "model": cast.model.key, "n": "1", "submission": "one"}
    path, said = {
        "compose": ("/compose", form | {"visible": cast.design.key}),
        "only me": ("/compose", form | {"visible": "private"}),
        "gallery": ("/compose", form | {"visible": f"gallery:{gallery.key}"}),
        "vary": (f"/i/{image.key}/vary", {"submission": "one"}),
        "refine": (f"/i/{image.key}/refine", form),
        "retry": (f"/g/{refused.key}/retry", {}),
        "retry on another": (f"/g/{refused.key}/retry", {"model": other.key}),
        "retry of today": ("/retry", {}),
    }[way]
    ana, membership, before = signed_in(cast.ana), cast.ana.membership_set.get(), Generation.objects.count()
    pause_sending(membership, cast.lea, "No real people, please.")
    answer = ana.post(path, said, follow=True)
    assert "Lea paused sending for you in Design: No real people, please." in unescape(answer.content.decode())
    assert Generation.objects.count() == before
    resume_sending(membership, cast.lea)
    ana.post(path, said)
    assert Generation.objects.count() > before


def test_a_reviewer_writes_and_only_a_lead_pauses(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana, kind="declined")
    rio = signed_in(make_person("rio", cast.design, role=Membership.Role.REVIEWER))
    page = rio.get("/review/refused").content.decode()
    assert "Send the note" in page and "Pause sending" not in page
    people = f"/teams/{cast.design.key}/people/ana"
    assert rio.post(f"{people}/pause").status_code == 404
    for note in ("", "  ", "a\0b"):
        rio.post(f"{people}/write", {"note": note})
    assert not Notification.objects.exists()
    rio.post(f"{people}/write", {"note": "<b>Describe</b> an invented athlete."})
    told = Notification.objects.get(person=cast.ana)
    assert (told.kind, told.detail) == ("refusal_note", "<b>Describe</b> an invented athlete.")
    assert "&lt;b&gt;Describe&lt;/b&gt; an invented athlete." in signed_in(cast.ana).get("/inbox").content.decode()


def test_three_refusals_in_an_hour_tell_the_reviewers_once(cast: Cast, signed_in: SignIn) -> None:
    for number in range(5):
        assert Notification.objects.filter(kind="refused_often").count() == int(number >= 3)
        refuse(make_batch(cast.ana))
    told = Notification.objects.get(kind="refused_often")
    assert (told.person, told.actor) == (cast.lea, cast.ana)
    answer = signed_in(cast.lea).get(f"/inbox/{told.key}")
    assert answer.url == "/review/refused?by=ana"
    refuse(make_batch(cast.ana, visibility="private"))
    assert Notification.objects.filter(kind="refused_often").count() == 1
