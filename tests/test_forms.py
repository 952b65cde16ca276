"""What forms write, and what they leave alone; what they refuse."""

from __future__ import annotations

import json

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generations.forms.composer import ComposerForm
from generations.forms.people import FirstRunForm, JoinForm, TeamNameForm
from generations.forms.pictures import DescriptionForm
from generations.forms.provider_pages import EndpointForm
from generations.forms.settings import SettingsForm
from generations.models import Image, Person, RetentionRule
from generations.viewer import Viewer
from generations.views.refine import options_of
from tests.support.cast import make_batch, make_done, make_model, make_person

pytestmark = pytest.mark.django_db


def test_settings_saved_meanwhile_give_no_right_back() -> None:
    read_before = make_person("ana", is_staff=True)
    Person.objects.update(is_active=False, is_staff=False, is_superuser=False, password="!changed")
    form = SettingsForm({"first_name": "Ana Maria"}, instance=read_before)
    assert form.is_valid() and form.save()
    person = Person.objects.get()
    assert (person.is_active, person.is_staff, person.is_superuser, person.password) == (
        False,
        False,
        False,
        "!changed",
    )
    assert person.first_name == "Ana Maria"


def test_a_description_saved_meanwhile_brings_no_picture_back() -> None:
    person = make_person("ana")
    make_model()
    read_before = make_done(person).images.get()
    Image.objects.all().delete_by(person)
    form = DescriptionForm({"alt": "A lake"}, instance=read_before)
    assert form.is_valid() and form.save()
    image = Image.objects.get()
    assert image.is_deleted and image.alt == "A lake"


@pytest.mark.parametrize(
    "added",
    ["[" * 100_000, "9" * 5_000, '{"a": NaN}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}', "{", "[]"],
    ids=["deep", "long number", "NaN", "NUL", "half a character", "infinite", "cut", "a list"],
)
@pytest.mark.parametrize("is_staff", [True, False])
def test_odd_further_fields_are_refused_with_a_sentence(added: str, is_staff: bool) -> None:
    person = make_person("ana", is_staff=is_staff)
    said = QueryDict(mutable=True)
    said.update({"prompt": "A lake", "model": make_model().key, "submission": "k", "added": added})
    form = ComposerForm(Viewer(person), said, MultiValueDict())
    if form.is_valid():
        assert not is_staff and form.options() == {}
    else:
        assert list(form.errors) == ["added"], json.dumps(form.errors)


def test_what_the_composer_sets_is_not_added_by_hand() -> None:
    person = make_person("ana", is_staff=True)
    said = QueryDict(mutable=True)
    said.update({"prompt": "A lake", "added": '{"model": "gpt-5", "n": 8, "style": "vivid"}', "submission": "one"})
    form = ComposerForm(Viewer(person), said, MultiValueDict())
    assert form.errors["added"] == ["Remove model and n from the extra request fields: the composer sets them."]


def test_a_number_that_is_none_is_named() -> None:
    said = QueryDict(mutable=True)
    said.update({"prompt": "A lake", "model": make_model().key, "submission": "one", "seed": "x", "temperature": "5"})
    form = ComposerForm(Viewer(make_person("ana")), said, MultiValueDict())
    assert form.sentences() == [
        "Seed must be a whole number from 0 to 4,294,967,295.",
        "Temperature must be a number from 0 to 2.",
    ]


@pytest.mark.parametrize("unseen", ["\u200b", " \u2060\ufeff ", "\u00ad\u2066"])
def test_a_name_that_nobody_can_see_is_none(unseen: str) -> None:
    account = {"name": unseen, "email": "ana@studio.example", "password": "contact-sheet-of-ana"}
    assert list(FirstRunForm(account).errors) == ["name"]
    assert list(JoinForm("ana@studio.example", account).errors) == ["name"]
    assert list(TeamNameForm({"name": unseen}).errors) == ["name"]
    settings = SettingsForm({"first_name": unseen, "last_name": unseen}, instance=make_person("ana"))
    assert settings.is_valid() and settings.save().get_full_name() == ""
    endpoint = EndpointForm({"base_url": "https://gateway.example/v1", "name": unseen})
    assert endpoint.is_valid() and not endpoint.cleaned_data["name"]


def test_who_runs_the_installation_keeps_what_was_added_by_hand() -> None:
    root = make_person("root")
    Person.objects.filter(pk=root.pk).update(is_superuser=True)
    batch = make_batch(root, model=make_model(), options={"added": {"style": "vivid"}})
    assert options_of(batch, Person.objects.get(pk=root.pk)) == batch.options != {}
    assert options_of(batch, make_person("ana")) == {}


def test_a_rule_of_a_day_says_one_day() -> None:
    assert str(RetentionRule(kind="exchanges", days=1)).endswith(": 1 day")
