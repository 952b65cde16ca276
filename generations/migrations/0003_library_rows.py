"""Fill what the library reads, for the batches and pictures that are there already."""

from django.db import migrations
from django.db.models import OuterRef, Subquery

from generations.text import casefold

AT_ONCE = 500


def fill(apps, schema_editor):
    Batch, Image = apps.get_model("generations", "Batch"), apps.get_model("generations", "Image")
    for batch in Batch.objects.filter(words="").only("pk", "prompt").iterator(AT_ONCE):
        Batch.objects.filter(pk=batch.pk).update(words=casefold(batch.prompt))
    drawn = Image.objects.filter(generation__isnull=False, batch=None)
    generation = apps.get_model("generations", "Generation").objects.filter(pk=OuterRef("generation"))
    shown = generation.filter(batch__visibility="team")
    drawn.update(
        team=Subquery(shown.values("batch__team")[:1]),
        model=Subquery(generation.values("model")[:1]),
        batch=Subquery(generation.values("batch")[:1]),
    )


class Migration(migrations.Migration):
    dependencies = [("generations", "0002_library")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
