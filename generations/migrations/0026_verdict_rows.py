from datetime import datetime

from django.db import migrations
from django.db.models import OuterRef, Subquery

AT_ONCE = 500
SAID = ("key", "reviewer_id", "state", "note", "decided_at")


def fill(apps, schema_editor):
    """What each verdict replaced becomes a row before it. Of a reviewer whose account is gone nothing can be kept."""
    Image, Person = apps.get_model("generations", "Image"), apps.get_model("generations", "Person")
    Review, Verdict = apps.get_model("generations", "Review"), apps.get_model("generations", "Verdict")
    last = 0
    while page := list(Review.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = page[-1].pk
        replaced = {review.image_id: review.replaced for review in page if review.replaced}
        authors = {said["reviewer_id"] for said in replaced.values()}
        known = set(Person.objects.filter(pk__in=authors).values_list("pk", flat=True))
        rows = []
        for review in page:
            said = replaced.get(review.image_id)
            if said and said["reviewer_id"] in known:
                decided_at = datetime.fromisoformat(said["decided_at"])
                rows.append(Verdict(image_id=review.image_id, **{**said, "decided_at": decided_at}))
            now = {name: getattr(review, name) for name in SAID}
            rows.append(Verdict(image_id=review.image_id, **now))
        Verdict.objects.bulk_create(rows)
        newest = Verdict.objects.filter(image=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        Image.objects.filter(pk__in=[review.image_id for review in page]).update(verdict=Subquery(newest))


def put_back(apps, schema_editor):
    """The verdict that counts, with the one it replaced; older ones and withdrawn ones have no place there."""
    Image, Review = apps.get_model("generations", "Image"), apps.get_model("generations", "Review")
    Verdict = apps.get_model("generations", "Verdict")
    judged = Image.objects.exclude(verdict=None).order_by("pk").select_related("verdict")
    last = 0
    while page := list(judged.filter(pk__gt=last).only("pk", "verdict")[:AT_ONCE]):
        last = page[-1].pk
        standing = Verdict.objects.filter(image__in=[image.pk for image in page], withdrawal=None)
        before = {}
        for verdict in standing.exclude(state="withdrawn").order_by("pk"):
            before.setdefault(verdict.image_id, []).append(verdict)
        rows = []
        for image in page:
            older = [verdict for verdict in before[image.pk] if verdict.pk < image.verdict_id][-1:]
            replaced = [{name: getattr(verdict, name) for name in SAID} for verdict in older]
            now = {name: getattr(image.verdict, name) for name in SAID}
            rows.append(Review(image_id=image.pk, **now, replaced=replaced[0] if replaced else None))
        Review.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [
        ("generations", "0025_verdicts"),
    ]

    operations = [
        migrations.RunPython(fill, put_back),
    ]
