from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations
from django.db.models import Count, Min, Q
from django.utils import timezone

AT_ONCE = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FINAL = ("succeeded", "failed", "cancelled")


def fill(apps, schema_editor):
    """Each model's price holds since its oldest generation, and was that of every generation so far. What those that
    are over cost is what pages have said: the price for each picture that is kept. Where they said nothing although it
    was or may have been charged, it is not known."""
    Generation, Price = apps.get_model("generations", "Generation"), apps.get_model("generations", "Price")
    ProviderModel = apps.get_model("generations", "ProviderModel")
    for model in ProviderModel.objects.exclude(price=None).order_by("pk"):
        oldest = Generation.objects.filter(model=model).aggregate(at=Min("created_at"))["at"]
        Price.objects.create(model=model, starts_at=oldest or EPOCH, amount=model.price)
    kept = Count("images", filter=Q(images__deleted_at=None))
    rows = Generation.objects.order_by("pk").annotate(kept=kept)
    last = 0
    while page := list(rows.filter(pk__gt=last).values_list("pk", "model__price", "state", "charged", "kept")[:AT_ONCE]):
        last = page[-1][0]
        alike = defaultdict(list)
        for pk, price, state, charged, pictures in page:
            cost = cost_of(price, charged, pictures) if state in FINAL else None
            alike[price, cost].append(pk)
        for (price, cost), numbers in alike.items():
            Generation.objects.filter(pk__in=numbers).update(price=price, cost=cost)


def cost_of(price, charged, pictures):
    if price == 0:
        return Decimal()
    if price is not None and pictures:
        return price * pictures
    return Decimal() if charged == "no" and not pictures else None


def put_back(apps, schema_editor):
    """Each model has the one price again that holds now for any size and quality."""
    Price, ProviderModel = apps.get_model("generations", "Price"), apps.get_model("generations", "ProviderModel")
    begun = Price.objects.filter(size="", quality="", starts_at__lte=timezone.now()).order_by("-starts_at", "-pk")
    for model in ProviderModel.objects.order_by("pk"):
        price = begun.filter(model=model).first()
        ProviderModel.objects.filter(pk=model.pk).update(price=price and price.amount)


class Migration(migrations.Migration):

    dependencies = [
        ("generations", "0023_prices"),
    ]

    operations = [
        migrations.RunPython(fill, put_back),
        migrations.RemoveField("providermodel", "price"),
    ]
