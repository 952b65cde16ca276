"""Prices are rows: each holds from its moment until the next one of its size and quality, and none is ever changed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from generations.models import Price, Provider, ProviderModel, load_catalogue
from generations.models.adoption import ABOUT
from generations.models.cost import cost_of
from generations.models.families import CATALOGUE
from generations.models.price import amount_for
from tests.support.cast import make_model, make_price, make_provider

pytestmark = pytest.mark.django_db


def priced(model: ProviderModel) -> ProviderModel:
    return ProviderModel.objects.priced().get(pk=model.pk)


def test_a_new_price_replaces_the_older_from_its_moment_on() -> None:
    model = make_model(price="0.04")
    make_price(model, "0.05", days_ago=1)
    make_price(model, "0.09", days_ago=-1)
    assert model.price == Decimal("0.05"), "what begins tomorrow does not hold yet"
    assert [price.amount for price in Price.objects.in_force()] == [Decimal("0.05")]
    assert Price.objects.count() == 3


def test_a_price_entered_late_does_not_replace_what_began_after_it() -> None:
    model = make_model(price=None)
    make_price(model, "0.05", days_ago=1)
    make_price(model, "0.03", days_ago=5)
    assert priced(model).price == Decimal("0.05")


def test_of_two_from_the_same_moment_the_one_entered_last_holds() -> None:
    model = make_model(price=None)
    first = make_price(model, "0.05")
    Price.objects.create(model=model, amount="0.06", starts_at=first.starts_at)
    assert priced(model).price == Decimal("0.06")


def test_an_empty_amount_says_that_the_price_is_not_known_any_more() -> None:
    model = make_model(price="0.04")
    make_price(model, None)
    assert priced(model).price is None


def test_the_price_that_says_most_about_a_picture_is_its_price() -> None:
    model = make_model(price="0.01", options=["quality"], sizes=["1024x1024", "1536x1024"])
    make_price(model, "0.02", quality="high")
    make_price(model, "0.03", size="1536x1024")
    make_price(model, "0.04", size="1536x1024", quality="high")
    asked = [
        ("1024x1024", {}),
        ("1024x1024", {"quality": "high"}),
        ("1536x1024", {}),
        ("1536x1024", {"quality": "high"}),
    ]
    for number, (size, options) in enumerate(asked, 1):
        assert priced(model).price_for(size, options) == Decimal(number) / 100
    assert model.price == Decimal("0.01")
    sized = Price.objects.filter(size="1536x1024", quality="") | Price.objects.filter(size="", quality="high")
    assert amount_for(sized, "1536x1024", "high") == Decimal("0.03"), "a size says more than a quality"


def test_a_quality_counts_as_it_stands_in_the_request() -> None:
    """A model that does not take the option is asked without; what staff added by hand and what its entry always sends
    are sent."""
    deaf, fixed = make_model("deaf", price="0.01"), make_model("fixed", price="0.01", extra={"quality": "high"})
    for model in (deaf, fixed):
        make_price(model, "0.09", quality="high")
    assert deaf.price_for("", {"quality": "high"}) == Decimal("0.01")
    assert deaf.price_for("", {"added": {"quality": "high"}}) == Decimal("0.09")
    assert deaf.price_for("", {"added": {"quality": ["high"]}}) == Decimal("0.01")
    assert fixed.price_for("", {}) == Decimal("0.09")


def test_a_price_is_never_changed() -> None:
    price = make_price(make_model(), "0.05")
    price.amount = Decimal("0.06")
    with pytest.raises(TypeError, match="never changed"):
        price.save()


def test_many_models_with_their_prices_cost_two_queries(django_assert_num_queries: object) -> None:
    provider = make_provider()
    models = [make_model(f"m{n}", provider, price=f"0.0{n + 1}") for n in range(6)]
    for model in models:
        make_price(model, "0.5", size="1536x1024")
    with django_assert_num_queries(2):
        found = {model.name: model.price_for("1024x1024", {}) for model in ProviderModel.objects.priced()}
    assert found == {f"m{n}": Decimal(n + 1) / 100 for n in range(6)}


def test_the_catalogue_brings_prices_and_never_replaces_one() -> None:
    provider = make_provider("Gateway", "https://gateway.example/v1")
    flux = make_model("flux", provider, price="7")
    added = load_catalogue(provider)
    assert "flux" not in {model.name for model in added}
    assert {price.entered_by for price in Price.objects.filter(model__in=added)} == {None}
    assert priced(provider.models.get(name="gpt-image-1")).price == Decimal("0.042")
    assert priced(flux).price == 7
    before = Price.objects.count()
    assert load_catalogue(Provider.objects.get(pk=provider.pk)) == []
    assert Price.objects.count() == before


def test_what_the_catalogue_says_of_its_models_is_marked_for_translation() -> None:
    known = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    assert {about["about"] for about in known.values()} == set(ABOUT)


@pytest.mark.parametrize(
    ("price", "charged", "pictures", "billed_calls", "cost"),
    [
        ("0.04", "yes", 3, 1, "0.12"),
        ("0.04", "no", 0, 0, "0"),
        (None, "no", 0, 0, "0"),
        ("0.04", "no", 0, 1, None),
        ("0.04", "maybe", 0, 1, None),
        ("0.04", "maybe", 2, 1, None),
        ("0.04", "yes", 0, 1, None),
        ("0.04", "yes", 2, 2, None),
        (None, "yes", 2, 1, None),
        ("0", "maybe", 0, 1, "0"),
        ("0", "yes", 2, 2, "0"),
    ],
)
def test_what_a_generation_cost(
    price: str | None, charged: str, pictures: int, billed_calls: int, cost: str | None
) -> None:
    amount = None if price is None else Decimal(price)
    expected = None if cost is None else Decimal(cost)
    assert cost_of(amount, charged, pictures=pictures, billed_calls=billed_calls) == expected
